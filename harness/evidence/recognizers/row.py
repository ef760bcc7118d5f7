"""One row of what the phone's log can say: whose line, which words, for which iOS, and what it means."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from harness.model.facts import Fact
from harness.model.time import Instant

ANY_LATER = 999
"""Last iOS major of a row that no version is known to have ended."""

THE_APP = "(the app)"
"""Stands for the process of the app under test in a row about lines that Apple's code writes there."""


class Standing(StrEnum):
    """How far a line can be trusted to be there, and to say what it says (log-grammar.md §2)."""

    SAFE = "safe"
    CARE = "with care"


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of a line beside its words.

    Attributes:
        at: when it was logged.
        pid: of the process that logged it.
        bundle_id: the app under test.
        executable: name of its executable; empty where that is not known.
    """

    at: Instant
    pid: int
    bundle_id: str
    executable: str


Build = Callable[[re.Match[str], Line], Fact | None]


@dataclass(frozen=True)
class Recognizer:
    """One row: which process's line, and what it means.

    Attributes:
        process: name of the process that logs it, or ``THE_APP``.
        start: how every such message begins; a cheap test before the pattern.
        pattern: for the whole message from its start; ``.`` is any character, as messages span lines.
        build: makes the fact; ``None`` when the line says nothing after all.
        standing: how far to trust it.
        source: where its words are from.
        first: first iOS major that logs it so.
        last: last one.
    """

    process: str
    start: str
    pattern: re.Pattern[str]
    build: Build
    standing: Standing
    source: str
    first: int = 0
    last: int = ANY_LATER

    def holds_for(self, ios_major: int | None) -> bool:
        """Whether that iOS logs the line so; ``None`` is a phone whose version is not known."""
        return ios_major is None or self.first <= ios_major <= self.last

    def read(self, message: str, line: Line) -> Fact | None:
        """The fact that a message states by this row, or ``None``."""
        if not message.startswith(self.start):
            return None
        found = self.pattern.match(message)
        return self.build(found, line) if found else None


def row(
    process: str,
    start: str,
    rest: str,
    build: Build,
    source: str,
    standing: Standing = Standing.SAFE,
    first: int = 0,
    last: int = ANY_LATER,
) -> Recognizer:
    """A row whose pattern is ``start``, literally, and then ``rest``, a regular expression."""
    pattern = re.compile(re.escape(start) + rest, re.DOTALL)
    return Recognizer(process, start, pattern, build, standing, source, first, last)
