r"""Log records to facts: one row per line of iOS that is safe to read (log-grammar.md §1.3, §1.5, §2).

A row matches a process and a pattern anchored at the start of the message, never a message alone: the
same words in another process mean something else (``xpcservice<…([app<bid>:PID])>`` names an app that
it is not). ``<private>`` is a value like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from harness.evidence.testimony import mark_fact
from harness.model.facts import (
    Bootstrapped,
    DebuggerSeen,
    Fact,
    OpenRequested,
    ProcessEnded,
    ResumeDelaySet,
    SessionAssertion,
    Source,
    StateSeen,
    WakeRefused,
)
from harness.model.raw import LogRecord
from harness.model.states import AppState
from harness.model.time import Instant, written

_IDENTITY = r"(?:app|application)<(?P<bid>[A-Za-z0-9.-]+)(?:\((?:[^()]*|\(null\))\))?>"
_INSTANCE = rf"\[{_IDENTITY}:(?P<pid>\d+)\]"

Build = Callable[[re.Match[str], Instant], Fact | None]


@dataclass(frozen=True)
class Recognizer:
    """One row: which process's line, and what it means.

    Attributes:
        process: name of the process that logs it.
        pattern: anchored at the start of the message.
        build: makes the fact; ``None`` when the line says nothing after all.
    """

    process: str
    pattern: re.Pattern[str]
    build: Build


def _row(process: str, pattern: str, build: Build) -> Recognizer:
    return Recognizer(process, re.compile(pattern, re.DOTALL), build)


def _state(state: AppState) -> Build:
    def build(found: re.Match[str], at: Instant) -> Fact:
        return StateSeen(
            at=at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], pid=int(found["pid"]), state=state
        )

    return build


def _task_state(found: re.Match[str], at: Instant) -> Fact | None:
    state = {
        ("Suspended", "Background"): AppState.SUSPENDED,
        ("Running", "Background"): AppState.BACKGROUND_RUNNING,
        ("Running", "Foreground"): AppState.FOREGROUND_ACTIVE,
        ("Not Running", "Unknown"): AppState.NOT_RUNNING,
    }.get((found["task"], found["visible"]))
    if state is None:
        return None
    return StateSeen(
        at=at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], pid=int(found["pid"]), state=state
    )


def _open_requested(found: re.Match[str], at: Instant) -> Fact:
    return OpenRequested(at=at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], requester=found["who"])


def _bootstrapped(found: re.Match[str], at: Instant) -> Fact:
    return Bootstrapped(at=at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], intent=found["intent"])


def _launch_request(found: re.Match[str], at: Instant) -> Fact:
    why = found["why"]
    return Bootstrapped(at=at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], intent="", why=why)


def _assertion(*, held: bool) -> Build:
    def build(found: re.Match[str], at: Instant) -> Fact:
        return SessionAssertion(
            at=at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], pid=int(found["pid"]), held=held
        )

    return build


EXIT_DOMAINS: dict[str, str] = {"fbscene": "frontboard", "springboard": "frontboard"}
"""Spellings of one exit domain that changed between versions -> the harness's word."""


def _exited(found: re.Match[str], at: Instant) -> Fact:
    domain = found["domain"].lower() if found["domain"] else "voluntary"
    code = int(found["code"], 0) if found["code"] else 0
    return ProcessEnded(
        at=at,
        source=Source.SYSTEM_LOG,
        bundle_id=found["bid"],
        pid=int(found["pid"]),
        domain=EXIT_DOMAINS.get(domain, domain),
        code=code,
        explanation=found["text"],
    )


def _refused(found: re.Match[str], at: Instant) -> Fact:
    return WakeRefused(at=at, source=Source.SYSTEM_LOG, text=found["why"])


def _delay(found: re.Match[str], at: Instant) -> Fact:
    return ResumeDelaySet(at=at, source=Source.SYSTEM_LOG, delay_s=float(found["delay"]))


