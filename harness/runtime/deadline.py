"""One wall-time allowance shared by the steps of a command."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Deadline:
    """A moment of wall time after which a command has had its chance.

    Wall deadlines protect against a phone or a host that no longer answers; what a test says in
    seconds is phone time and goes through ``PhoneClock`` instead.

    Args:
        within_s: seconds from now; zero or less is a deadline already passed.
        clock: monotonic seconds.
    """

    within_s: float
    clock: Callable[[], float] = time.monotonic
    _ends_at_s: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends_at_s", self.clock() + self.within_s)

    @property
    def remaining_s(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self._ends_at_s - self.clock())

    @property
    def passed(self) -> bool:
        """Whether nothing is left."""
        return self.remaining_s == 0.0

    def step_s(self, at_most_s: float) -> float:
        """The allowance of one step: ``at_most_s``, or what is left of the whole when that is less."""
        return min(at_most_s, self.remaining_s)
