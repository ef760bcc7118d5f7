"""Range requests (RFC 9110 §14), for one range; several at once are answered with the whole file."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range lies outside the file: the answer is 416."""


def parse_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """The half-open range of bytes a ``Range`` header asks for.

    Args:
        header: the field's value, or ``None``.
        size_bytes: size of the file.

    Returns:
        ``(start, end)``, or ``None`` when the whole file is to be sent: no header, another unit,
        several ranges, or nonsense, all of which RFC 9110 lets a server ignore.

    Raises:
        Unsatisfiable: nothing of the range is in the file.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(0, size_bytes - int(match[2])), size_bytes
    else:
        start = int(match[1])
        end = min(int(match[2]) + 1, size_bytes) if match[2] else size_bytes
        if match[2] and int(match[2]) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return start, end
