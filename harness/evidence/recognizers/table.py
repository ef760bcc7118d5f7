"""All rows, and the way from a record to the row that reads it."""

from __future__ import annotations

import functools
from collections.abc import Callable

from harness.evidence.recognizers import background, exits, launches, phone, states
from harness.evidence.recognizers.row import THE_APP, Line, Recognizer
from harness.evidence.testimony import mark_fact
from harness.model.facts import Fact, LogPointSeen, Source
from harness.model.journal import LOG_POINTS, LOG_SUBSYSTEM
from harness.model.raw import LogRecord
from harness.model.time import written

RECOGNIZERS: tuple[Recognizer, ...] = (
    *states.ROWS,
    *exits.ROWS,
    *launches.ROWS,
    *background.SESSION_ROWS,
    *background.ACTIVITY_ROWS,
    *phone.ROWS,
)
"""Every row. No two read the same line differently, so their order does not matter."""

PROCESSES: frozenset[str] = frozenset(row.process for row in RECOGNIZERS) - {THE_APP}
"""Names of the processes of iOS that any row is about."""


@functools.cache
def _rows(process: str, ios_major: int | None) -> tuple[Recognizer, ...]:
    return tuple(row for row in RECOGNIZERS if row.process == process and row.holds_for(ios_major))


def recognize(
    record: LogRecord,
    *,
    bundle_id: str,
    subsystem: str | None,
    executable: str = "",
    ios_major: int | None = None,
) -> Fact | None:
    """The fact that a log record states, or ``None``.

    Args:
        record: a line of the phone's log.
        bundle_id: the app under test, whose journal marks are read.
        subsystem: ``os_log`` subsystem of its marks; ``None`` when it leaves none.
        executable: name of its executable, so that no other app's marks are taken for its own, and for the
            lines that Apple's code writes in the app's process; empty where it is not known.
        ios_major: iOS of the phone; ``None`` where it is not known, which tries the rows of all versions.
    """
    process = record.process
    if subsystem and record.subsystem == subsystem:
        is_own = executable in ("", process)
        return mark_fact(record.message, bundle_id) if is_own else None
    if executable and process == executable and record.subsystem == bundle_id:
        return _log_point(record, bundle_id)
    if executable and process == executable:
        process = THE_APP  # and nothing else, whatever the app is called
    elif process not in PROCESSES:
        return None
    message = record.message
    for row in _rows(process, ios_major):
        if message.startswith(row.start):
            line = Line(written(record.phone_s), record.pid, bundle_id, executable)
            fact = row.read(message, line)
            if fact is not None:
                return fact
    return None


def _log_point(record: LogRecord, bundle_id: str) -> LogPointSeen | None:
    """A line of the app's own, if it is one that it wrote for people."""
    if record.category != LOG_POINTS:
        return None
    at, level, text = written(record.phone_s), record.level, record.message
    return LogPointSeen(
        at=at, source=Source.LOG_MARK, bundle_id=bundle_id, pid=record.pid, level=level, text=text
    )


def wanted(process: str, subsystem: str) -> bool:
    """Whether a process's lines in an ``os_log`` subsystem can state anything, for a ``LogDecoder``.

    That of apps whose marks have another subsystem, or whose executable matters, is ``wanted_of``.
    """
    return process in PROCESSES or subsystem == LOG_SUBSYSTEM


def wanted_of(subsystem: str | None, executable: str = "") -> Callable[[str, str], bool]:
    """``wanted`` for one app under test.

    Args:
        subsystem: ``os_log`` subsystem of its marks; ``None`` when it leaves none.
        executable: name of its executable; empty where it is not known.
    """
    processes = PROCESSES | ({executable} if executable else set[str]())

    def wanted(process: str, of_subsystem: str) -> bool:
        return process in processes or (bool(subsystem) and of_subsystem == subsystem)

    return wanted
