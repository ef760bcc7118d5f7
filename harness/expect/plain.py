"""Text of a device as plain text: what it says, and nothing that a terminal or a page would obey."""

from __future__ import annotations

import unicodedata

ESCAPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that are shown as escapes: control, direction and other invisible characters, halves
of surrogate pairs, characters that nobody assigned, and the two separators that end a line."""


def plain(text: str, *, keep_lines: bool = False) -> str:
    """Text with every character escaped that is not seen as itself.

    Args:
        text: from a device, an app, or a file.
        keep_lines: leave newlines as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(char, keep_lines) for char in text)


def _shown(char: str, keep_lines: bool) -> str:
    if keep_lines and char == "\n":
        return char
    return char.encode("unicode_escape").decode() if unicodedata.category(char) in ESCAPED else char


def cut(text: str, width: int) -> str:
    """At most ``width`` characters of a text, the last one an ellipsis if more were there."""
    return text if len(text) <= width else text[: width - 1] + "…"
