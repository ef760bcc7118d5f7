"""From this host's time to the phone's: the exchanges that were made, and what lies between them."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from harness.model.time import Instant

REAL_TIME_SLOPE = (0.98, 1.02)
"""Between two exchanges whose slope lies in here the phone's clock ran like ours, and a straight line
places what happened in between; outside (a virtual clock that jumps) only the two ends are sure."""


@dataclass(frozen=True)
class Exchange:
    """One reading of the phone's clock.

    Attributes:
        host_s: ``time.monotonic()`` at the middle of the exchange.
        phone: what the phone said.
    """

    host_s: float
    phone: Instant


class ClockTrack:
    """The exchanges of one session, in the order of host time."""

    def __init__(self) -> None:
        self._exchanges: list[Exchange] = []

    def add(self, host_s: float, phone: Instant) -> None:
        """Keep one exchange; two that overlapped may come in either order."""
        bisect.insort(self._exchanges, Exchange(host_s, phone), key=lambda exchange: exchange.host_s)

    def spans(self, host_s: float) -> bool:
        """Whether exchanges were made on both sides of a host time, so that it can be placed."""
        return bool(self._exchanges) and (self._exchanges[0].host_s <= host_s <= self._exchanges[-1].host_s)

    def place(self, host_s: float) -> Instant:
        """The phone's time at a host time, with the error that the exchanges around it leave.

        Raises:
            ValueError: no exchange was made before it, or none after it yet.
        """
        if not self.spans(host_s):
            raise ValueError("the phone's clock was not read on both sides of this moment")
        index = bisect.bisect_left(self._exchanges, host_s, key=lambda exchange: exchange.host_s)
        before = self._exchanges[max(index - 1, 0)]
        after = self._exchanges[index]
        return _between(before, after, host_s)


def _between(before: Exchange, after: Exchange, host_s: float) -> Instant:
    host_span_s = after.host_s - before.host_s
    phone_span_s = after.phone.at_s - before.phone.at_s
    error_s = max(before.phone.error_s, after.phone.error_s)
    if host_span_s > 0 and REAL_TIME_SLOPE[0] <= phone_span_s / host_span_s <= REAL_TIME_SLOPE[1]:
        at_s = before.phone.at_s + (host_s - before.host_s) * phone_span_s / host_span_s
        return Instant(at_s, error_s)
    return Instant((before.phone.at_s + after.phone.at_s) / 2, abs(phone_span_s) / 2 + error_s)
