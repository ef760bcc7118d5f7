"""The phone's clock, the only source of time in the kernel.

Three ways in which its time moves:

1. While work is in flight (any ``hold`` is open) it stands. Application code is synchronous, so it
   takes no time of itself.
2. Without a waiter, the rack's ticker tells it how much wall time went by, and it advances by that
   much times ``rate``. A tick counts for at most ``TICK_CAP_S`` of wall time: a stalled host makes
   the phone slow, and a watchdog never fires because the host slept.
3. With a waiter (``let_pass``) it jumps from event to event, and stops after the event that made
   something observable leave the phone. Before each jump the event loop gets a few turns, so that
   bytes which already lie in a socket are read, and open their hold, before time passes them by.
"""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

TICK_CAP_S = 0.05
"""Wall seconds one tick can stand for at most; two and a half periods of a 50 Hz ticker."""

SETTLE_TURNS = 6
"""Event-loop turns before each jump: poll, protocol callback, stream reader, task, and two to spare."""


class Timer:
    """Something due at a moment of the phone's time.

    Attributes:
        due_s: seconds since the clock's first boot, across every later one.
    """

    def __init__(self, due_s: float, callback: Callable[[], None]) -> None:
        self.due_s = due_s
        self._callback: Callable[[], None] | None = callback

    @property
    def pending(self) -> bool:
        """Whether it has neither fired nor been cancelled."""
        return self._callback is not None

    def cancel(self) -> None:
        """Make it never fire; cancelling a timer that fired or was cancelled does nothing."""
        self._callback = None

    def fire(self) -> None:
        """Run the callback, at most once. Called by the clock."""
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class Hold:
    """Work in flight: the clock stands until it is released, explicitly or by leaving ``with``."""

    def __init__(self, on_release: Callable[[], None]) -> None:
        self._on_release: Callable[[], None] | None = on_release

    def release(self) -> None:
        """End the work; a second release does nothing."""
        on_release, self._on_release = self._on_release, None
        if on_release is not None:
            on_release()

    def __enter__(self) -> Hold:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class VirtualClock:
    """Phone time, as the module describes it.

    Args:
        epoch_s: wall-clock time of the phone at the start, seconds since 1970.
        uptime_s: how long the phone has been up at the start.
        rate: phone seconds per wall second without a waiter.
        around: entered around every due callback; the kernel's run queue.
    """

    def __init__(
        self,
        *,
        epoch_s: float,
        uptime_s: float = 0.0,
        rate: float = 10.0,
        around: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self.rate = rate
        self._boot_s = epoch_s - uptime_s
        self._mono_s = uptime_s
        self._booted_at_s = 0.0
        self._forward_s = 0.0
        self._around = around
        self._due: list[tuple[float, int, Timer]] = []
        self._sequence = 0
        self._holds = 0
        self._changed: asyncio.Event | None = None
        self._emissions = 0
        self._limits: list[float] = []

    @property
    def now_s(self) -> float:
        """Wall-clock time of the phone, seconds since 1970."""
        return self._boot_s + self._mono_s

    @property
    def mono_s(self) -> float:
        """Seconds since boot."""
        return self._mono_s - self._booted_at_s

    @property
    def set_forward_s(self) -> float:
        """By how much somebody has set it forward, all in all, in seconds; negative for back."""
        return self._forward_s

    def set_forward(self, by_s: float) -> None:
        """Set what it shows forward, or back; what is due stays due after as long as before."""
        self._forward_s += by_s
        self._boot_s += by_s

    @property
    def held(self) -> bool:
        """Whether work is in flight."""
        return self._holds > 0

    def call_at(self, due_s: float, callback: Callable[[], None]) -> Timer:
        """Run ``callback`` at ``due_s`` (seconds since 1970); a moment gone by means at once, in order."""
        return self._schedule(max(self._since_boot(due_s), self._mono_s), callback)

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        """Run ``callback`` after ``delay_s`` of phone time."""
        return self._schedule(self._mono_s + max(delay_s, 0.0), callback)

    def hold(self) -> Hold:
        """Say that work is in flight, from now until the hold is released."""
        self._holds += 1
        return Hold(self._release)

    def booted(self) -> None:
        """Count the time since boot from now on; what is due stays due."""
        self._booted_at_s = self._mono_s

    def emitted(self) -> None:
        """Say that something observable left the phone; a waiter returns after the current event."""
        self._emissions += 1
        self._wake_waiters()

    def tick(self, wall_s: float) -> None:
        """Advance without a waiter.

        Args:
            wall_s: wall time since the last tick; counts for ``TICK_CAP_S`` at most.
        """
        if self._limits:
            return
        target_s = self._mono_s + min(max(wall_s, 0.0), TICK_CAP_S) * self.rate
        while not self.held and self._step(target_s):
            pass

    async def let_pass(self, until_s: float) -> float:
        """Jump from event to event until ``until_s`` or until something was emitted.

        Args:
            until_s: seconds since 1970; a moment gone by returns at once.

        Returns:
            The time reached, seconds since 1970.
        """
        limit_s = self._since_boot(until_s)
        before = self._emissions
        self._limits.append(limit_s)
        try:
            while self._mono_s < limit_s and self._emissions == before:
                await self._settle(before)
                if self._emissions == before:
                    # Of several waiters the nearest limit counts, so that none is carried past its own.
                    self._step(min(self._limits))
        finally:
            self._limits.remove(limit_s)
        return self.now_s

    def _since_boot(self, wall_s: float) -> float:
        """A wall-clock time as seconds since boot, never so rounded that it lies before ``wall_s``."""
        mono_s = wall_s - self._boot_s
        return mono_s if self._boot_s + mono_s >= wall_s else mono_s + math.ulp(wall_s)

    def _schedule(self, due_s: float, callback: Callable[[], None]) -> Timer:
        timer = Timer(due_s, callback)
        self._sequence += 1
        heapq.heappush(self._due, (due_s, self._sequence, timer))
        return timer

    def _release(self) -> None:
        self._holds -= 1
        if self._holds == 0:
            self._wake_waiters()

    def _wake_waiters(self) -> None:
        if self._changed is not None:
            self._changed.set()

    def _step(self, limit_s: float) -> bool:
        """Go to the next event and run it, or to the limit; false when there is nothing left to do."""
        while self._due and not self._due[0][2].pending:
            heapq.heappop(self._due)
        if not self._due or self._due[0][0] > limit_s:
            self._mono_s = max(self._mono_s, limit_s)
            return False
        due_s, _, timer = heapq.heappop(self._due)
        self._mono_s = max(self._mono_s, due_s)
        with self._around():
            timer.fire()
        return True

    async def _settle(self, before: int) -> None:
        """Return once the loop had its turns with no work in flight, or something was emitted."""
        turns = 0
        while turns < SETTLE_TURNS and self._emissions == before:
            if self.held:
                await self._until_changed()
                turns = 0
            await asyncio.sleep(0)
            turns = 0 if self.held else turns + 1

    async def _until_changed(self) -> None:
        self._changed = self._changed or asyncio.Event()
        self._changed.clear()
        await self._changed.wait()
