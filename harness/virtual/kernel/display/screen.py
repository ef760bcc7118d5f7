"""What the screen shows, drawn plainly: who is in front and in what state, in words. No app is drawn.

The picture is a real PNG of the model's size and says that a virtual phone drew it, so that nobody takes
it for a picture of an app. Sizes in pixels are from Apple's technical specifications.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from harness.virtual.kernel.display.glyphs import GLYPH_HEIGHT, GLYPH_WIDTH, glyph_rows

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

SIZES: Mapping[str, tuple[int, int]] = {
    "iPhone9,3": (750, 1334),
    "iPhone10,3": (1125, 2436),
    "iPhone12,1": (828, 1792),
    "iPhone14,5": (1170, 2532),
    "iPhone15,4": (1179, 2556),
    "iPhone17,3": (1179, 2556),
}
"""Product type -> width and height of its screen, upright, in pixels."""

USUAL_SIZE = (1170, 2532)
"""For a model that is not in the table."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COMMENT = b"Comment\0drawn by a virtual iPhone"
_PAPER, _INK = 0, 1


class Screen:
    """The screen of one phone.

    Args:
        phone: whose.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return SIZES.get(self._phone.spec.model, USUAL_SIZE)

    def words(self) -> tuple[str, ...]:
        """What stands on the screen, line by line; nothing when it is dark."""
        phone = self._phone
        if phone.conditions.asleep or not phone.conditions.is_up:
            return ()
        front = phone.springboard.front
        if phone.locked:
            shown = ("LOCKED",)
        elif front is None:
            shown = ("HOME SCREEN",)
        else:
            app = phone.apps.get(front.bundle_id)
            shown = (app.name if app else front.name, front.bundle_id, f"PID {front.pid}", "IN FRONT")
        return ("VIRTUAL IPHONE", phone.spec.name, f"IOS {phone.spec.ios}", "", *shown)

    def png(self) -> bytes:
        """A picture of the screen as it is now."""
        words = self.words()
        colour = hashlib.sha256("\n".join(words).encode()).digest()[:3] if words else bytes(3)
        # Dark enough for white writing.
        paper = bytes(part // 2 for part in colour)
        return _encode(*self.size, _rows(*self.size, words), paper + b"\xff\xff\xff")


def _rows(width: int, height: int, words: tuple[str, ...]) -> bytes:
    """Palette rows, each after the number of its filter."""
    blank = bytes(width + 1)
    longest = max((len(line) for line in words), default=1)
    scale = max(1, min(8, width // (GLYPH_WIDTH * (longest + 2))))
    rows: list[bytes] = [blank] * (height // 8)
    for line in words:
        for dots in glyph_rows(line):
            drawn = b"".join(bytes([_INK if dot else _PAPER]) * scale for dot in dots)
            indent = bytes(1 + GLYPH_WIDTH * scale)
            rows += [(indent + drawn + blank)[: width + 1]] * scale
        rows += [blank] * (GLYPH_HEIGHT * scale // 2)
    return b"".join((rows + [blank] * height)[:height])


def _encode(width: int, height: int, rows: bytes, palette: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"tEXt", _COMMENT),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, 1)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
