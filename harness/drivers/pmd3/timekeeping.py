"""How far a phone's clock is from this host's, with a bound on the error of that.

Theory. The phone read its clock at some moment between question and answer, so the middle of the exchange is
off by half the round trip at most. A busy cable makes single exchanges slow, and the quickest of a few has
the smallest bound (``clock.Exchange`` has the arithmetic).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.drivers.pmd3.clock import Exchange

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

EXCHANGES = 3
"""How often the phone is asked; each takes one round trip."""


@dataclass(frozen=True)
class ClockOffset:
    """How far a phone's clock is ahead of another one.

    Attributes:
        ahead_s: seconds; negative for a phone that is behind.
        error_s: bound on how wrong ``ahead_s`` is, in seconds.
    """

    ahead_s: float
    error_s: float

    @property
    def at_least_s(self) -> float:
        """How far apart the two clocks are in any case, in seconds."""
        return max(0.0, abs(self.ahead_s) - self.error_s)


async def read_clock(provider: LockdownServiceProvider) -> float | None:
    """What the phone's clock shows, seconds since 1970; ``None`` when it does not tell."""
    value: object = await provider.get_value(key="TimeIntervalSince1970")
    return float(value) if isinstance(value, int | float) else None


async def measure_offset(
    provider: LockdownServiceProvider,
    host_s: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
) -> ClockOffset | None:
    """Compare a phone's clock with this host's; ``None`` when the phone does not tell its time.

    Args:
        provider: where the phone is asked.
        host_s: this host's clock, seconds since 1970.
        monotonic: what exchanges are measured by, in seconds.
    """
    measured: list[ClockOffset] = []
    for _ in range(EXCHANGES):
        asked_s = monotonic()
        phone_s = await read_clock(provider)
        if phone_s is None:
            return None
        measured.append(_offset(Exchange(phone_s, asked_s, monotonic()), host_s, monotonic))
    return min(measured, key=lambda each: each.error_s)


def _offset(exchange: Exchange, host_s: Callable[[], float], monotonic: Callable[[], float]) -> ClockOffset:
    phone = exchange.instant_at(monotonic())
    return ClockOffset(phone.at_s - host_s(), phone.error_s)
