"""Commands for an app under test, as they stand in its command file, launch arguments and URLs."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit

from harness.model.journal import COMMAND_ARGUMENT


@dataclass(frozen=True)
class Command:
    """One command.

    Attributes:
        identifier: names it in the acknowledgement; one that was done is not done again.
        nonce: the run nonce it belongs to.
        do: what to do.
        args: the rest, as words.
    """

    identifier: str
    nonce: str
    do: str
    args: Mapping[str, str] = field(default_factory=dict[str, str])


def parse_command(text: str) -> Command:
    """Read ``{"id", "nonce", "do", "args": {…}}``.

    Arguments may also stand beside ``do``; then an ``id`` meant for the command can be called
    ``command``, so that ``id`` is free for the thing it is about.

    Raises:
        ValueError: not a JSON object, or without ``do`` or an identifier.
    """
    fields: Any = json.loads(text)
    if not isinstance(fields, dict):
        raise ValueError(f"a command is a JSON object, not {text[:40]!r}")
    words = cast("dict[str, Any]", fields)
    given: Any = words.get("args", words)
    identifier = str(words.get("command", words.get("id", "")))
    do = str(words.get("do", ""))
    if not identifier or not do or not isinstance(given, dict):
        raise ValueError("a command has an id, a verb under do, and its args as an object")
    args = {str(key): str(value) for key, value in cast("dict[str, Any]", given).items()}
    return Command(identifier, str(words.get("nonce", "")), do, args)


def command_in(url: str) -> str:
    """The command in a URL, unparsed: ``?command=`` and its JSON, or its fields as fields of the URL.

    Args:
        url: percent-encoded.
    """
    said = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    whole = said.get("command", "")
    return whole if whole.startswith("{") else json.dumps(said)


def commands_in(arguments: Sequence[str]) -> Iterator[str]:
    """The commands among launch arguments, in order, unparsed."""
    for name, value in itertools.pairwise(arguments):
        if name == COMMAND_ARGUMENT:
            yield value
