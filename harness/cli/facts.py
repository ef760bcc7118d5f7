"""``harness facts``: what the harness takes for evidence in a saved log."""

from __future__ import annotations

import io
import sys
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from harness.cli.out import Out
from harness.errors import ConfigError
from harness.evidence.logfiles import LOOK_BYTES, Counts, LogForm, LogItem, Saved, detect, read_log
from harness.evidence.recognizers import PROCESSES, recognize, wanted_of
from harness.evidence.record import to_line
from harness.model.facts import AppFact, CallbackSeen, Fact, Gap, Source
from harness.model.journal import LOG_SUBSYSTEM
from harness.model.raw import LogLoss, LogRecord
from harness.model.time import Instant

STDIN = "-"
"""File name that stands for standard input."""


@dataclass(frozen=True)
class Asked:
    """Which log, and what is known of it.

    Attributes:
        path: the file, or ``-``.
        form: its form, a ``LogForm``; ``None`` to find out.
        bundle_id: only facts of this app, or that name none; ``None`` for every app's.
        executable: name of its executable, for the lines that Apple's code writes in its process; or empty.
        ios_major: iOS of the phone, or ``None``.
        year: of the first line, where the form has no year; ``None`` for that of the file.
    """

    path: str
    form: str | None = None
    bundle_id: str | None = None
    executable: str = ""
    ios_major: int | None = None
    year: int | None = None


@dataclass
class Tally:
    """What came of a log.

    Attributes:
        kinds: kind of fact -> how many.
        unrecognised: process that facts could have come from -> how many of its lines stated nothing.
    """

    kinds: Counter[str] = field(default_factory=Counter[str])
    unrecognised: Counter[str] = field(default_factory=Counter[str])


def tell(asked: Asked, out: Out) -> None:
    """Print the facts of a log as JSON lines, whether or not JSON was asked for, and say what there was.

    Raises:
        ConfigError: there is no such file, no such form, or its form is none that is known.
    """
    counts, tally = Counts(), Tally()
    with _opened(asked.path) as (stream, saved_s):
        known = _form_of(asked.form)
        form, whole = (known, stream) if known else _recognised(stream, asked.path)
        wanted = wanted_of(LOG_SUBSYSTEM, asked.executable)
        for item in read_log(whole, form, Saved(saved_s, asked.year), counts, wanted):
            _tell_item(item, asked, out, tally)
    _summarise(form, counts, tally, out)


def _form_of(word: str | None) -> LogForm | None:
    if word is None:
        return None
    try:
        return LogForm(word)
    except ValueError as error:
        raise ConfigError(f"{word!r} is no form of log", fix=f"Name one of {', '.join(LogForm)}.") from error


@contextmanager
def _opened(path: str) -> Generator[tuple[BinaryIO, float]]:
    """A file, and when it was saved: now for what comes through a pipe."""
    if path == STDIN:
        yield sys.stdin.buffer, time.time()
        return
    try:
        with Path(path).open("rb") as stream:
            yield stream, Path(path).stat().st_mtime
    except OSError as error:
        raise ConfigError(f"{error.strerror or error}", path=path, fix="Name a saved log, or -.") from error


def _recognised(stream: BinaryIO, path: str) -> tuple[LogForm, BinaryIO]:
    """The form of a log, and the stream with nothing taken from it."""
    beginning = b""
    while len(beginning) < LOOK_BYTES and (data := _some(stream)):
        beginning += data
        # A tool's own words may be all that a pipe has brought yet.
        form = detect(beginning)
        if form:
            return form, io.BufferedReader(_Rejoined(beginning, stream))
    fix = f"Say which form it has with --format: {', '.join(LogForm)}."
    raise ConfigError("no form of log that is known", path=path, fix=fix)


def _some(stream: BinaryIO) -> bytes:
    """What there is, at least a byte unless it has ended."""
    return stream.read1(LOOK_BYTES) if isinstance(stream, io.BufferedIOBase) else stream.read(LOOK_BYTES)


class _Rejoined(io.RawIOBase):
    """A stream whose beginning was read already."""

    def __init__(self, beginning: bytes, rest: BinaryIO) -> None:
        self._beginning = beginning
        self._rest = rest

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer with what comes next."""
        data = self._beginning[: len(buffer)]
        self._beginning = self._beginning[len(data) :]
        data = data or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _tell_item(item: LogItem, asked: Asked, out: Out, tally: Tally) -> None:
    told = item.told
    if isinstance(told, LogLoss):
        out.line(to_line(Gap(Source.SYSTEM_LOG, told.phone_s, told.phone_s, "the phone dropped records")))
        return
    fact = recognize(
        told,
        bundle_id=asked.bundle_id or "",
        subsystem=LOG_SUBSYSTEM,
        executable=asked.executable,
        ios_major=asked.ios_major,
    )
    if fact is None:
        _miss(told, asked, tally)
    elif _is_of_interest(fact, asked.bundle_id):
        tally.kinds[type(fact).__name__] += 1
        out.line(to_line(_dated(fact, item.resolution_s)))


def _miss(record: LogRecord, asked: Asked, tally: Tally) -> None:
    if record.process in PROCESSES or record.process == asked.executable:
        tally.unrecognised[record.process] += 1


def _is_of_interest(fact: Fact, bundle_id: str | None) -> bool:
    # A fact whose line names no app may be about any.
    return not (bundle_id and isinstance(fact, AppFact)) or fact.bundle_id in (bundle_id, "")


def _dated(fact: Fact, resolution_s: float) -> Fact:
    """A fact whose time was cut by the form: it was somewhere in the second, or whatever, after it."""
    if resolution_s <= fact.at.error_s or isinstance(fact, CallbackSeen):
        return fact
    half_s = resolution_s / 2
    return replace(fact, at=Instant(fact.at.at_s + half_s, fact.at.error_s + half_s))


def _summarise(form: LogForm, counts: Counts, tally: Tally, out: Out) -> None:
    out.talk(f"form: {form}")
    out.talk(
        f"lines: {counts.lines}, records: {counts.records}, copies: {counts.copies}, "
        f"losses: {counts.losses}, unreadable: {counts.unreadable}"
    )
    out.talk(f"facts: {_listed(tally.kinds)}")
    out.talk(f"not recognised, of processes that could have stated something: {_listed(tally.unrecognised)}")


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.most_common()) or "none"
