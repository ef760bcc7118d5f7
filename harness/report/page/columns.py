"""A timeline as columns: small in the file, quick to parse, and unpacked only for a test that is opened.

Entries of one kind share their field names, so each kind is a table of columns. Strings are kept once, in
a list of words, and a column whose rows are all alike is kept as the one value. Moments are whole
microseconds since the timeline's first, so that no digit is lost on the way through JavaScript's numbers.
What a kind is called and which fields it has is taken from the entries themselves: a new kind of fact
reaches the page without a change here.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import fields
from enum import Enum
from typing import Any

from harness.evidence.record import Entry
from harness.model.facts import Fact, Gap, Mark, Watermark
from harness.model.run import Begun, Judged
from harness.model.time import Instant
from harness.report.page.text import visible

MOMENTS = frozenset({"phone_s", "from_s", "to_s", "deadline_s", "started_s"})
"""Fields that are a moment in phone time; other numbers of seconds are durations."""

WORD_LIMIT = 1_000
"""Characters of one field that the page keeps; the whole is in the stored timeline."""

STORY_LIMIT = 20_000
"""The same for a story, which is written to be read whole."""

Json = dict[str, Any]


class Words:
    """Strings, each kept once; one cut short is kept as ``[beginning, length of the whole]``."""

    def __init__(self) -> None:
        self.kept: list[str | list[str | int]] = []
        self._numbers: dict[tuple[str, int], int] = {}

    def number(self, text: str, limit: int = WORD_LIMIT) -> int:
        """The number under which a string is kept."""
        known = self._numbers.get((text, limit))
        if known is None:
            known = self._numbers[text, limit] = len(self.kept)
            whole = len(text) <= limit
            self.kept.append(visible(text) if whole else [visible(text[:limit]), len(text)])
        return known


def timeline_columns(entries: Sequence[Entry]) -> Json:
    """The timeline as the page's scripts read it.

    Returns:
        ``from_s``: the first moment, seconds since 1970 in phone time; ``words``; and ``kinds``, each
        with ``is`` (its name), ``n`` (place of each entry in the timeline) and its ``columns``.
    """
    words = Words()
    from_s = _first_moment_s(entries)
    kinds: dict[type[Any], list[tuple[int, Entry]]] = {}
    for number, entry in enumerate(entries):
        kinds.setdefault(type(entry), []).append((number, entry))
    tables = [_table(kind, rows, from_s, words) for kind, rows in kinds.items()]
    return {"from_s": from_s, "words": words.kept, "kinds": tables}


def _first_moment_s(entries: Iterable[Entry]) -> float:
    moments = (moment_s for entry in entries if math.isfinite(moment_s := _moment_s(entry)))
    return next(moments, 0.0)


def _moment_s(entry: Entry) -> float:
    """When an entry lies, in phone time; not a number for one that lies nowhere."""
    match entry:
        case Fact() | Mark():
            return entry.at.at_s
        case Watermark():
            return entry.phone_s
        case Gap():
            return entry.from_s
        case Judged():
            return entry.since.at_s
        case Begun():
            return math.nan


def _table(kind: type[Any], rows: Sequence[tuple[int, Entry]], from_s: float, words: Words) -> Json:
    columns: Json = {}
    for item in fields(kind):
        values = [getattr(entry, item.name) for _, entry in rows]
        if all(isinstance(value, Instant) for value in values):
            columns[item.name] = _column([_microseconds(value.at_s - from_s) for value in values])
            columns[f"{item.name}_error"] = _column([_microseconds(value.error_s) for value in values])
        elif item.name in MOMENTS:
            columns[item.name] = _column([_since(value, from_s) for value in values])
        else:
            columns[item.name] = _values(item.name, values, words)
    return {"is": kind.__name__, "n": [number for number, _ in rows], "columns": columns}


def _values(name: str, values: Sequence[Any], words: Words) -> Json:
    if all(isinstance(value, bool | int | float | None) and not isinstance(value, Enum) for value in values):
        return _column([_plain_number(value) for value in values])
    limit = STORY_LIMIT if name == "story" else WORD_LIMIT
    return {"words": _alike([words.number(_as_text(value), limit) for value in values])}


def _as_text(value: Any) -> str:
    """A value that is no number, in words; what an app wrote as JSON stays JSON."""
    match value:
        case Enum():
            return str(value.value)
        case str():
            return value
        case None:
            return ""
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str) if value else ""
        case _:
            return str(value)


def _column(values: Sequence[Any]) -> Json:
    return {"plain": _alike(values)}


def _alike(values: Sequence[Any]) -> Any:
    """One value for all rows where all have the same."""
    first = values[0]
    return first if all(value == first and type(value) is type(first) for value in values) else list(values)


def _since(moment_s: float | None, from_s: float) -> int | None:
    return None if moment_s is None else _microseconds(moment_s - from_s)


def _microseconds(seconds: float) -> int | None:
    """Whole microseconds; an error or moment that is not finite is not told."""
    return round(seconds * 1e6) if math.isfinite(seconds) else None


def _plain_number(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
