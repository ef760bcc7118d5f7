"""A clock for the tests of single transfers: phone time that moves when the test says so."""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Generator


class StandInTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class StandInClock:
    """Phone time that a test moves by hand, from timer to timer, standing while held."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.holds = 0
        self.emissions = 0
        self._due: list[tuple[float, int, StandInTimer]] = []
        self._count = 0

    @contextlib.contextmanager
    def hold(self) -> Generator[None]:
        self.holds += 1
        try:
            yield
        finally:
            self.holds -= 1

    def emitted(self) -> None:
        self.emissions += 1

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> StandInTimer:
        self._count += 1
        timer = StandInTimer(callback)
        heapq.heappush(self._due, (self.now_s + delay_s, self._count, timer))
        return timer

    def step(self) -> float:
        """Run the next timer; returns how far the clock moved."""
        assert not self.holds
        before_s = self.now_s
        while True:
            self.now_s, _, timer = heapq.heappop(self._due)
            if timer.callback is not None:
                timer.callback()
                return self.now_s - before_s
