"""Timeline entries as JSON lines and back, so that a stored timeline can be judged again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

from harness.model import facts as fact_classes
from harness.model.facts import Fact, Gap, Mark, Watermark
from harness.model.run import Begun, Judged

Entry = Begun | Judged | Fact | Gap | Watermark | Mark
"""What a timeline is made of."""


def _entry_kinds() -> dict[str, type[Any]]:
    told = [getattr(fact_classes, name) for name in fact_classes.__all__]
    kinds = [kind for kind in told if isinstance(kind, type) and is_dataclass(kind)]
    return {kind.__name__: kind for kind in (Begun, Judged, *kinds)}


KINDS: dict[str, type[Any]] = _entry_kinds()
"""Name in the file -> class of entry."""


def to_line(entry: Entry) -> str:
    """One entry as a line of JSON, without the newline; pure ASCII, so that a cut cannot split a letter."""
    return json.dumps({"is": type(entry).__name__} | _plain(entry), separators=(",", ":"))


def _plain(value: Any) -> Any:
    names = _names(cast("type[Any]", type(value)))
    if names:
        return {name: _plain(getattr(value, name)) for name in names}
    return value.value if isinstance(value, Enum) else value


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    """Names of a dataclass's fields; none for any other class."""
    return tuple(item.name for item in fields(kind)) if is_dataclass(kind) else ()


def from_line(line: str) -> Entry:
    """The entry that a line of a timeline file holds.

    Raises:
        ValueError: the line is not one that ``to_line`` wrote.
    """
    parsed: Any = json.loads(line)
    stored = cast("dict[str, Any]", parsed if isinstance(parsed, dict) else {})
    kind = KINDS.get(str(stored.pop("is", "")))
    if kind is None:
        raise ValueError(f"not a timeline entry: {line[:60]!r}")
    try:
        return cast("Entry", _build(kind, stored))
    except (TypeError, KeyError) as error:
        raise ValueError(f"not a whole {kind.__name__}: {line[:60]!r}") from error


@cache
def _hints(kind: type[Any]) -> dict[str, Any]:
    """Field -> its type; looked up once, because a timeline has thousands of entries of a few kinds."""
    return get_type_hints(kind)


def _build(kind: type[Any], stored: dict[str, Any]) -> Any:
    hints = _hints(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in stored.items()})


def _unless_none(hint: Any) -> Any:
    """``X`` of ``X | None``; every other type as it is."""
    choices = get_args(hint)
    return choices[0] if len(choices) == 2 and choices[1] is NoneType else hint


def _typed(hint: Any, value: Any) -> Any:
    named = _unless_none(hint)
    if not isinstance(named, type) or (value is None and named is not hint):
        return value
    kind = cast("type[Any]", named)
    if issubclass(kind, Enum):
        return kind(value)
    return _build(kind, cast("dict[str, Any]", value)) if is_dataclass(kind) else value


def read_entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of a timeline file; a last line that a crash cut short is left out.

    Raises:
        ValueError: another line is no entry; says which.
    """
    torn: ValueError | None = None
    for number, line in enumerate(lines, 1):
        if torn:
            raise torn  # a line without an end, and it was not the last
        if not line.strip():
            continue
        try:
            yield from_line(line)
        except ValueError as error:
            torn = ValueError(f"line {number}: {error}")
            if line.endswith("\n"):
                raise torn from error
