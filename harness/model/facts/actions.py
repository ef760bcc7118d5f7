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


@dataclass(frozen=True, kw_only=True)
class ActionTaken(AppFact):
    """The harness did something; ``at`` spans from asking to the phone's answer."""

    verb: Verb
    detail: str = ""


@dataclass(frozen=True)
class Mark:
    """A place in the timeline from which an expectation looks on; every action returns one.

    Attributes:
        at: when, in phone time; its error spans the action.
        what: the action in words.
    """

    at: Instant
    what: str
