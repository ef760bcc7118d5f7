"""Facts about the app's process: its states, its starts and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.facts.base import AppFact, Fact
from harness.model.states import AppState


@dataclass(frozen=True, kw_only=True)
class StateSeen(AppFact):
    """The app's process was in, or went into, a state."""

    state: AppState


@dataclass(frozen=True, kw_only=True)
class StateHint(AppFact):
    """Half of what makes a state, or a state that is only intended; no proof of any state by itself.

    Attributes:
        task: what runningboardd or FrontBoard says of the task, in its words, such as ``running-active``;
            or empty.
        visibility: what FrontBoard says of the visibility, such as ``Foreground``; or empty.
    """

    task: str = ""
    visibility: str = ""


@dataclass(frozen=True, kw_only=True)
class ProcessSeen(AppFact):
    """The process list showed the app's process, started at ``started_s``."""

    started_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class ProcessAbsent(AppFact):
    """The process list showed no process of the app."""


@dataclass(frozen=True, kw_only=True)
class Bootstrapped(AppFact):
    """A process was started for the app.

    Attributes:
        intent: ``foreground`` or ``background``.
        why: what the phone said of the cause, such as ``DAS Prewarm launch``.
    """

    intent: str
    why: str = ""

    @property
    def is_prewarm(self) -> bool:
        """Whether it is a guess of the system that the user will want the app, and no wake."""
        return "prewarm" in self.why.lower()


@dataclass(frozen=True, kw_only=True)
class OpenRequested(AppFact):
    """SpringBoard was asked to open the app, by ``requester`` (a process name)."""

    requester: str


@dataclass(frozen=True, kw_only=True)
class TerminationRequested(AppFact):
    """The phone was asked, or set out by itself, to end the app's process; no proof that it ended.

    The phone may name the process by its pid alone: ``bundle_id`` is empty then.

    Attributes:
        requester: process that asked, such as ``com.apple.SpringBoard``; ``kernel`` for a jetsam.
        domain: exit domain, by the phone's number.
        code: code within the domain, such as ``0xDEADFA11``; 0 where it is not told.
        explanation: the phone's own words.
    """

    requester: str
    domain: int
    code: int
    explanation: str = ""


@dataclass(frozen=True, kw_only=True)
class ExitPending(AppFact):
    """FrontBoard expects the process to end: ``why``, such as ``launch failed``; the pid may be missing."""

    why: str


class Warned(StrEnum):
    """What an app is warned of, or ended for, by Apple's code in its own process."""

    TASK_OVERDUE = "a background task is open for more than 30 s"
    CALL_NOT_REPORTED = "a VoIP push was not answered by a call"


@dataclass(frozen=True, kw_only=True)
class AppWarned(AppFact):
    """Apple's code in the app's process warned of something that ends apps.

    Attributes:
        of: what it warned of.
        text: its words, as far as they name what is meant: the background task's name, or the rule.
    """

    of: Warned
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ProcessEnded(AppFact):
    """A process ended, and how.

    Attributes:
        domain: exit domain: ``signal``, ``jetsam``, ``frontboard``, ``voluntary`` …
        code: code within the domain: signal number, ``0xDEADFA11`` … or exit status.
        explanation: the phone's own words, or empty.
    """

    domain: str
    code: int
    explanation: str = ""


class ReportKind(StrEnum):
    """What sort of report the phone wrote."""

    CRASH = "crash"
    JETSAM = "jetsam"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class ReportFound(AppFact):
    """The phone keeps a crash or jetsam report that names the app.

    Attributes:
        name: file name of the report.
        kind: what sort of report.
        namespace: namespace of the termination, such as ``FRONTBOARD``, ``SIGNAL``, ``JETSAM``; or empty.
        code: code within the namespace; 0 where the report names none.
        signal: number of the signal, or 0.
        explanation: the phone's own words, such as the reason of a jetsam or a watchdog's.
        victim: whether the app is the one that was ended; a jetsam report lists bystanders too.
    """

    name: str
    kind: ReportKind
    namespace: str = ""
    code: int = 0
    signal: int = 0
    explanation: str = ""
    victim: bool = True


@dataclass(frozen=True, kw_only=True)
class DebuggerSeen(Fact):
    """A debugger was attached (or gone); ``pid`` is the debugged process, 0 where not told."""

    pid: int
    attached: bool


@dataclass(frozen=True, kw_only=True)
class LogPointSeen(AppFact):
    """The app wrote a line of its own for people to read, as ``harness.model.journal`` says of log points.

    Attributes:
        level: ``notice``, ``info``, ``debug``, ``error`` or ``fault``.
        text: as the log has it; what is private reads ``<private>``.
    """

    level: str
    text: str
