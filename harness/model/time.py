"""Instants of the phone's clock, and the capability through which a test lets phone time pass.

Deadlines are in the phone's time. A real phone is waited for; a virtual one may run ahead. Only
protective timeouts (a lost phone, a command without an answer) are wall time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Order(StrEnum):
    """Which of two things came first."""

    BEFORE = "before"
    AFTER = "after"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, order=True)
class Instant:
    """A moment in phone time.

    Attributes:
        at_s: seconds since 1970, by the phone's wall clock.
        error_s: the true moment lies within ``at_s ± error_s``.
    """

    at_s: float
    error_s: float = 0.0

    @property
    def earliest_s(self) -> float:
        """The first moment it can have been."""
        return self.at_s - self.error_s

    @property
    def latest_s(self) -> float:
        """The last moment it can have been."""
        return self.at_s + self.error_s

    def order(self, other: Instant) -> Order:
        """Whether it was before or after ``other``; closer than their errors, that cannot be told."""
        if self.surely_before(other):
            return Order.BEFORE
        return Order.AFTER if other.surely_before(self) else Order.CANNOT_TELL

    def surely_before(self, other: Instant) -> bool:
        """Whether it was before ``other`` whatever the errors."""
        return self.latest_s < other.earliest_s

    def surely_after(self, other: Instant) -> bool:
        """Whether it was after ``other`` whatever the errors."""
        return other.surely_before(self)


WRITTEN_ERROR_S = 5e-5
"""Error of an instant that the phone wrote down itself.

It writes microseconds, cut or rounded; and what is done in one instant is logged line after line, each with
a stamp of its own, some dozens of them a microsecond or a few apart. So the stamps of two witnesses that are
closer than this tell no order: a line about a suspension may be dated just after the signal that followed it.
How far apart a real phone stamps the lines of one event is guessed.
"""


CUT_S = 1e-6
"""How much earlier than its moment a stamp can read: a phone counts the microseconds that have passed."""


def written(phone_s: float) -> Instant:
    """The instant of something that the phone dated itself, in a log line, a notice or a journal."""
    return Instant(phone_s, WRITTEN_ERROR_S)


class PhoneClock(Protocol):
    """A phone's clock: what time it is there, and letting time pass."""

    async def now(self) -> Instant:
        """The phone's time at some moment between the call and its return, with the error of the exchange."""
        ...

    async def let_pass(self, until_s: float) -> Instant:
        """Let phone time pass until ``until_s``, or until the phone shows something new.

        Args:
            until_s: seconds since 1970 in phone time; a moment gone by returns at once.

        Returns:
            The phone's time reached: ``until_s`` or later, or earlier when something was emitted.
        """
        ...
