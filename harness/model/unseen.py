"""Characters that are not seen as themselves, or change how others are seen: one table for all who tell text.

A log line, a name or a message of a device may hold whatever its author liked: control characters that move a
cursor, characters that turn the reading direction round, characters of no width. A terminal escapes them, the
page shows pictures of them, files for other programs leave them out; which they are is said here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories: control, direction and other invisible characters, halves of surrogate pairs,
characters that are private or that nobody assigned, and the two separators that end a line."""

_MAY_BE_UNSEEN = re.compile(r"[^ -~]")
"""All but printable ASCII, which is most of any text and needs no table."""


def is_unseen(char: str) -> bool:
    """Whether a character is not seen as itself, or changes how others are seen."""
    return unicodedata.category(char) in UNSEEN


def respelt(text: str, spell: Callable[[str], str], *, keep: str = "") -> str:
    """A text with every character that is not seen replaced.

    Args:
        text: from a device, an app, or a file.
        spell: what stands in the place of such a character.
        keep: characters to leave as they are, such as line feeds.
    """

    def shown(found: re.Match[str]) -> str:
        char = found[0]
        return char if char in keep or not is_unseen(char) else spell(char)

    return _MAY_BE_UNSEEN.sub(shown, text)
