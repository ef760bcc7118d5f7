"""How an app's process ended, who asked for it, and what Apple's code warned of before."""

from __future__ import annotations

import re

from harness.evidence.recognizers.row import THE_APP, Build, Line, Recognizer, Standing, row
from harness.evidence.recognizers.words import APP, BUNDLE, IDENTITY, INSTANCE, PROCESS, name_of
from harness.model.exits import DOMAIN_NUMBERS
from harness.model.facts import (
    AppWarned,
    ExitPending,
    Fact,
    ProcessEnded,
    Source,
    StateSeen,
    TerminationRequested,
    Warned,
)
from harness.model.states import AppState

FRONTBOARD, JETSAM = 10, 1
"""Numbers of exit domains; all of them are in ``harness.model.exits``."""

WATCHDOG, USER_QUIT = 0x8BADF00D, 0xDEADFA11
"""Codes of terminations. Source: background-execution.md §1.4."""


def _ended(found: re.Match[str], line: Line, domain: int, code: int, text: str) -> ProcessEnded:
    return ProcessEnded(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=found["bid"],
        pid=int(found["pid"]),
        domain=DOMAIN_NUMBERS.get(domain, f"domain {domain}"),
        code=code,
        explanation=text,
    )


def _exited(found: re.Match[str], line: Line) -> Fact:
    return _ended(found, line, int(found["domain"] or 0), int(found["code"] or "0", 0), found["text"])


def _provision_violated(found: re.Match[str], line: Line) -> Fact:
    return _ended(found, line, FRONTBOARD, WATCHDOG, found["text"])


def _gone(found: re.Match[str], line: Line) -> Fact:
    """An end of which the line does not say how."""
    return StateSeen(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=found["bid"],
        pid=int(found["pid"]),
        state=AppState.NOT_RUNNING,
    )


def _reported(found: re.Match[str], line: Line) -> Fact:
    """From the namespace and code of ``os_reason``; without one, from the status of ``wait4``."""
    domain, code, status = (int(found[name], 0) for name in ("domain", "code", "status"))
    if domain == 0:
        signal = status & 0x7F
        domain, code = (2, signal) if signal else (0, status >> 8 & 0xFF)
    return _ended(found, line, domain, code & 0xFFFFFFFF, found["text"])


def _pending(found: re.Match[str], line: Line) -> Fact:
    pid = int(found["pid"])
    return ExitPending(
        at=line.at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], pid=max(pid, 0), why=found["why"]
    )


_PREDICATE_BUNDLE = re.compile(rf'BundleIdentifiers?Predicate\|[\s{{("]*{BUNDLE}')
_PREDICATE_PID = re.compile(r"IdentifierPredicate\| (?P<pid>\d+)>")


def _target(predicate: str) -> tuple[str, int] | None:
    """Bundle identifier and pid, as far as told, of the process that is meant; ``None`` for no app's."""
    if "xpcservice<" in predicate:
        return None
    for pattern in (INSTANCE, IDENTITY, _PREDICATE_BUNDLE, _PREDICATE_PID):
        found = pattern.search(predicate)
        if found:
            told = found.groupdict()
            return told.get("bid") or "", int(told.get("pid") or 0)
    return None


def _asked(found: re.Match[str], line: Line) -> Fact | None:
    target = _target(found["predicate"])
    if target is None:
        return None
    bundle_id, pid = target
    return TerminationRequested(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=bundle_id,
        pid=pid,
        requester=name_of(found["who"]),
        domain=int(found["domain"]),
        code=int(found["code"], 0),
        explanation=found["text"].partition("reportType:")[0].strip(),
    )


def _swiped(found: re.Match[str], line: Line) -> Fact:
    return TerminationRequested(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=found["bid"],
        requester="com.apple.SpringBoard",
        domain=FRONTBOARD,
        code=USER_QUIT,
        explanation=found["text"],
    )


def _jetsam(found: re.Match[str], line: Line) -> Fact:
    # The kernel knows processes by the name of their executable, cut short.
    is_own = bool(line.executable) and found["name"] in (line.executable, line.executable[:32])
    return TerminationRequested(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=line.bundle_id if is_own else "",
        pid=int(found["pid"]),
        requester="kernel",
        domain=JETSAM,
        code=0,
        explanation=found["how"] + " " + found["cause"],
    )


