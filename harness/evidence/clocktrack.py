"""From this host's time to the phone's: an affine map with bounds, from repeated exchanges.

The theory. Write the phone's time at host time ``t`` as ``t + o(t)``. An exchange says: at some moment
between asking (``a``) and answer (``b``) the phone's clock stood in ``[e, l]``; so ``o`` lay in
``[e - b, l - a]`` then, whichever way the round trip was lopsided. Two quartz clocks part by no more than
``DRIFT`` seconds per second, so each exchange bounds ``o`` at every other time too, a little wider the
farther away. All these intervals hold at once: their intersection is the bound, and a slow exchange
profits from the quick ones around it.

An intersection that is empty says that the clock was set, or that it is no quartz clock. One break ends a
segment: each side has a map of its own, and what happened between the two sides lies between the readings
at its ends. After a second break the clock is taken for one that jumps, as a virtual phone's does while
it is waited for; then only the two readings around a moment are believed.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass

from harness.model.time import Instant

DRIFT = 1e-4
"""Bound on how far two quartz clocks part, seconds per second; ten times what is usual."""

ROUNDING_S = 1e-6
"""Seconds since 1970 in floating point are 2.4e-7 apart; sums of a few of them are off by less than this."""

MOST_BREAKS = 1
"""A clock that was set once was set by somebody; one that breaks more often jumps of its own."""


@dataclass(frozen=True)
class Bounds:
    """A number that is known to lie between two others."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The best single guess."""
        return (self.low + self.high) / 2

    @property
    def error(self) -> float:
        """How far off the middle it can be."""
        return (self.high - self.low) / 2

    def widened(self, by: float) -> Bounds:
        """The same, with so much more room on both sides."""
        return Bounds(self.low - by, self.high + by)

    def met(self, other: Bounds) -> Bounds | None:
        """What lies within both; ``None`` when nothing does."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        return Bounds(low, high) if low <= high else None


@dataclass(frozen=True)
class Exchange:
    """One reading of the phone's clock.

    Attributes:
        asked_s: ``time.monotonic()`` before.
        answered_s: the same after.
        phone: what the phone said.
    """

    asked_s: float
    answered_s: float
    phone: Instant

    @property
    def offset(self) -> Bounds:
        """Phone time less host time, when the answer came, as far as this exchange tells."""
        slack_s = DRIFT * (self.answered_s - self.asked_s) + ROUNDING_S
        return Bounds(
            self.phone.earliest_s - self.answered_s - slack_s, self.phone.latest_s - self.asked_s + slack_s
        )


@dataclass(frozen=True)
class _Known:
    """An exchange and what those before it say of the offset at its answer.

    Attributes:
        exchange: the exchange.
        offset: bound that it and all earlier ones of its segment leave.
        segment: number of the segment; it changes where the clock was set.
    """

    exchange: Exchange
    offset: Bounds
    segment: int


class ClockTrack:
    """The exchanges of one session, in the order of their answers."""

    def __init__(self) -> None:
        self._known: list[_Known] = []
        self._last_asked_s = float("-inf")

    def add(self, asked_s: float, answered_s: float, phone: Instant) -> None:
        """Keep one exchange; those that overlapped may come in either order."""
        exchange = Exchange(asked_s, answered_s, phone)
        self._last_asked_s = max(self._last_asked_s, asked_s)
        at = bisect.bisect_right(self._known, answered_s, key=_answered)
        later = [known.exchange for known in self._known[at:]]
        del self._known[at:]
        for next_one in (exchange, *later):
            self._known.append(self._follow(next_one))

    def _follow(self, exchange: Exchange) -> _Known:
        if not self._known:
            return _Known(exchange, exchange.offset, 0)
        last = self._known[-1]
        elapsed_s = exchange.answered_s - last.exchange.answered_s
        together = last.offset.widened(DRIFT * elapsed_s).met(exchange.offset)
        if together is None:
            return _Known(exchange, exchange.offset, last.segment + 1)
        return _Known(exchange, together, last.segment)

    @property
    def jumps(self) -> bool:
        """Whether the clock has shown that it does not run like this host's."""
        return bool(self._known) and self._known[-1].segment > MOST_BREAKS

    @property
    def offset(self) -> Bounds | None:
        """Phone time less host time at the last exchange; ``None`` before the first."""
        return self._known[-1].offset if self._known else None

    @property
    def slope(self) -> Bounds | None:
        """Phone seconds per host second, over the last segment.

        ``None`` for a clock that jumps. From a single exchange it is only what ``DRIFT`` allows.
        """
        if not self._known or self.jumps:
            return None
        last = self._known[-1]
        first = next(known for known in self._known if known.segment == last.segment)
        allowed = Bounds(1 - DRIFT, 1 + DRIFT)
        span_s = last.exchange.answered_s - first.exchange.answered_s
        if span_s <= 0:
            return allowed
        begun, ended = first.exchange.offset, last.exchange.offset
        seen = Bounds(1 + (ended.low - begun.high) / span_s, 1 + (ended.high - begun.low) / span_s)
        return seen.met(allowed) or allowed

    def spans(self, host_s: float) -> bool:
        """Whether exchanges were made on both sides of a host time, so that it can be placed."""
        return bool(self._known) and self._known[0].exchange.answered_s <= host_s <= self._last_asked_s

    def place(self, host_s: float) -> Instant:
        """The phone's time at a host time, with the error that the exchanges around it leave.

        Raises:
            ValueError: no exchange was made before it, or none after it yet.
        """
        if not self.spans(host_s):
            raise ValueError("the phone's clock was not read on both sides of this moment")
        at = bisect.bisect_right(self._known, host_s, key=_answered)
        before = self._known[at - 1]
        after = next(
            index
            for index in range(at - 1, len(self._known))
            if self._known[index].exchange.asked_s >= host_s
        )
        if self.jumps or self._known[after].segment != before.segment:
            return _between(before.exchange.phone, self._known[after].exchange.phone)
        return self._straight(host_s, at)

    def _straight(self, host_s: float, at: int) -> Instant:
        """Where the map of a segment puts a host time, which comes before exchange number ``at``."""
        before = self._known[at - 1]
        bound = before.offset.widened(DRIFT * (host_s - before.exchange.answered_s))
        for known in self._known[at:]:
            away_s = known.exchange.answered_s - host_s
            if known.segment != before.segment or DRIFT * away_s > bound.error * 2:
                break
            bound = known.exchange.offset.widened(DRIFT * away_s).met(bound) or bound
        return Instant(host_s + bound.middle, bound.error + ROUNDING_S)


def _answered(known: _Known) -> float:
    return known.exchange.answered_s


def _between(before: Instant, after: Instant) -> Instant:
    earliest_s = min(before.earliest_s, after.earliest_s)
    latest_s = max(before.latest_s, after.latest_s)
    return Instant((earliest_s + latest_s) / 2, (latest_s - earliest_s) / 2)
