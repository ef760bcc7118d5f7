"""Numbered testimony: what a missing number says about the source that lacks it."""

from __future__ import annotations

from harness.evidence.feeds.reach import Reach
from harness.evidence.record import Entry
from harness.model.facts import Gap
from harness.model.time import Instant

MOST_NUMBERS = 1000
"""A hole of more is not remembered number by number, and so never taken back: an app may write anything."""


class Numbering:
    """The numbers of one source's lines, which count up by one.

    A number that is skipped is a gap between the neighbours; it is taken back when all that was skipped has
    come after all, such as lines of two threads that overtook each other.

    Args:
        reach: of the source.
        what: a line of it in words.
    """

    def __init__(self, reach: Reach, what: str) -> None:
        self._reach = reach
        self._what = what
        self._last: int | None = None
        self._last_s = 0.0
        self._missing: dict[int, Gap] = {}

    def restart(self, last: int | None, at_s: float) -> None:
        """What comes next follows ``last``; ``None`` when nobody knows what it follows."""
        self._last, self._last_s = last, at_s
        self._missing.clear()

    @property
    def last_s(self) -> float:
        """Phone time of the last line; where counting began before the first."""
        return self._last_s

    def lacks(self, number: int) -> int:
        """How many numbers are missing between the last line and this one; less than 0 for an old number."""
        return 0 if self._last is None else number - self._last - 1

    def take(self, number: int, at: Instant) -> list[Entry]:
        """Count a line; what it says of those before it."""
        if number in self._missing:
            return self._found(number)
        missing = self.lacks(number)
        told: list[Entry] = []
        if missing > 0 and self._last is not None:
            told.append(self._skip(range(self._last + 1, number), at))
        self._last, self._last_s = number, at.earliest_s
        return told

    def _skip(self, numbers: range, at: Instant) -> Gap:
        why = (
            f"{self._what} {numbers[0]}" + (f" to {numbers[-1]}" if len(numbers) > 1 else "") + " is missing"
        )
        gap = self._reach.missed(min(self._last_s, at.earliest_s), at.latest_s, why)
        if len(numbers) <= MOST_NUMBERS:
            self._missing |= dict.fromkeys(numbers, gap)
        return gap

    def _found(self, number: int) -> list[Entry]:
        gap = self._missing.pop(number)
        return [] if gap in self._missing.values() else [self._reach.taken_back(gap)]
