"""What an agent says: one line for each thing that happened, and each trouble once while it lasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from harness.errors import HarnessError


class Happening(StrEnum):
    """What an agent tells of."""

    SERVING = "serving"
    ATTACHED = "attached"
    DETACHED = "detached"
    SILENT = "silent"
    """A phone is attached, and does not say who it is, or may not be reached that way."""
    GRANTED = "granted"
    CUT = "cut"
    RESTORED = "restored"
    NOT_RESTORED = "not restored"
    HEALTH = "health"
    """What was found out about how well a phone is, or done about it."""
    TROUBLE = "trouble"
    """A step failed, and is tried again."""
    OVER = "over"
    """A trouble is over."""
    LEAVING = "leaving"


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        happening: what kind of thing.
        text: one line for people.
        phone: what the phone is called; empty where it is about no phone in particular.
    """

    happening: Happening
    text: str
    phone: str = ""

    def __str__(self) -> str:
        return f"{self.phone}: {self.text}" if self.phone else self.text


Tell = Callable[[Event], None]
"""Who is told."""


def reason_of(error: Exception) -> str:
    """Why a step failed, one line; of what the harness has no name for, with its kind."""
    if isinstance(error, ExceptionGroup):
        group = cast("ExceptionGroup[Exception]", error)
        return reason_of(group.exceptions[0])
    if isinstance(error, HarnessError | OSError | TimeoutError):
        return str(error) or type(error).__name__
    return f"unexpected {type(error).__name__}: {str(error).partition(chr(10))[0]}"


class Troubles:
    """Tells of each trouble when it begins and when it is over, however often the step is tried meanwhile.

    Several steps may fail for one reason, such as that the database is away: it is told of the first of them.

    Args:
        tell: who is told.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._known: dict[str, Event] = {}
        self._told: set[str] = set()

    def begin(self, about: str, why: str, *, phone: str = "") -> None:
        """A step failed.

        Args:
            about: names the step; a trouble lasts until ``end`` is called with the same.
            why: one line; another one than before is told, too.
            phone: what the phone is called that it is about, if about one.
        """
        trouble = Event(Happening.TROUBLE, why, phone)
        if self._known.get(about) == trouble:
            return
        is_new = trouble not in self._known.values()
        self._known[about] = trouble
        if is_new:
            self._told.add(about)
            self._tell(trouble)

    def end(self, about: str, what: str, *, phone: str = "") -> None:
        """The step went well; told only when that it had failed was told."""
        self._known.pop(about, None)
        if about in self._told:
            self._told.discard(about)
            self._tell(Event(Happening.OVER, what, phone))

    def lasting(self) -> tuple[str, ...]:
        """What is wrong now, one line each."""
        return tuple(dict.fromkeys(trouble.text for trouble in self._known.values()))
