"""What the harness itself did, and the marks that it left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.facts.base import AppFact
from harness.model.time import Instant


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
    FORCE_QUIT = "force quit"
    TAP_ICON = "tap icon"
    TERMINATE = "terminate as automation"
    WIFI_OFF = "Wi-Fi off"
    WIFI_ON = "Wi-Fi on"
    INDUCE = "induce condition"
    STOP_INDUCING = "stop inducing"
    SET_BACKGROUND_REFRESH = "set Background App Refresh"
    SET_LOW_POWER = "set Low Power Mode"
    SET_AIRPLANE_MODE = "set airplane mode"
    GO_HOME = "press Home"
    LOCK = "lock"
    UNLOCK = "unlock"
    ASK_SIRI = "ask Siri"
    TAP_NOTIFICATION = "tap notification"
    OPEN_URL = "open URL"
    TAP = "tap"
    MOVE = "simulate location"
    UPGRADE = "install over"
    REBOOT = "reboot"
    PRESS_MEMORY = "use up memory"
    ORIGIN_REFUSE = "origin refuses connections"
    ORIGIN_IGNORE = "origin never answers"
    ORIGIN_LISTEN = "origin listens"
    ORIGIN_ANSWERS = "origin answers otherwise"


@dataclass(frozen=True, kw_only=True)
class ActionTaken(AppFact):
    """The harness did something, or tried to.

    Attributes:
        verb: what.
        detail: in words.
        done: ``True`` when the phone answered that it was done; ``at`` spans from asking to the answer.
            ``False`` when the phone refused it. ``None`` when no answer told: it was done at some moment
            after ``at``, which is that of asking, or never.
    """

    verb: Verb
    detail: str = ""
    done: bool | None = True

    def __str__(self) -> str:
        words = {True: "", False: " (refused)", None: " (no answer: it may have been done, or not)"}
        return f"{self.verb} {self.detail}".strip() + words[self.done]


OUT_OF_REACH = "out-of-reach"
"""The file that an app tries to fetch in order to show that it cannot."""


@dataclass(frozen=True, kw_only=True)
class TransferAsked(AppFact):
    """The harness told the app to make a transfer; ``at`` spans from telling it to its answer.

    Attributes:
        id: what the transfer is called in the test.
        by_cellular: whether it may go by cellular, as far as the harness said.
    """

    id: str
    by_cellular: bool


@dataclass(frozen=True)
class Mark:
    """A place in the timeline from which an expectation looks on; every action returns one.

    Attributes:
        at: when, in phone time; its error spans the action.
        what: the action in words.
    """

    at: Instant
    what: str