def _warned(of: Warned) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        return AppWarned(
            at=line.at,
            source=Source.SYSTEM_LOG,
            bundle_id=line.bundle_id,
            pid=line.pid,
            of=of,
            text=found["text"],
        )

    return build


_EXITED = r" Process exited: (?P<text>"
_STATUS = r"domain:(?:[A-Za-z]+\()?(?P<domain>\d+)\)?\s+code:(?:\w+\()?(?P<code>0x[0-9A-Fa-f]+|\d+)\)?"
_NUMBER = r"(?:0x[0-9A-Fa-f]+|\d+)"

ROWS: tuple[Recognizer, ...] = (
    row(
        "SpringBoard",
        "[app",
        rf"{PROCESS}{_EXITED}<RBSProcessExitContext\|\s+"
        rf"(?:voluntary|specific, status:<RBSProcessExitStatus\|\s+{_STATUS}>)>)",
        _exited,
        "log-grammar.md §1.3; the domain is read by its number, which has one spelling",
        Standing.CARE,
    ),
    row(
        "SpringBoard",
        "[app",
        rf'{PROCESS}{_EXITED}<FBProcessExitContext; watchdog \("[^"]*"\)>)',
        _provision_violated,
        "log-grammar.md §1.3: iOS 14.2",
        Standing.CARE,
        last=14,
    ),
    row(
        "SpringBoard",
        "[app",
        rf"{PROCESS}{_EXITED}<BKS?Process[^>]*>)",
        _gone,
        "log-grammar.md §1.3: iOS 12 has a form of BKProcess; its words are guessed",
        Standing.CARE,
        last=12,
    ),
    row(
        "SpringBoard",
        "[app",
        rf"{APP}:(?P<pid>-1|\d+)\] Now flagged as pending exit for reason: (?P<why>[^\n]+)",
        _pending,
        "log-grammar.md §1.3",
        Standing.CARE,
    ),
    row(
        "SpringBoard",
        "SBWorkspaceTerminateApplication: ",
        rf'{BUNDLE}: "(?P<text>killed from app switcher)"',
        _swiped,
        "background-execution.md §3.3, §1.4",
        Standing.CARE,
    ),
    row(
        "runningboardd",
        "[app",
        rf"{PROCESS} (?P<text>termination reported by launchd "
        rf"\((?P<domain>{_NUMBER}), (?P<code>{_NUMBER}), (?P<status>{_NUMBER})\))",
        _reported,
        "log-grammar.md §1.3, §2",
    ),
    row(
        "runningboardd",
        "[app",
        rf"{PROCESS} termination reported by launchd without exit status",
        _gone,
        "log-grammar.md §1.3",
    ),
    row(
        "runningboardd",
        "Received termination request from ",
        r"(?P<who>.*?) on (?P<predicate><RBSProcessPredicate .*?) with context "
        r"<RBSTerminateContext\|\s+domain:(?P<domain>\d+)\s+code:(?P<code>0x[0-9A-Fa-f]+)\s+"
        r"explanation:(?P<text>.*)",
        _asked,
        "log-grammar.md §1.3; background-execution.md §3.3",
        Standing.CARE,
    ),
    row(
        "kernel",
        "memorystatus: killing_",
        r"(?P<how>specific|top|highwater|idle)_process pid (?P<pid>\d+) \[(?P<name>[^\]\n]*)\] "
        r"\((?P<cause>[A-Za-z-]*)",
        _jetsam,
        "log-grammar.md §1.5; what follows the cause differs by version",
        Standing.CARE,
    ),
    row(
        THE_APP,
        "Background Task ",
        r'\d+ \("(?P<text>[^\n]*?)"\), was created over 30 seconds ago\. '
        r"In applications running in the background, this creates a risk of termination\.",
        _warned(Warned.TASK_OVERDUE),
        "log-grammar.md §1.5, §2: UIKit, iOS 14 to 18",
        first=14,
    ),
    *(
        row(
            THE_APP,
            start,
            r"(?P<text>Killing app because it never posted an incoming call to the system after receiving "
            r"a PushKit VoIP push)",
            _warned(Warned.CALL_NOT_REPORTED),
            "log-grammar.md §1.5, §2: the words go on differently in iOS 13–14 and since",
            first=13,
        )
        for start in ("", "*** Terminating app due to uncaught exception, reason: '")
    ),
)
"""Of the ends of processes."""
