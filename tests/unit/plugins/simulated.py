"""Workers as xdist has them, with phones that one of them holds at a time, in simulated time."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.plugins.dispatch import Dispatcher
from harness.plugins.planning import Task


@dataclass
class SimulatedWorker:
    """One worker: its queue as xdist has it, and the phones that it holds."""

    queue: list[int] = field(default_factory=list[int])
    seats: dict[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    told_to_end: bool = False
    held: frozenset[str] = frozenset()
    running: int | None = None
    until_s: float = 0.0


class Simulation:
    """A run of some tasks.

    Args:
        tasks: what is to be run.
        lengths_s: how long each really takes; as expected where it is not said.
        workers: how many.
        dies: task -> the worker that begins it dies in it, once.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        lengths_s: Sequence[float],
        workers: int,
        dies: frozenset[int] = frozenset(),
    ) -> None:
        self.tasks, self.lengths_s, self.dies = tasks, lengths_s, dies
        self.dispatcher = Dispatcher(tasks)
        self.workers: dict[str, SimulatedWorker] = {}
        self.begun: dict[int, str] = {}
        self.ran: list[int] = []
        self.crashed: list[int] = []
        self.most_at_once = 0
        self.now_s = 0.0
        self._names = iter(range(10_000))
        self._ends: list[tuple[float, str]] = []
        for _ in range(workers):
            self._join()

    def _join(self) -> None:
        name = f"gw{next(self._names)}"
        self.workers[name] = SimulatedWorker()
        self.dispatcher.join(name)

    def run(self) -> float:
        """Run it all; returns how long it took."""
        self._settle()
        while self._ends:
            self.now_s, name = heapq.heappop(self._ends)
            self._end_of_test(name)
            self._settle()
        return self.now_s

    def _settle(self) -> None:
        """Tell workers and let them begin, until nothing changes at this moment."""
        changed = True
        while changed:
            changed = False
            for order in self.dispatcher.orders(self.now_s):
                changed = True
                worker = self.workers[order.worker]
                if order.task is None:
                    worker.told_to_end = True
                else:
                    worker.queue.append(order.task)
                    worker.seats[order.task] = order.seat
            self._check_seats()
            for name in list(self.workers):
                changed = self._begin(name) or changed

    def _check_seats(self) -> None:
        """Nobody is meant to sit where somebody else does who goes on."""
        seats = [
            self.dispatcher.seat(name) for name, worker in self.workers.items() if not worker.told_to_end
        ]
        sat_at = [udid for seat in seats for udid in seat]
        assert len(sat_at) == len(set(sat_at)), seats

    def _begin(self, name: str) -> bool:
        worker = self.workers[name]
        if worker.running is not None or not worker.queue:
            if worker.told_to_end and not worker.queue:
                del self.workers[name]
                self.dispatcher.leave(name)
                return True
            return False
        if len(worker.queue) < 2 and not worker.told_to_end:
            return False
        task = worker.queue[0]
        if self.begun.get(task, name) != name:
            worker.queue.pop(0)
            self.dispatcher.done(name, task, self.now_s, ran=False)
            return True
        self.begun[task] = name
        seat = frozenset(worker.seats[task])
        if not seat <= worker.held:
            worker.held = frozenset()
        taken = {udid for other in self.workers.values() if other is not worker for udid in other.held}
        if seat & taken:
            return False
        worker.held = seat or worker.held
        worker.running = task
        heapq.heappush(self._ends, (self.now_s + self.lengths_s[task], name))
        running = [other for other in self.workers.values() if other.running is not None]
        self.most_at_once = max(self.most_at_once, len(running))
        return True

    def _end_of_test(self, name: str) -> None:
        worker = self.workers[name]
        task = worker.running
        assert task is not None
        if task in self.dies:
            self.crashed.append(task)
            del self.workers[name]
            self.dispatcher.leave(name, [task])
            self._join()
            return
        worker.running = None
        worker.queue.pop(0)
        self.ran.append(task)
        self.dispatcher.done(name, task, self.now_s)


def longest_first_s(lengths_s: Sequence[float], machines: int) -> float:
    """What the longest-processing-time rule comes to on equal machines."""
    loads = [0.0] * machines
    for length_s in sorted(lengths_s, reverse=True):
        heapq.heapreplace(loads, loads[0] + length_s)
    return max(loads)


def least_s(tasks: Sequence[Task], lengths_s: Sequence[float], workers: int) -> float:
    """A time that no schedule can beat: the longest test, all work shared, what some phones must do."""
    phones = {udid for task in tasks for slot in task.slots for udid in slot}
    kinds = {frozenset(udid for slot in task.slots for udid in slot) for task in tasks}
    busy: Mapping[frozenset[str], float] = {
        kind: sum(
            length * len(task.slots)
            for task, length in zip(tasks, lengths_s, strict=True)
            if {udid for slot in task.slots for udid in slot} <= kind
        )
        / max(1, len(kind))
        for kind in (*kinds, frozenset(phones))
    }
    return max(max(lengths_s), sum(lengths_s) / workers, *busy.values())
