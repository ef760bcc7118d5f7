"""Which worker runs which test next, and on which phones. Decided here, without xdist and without a clock.

Theory. A worker *sits* at phones: those that the last test in its queue takes. Nobody else is given a test
that takes a phone somebody sits at, so a worker never waits for a phone of its own run, and at most as many
workers run tests of a kind as there are phones for it. A worker stays where it sits as long as tests for it
are left there.

xdist makes a worker name its next test before it begins the present one, so a queue is two deep, and what is
second may stand behind a long test. Therefore the second is only *promised*: another worker that would come
to it sooner is given it as well, and whoever begins it first has it (``rundir.py``). A worker that finds its
next test begun by another passes over it.

Which test a worker gets follows a plan, made anew as time goes by: every test that is left is put on the
worker that would be done first among those it suits, tests that suit few phones before those that suit
many, and longer ones before shorter ones (the longest-processing-time rule). A worker runs its part of the
plan in that order: several phones first, because later somebody sits at each; then tests of unknown length,
because one of them may be the longest.

A worker is ended when nothing is left that it could do sooner than another, or when it cannot get a phone:
a run with more workers than phones uses as many as there are phones.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.plugins.planning import Guess, Lane, Plan, Task
from harness.plugins.seating import Slots, seat_for

DEPTH = 2
"""How many tests a worker is told of: the one that it runs and the next."""

PLAN_LASTS_S = 1.0
"""How long a plan is followed before it is made anew, in wall time."""


@dataclass(frozen=True)
class Order:
    """What a worker is told.

    Attributes:
        worker: who.
        task: index of the test to queue; ``None`` when it is to end after those it has.
        seat: the phones to run it on, in the order of its slots.
    """

    worker: str
    task: int | None
    seat: tuple[str, ...] = ()


@dataclass
class _Worker:
    queue: list[int] = field(default_factory=list[int])
    seat: tuple[str, ...] = ()
    began_s: float = 0.0
    ending: bool = False

    @property
    def present(self) -> int | None:
        """The test that it runs; a queue of one waits for its second, or for the word that none comes."""
        return self.queue[0] if len(self.queue) >= DEPTH or (self.ending and self.queue) else None


class Dispatcher:
    """Decides who runs what.

    Args:
        tasks: all tests; a task is named by its index.
    """

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._tasks = tasks
        self._guess = Guess(tasks)
        self._open = dict.fromkeys(sorted(range(len(tasks)), key=self._guess.rank))
        self._done: set[int] = set()
        self._workers: dict[str, _Worker] = {}
        self._phones = {phone for task in tasks for slot in task.slots for phone in slot}
        self._lost: set[str] = set()
        self._plan: Mapping[str, list[int]] = {}
        self._demand: Mapping[str, float] = {}
        self._planned_s = -math.inf

    # ---- what happens

    def join(self, worker: str) -> None:
        """A worker is there and has nothing to do."""
        self._workers[worker] = _Worker()
        self._planned_s = -math.inf

    def leave(self, worker: str, in_flight: Collection[int] = ()) -> None:
        """A worker has ended or died; what it had not begun is for the others.

        Args:
            worker: who.
            in_flight: what it had begun, which is not run again.
        """
        gone = self._workers.pop(worker)
        self._done.update(in_flight)
        told = {number for who in self._workers.values() for number in who.queue}
        left = {*self._open, *gone.queue} - told - self._done
        self._open = dict.fromkeys(sorted(left, key=self._guess.rank))
        self._planned_s = -math.inf

    def again(self, task: int) -> None:
        """Run a test once more that a worker died in."""
        self._done.discard(task)
        self._open = dict.fromkeys(sorted((*self._open, task), key=self._guess.rank))
        self._planned_s = -math.inf

    def end(self, worker: str) -> None:
        """A worker was told to end by somebody else, and takes nothing any more."""
        if worker in self._workers:
            self._workers[worker].ending = True

    def done(self, worker: str, task: int, at_s: float, *, ran: bool = True) -> None:
        """A worker is through with a test of its queue.

        Args:
            worker: who.
            task: the test.
            at_s: when, in seconds of a clock that runs.
            ran: whether it ran it; otherwise another worker had begun it.
        """
        who = self._workers[worker]
        who.queue.remove(task)
        who.began_s = at_s
        if ran:
            self._done.add(task)
            self._open.pop(task, None)

    def lose(self, phone: str) -> None:
        """A phone went away; it is used only by tests that no other phone will do for."""
        self._lost.add(phone)
        self._planned_s = -math.inf

    # ---- what is known

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to be told: every test is done, or with a worker that ends after it."""
        return not self._open and all(who.ending or not who.queue for who in self._workers.values())

    def queue(self, worker: str) -> tuple[int, ...]:
        """What a worker has been told to run and has not ended, in order."""
        return tuple(self._workers[worker].queue)

    def seat(self, worker: str) -> tuple[str, ...]:
        """The phones that a worker is meant to sit at."""
        return self._workers[worker].seat

    # ---- what to do

    def orders(self, now_s: float) -> tuple[Order, ...]:
        """What to tell the workers now; they count as told.

        Args:
            now_s: in seconds of the clock of ``done``.
        """
        told: list[Order] = []
        waiting: set[str] = set()
        while (name := self._asking(waiting)) is not None:
            order = self._next(name, now_s)
            if order is None:
                waiting.add(name)
            else:
                self._tell(order, now_s)
                told.append(order)
        return tuple(told)

    def _asking(self, waiting: Collection[str]) -> str | None:
        """A worker with room in its queue: all get a first test before any gets a second.

        Of several it is the one that came first, as in the plan: who has no part in that would take the
        phone of one who has.
        """
        rooms = [
            name
            for name, who in self._workers.items()
            if not who.ending and len(who.queue) < DEPTH and name not in waiting
        ]
        return min(rooms, key=lambda name: len(self._workers[name].queue), default=None)

    def _tell(self, order: Order, now_s: float) -> None:
        who = self._workers[order.worker]
        if order.task is None:
            who.ending = True
            return
        if len(who.queue) < DEPTH:
            who.began_s = now_s
        who.queue.append(order.task)
        self._open.pop(order.task, None)
        if order.seat:
            who.seat = order.seat

    def _next(self, name: str, now_s: float) -> Order | None:
        """What a worker is told; ``None`` when it has nothing in hand and waits for a phone."""
        choices = (self._planned(name, now_s), reversed(self._open), self._promised(name, now_s))
        # Whoever ends goes on sitting at its phones for a while, so these are the second choice.
        for occupied in (self._others(name, ending=True), self._others(name, ending=False)):
            for number in (number for some in choices for number in some):
                seat = self._seat(name, number, occupied)
                if seat is not None:
                    return Order(name, number, seat)
            choices = ((), tuple(self._open), ())
        return None if not self._workers[name].queue and self._may_get_a_phone(name) else Order(name, None)

    def _planned(self, name: str, now_s: float) -> Iterator[int]:
        """What the plan has for a worker and nobody was told of yet."""
        if now_s - self._planned_s > PLAN_LASTS_S or not any(
            number in self._open for number in self._plan.get(name, ())
        ):
            self._make_plan(now_s)
        return (number for number in self._plan.get(name, ()) if number in self._open)

    def _make_plan(self, now_s: float) -> None:
        lanes = [
            Lane(name, who.seat, sum(self._remaining(name, now_s)))
            for name, who in self._workers.items()
            if not who.ending
        ]
        self._planned_s = now_s
        self._demand = self._demands()
        self._plan = Plan(self._tasks, self._open, lanes, self._good(), self._guess).lists

    def _demands(self) -> dict[str, float]:
        """Phone -> seconds of work that are left for it; what several phones would do for is shared."""
        demand: dict[str, float] = defaultdict(float)
        for number in self._open:
            for slot in self._tasks[number].slots:
                for phone in slot:
                    demand[phone] += self._guess(number) / len(slot)
        return demand

    def _good(self) -> set[str]:
        return self._phones - self._lost

    def _remaining(self, name: str, now_s: float) -> Iterator[float]:
        """How long each test of a queue will take from now on."""
        who = self._workers[name]
        for number in who.queue:
            expected_s, ran_s = self._guess(number), now_s - who.began_s
            if number != who.present:
                yield expected_s
            else:
                # One that takes longer than it should is taken to be half through.
                yield expected_s - ran_s if ran_s <= expected_s else ran_s

    def _promised(self, name: str, now_s: float) -> list[int]:
        """Tests that stand second in the queue of another worker, the one that begins last first."""
        starts: dict[int, float] = {}
        for other, who in self._workers.items():
            if other != name and who.present is not None and len(who.queue) > 1:
                start_s = next(self._remaining(other, now_s))
                starts[who.queue[1]] = min(start_s, starts.get(who.queue[1], math.inf))
        mine = {*self._workers[name].queue, *self._done, *self._begun()}
        return sorted(starts.keys() - mine, key=lambda number: -starts[number])

    def _begun(self) -> set[int]:
        return {who.present for who in self._workers.values() if who.present is not None}

    # ---- where to sit

    def _others(self, name: str, *, ending: bool) -> set[str]:
        """The phones that others sit at; with ``ending`` also those who end."""
        others = (who for other, who in self._workers.items() if other != name and (ending or not who.ending))
        return {phone for who in others for phone in who.seat}

    def _seat(self, name: str, number: int, occupied: Collection[str]) -> tuple[str, ...] | None:
        """Where a worker would run a test: where it sits, if it can; at a lost phone only if it must."""
        slots, own = self._tasks[number].slots, self._workers[name].seat
        if not slots:
            return ()
        free = [phone for slot in slots for phone in slot if phone not in occupied]
        good = [phone for phone in free if phone not in self._lost]
        here = seat_for(slots, [phone for phone in good if phone in own])
        return here or seat_for(slots, good, self._liking(own)) or self._last_resort(slots, free)

    def _last_resort(self, slots: Slots, free: Sequence[str]) -> tuple[str, ...] | None:
        """A seat with lost phones, for tests that no other phone will do for."""
        if seat_for(slots, self._good()) is not None:
            return None
        return seat_for(slots, free)

    def _liking(self, own: Collection[str]) -> Callable[[str], float]:
        """How much a worker would like to sit at a phone: at its own, else where most is to be done."""
        return lambda phone: math.inf if phone in own else self._demand.get(phone, 0.0)

    def _may_get_a_phone(self, name: str) -> bool:
        """Whether a worker without a phone may get one: who works with several may leave one over."""
        told = [number for who in self._workers.values() for number in who.queue]
        return any(len(self._tasks[number].slots) > 1 for number in (*told, *self._open))
