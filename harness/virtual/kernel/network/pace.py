"""One direction of a connection: what is under way over a link, in order, at the pace of that link.

A link without limits passes everything on at once. A slow one passes each piece on when, in phone time,
its last bit is through; one that carries nothing keeps it, as TCP keeps what is not acknowledged.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from harness.virtual.kernel.network.link import LinkSpeed


class PaceTimer(Protocol):
    """A timer of the phone's clock."""

    def cancel(self) -> None:
        """Let it not fire."""
        ...


class PaceClock(Protocol):
    """The part of the phone's clock that a link needs."""

    @property
    def now_s(self) -> float:
        """Phone time in seconds."""
        ...

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> PaceTimer:
        """Call back after so many seconds of phone time."""
        ...


class Pace:
    """One direction of one connection.

    Args:
        clock: the phone's clock.
        speed: of the link in this direction.
        moved: told after every change of what is under way.
    """

    def __init__(self, clock: PaceClock, speed: LinkSpeed, moved: Callable[[], None]) -> None:
        self._clock = clock
        self._speed = speed
        self._moved = moved
        self._queue: deque[tuple[int, Callable[[], None]]] = deque()
        self._free_s = 0.0
        self._timer: PaceTimer | None = None
        self.waiting_bytes = 0

    @property
    def is_waiting(self) -> bool:
        """Whether something is under way."""
        return bool(self._queue)

    def pass_on(self, size_bytes: int, act: Callable[[], None]) -> None:
        """Do ``act`` when so many bytes are through, after all that was passed on before."""
        if not self._queue and self._speed.is_free and self._free_s <= self._clock.now_s:
            act()
            return
        self._queue.append((size_bytes, act))
        self.waiting_bytes += size_bytes
        self._go_on()
        self._moved()

    def delay(self, delay_s: float) -> None:
        """Let nothing more through for so long."""
        self._free_s = max(self._free_s, self._clock.now_s) + delay_s

    def set_speed(self, speed: LinkSpeed) -> None:
        """Go on at another speed; the piece that is on its way begins anew."""
        self._speed = speed
        self._free_s = 0.0
        self._stop_timer()
        self._go_on()
        self._moved()

    def drop(self) -> None:
        """Forget what is under way."""
        self._stop_timer()
        self._queue.clear()
        self.waiting_bytes = 0

    def _go_on(self) -> None:
        if self._timer is not None or not self._queue or not self._speed.carries:
            return
        begins_s = max(self._free_s, self._clock.now_s)
        self._free_s = begins_s + self._speed.takes_s(self._queue[0][0])
        self._timer = self._clock.call_later(self._free_s - self._clock.now_s, self._came_through)

    def _came_through(self) -> None:
        self._timer = None
        size_bytes, act = self._queue.popleft()
        self.waiting_bytes -= size_bytes
        act()
        self._go_on()
        self._moved()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
