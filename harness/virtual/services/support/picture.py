"""Pictures that the virtual iPhone draws itself, because it has none: plain, and said to be drawn."""

from __future__ import annotations

import hashlib
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"

COMMENT = b"Comment\0drawn by a virtual iPhone, which has no picture of its own"
"""What every picture has written in it."""


def plain_icon(name: str, side: int) -> bytes:
    """A square in a colour of its own within a darker edge, as PNG.

    Args:
        name: decides the colour.
        side: pixels.
    """
    colour = hashlib.sha256(name.encode()).digest()[:3]
    dark = bytes(part // 2 for part in colour)
    edge = side // 8
    full = b"\0" + dark * side
    inner = b"\0" + dark * edge + colour * (side - 2 * edge) + dark * edge
    return encode_png(side, side, full * edge + inner * (side - 2 * edge) + full * edge)


def encode_png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of 8-bit RGB.

    Args:
        width: pixels.
        height: pixels.
        rows: every row with the number of its filter before it.
    """
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"tEXt", COMMENT), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
