"""Power assertions that computers hold.

On a phone one keeps it from falling asleep by itself. This phone never does: it is on external power with
Auto-Lock "Never", as testers set their phones, and sleeps only when it is told to. So an assertion is
taken, counted and let go here, and changes nothing else.

Source: the assertion agent as read by public researchers makes a ``PreventUserIdleSystemSleep`` of every
type it accepts, with ``TimeoutActionTurnOff``, and lets go when its client does. Sleep on demand
is not prevented by it.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.virtual.kernel.clock import Timer, VirtualClock
from harness.virtual.kernel.conditions import Change, Conditions


@dataclass(frozen=True, eq=False)
class PowerAssertion:
    """One assertion.

    Attributes:
        kind: the type that was asked for.
        name: for people.
        until_s: phone time at which it ends by itself, seconds since 1970.
    """

    kind: str
    name: str
    until_s: float


class PowerAssertions:
    """The assertions of one phone; a boot ends them.

    Args:
        clock: the phone's clock, in whose time they end.
        conditions: tell of boots.
    """

    def __init__(self, clock: VirtualClock, conditions: Conditions) -> None:
        self._clock = clock
        self._held: dict[PowerAssertion, Timer] = {}
        conditions.observe(self._changed)

    def held(self) -> tuple[PowerAssertion, ...]:
        """Those that are held, oldest first."""
        return tuple(self._held)

    def hold(self, kind: str, name: str, for_s: float) -> PowerAssertion:
        """Take one, which ends after ``for_s`` of phone time."""
        assertion = PowerAssertion(kind, name, self._clock.now_s + for_s)
        self._held[assertion] = self._clock.call_later(for_s, lambda: self.release(assertion))
        return assertion

    def release(self, assertion: PowerAssertion) -> None:
        """End one; one that has ended is no error."""
        timer = self._held.pop(assertion, None)
        if timer is not None:
            timer.cancel()

    def _changed(self, what: str) -> None:
        if what == Change.POWER:
            for assertion in self.held():
                self.release(assertion)
