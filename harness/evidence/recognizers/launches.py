"""Who wanted an app to run, how its process was started, and what it may run for."""

from __future__ import annotations

import re

from harness.evidence.recognizers.row import Build, Line, Recognizer, Standing, row
from harness.evidence.recognizers.words import APP, BUNDLE, PROCESS
from harness.model.facts import Bootstrapped, DebuggerSeen, Fact, OpenRequested, SessionAssertion, Source


def _opening(found: re.Match[str], line: Line) -> Fact:
    return OpenRequested(at=line.at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], requester=found["who"])


def _asked_by_dasd(found: re.Match[str], line: Line) -> Fact:
    return OpenRequested(at=line.at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], requester="dasd")


def _started(found: re.Match[str], line: Line) -> Fact:
    """A start, with as much as the line tells: the intent, the cause, or the pid."""
    told = found.groupdict()
    return Bootstrapped(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=told["bid"],
        pid=int(told.get("pid") or 0),
        intent=told.get("intent") or "",
        why=told.get("why") or "",
    )


def _assertion(*, held: bool) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        return SessionAssertion(
            at=line.at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], pid=int(found["pid"]), held=held
        )

    return build


def _debugger(*, attached: bool) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        return DebuggerSeen(at=line.at, source=Source.SYSTEM_LOG, pid=int(found["pid"]), attached=attached)

    return build


_ON_SESSION = (
    rf"{PROCESS} from originator (?:\[[a-z]+<[A-Za-z0-9_.-]+>:-?\d+\] )?[^\n]*?"
    r"com\.apple\.nsurlsessiond\.handlesession"
)

ROWS: tuple[Recognizer, ...] = (
    row(
        "SpringBoard",
        'Received request to open "',
        rf'{BUNDLE}" from (?P<who>[^:\n]+):\d+\.',
        _opening,
        "log-grammar.md §1.4, §1.5",
        Standing.CARE,
    ),
    row(
        "dasd",
        "[FBSSystemService][0x",
        rf'[0-9a-f]+\] Sending request to open "{BUNDLE}"',
        _asked_by_dasd,
        "log-grammar.md §1.4",
        Standing.CARE,
    ),
    row(
        "SpringBoard",
        "Bootstrapping app",
        rf"{APP} with intent (?P<intent>[a-z-]+)",
        _started,
        "log-grammar.md §1.3",
    ),
    row("SpringBoard", "[app", rf"{PROCESS} Bootstrap success!", _started, "log-grammar.md §1.3", first=14),
    row(
        "runningboardd",
        "Executing launch request for app",
        rf"{APP} \((?P<why>[^)\n]*)\)",
        _started,
        "background-execution.md §1.12, §3.3",
        Standing.CARE,
    ),
    row(
        "runningboardd",
        "Acquiring assertion targeting [app",
        _ON_SESSION,
        _assertion(held=True),
        "log-grammar.md §1.5: the explanation stays readable",
        Standing.CARE,
    ),
    row(
        "runningboardd",
        "Invalidating assertion targeting [app",
        _ON_SESSION,
        _assertion(held=False),
        "log-grammar.md §1.5",
        Standing.CARE,
    ),
    row(
        "debugserver",
        "",
        r"[^\n]{0,200}?[Aa]ttach\w* (?:to|succeeded for) (?:pid|process) (?P<pid>\d+)",
        _debugger(attached=True),
        "guessed: debugserver is seldom captured",
        Standing.CARE,
    ),
    row(
        "debugserver",
        "Detached from process ",
        r"(?P<pid>\d+)",
        _debugger(attached=False),
        "guessed: debugserver is seldom captured",
        Standing.CARE,
    ),
)
"""Of starts, of who asked for them, and of what keeps a process running."""
