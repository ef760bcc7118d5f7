"""Where an app's process stands: SpringBoard's, FrontBoard's and runningboardd's lines."""

from __future__ import annotations

import re

from harness.evidence.recognizers.row import Build, Line, Recognizer, Standing, row
from harness.evidence.recognizers.words import APP, BUNDLE, PROCESS
from harness.model.facts import Fact, Source, StateHint, StateSeen
from harness.model.states import AppState

_BY_TASK_AND_VISIBILITY: dict[tuple[str, str], AppState] = {
    ("Suspended", "Background"): AppState.SUSPENDED,
    ("Running", "Background"): AppState.BACKGROUND_RUNNING,
    ("Running", "Foreground"): AppState.FOREGROUND_ACTIVE,
    ("Not Running", "Unknown"): AppState.NOT_RUNNING,
}

_BY_TASK: dict[str, AppState] = {"Suspended": AppState.SUSPENDED, "Not Running": AppState.NOT_RUNNING}
"""Task states that are a state whatever the visibility. ``Running`` is not: it may be either of two."""


def _seen(found: re.Match[str], line: Line, state: AppState) -> StateSeen:
    return StateSeen(
        at=line.at, source=Source.SYSTEM_LOG, bundle_id=found["bid"], pid=int(found["pid"]), state=state
    )


def _state(state: AppState) -> Build:
    def build(found: re.Match[str], line: Line) -> Fact:
        return _seen(found, line, state)

    return build


def _changed(found: re.Match[str], line: Line) -> Fact | None:
    state = _BY_TASK_AND_VISIBILITY.get((found["task"], found["visible"]))
    return _seen(found, line, state) if state else None


def _task(found: re.Match[str], line: Line) -> Fact:
    state = _BY_TASK.get(found["task"])
    return _seen(found, line, state) if state else _hint(found, line)


def _hint(found: re.Match[str], line: Line) -> Fact:
    told = found.groupdict()
    return StateHint(
        at=line.at,
        source=Source.SYSTEM_LOG,
        bundle_id=told["bid"],
        pid=int(told.get("pid") or 0),
        task=told.get("task") or "",
        visibility=told.get("visible") or "",
    )


_UPDATED_BY = ("wifid", "locationd", "mediaserverd", "symptomsd", "CommCenter", "useractivityd")
"""Daemons that repeat what runningboardd told them. That about ten do is known, which ones is guessed."""

_UPDATE = "Received state update for "

ROWS: tuple[Recognizer, ...] = (
    row(
        "runningboardd",
        "[app",
        rf"{PROCESS} Suspending task\.",
        _state(AppState.SUSPENDED),
        "log-grammar.md §1.3",
    ),
    row(
        "runningboardd",
        "[app",
        rf"{PROCESS} Resuming task\.",
        _state(AppState.BACKGROUND_RUNNING),
        "log-grammar.md §1.3",
    ),
    row(
        "runningboardd",
        "Calculated state for app",
        rf"{APP}: (?P<task>running-active|running-suspended|none)\b",
        _hint,
        "log-grammar.md §1.3; an intention, some milliseconds ahead of the deed",
        Standing.CARE,
    ),
    row(
        "SpringBoard",
        "Application process state changed for ",
        rf"{BUNDLE}: <SBApplicationProcessState: 0x[0-9a-f]+; pid: (?P<pid>\d+); "
        r"taskState: (?P<task>[A-Za-z ]+); visibility: (?P<visible>[A-Za-z]+)>",
        _changed,
        "log-grammar.md §1.3: the same from iOS 12 to 26",
        first=12,
    ),
    row(
        "SpringBoard",
        "[app",
        rf"{PROCESS} Setting process task state to: (?P<task>Running|Suspended|Not Running)",
        _task,
        "log-grammar.md §1.3, §2",
        first=14,
    ),
    row(
        "SpringBoard",
        "[app",
        rf"{PROCESS} Setting process visibility to: (?P<visible>Foreground|Background|Unknown)",
        _hint,
        "log-grammar.md §1.3, §2",
        first=14,
    ),
    *(
        row(
            daemon,
            _UPDATE,
            # The bracket that nothing opened stands so in the original.
            rf"(?P<pid>\d+) \(app{APP}>?, (?P<task>running-(?:active|suspended))\b",
            _hint,
            "log-grammar.md §1.3, §2: the same update in many daemons",
            Standing.CARE,
        )
        for daemon in _UPDATED_BY
    ),
)
"""Of a process's states."""
