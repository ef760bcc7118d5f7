"""From a document to a typed model, with every complaint in words and at its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar, cast, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from harness.config.source import Document, Loc, Scalar
from harness.errors import ConfigError


class Section(BaseModel):
    """A mapping of a configuration file: immutable, and without keys that nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class FileSection(Section):
    """The mapping that is a whole file."""

    _path: Path = PrivateAttr(default=Path())

    @property
    def path(self) -> Path:
        """The file it came from, as the user named it."""
        return self._path

    def located(self, path: Path) -> Self:
        """The same, knowing its file."""
        self._path = path
        return self


def _text(value: object) -> object:
    return value.text if isinstance(value, Scalar) else value


def _plain(value: object) -> object:
    return value.value if isinstance(value, Scalar) else value


Text = Annotated[str, BeforeValidator(_text)]
"""Text as spelled in the file, whatever YAML would take it for."""

Whole = Annotated[int, BeforeValidator(_plain)]
"""A whole number."""

Number = Annotated[float, BeforeValidator(_plain)]
"""A number."""

YesNo = Annotated[bool, BeforeValidator(_plain)]
"""``true`` or ``false``."""


def _format(value: object) -> object:
    text = _text(value)
    return int(text) if isinstance(text, str) and text.isdecimal() else value


FORMAT = BeforeValidator(_format)
"""Marks the field that holds the number of the file's format."""

_Words = TypeVar("_Words", bound=StrEnum)
_Item = TypeVar("_Item")
_File = TypeVar("_File", bound=FileSection)


def _not_empty(items: tuple[_Item, ...]) -> tuple[_Item, ...]:
    if not items:
        raise ValueError("the list is empty, expected at least one entry")
    return items


NOT_EMPTY = AfterValidator(_not_empty)
"""Marks a list that must have something in it."""


def _as_list(value: object) -> object:
    return cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)


ONE_OR_MORE = BeforeValidator(_as_list)
"""Marks a list that may be written as its only entry."""


def one_of(words: type[_Words]) -> BeforeValidator:
    """A validator that reads a word of an enum, and names the nearest one when there is none such."""

    def read(value: object) -> object:
        known = [word.value for word in words]
        text = _text(value)
        if isinstance(text, words):
            return text
        if isinstance(text, str) and text in known:
            return words(text)
        near = nearest(text, known) if isinstance(text, str) else ""
        raise ValueError(f"expected {listed(known)}, found {shown(value)}{near}")

    return BeforeValidator(read)


def listed(words: Iterable[str]) -> str:
    """``a, b or c``."""
    known = list(words)
    return f"{', '.join(known[:-1])} or {known[-1]}" if len(known) > 1 else "".join(known)


def nearest(word: str, known: Iterable[str]) -> str:
    """`` (did you mean x?)`` for the known word closest to ``word``, or nothing when none is close."""
    by_case = {each.lower(): each for each in known}
    close = difflib.get_close_matches(word.lower(), by_case, n=1, cutoff=0.5)
    return f" (did you mean {by_case[close[0]]!r}?)" if close else ""


def shown(value: object) -> str:
    """A value as an error message shows it."""
    value = value.text if isinstance(value, Scalar) else value
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, tuple):
        return "a list"
    text = str(value)
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where in the data."""

    loc: Loc
    what: str
    of_key: bool = False


def validate(kind: type[_File], document: Document) -> _File:
    """The document as a typed model.

    Raises:
        ConfigError: names everything that is wrong, at the place of the first thing.
    """
    try:
        return kind.model_validate(document.data).located(document.path)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise complaint(document, [_problem(kind, detail) for detail in details]) from error


def complaint(document: Document, problems: Iterable[Problem]) -> ConfigError:
    """One error for all problems of a file, in the order of the file."""
    placed = sorted(
        ((document.place(each.loc, of_key=each.of_key), each.what) for each in problems),
        key=lambda pair: (pair[0].line, pair[0].column),
    )
    first, what = placed[0]
    more = (f"{document.path}:{place.line}:{place.column}: {text}" for place, text in placed[1:])
    text = "\n".join((what, *more))
    return ConfigError(text, path=str(document.path), line=first.line, column=first.column)


_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list (lines that begin with '- ')",
    "model_type": "a mapping (lines of 'key: value')",
    "dict_type": "a mapping (lines of 'key: value')",
    "mapping_type": "a mapping (lines of 'key: value')",
}
"""pydantic's error type -> what was expected, in the words of somebody who edits YAML."""


_KEY = "[key]"
"""What pydantic puts behind the location of a key that is wrong itself."""


def _problem(kind: type[Section], detail: ErrorDetails) -> Problem:
    loc, code = detail["loc"], detail["type"]
    if loc and loc[-1] == _KEY:
        return replace(_problem(kind, {**detail, "loc": loc[:-1]}), of_key=True)
    if code == "extra_forbidden":
        known = _keys_at(kind, loc[:-1])
        key = str(loc[-1])
        near = nearest(key, known) or f", expected {listed(known)}"
        return Problem(loc, f"unknown key {key!r}{near}", of_key=True)
    if code == "missing":
        return Problem(loc[:-1], f"key {str(loc[-1])!r} is missing")
    if code == "value_error":
        return Problem(loc, detail["msg"].removeprefix("Value error, "))
    if code == "literal_error":
        return Problem(loc, f"expected {detail.get('ctx', {})['expected']}, found {shown(detail['input'])}")
    if code in _EXPECTED:
        return Problem(loc, f"expected {_EXPECTED[code]}, found {shown(detail['input'])}")
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    return Problem(loc, f"{message}, found {shown(detail['input'])}")


def _keys_at(kind: type[Section], loc: Loc) -> list[str]:
    """The keys that the section at a location of the data knows."""
    section = kind
    for step in loc:
        if isinstance(step, str) and step in section.model_fields:
            section = _section_in(section.model_fields[step].annotation) or section
    return list(section.model_fields)


def _section_in(annotation: Any) -> type[Section] | None:
    """The section class within ``X``, ``X | None`` or ``tuple[X, ...]``."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_in(part))), None)
