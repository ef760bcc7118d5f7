"""Facts: what the evidence says happened, each with its instant and its source.

A fact states what one source showed, not what is true: two sources telling of the same wake give two
facts. What follows from them is for ``expect`` to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.states import AppState
from harness.model.time import Instant


class Source(StrEnum):
    """Where a fact comes from."""

    STATE_STREAM = "state stream"
    PROCESS_LIST = "process list"
    SYSTEM_LOG = "system log"
    LOG_MARK = "log mark"
    JOURNAL = "journal"
    RECEIPT = "receipt"
    HARNESS = "harness"


class EvidenceClass(StrEnum):
    """Independent witnesses; two sources of one class count once."""

    APP = "app"
    PHONE = "phone"
    NETWORK = "network"
    HARNESS = "harness"


CLASS_OF: dict[Source, EvidenceClass] = {
    Source.STATE_STREAM: EvidenceClass.PHONE,
    Source.PROCESS_LIST: EvidenceClass.PHONE,
    Source.SYSTEM_LOG: EvidenceClass.PHONE,
    Source.LOG_MARK: EvidenceClass.APP,
    Source.JOURNAL: EvidenceClass.APP,
    Source.RECEIPT: EvidenceClass.NETWORK,
    Source.HARNESS: EvidenceClass.HARNESS,
}
"""A mark in the log is the app speaking, through the phone's log."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something one source showed.

    Attributes:
        at: when, in phone time.
        source: who says so.
    """

    at: Instant
    source: Source

    @property
    def witness(self) -> EvidenceClass:
        """The independent class of evidence it belongs to."""
        return CLASS_OF[self.source]


@dataclass(frozen=True, kw_only=True)
class AppFact(Fact):
    """A fact about one app's process; ``pid`` is 0 where the source does not tell."""

    bundle_id: str
    pid: int = 0


@dataclass(frozen=True, kw_only=True)
class StateSeen(AppFact):
    """The app's process was in, or went into, a state."""

    state: AppState


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
class SessionAssertion(AppFact):
    """runningboardd took (``held``) or dropped the assertion that lets an app handle its session's events."""

    held: bool


@dataclass(frozen=True, kw_only=True)
class WakeRefused(Fact):
    """nsurlsessiond said why it woke nobody; it does not say whom (redacted)."""

    text: str


@dataclass(frozen=True, kw_only=True)
class ResumeDelaySet(Fact):
    """nsurlsessiond set the delay before it wakes an app again or starts its tasks."""

    delay_s: float


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

    @property
    def is_system_like(self) -> bool:
        """Whether it is how the system ends a suspended app: SIGKILL or jetsam."""
        return (self.domain == "signal" and self.code == 9) or self.domain == "jetsam"


@dataclass(frozen=True, kw_only=True)
class DebuggerSeen(Fact):
    """A debugger was attached (or gone); ``pid`` is the debugged process, 0 where not told."""

    pid: int
    attached: bool


@dataclass(frozen=True, kw_only=True)
class CallbackSeen(AppFact):
    """A line of the app's testimony, from the journal or from a mark in the log.

    Attributes: as in ``JournalLine``.
    """

    name: str
    seq: int
    nonce: str = ""
    session: str = ""
    task: str = ""
    app_state: str = ""
    thread: str = ""
    traced: bool = False
    detail: dict[str, Any] = field(default_factory=dict[str, Any])


class TransferPhase(StrEnum):
    """How far a request at the origin has come."""

    STARTED = "started"
    HELD = "held"
    RELEASED = "released"
    FINISHED = "finished"
    BROKEN = "broken"


@dataclass(frozen=True, kw_only=True)
class TransferSeen(Fact):
    """The origin's receipt for a request, at one phase of it.

    Attributes:
        nonce: run nonce in the URL.
        name: file name.
        request: number of the request at the origin, counting from 1.
        phase: how far it has come.
        body_bytes: bytes of body sent so far.
        complete: whether the whole file has now been delivered (by this request and earlier ranges).
    """

    nonce: str
    name: str
    request: int
    phase: TransferPhase
    body_bytes: int = 0
    complete: bool = False


class Verb(StrEnum):
    """What the harness can do to a phone."""

    LAUNCH = "launch"
    BACKGROUND = "background"
    KILL = "kill"
    DO = "do"
    RELEASE = "release"
    ATTACH_DEBUGGER = "attach debugger"
    DETACH_DEBUGGER = "detach debugger"
    WAIT = "wait"
    RESET = "reset"


@dataclass(frozen=True, kw_only=True)
class ActionTaken(AppFact):
    """The harness did something; ``at`` spans from asking to the phone's answer."""

    verb: Verb
    detail: str = ""


@dataclass(frozen=True)
class Gap:
    """A stretch of phone time in which a source may have missed something.

    Attributes:
        source: the source.
        from_s: start; nothing is known to be missing before.
        to_s: end, or ``None`` while it lasts.
        why: what happened, in words.
    """

    source: Source
    from_s: float
    to_s: float | None
    why: str

    def overlaps(self, from_s: float, to_s: float) -> bool:
        """Whether any of it lies in ``[from_s, to_s]``."""
        return self.from_s <= to_s and (self.to_s is None or self.to_s >= from_s)


@dataclass(frozen=True)
class Watermark:
    """A source has shown everything up to ``phone_s`` that it ever will.

    Attributes:
        source: the source.
        phone_s: phone time.
    """

    source: Source
    phone_s: float


@dataclass(frozen=True)
class Mark:
    """A place in the timeline from which an expectation looks on; every action returns one.

    Attributes:
        at: when, in phone time; its error spans the action.
        what: the action in words.
    """

    at: Instant
    what: str
