"""What phones, apps and servers wrote, made safe to be put into a page and read by a person.

Two dangers, two answers. A string that ends the script block it stands in, or begins a tag, would be run:
``script_json`` leaves no character in the file that HTML gives a meaning. A string that turns the reading
direction round or moves a cursor would be misread: ``visible`` shows such characters instead of obeying
them.
"""

from __future__ import annotations

import json
from typing import Any

from harness.model.unseen import respelt

_FIRST_PICTURE = 0x2400
"""U+2400 SYMBOL FOR NULL; the pictures of the other control characters follow it in order."""

_DELETE, _PICTURE_OF_DELETE = 0x7F, "\u2421"

_MARKUP = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def visible(text: str) -> str:
    """The text with every character that is not seen, or changes how others are seen, spelt out.

    Control characters become their pictures (``␛``), all others their code point (``⟨U+202E⟩``). Tabs and
    line feeds stay.
    """
    return respelt(text, _spelt_out, keep="\t\n")


def _spelt_out(char: str) -> str:
    code = ord(char)
    if code == _DELETE:
        return _PICTURE_OF_DELETE
    return chr(_FIRST_PICTURE + code) if code < 0x20 else f"⟨U+{code:04X}⟩"


def cut(text: str, limit: int) -> str:
    """The text made visible, at most ``limit`` characters of it, and how many more there were."""
    more = len(text) - limit
    return visible(text) if more <= 0 else f"{visible(text[:limit])}… {more:,} more characters"


def script_json(value: Any) -> str:
    """A value as JSON for a ``<script type="application/json">``: nothing in it can end the script.

    Raises:
        ValueError: a number in it is not finite, which JSON cannot say.
    """
    # Pure ASCII: U+2028 and U+2029, which end a line of JavaScript, and lone surrogates are escaped too.
    plain = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for letter, escaped in _MARKUP.items():
        plain = plain.replace(letter, escaped)
    return plain
