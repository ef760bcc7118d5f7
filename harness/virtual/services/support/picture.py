"""Pictures that the virtual iPhone draws itself, because it has none: plain, and said to be drawn."""

from __future__ import annotations

import hashlib

from harness.virtual.kernel.display.png import encode_png


def plain_icon(name: str, side: int) -> bytes:
    """A square in a colour of its own within a darker edge, as PNG.

    Args:
        name: decides the colour.
        side: pixels.
    """
    colour = hashlib.sha256(name.encode()).digest()[:3]
    dark = bytes(part // 2 for part in colour)
    edge = side // 8
    full = b"\0" + bytes(side)
    inner = b"\0" + bytes(edge) + b"\1" * (side - 2 * edge) + bytes(edge)
    rows = full * edge + inner * (side - 2 * edge) + full * edge
    return encode_png(side, side, rows, dark + colour)
