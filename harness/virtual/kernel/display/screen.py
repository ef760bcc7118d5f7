"""What the screen shows, drawn plainly: who is in front and in what state, in words. No app is drawn.

The picture is a real PNG of the model's size and says that a virtual phone drew it, so that nobody takes
it for a picture of an app. Sizes in pixels and per point are from Apple's technical specifications.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.virtual.kernel.display.glyphs import GLYPH_HEIGHT, GLYPH_WIDTH, glyph_rows
from harness.virtual.kernel.display.png import encode_png

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


@dataclass(frozen=True)
class Panel:
    """A built-in screen.

    Attributes:
        width_px: pixels across, upright.
        height_px: pixels down, upright.
        scale: pixels per point.
    """

    width_px: int
    height_px: int
    scale: int


PANELS: Mapping[str, Panel] = {
    "iPhone9,3": Panel(750, 1334, 2),
    "iPhone10,3": Panel(1125, 2436, 3),
    "iPhone12,1": Panel(828, 1792, 2),
    "iPhone14,5": Panel(1170, 2532, 3),
    "iPhone15,4": Panel(1179, 2556, 3),
    "iPhone17,3": Panel(1179, 2556, 3),
}
"""Product type -> its screen."""

USUAL_PANEL = Panel(1170, 2532, 3)
"""For a model that is not in the table."""

_PAPER, _INK = 0, 1


class Screen:
    """The screen of one phone.

    Args:
        phone: whose.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone

    @property
    def panel(self) -> Panel:
        """What it is shown on."""
        return PANELS.get(self._phone.spec.model, USUAL_PANEL)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.panel.width_px, self.panel.height_px

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
        return encode_png(*self.size, _rows(*self.size, words), paper + b"\xff\xff\xff")


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
