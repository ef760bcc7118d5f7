"""Facts about background sessions: wakes and refusals, the app's callbacks, the origin's receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.facts.base import AppFact, Fact
from harness.model.interfaces import Interface


@dataclass(frozen=True, kw_only=True)
class SessionAssertion(AppFact):
    """runningboardd took (``held``) or dropped the assertion that lets an app handle its session's events."""

    held: bool


@dataclass(frozen=True, kw_only=True)
class WakeRefused(Fact):
    """nsurlsessiond said why it woke nobody.

    Attributes:
        text: its words.
        client: bundle identifier of the app that was not woken; empty where it is redacted.
    """

    text: str
    client: str = ""


@dataclass(frozen=True, kw_only=True)
class ResumeDelaySet(Fact):
    """nsurlsessiond set the delay before it wakes an app again or starts its tasks.

    Attributes:
        delay_s: the delay.
        client: bundle identifier of the app; empty where it is redacted or blank.
    """

    delay_s: float
    client: str = ""


class WakeStep(StrEnum):
    """How far nsurlsessiond says it has come in waking somebody."""

    REQUESTED = "requested"
    WAKING = "waking"
    WOKEN = "woken"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class WakeTold(Fact):
    """nsurlsessiond told of waking an app; it does not say which (redacted).

    Attributes:
        step: how far it has come.
        session: UUID of the session where the line has it, which is not the app's own identifier.
    """

    step: WakeStep
    session: str = ""


class Hindrance(StrEnum):
    """A reason of the phone's own for not doing at once what an app waits for."""

    UPDATES_OFF = "background updates were turned off"
    LOW_THROUGHPUT = "a transfer was stopped for its low throughput, to be tried again"
    NO_WIFI = "the link of the Wi-Fi went down"


@dataclass(frozen=True, kw_only=True)
class HeldBack(Fact):
    """The phone said why work in the background waits.

    Attributes:
        why: the reason.
        text: the phone's own words.
        client: bundle identifier of the app whose work it is; empty where the phone does not say.
    """

    why: Hindrance
    text: str = ""
    client: str = ""


class ActivityPhase(StrEnum):
    """How far an activity of the background task scheduler has come."""

    SUBMITTED = "submitted"
    DECIDED = "decided"
    LAUNCHED = "launched"
    STARTED = "started"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class BackgroundActivity(AppFact):
    """dasd, or BackgroundTasks in the app's process, told of an activity.

    dasd names an activity by its identifier, not by its app: ``bundle_id`` is empty where only that is told.

    Attributes:
        activity: such as ``bgRefresh-ID:1A2B3C`` by dasd, or the identifier alone by the app; may be empty.
            The suffix is another one for each submission.
        phase: how far it has come.
        detail: the decision with the policies against it, or whether it succeeded; or empty.
    """

    activity: str
    phase: ActivityPhase
    detail: str = ""


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
    PROGRESS = "progress"
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
        body_bytes: bytes of body sent so far; of an upload, received so far.
        range_start: first byte of the file in this response.
        size_bytes: size of the whole file; 0 when it is not known yet.
        complete: whether the whole file has now been delivered (by this request and earlier ranges), or the
            body of an upload was received whole and taken.
        interface: by which the request left the phone; ``None`` when the origin cannot tell: a real phone.
    """

    nonce: str
    name: str
    request: int
    phase: TransferPhase
    body_bytes: int = 0
    range_start: int = 0
    size_bytes: int = 0
    complete: bool = False
    interface: Interface | None = None
