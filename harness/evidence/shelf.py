"""Facts in order, kept so that a look at them costs next to nothing however many there are."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from harness.model.facts import Fact

BOX_FACTS = 512
"""Most facts of a box: a fact that comes late has one box copied, and a look lists the boxes."""


@dataclass
class _Box:
    """Some facts that follow one another, and their instants; only ever appended to."""

    facts: list[Fact] = field(default_factory=list[Fact])
    at_s: list[float] = field(default_factory=list[float])

    def append(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.at_s.append(fact.at.at_s)

    def within(self, since_s: float, until_s: float, reach_s: float, stood: int) -> list[Fact]:
        """Which of the first ``stood`` facts surely or possibly lie in ``[since_s, until_s]``.

        Every expectation asks for dozens of windows. What is dated into one lies in it whatever its error,
        and is taken as it stands; only those within reach of an end are looked at one by one.
        """
        low = bisect.bisect_left(self.at_s, since_s - reach_s, 0, stood)
        high = bisect.bisect_right(self.at_s, until_s + reach_s, low, stood)
        first = bisect.bisect_left(self.at_s, since_s, low, high)
        end = max(bisect.bisect_right(self.at_s, until_s, low, high), first)
        before, after = self.facts[low:first], self.facts[end:high]
        return [
            *(fact for fact in before if fact.at.latest_s >= since_s and fact.at.earliest_s <= until_s),
            *self.facts[first:end],
            *(fact for fact in after if fact.at.earliest_s <= until_s and fact.at.latest_s >= since_s),
        ]

    def with_fact(self, fact: Fact) -> list[_Box]:
        """What stands in its place once a fact has been put between: one box, or two where it was full."""
        place = bisect.bisect_right(self.at_s, fact.at.at_s)
        facts = [*self.facts[:place], fact, *self.facts[place:]]
        at_s = [*self.at_s[:place], fact.at.at_s, *self.at_s[place:]]
        if len(facts) <= BOX_FACTS:
            return [_Box(facts, at_s)]
        half = len(facts) // 2
        return [_Box(facts[:half], at_s[:half]), _Box(facts[half:], at_s[half:])]


@dataclass(frozen=True)
class Row:
    """A shelf as it stood at one moment; what is put there later does not show.

    Attributes:
        boxes: the shelf's own, the last of which may grow.
        count: how many facts there were.
        reach_s: the largest error among them.
    """

    boxes: tuple[_Box, ...] = ()
    count: int = 0
    reach_s: float = 0.0

    def all(self) -> tuple[Fact, ...]:
        """Every fact."""
        return tuple(islice((fact for box in self.boxes for fact in box.facts), self.count))

    def between(self, since_s: float | None, until_s: float | None) -> Sequence[Fact]:
        """Facts that surely or possibly lie in ``[since_s, until_s]``; ``None`` for no limit."""
        if since_s is None and until_s is None:
            return self.all()
        since = float("-inf") if since_s is None else since_s
        until = float("inf") if until_s is None else until_s
        found: list[Fact] = []
        left = self.count
        for box in self.boxes:
            stood = min(len(box.facts), left)
            left -= stood
            if stood and box.at_s[stood - 1] >= since - self.reach_s:
                found += box.within(since, until, self.reach_s, stood)
        return found


class Shelf:
    """Facts in the order of phone time, then of arrival.

    The theory: nearly every fact comes last, and is appended to the last box. What is appended lies beyond
    the count of every look taken before, so looks share the boxes; a fact that comes in between gets its
    box replaced, and looks keep the old one.
    """

    def __init__(self) -> None:
        self._boxes: list[_Box] = []
        self._first_s: list[float] = []
        self._count = 0
        self._last_s = float("-inf")
        self._reach_s = 0.0

    def put(self, fact: Fact) -> None:
        """Put a fact in its place."""
        self._reach_s = max(self._reach_s, fact.at.error_s)
        self._count += 1
        if fact.at.at_s >= self._last_s:
            self._append(fact)
        else:
            self._insert(fact)

    def _append(self, fact: Fact) -> None:
        if not self._boxes or len(self._boxes[-1].facts) >= BOX_FACTS:
            self._boxes.append(_Box())
            self._first_s.append(fact.at.at_s)
        self._boxes[-1].append(fact)
        self._last_s = fact.at.at_s

    def _insert(self, fact: Fact) -> None:
        index = max(bisect.bisect_right(self._first_s, fact.at.at_s) - 1, 0)
        replaced = self._boxes[index].with_fact(fact)
        self._boxes[index : index + 1] = replaced
        self._first_s[index : index + 1] = [box.at_s[0] for box in replaced]

    def look(self) -> Row:
        """The shelf as it stands now."""
        return Row(tuple(self._boxes), self._count, self._reach_s)


def shelved(facts: Iterable[Fact]) -> Row:
    """A row of facts that are in order already; they stay in the order in which they come."""
    told = list(facts)
    reach_s = max((fact.at.error_s for fact in told), default=0.0)
    box = _Box(told, [fact.at.at_s for fact in told])
    return Row((box,), len(told), reach_s) if told else Row()