def _debugger(*, attached: bool) -> Build:
    def build(found: re.Match[str], at: Instant) -> Fact:
        return DebuggerSeen(at=at, source=Source.SYSTEM_LOG, pid=int(found["pid"]), attached=attached)

    return build


_CONTEXT = (
    r"Process exited: (?P<text><RBSProcessExitContext\| "
    r"(?:voluntary|specific, status:<RBSProcessExitStatus\| "
    r"domain:(?P<domain>[A-Za-z]+)\(\d+\) code:(?:[A-Za-z]+\()?(?P<code>0x[0-9A-Fa-f]+|\d+)\)?>)?>)"
)

RECOGNIZERS: tuple[Recognizer, ...] = (
    _row("runningboardd", rf"{_INSTANCE} Suspending task\.", _state(AppState.SUSPENDED)),
    _row("runningboardd", rf"{_INSTANCE} Resuming task\.", _state(AppState.BACKGROUND_RUNNING)),
    _row(
        "SpringBoard",
        r"Application process state changed for (?P<bid>[A-Za-z0-9.-]+): "
        r"<SBApplicationProcessState: 0x[0-9a-f]+; pid: (?P<pid>\d+); "
        r"taskState: (?P<task>[A-Za-z ]+); visibility: (?P<visible>[A-Za-z]+)>",
        _task_state,
    ),
    _row(
        "SpringBoard",
        r'Received request to open "(?P<bid>[A-Za-z0-9.-]+)" from (?P<who>[^:]+):\d+\.',
        _open_requested,
    ),
    _row("SpringBoard", rf"Bootstrapping {_IDENTITY} with intent (?P<intent>[a-z-]+)", _bootstrapped),
    _row("runningboardd", rf"Executing launch request for {_IDENTITY} \((?P<why>[^)]*)\)", _launch_request),
    _row(
        "runningboardd",
        rf"Acquiring assertion targeting {_INSTANCE} .*com\.apple\.nsurlsessiond\.handlesession",
        _assertion(held=True),
    ),
    _row(
        "runningboardd",
        rf"Invalidating assertion targeting {_INSTANCE} .*com\.apple\.nsurlsessiond\.handlesession",
        _assertion(held=False),
    ),
    _row("SpringBoard", rf"{_INSTANCE} {_CONTEXT}", _exited),
    _row("nsurlsessiond", r"ND(?:NW)?Session <[^>]*> Not waking up client .*? since (?P<why>.*)", _refused),
    _row("nsurlsessiond", r"Set request delay for .*?to (?P<delay>[0-9.]+)", _delay),
    _row(
        "debugserver",
        r".*[Aa]ttach\w* (?:to|succeeded for) (?:pid|process) (?P<pid>\d+)",
        _debugger(attached=True),
    ),
    _row("debugserver", r"Detached from process (?P<pid>\d+)", _debugger(attached=False)),
)
"""Every row; the first that matches a record decides."""

_BY_PROCESS: dict[str, tuple[Recognizer, ...]] = {
    name: tuple(row for row in RECOGNIZERS if row.process == name)
    for name in {r.process for r in RECOGNIZERS}
}


def recognize(
    record: LogRecord, *, bundle_id: str, subsystem: str | None, executable: str = ""
) -> Fact | None:
    """The fact that a log record states, or ``None``.

    Args:
        record: a line of the phone's log.
        bundle_id: the app under test, whose journal marks are read.
        subsystem: ``os_log`` subsystem of its marks; ``None`` when it leaves none.
        executable: name of its executable, so that no other app's marks are taken for its own; empty
            where it is not known.
    """
    at = written(record.phone_s)
    if subsystem and record.subsystem == subsystem:
        is_own = executable in ("", record.process)
        return mark_fact(record.message, bundle_id) if is_own else None
    for row in _BY_PROCESS.get(record.process, ()):
        found = row.pattern.match(record.message)
        if found:
            return row.build(found, at)
    return None
