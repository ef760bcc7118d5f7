"""PNG, as far as plain pictures need it: a palette of up to 256 colours."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"

COMMENT = b"Comment\0drawn by a virtual iPhone, which has no picture of its own"
"""What every picture has written in it."""

_QUICKLY = 1


def encode_png(width: int, height: int, rows: bytes, palette: bytes) -> bytes:
    """A picture.

    Args:
        width: pixels.
        height: pixels.
        rows: row after row, the number of a filter and then a byte per pixel, its place in the palette.
        palette: three bytes per colour: red, green, blue.
    """
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"tEXt", COMMENT),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(rows, _QUICKLY)),
        (b"IEND", b""),
    )
    return SIGNATURE + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
