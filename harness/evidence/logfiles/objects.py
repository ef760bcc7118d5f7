"""Logs as JSON: one object per line, or one array.

Objects come from ``log show --style ndjson`` or ``json``, from pymobiledevice3 and go-ios, each with keys
of its own, and from Appium and go-ios with a whole line of the classic log in one key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, BinaryIO, cast

from harness.evidence.logfiles.counts import Counts
from harness.evidence.logfiles.forms import TEXT_FORMS, LogForm, level
from harness.evidence.logfiles.lines import plain
from harness.evidence.logfiles.times import Saved, of_iso
from harness.model.raw import LogRecord
from harness.wire.syslog import unescape

Object = Mapping[str, Any]

MOST_OBJECT_BYTES = 1 << 24
"""A line that is longer is no object of a log."""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _name(path: object) -> str:
    return _text(path).rpartition("/")[2]


def _unescaped(value: object) -> str:
    """A text that may still have the escapes of the classic log in it."""
    text = _text(value)
    return unescape(text.encode(errors="replace")).decode(errors="replace") if "\\M" in text else text


def _log_show(told: Object, _saved: Saved) -> LogRecord:
    return LogRecord(
        phone_s=of_iso(told["timestamp"]),
        process=_name(told["processImagePath"]),
        pid=int(told["processID"]),
        level=level(_text(told.get("messageType"))),
        message=_text(told["eventMessage"]),
        subsystem=_text(told.get("subsystem")),
        category=_text(told.get("category")),
    )


def _os_trace(told: Object, _saved: Saved) -> LogRecord:
    """Of pymobiledevice3, whose label is an object, and of go-ios, whose label is in two keys or in one."""
    label: Any = told.get("label")
    labelled = cast("Object", label) if isinstance(label, dict) else told
    return LogRecord(
        phone_s=of_iso(told["timestamp"]),
        process=_name(told["filename"]),
        pid=int(told["pid"]),
        level=level(_text(told.get("levelName")) or _text(told.get("level"))),
        message=_text(told["message"]),
        subsystem=_text(labelled.get("subsystem")),
        category=_text(labelled.get("category")),
    )


def _parsed_line(told: Object, _saved: Saved) -> LogRecord:
    """Of go-ios, which has taken a line of the classic log apart."""
    process = _unescaped(told["process"]).partition("(")[0]
    at_s, pid = of_iso(told["timestamp"]), int(told["pid"])
    return LogRecord(at_s, process, pid, level(_text(told.get("level"))), _unescaped(told["message"]))


_CLASSIC = next(text for text in TEXT_FORMS if text.form is LogForm.SYSLOG)


def _whole_line(key: str) -> Callable[[Object, Saved], LogRecord]:
    def build(told: Object, saved: Saved) -> LogRecord:
        found = _CLASSIC.head.match(_unescaped(told[key]).strip("\0\n"))
        if not found:
            raise ValueError("no line of the classic log")
        return _CLASSIC.build(found, saved)

    return build


_SECOND = 1.0

SHAPES: tuple[tuple[frozenset[str], float, Callable[[Object, Saved], LogRecord]], ...] = (
    (frozenset({"eventMessage", "processImagePath"}), 1e-6, _log_show),
    (frozenset({"filename", "message"}), 1e-6, _os_trace),
    (frozenset({"process", "message"}), _SECOND, _parsed_line),
    (frozenset({"msg"}), _SECOND, _whole_line("msg")),
    (frozenset({"message"}), _SECOND, _whole_line("message")),
)
"""Keys that an object of a shape has, how finely it tells time, and how it is read; the first decides."""


class ObjectLines:
    """The records of a log in JSON.

    Args:
        saved: when it was saved.
        counts: where to count what was read.
    """

    def __init__(self, saved: Saved, counts: Counts) -> None:
        self._saved = saved
        self._counts = counts

    def records(self, stream: BinaryIO) -> Iterator[tuple[LogRecord, float]]:
        """Read a stream to its end; each record comes with how finely it tells time, in seconds."""
        first = stream.readline(MOST_OBJECT_BYTES)
        if first.lstrip().startswith(b"["):
            yield from self._array(first + stream.read())
            return
        line = first
        while line:
            self._counts.lines += 1
            if line.strip():
                yield from self._take(self._parsed(plain(line)))
            line = stream.readline(MOST_OBJECT_BYTES)

    def _array(self, data: bytes) -> Iterator[tuple[LogRecord, float]]:
        self._counts.lines += data.count(b"\n")
        told = self._parsed(data.decode(errors="replace"))
        if not isinstance(told, list):
            self._counts.unreadable += 1
            return
        for one in cast("list[object]", told):
            yield from self._take(one)

    @staticmethod
    def _parsed(text: str) -> object:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None

    def _take(self, told: object) -> Iterator[tuple[LogRecord, float]]:
        read = self._read(cast("Object", told)) if isinstance(told, dict) else None
        if read:
            yield read
        else:
            self._counts.unreadable += 1

    def _read(self, told: Object) -> tuple[LogRecord, float] | None:
        for keys, resolution_s, build in SHAPES:
            if keys <= told.keys():
                try:
                    return build(told, self._saved), resolution_s
                except (ValueError, TypeError, KeyError, OverflowError):
                    return None  # the keys are there, and something else in them
        return None
