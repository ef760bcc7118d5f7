"""The tape: all items of one recording, as JSON lines, so that they can be told again.

A tape is what a timeline is made from. Where it was kept, the whole way from the phone's bytes to a
verdict can be walked again without the phone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from harness.evidence import items
from harness.evidence.appending import LineFile
from harness.evidence.items import Item, Watching
from harness.evidence.record import from_line, to_line
from harness.evidence.watched import LinePattern, WatchedApp
from harness.model.facts import Source
from harness.model.raw import DarwinNotice, ProcessExit, ProcessRow, ReportFile, Setting, StateNotice
from harness.model.time import Instant

_ITEMS = [kind for kind in vars(items).values() if isinstance(kind, type) and issubclass(kind, Item)]
_PARTS = (
    WatchedApp,
    LinePattern,
    Instant,
    DarwinNotice,
    ProcessExit,
    ProcessRow,
    ReportFile,
    Setting,
    StateNotice,
)
_CLASSES: dict[str, type[Any]] = {kind.__name__: kind for kind in (*_ITEMS, *_PARTS)}
_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in _CLASSES.values()}


class Tape:
    """A file that items are appended to; whole after a crash but for its last line.

    Args:
        path: of the file; one that is there already is continued, less a last line that was cut short.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = LineFile(path)

    def __enter__(self) -> Tape:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def write(self, item: Item) -> None:
        """Append one item; it has left this process when the call returns. A closed tape takes no more.

        Raises:
            OSError: it could not be written whole; nothing of it is on the tape.
        """
        if not self._file.is_closed:
            self._file.append(to_tape_line(item))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def is_tape(path: Path) -> bool:
    """Whether a file is a tape, by its first line.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        try:
            return isinstance(from_tape_line(file.readline()), Watching)
        except ValueError:
            return False


def read_tape(path: Path) -> Iterator[Item]:
    """The items of a tape, in order; a last line that a crash cut short is left out.

    Raises:
        ValueError: a line that is not the last is no item.
    """
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield from_tape_line(line)


def to_tape_line(item: Item) -> bytes:
    """One item as a line, with its newline; pure ASCII."""
    return json.dumps(_plain(item), separators=(",", ":")).encode() + b"\n"


def from_tape_line(line: bytes) -> Item:
    """The item that a line of a tape holds.

    Raises:
        ValueError: the line is not one that ``to_tape_line`` wrote.
    """
    try:
        item = _made(json.loads(line))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an item of a tape: {line[:60]!r}") from error
    if not isinstance(item, Item):
        raise ValueError(f"not an item of a tape: {line[:60]!r}")
    return item


def _plain(value: Any) -> Any:
    kind = cast("type[Any]", type(value))
    if kind in _NAMES:
        return {"is": kind.__name__} | {name: _plain(getattr(value, name)) for name in _NAMES[kind]}
    if isinstance(value, bytes):
        return {"is": "bytes", "base64": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return [_plain(part) for part in cast("tuple[Any, ...]", value)]
    if is_dataclass(value):
        return {"is": "entry", "line": to_line(cast("Any", value))}
    return value.value if isinstance(value, Enum) else value


def _made(stored: Any) -> Any:
    if isinstance(stored, list):
        return tuple(_made(part) for part in cast("list[Any]", stored))
    if not isinstance(stored, dict):
        return stored
    told = cast("dict[str, Any]", stored)
    kind = str(told.pop("is"))
    if kind == "bytes":
        return base64.b64decode(told["base64"])
    if kind == "entry":
        return from_line(told["line"])
    if "source" in told:
        told["source"] = Source(told["source"])
    return _CLASSES[kind](**{name: _made(value) for name, value in told.items()})
