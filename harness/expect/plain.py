"""Text of a device as plain text: what it says, and nothing that a terminal or a page would obey."""

from __future__ import annotations

from harness.model.unseen import respelt


def plain(text: str, *, keep_lines: bool = False) -> str:
    """Text with every character escaped that is not seen as itself.

    Args:
        text: from a device, an app, or a file.
        keep_lines: leave newlines as they are.
    """
    return respelt(text, _escaped, keep="\n" if keep_lines else "")


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()


def cut(text: str, width: int) -> str:
    """At most ``width`` characters of a text, the last one an ellipsis if more were there."""
    return text if len(text) <= width else text[: width - 1] + "…"
