"""Text with places for what a story says: ``{url}`` must be said, ``{cellular|yes}`` is ``yes`` unless it is.

Braces around anything else are text, so that JSON can be written as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from harness.errors import ConfigError

_PLACE = re.compile(r"\{(?P<name>[a-z_]+)(?:\|(?P<default>[^{}]*))?\}")

Encode = Callable[[str], str]
"""Writes a value as the surrounding text needs it, such as percent-encoded in a URL."""


def places_in(templates: Iterable[str]) -> frozenset[str]:
    """The names in braces."""
    return frozenset(found["name"] for template in templates for found in _PLACE.finditer(template))


def fill(template: str, values: Mapping[str, str], encode: Encode = str) -> str:
    """A template with its places filled.

    Args:
        template: the text.
        values: name -> what the story says.
        encode: applied to each value, and not to a default, which stands as the profile has it.

    Raises:
        ConfigError: a place without a default has no value.
    """

    def value(found: re.Match[str]) -> str:
        name, default = found["name"], found["default"]
        if name in values:
            return encode(values[name])
        if default is None:
            fix = f"Write {{{name}|…}} in the profile, with what is meant where it is not said."
            raise ConfigError(f"nobody says what {{{name}}} in {template!r} is", fix=fix)
        return default

    return _PLACE.sub(value, template)
