"""The clock of a real phone."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from harness.drivers.pmd3.activity import Activity
from harness.model.time import Instant

DRIFT = 1e-4
"""Bound on how far two quartz clocks part, seconds per second; ten times what is usual."""

FRESH_S = 10.0
"""How long an exchange is extrapolated before the phone is asked again."""

FINE_RESOLUTION_S = 0.001
COARSE_RESOLUTION_S = 1.0


@dataclass(frozen=True)
class Exchange:
    """One question to the phone's clock.

    Attributes:
        phone_s: what the phone answered, seconds since 1970.
        asked_s: monotonic seconds of this host when it was asked.
        answered_s: the same when the answer came.
    """

    phone_s: float
    asked_s: float
    answered_s: float

    def instant_at(self, mono_s: float) -> Instant:
        """The phone's time at a monotonic moment of this host.

        The phone read its clock at some moment between question and answer, so the middle is off by
        half the round trip at most; a clock that answers whole seconds has also dropped a fraction.
        """
        whole = self.phone_s == int(self.phone_s)
        resolution_s = COARSE_RESOLUTION_S if whole else FINE_RESOLUTION_S
        middle_s = (self.asked_s + self.answered_s) / 2
        elapsed_s = mono_s - middle_s
        return Instant(
            at_s=self.phone_s + (resolution_s / 2 if whole else 0.0) + elapsed_s,
            error_s=(self.answered_s - self.asked_s) / 2 + resolution_s / 2 + abs(elapsed_s) * DRIFT,
        )


class RealClock:
    """A phone's clock that can only be waited for.

    Args:
        read: asks the phone for its time, seconds since 1970.
        activity: what the phone's streams touch.
        monotonic: this host's monotonic clock.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[float]],
        activity: Activity,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._activity = activity
        self._monotonic = monotonic
        self._last: Exchange | None = None

    async def now(self) -> Instant:
        """Ask the phone for its time."""
        return (await self._exchange()).instant_at(self._monotonic())

    async def let_pass(self, until_s: float) -> Instant:
        """Wait until ``until_s``, or until a stream of the phone has yielded something."""
        seen = self._activity.count
        while True:
            reached = await self._estimate()
            missing_s = until_s - reached.at_s
            if missing_s <= 0 or await self._activity.wait_beyond(seen, min(missing_s, FRESH_S)):
                return await self._estimate()

    async def _estimate(self) -> Instant:
        """The phone's time without asking it each time: a log of thousands of lines wakes often."""
        last = self._last
        if last is None or self._monotonic() - last.answered_s > FRESH_S:
            last = await self._exchange()
        return last.instant_at(self._monotonic())

    async def _exchange(self) -> Exchange:
        asked_s = self._monotonic()
        phone_s = await self._read()
        self._last = Exchange(phone_s, asked_s, self._monotonic())
        return self._last
