"""Facts about background sessions: wakes and refusals, the app's callbacks, the origin's receipts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from harness.model.facts.base import AppFact, Fact


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
        body_bytes: bytes of body sent so far.
        range_start: first byte of the file in this response.
        size_bytes: size of the whole file; 0 when it is not known yet.
        complete: whether the whole file has now been delivered (by this request and earlier ranges).
    """

    nonce: str
    name: str
    request: int
    phase: TransferPhase
    body_bytes: int = 0
    range_start: int = 0
    size_bytes: int = 0
    complete: bool = False
