"""A YAML file as plain data, with the place of every key and value kept for error messages.

Scalars that YAML reads as something else than text keep their spelling, so that an unquoted version
``18.10`` or an all-digit identifier still means what was written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

from harness.errors import ConfigError

Loc = tuple[str | int, ...]
"""Where a value is in the data: keys and list positions from the root."""

_YAML_TAG = "tag:yaml.org,2002:"
_MEANING: dict[str, Callable[[str], object]] = {
    "bool": lambda text: text.lower() in ("true", "yes", "on"),
    "int": int,
    "float": float,
}
"""YAML's kind of a scalar -> the value of its text."""


@dataclass(frozen=True)
class Scalar:
    """A YAML scalar that is not text: what YAML takes it for, and how it is spelled."""

    value: object
    text: str


@dataclass(frozen=True)
class Place:
    """A position in a file, 1-based."""

    line: int
    column: int


@dataclass
class Document:
    """One YAML file: its data, and where everything stands.

    Attributes:
        path: the file, as the user named it.
        data: dicts, tuples, text, ``Scalar`` and ``None``.
        values: where the value at a location begins.
        keys: where the key of a location begins.
    """

    path: Path
    data: object = None
    values: dict[Loc, Place] = field(default_factory=dict[Loc, Place])
    keys: dict[Loc, Place] = field(default_factory=dict[Loc, Place])

    def place(self, loc: Loc, *, of_key: bool = False) -> Place:
        """Where a location stands, or the nearest thing around it that stands somewhere.

        A list that was written as its only entry has no first place in the file: its entry is there instead.
        """
        loc = self._as_written(loc)
        if of_key and loc in self.keys:
            return self.keys[loc]
        while loc not in self.values and loc:
            loc = loc[:-1]
        return self.values.get(loc, Place(1, 1))

    def _as_written(self, loc: Loc) -> Loc:
        written: Loc = ()
        for step in loc:
            if step != 0 or (*written, step) in self.values:
                written = (*written, step)
        return written


def read_document(path: Path, *, missing_fix: str) -> Document:
    """Read a YAML file.

    Args:
        path: the file.
        missing_fix: what to do when it does not exist.

    Raises:
        ConfigError: it does not exist, cannot be read, is empty, or is not YAML.
    """
    text = _read_text(path, missing_fix)
    try:
        root = yaml.SafeLoader(text).get_single_node()
    except yaml.YAMLError as error:
        raise _syntax_error(path, text, error) from error
    if root is None:
        raise ConfigError("the file is empty", path=str(path), line=1, column=1, fix=missing_fix)
    document = Document(path)
    document.data = _Reader(document).read(root, ())
    return document


def _read_text(path: Path, missing_fix: str) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError("there is no such file", path=str(path), fix=missing_fix) from error
    except OSError as error:
        raise ConfigError(f"cannot read the file: {error.strerror}", path=str(path)) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        column = error.start - (before.rfind(b"\n") + 1) + 1
        what = f"expected UTF-8 text, found byte 0x{data[error.start]:02x}"
        line = before.count(b"\n") + 1
        raise ConfigError(what, path=str(path), line=line, column=column, fix="Save it as UTF-8") from error


def _syntax_error(path: Path, text: str, error: yaml.YAMLError) -> ConfigError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        what = f"not YAML: {error.problem or error.context}"
        fix = "Indent with spaces, not tabs" if "'\\t'" in what else None
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return ConfigError(what, path=str(path), line=line, column=column, fix=fix)
    position = int(getattr(error, "position", 0))
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    what = "not YAML: a control character that no text file has"
    return ConfigError(what, path=str(path), line=line, column=column)


class _Reader:
    """Turns nodes into data while noting where each stood."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._open: list[yaml.Node] = []

    def read(self, node: yaml.Node, loc: Loc) -> object:
        self._document.values[loc] = _place(node)
        if not node.tag.startswith(_YAML_TAG):
            raise self._error(f"tag {node.tag!r} means nothing here", node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if any(node is outer for outer in self._open):
            raise self._error("this alias contains itself", node)
        self._open.append(node)
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, loc)
            items = cast("list[yaml.Node]", node.value)
            return tuple(self.read(item, (*loc, index)) for index, item in enumerate(items))
        finally:
            self._open.pop()

    def _mapping(self, node: yaml.MappingNode, loc: Loc) -> dict[str, object]:
        fields: dict[str, object] = {}
        for key_node, value_node in _rejoined(cast("list[tuple[yaml.Node, yaml.Node]]", node.value)):
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error("expected a word as key", key_node)
            key = key_node.value
            inner = (*loc, key)
            if key in fields:
                first = self._document.keys[inner].line
                raise self._error(f"key {key!r} is given twice, first in line {first}", key_node)
            self._document.keys[inner] = _place(key_node)
            fields[key] = self.read(value_node, inner)
        return fields

    def _scalar(self, node: yaml.ScalarNode) -> object:
        kind = node.tag.removeprefix(_YAML_TAG)
        if kind == "str":
            return node.value
        if kind == "null":
            return None
        try:
            return Scalar(_MEANING[kind](node.value), node.value)
        except (KeyError, ValueError):
            # YAML 1.1 also knows dates, octal and sexagesimal numbers; here they are just text.
            return node.value

    def _error(self, what: str, node: yaml.Node) -> ConfigError:
        place = _place(node)
        return ConfigError(what, path=str(self._document.path), line=place.line, column=place.column)


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _rejoined(pairs: list[tuple[yaml.Node, yaml.Node]]) -> list[tuple[yaml.Node, yaml.Node]]:
    """Pairs of a mapping, with a comma that no space follows taken as part of the word.

    Within braces YAML ends a word at any comma, so ``{model: iPhone10,3}`` would be a model
    ``iPhone10`` and a key ``3`` without a value. Every product type of Apple's has such a comma.
    """
    joined: list[tuple[yaml.Node, yaml.Node]] = []
    for key, value in pairs:
        if joined and _continues(joined[-1][1], key, value):
            previous_key, previous = joined.pop()
            word = f"{previous.value},{key.value}"
            node = yaml.ScalarNode(f"{_YAML_TAG}str", word, previous.start_mark, key.end_mark)
            joined.append((previous_key, node))
        else:
            joined.append((key, value))
    return joined


def _continues(previous: yaml.Node, key: yaml.Node, value: yaml.Node) -> bool:
    if not (isinstance(previous, yaml.ScalarNode) and isinstance(key, yaml.ScalarNode)):
        return False
    if previous.style or key.style:
        return False
    same_line = previous.end_mark.line == key.start_mark.line
    adjacent = same_line and previous.end_mark.index + 1 == key.start_mark.index
    return adjacent and value.tag == f"{_YAML_TAG}null" and not value.value
