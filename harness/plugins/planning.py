"""Which worker is meant to run which of the tests that are left: longest processing time first.

The bound that a plan is held against: with all tests on equal machines, giving the longest test that is left
to whoever is free first takes at most 4/3 of the shortest time possible (Graham, 1969). Tests that only few
phones suit are put down before those that many suit, so that these fill up what those leave.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.plugins.seating import Slots, most_at_once, seat_for

UNKNOWN_S = 1.0
"""What a test is taken to last while no test's time is known."""


@dataclass(frozen=True)
class Task:
    """One test.

    Attributes:
        slots: the phones that it needs.
        expected_s: how long it takes, in wall time; ``None`` when nobody has seen it.
    """

    slots: Slots = ()
    expected_s: float | None = None

    @property
    def suits(self) -> int:
        """How many phones would do for it; fewer means less choice. One that needs none suits everybody."""
        return len({phone for slot in self.slots for phone in slot}) if self.slots else 1_000_000


@dataclass(frozen=True)
class Lane:
    """A worker, as far as a plan is about it.

    Attributes:
        worker: who.
        seat: the phones that it sits at.
        load_s: how long it is busy with what it was told already.
    """

    worker: str
    seat: tuple[str, ...]
    load_s: float


class Guess:
    """How long each test takes, also one that nobody has seen: as long as the others do on average."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        known = [task.expected_s for task in tasks if task.expected_s is not None]
        self._unknown_s = sum(known) / len(known) if known else UNKNOWN_S

    def __call__(self, number: int) -> float:
        """The length of a task, in seconds of wall time."""
        expected_s = self._tasks[number].expected_s
        return self._unknown_s if expected_s is None else expected_s

    def rank(self, number: int) -> tuple[bool, float, int]:
        """Sorts tasks: those of unknown length first, then the longest."""
        expected_s = self._tasks[number].expected_s
        return expected_s is not None, -(expected_s or 0.0), number


class Plan:
    """Puts every task that is left on a lane.

    Args:
        tasks: all tasks.
        left: indices of those to be placed.
        lanes: the workers.
        phones: those that can be had.
        guess: how long tasks take.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        left: Collection[int],
        lanes: Sequence[Lane],
        phones: Collection[str],
        guess: Guess,
    ) -> None:
        self._tasks, self._lanes, self._phones, self._guess = tasks, lanes, phones, guess
        self._loads = {lane.worker: lane.load_s for lane in lanes}
        self._fitting: dict[Slots, list[str]] = {}
        self._used: dict[Slots, dict[str, None]] = defaultdict(dict)
        placed: dict[str, list[int]] = {lane.worker: [] for lane in lanes}
        for number in sorted(left, key=lambda number: (tasks[number].suits, *guess.rank(number))):
            worker = self._lane_for(tasks[number].slots)
            self._loads[worker] += guess(number)
            placed[worker].append(number)
        self.lists: Mapping[str, list[int]] = {lane.worker: self._in_order(lane, placed) for lane in lanes}
        """Worker -> its tasks, in the order in which it is to run them."""

    def _lane_for(self, slots: Slots) -> str:
        """The worker that is done first among those that sit where a test can run, or could go there."""
        fitting = self._fitting.setdefault(slots, self._sitting(slots))
        used = self._used[slots]
        able = fitting or list(self._loads)
        if slots and not fitting and len(used) >= max(1, most_at_once(slots, self._phones)):
            able = list(used)
        worker = min(able, key=self._loads.__getitem__)
        used[worker] = None
        return worker

    def _sitting(self, slots: Slots) -> list[str]:
        return [lane.worker for lane in self._lanes if seat_for(slots, lane.seat) is not None]

    def _in_order(self, lane: Lane, placed: Mapping[str, list[int]]) -> list[int]:
        """Several phones first, as long as nobody sits there; then what has least choice; then here."""
        moves = {slots: lane.worker not in fitting for slots, fitting in self._fitting.items()}
        kinds = {slots: number for number, slots in enumerate(self._fitting)}

        def key(number: int) -> tuple[object, ...]:
            task = self._tasks[number]
            slots = task.slots
            return -len(slots), task.suits, moves[slots], kinds[slots], *self._guess.rank(number)

        return sorted(placed[lane.worker], key=key)
