"""Application states as the phone reports them to mobilenotifications: 8, 4, 2 and 1.

Only changes of the reported number are told: active and inactive look the same from outside
(source: background-execution.md §1.1, §3.1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.model.states import AppState, to_springboard
from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.subscription import Subscribers, Subscription

MACH_TICKS_PER_S = 24_000_000
"""Rate of ``mach_absolute_time`` on Apple's phones: 24 MHz."""


@dataclass(frozen=True)
class StateEvent:
    """One reported state.

    Attributes:
        pid: process identifier.
        state: ``SBApplicationState``: 1, 2, 4 or 8.
        bundle_id: ``displayID``.
        exec_name: executable name.
        app_name: display name.
        wall_s: seconds since 1970, phone time.
        mach: ``mach_absolute_time``; strictly increasing from event to event.
    """

    pid: int
    state: int
    bundle_id: str
    exec_name: str
    app_name: str
    wall_s: float
    mach: int


@dataclass(frozen=True)
class AppIdentity:
    """What a state event says of an application besides its state."""

    pid: int
    bundle_id: str
    exec_name: str
    app_name: str


class StateBus:
    """The state reports of one phone.

    Args:
        clock: gives the time of a report, and is told when one reached a listener.
        tells_termination: whether state 1 is reported at all.
    """

    def __init__(self, clock: VirtualClock, *, tells_termination: bool = True) -> None:
        self._clock = clock
        self._tells_termination = tells_termination
        self._subscribers: Subscribers[StateEvent] = Subscribers()
        self._running: dict[int, tuple[AppIdentity, int]] = {}
        self._last_mach = 0

    def booted(self) -> None:
        """Count the time since boot anew, as the clock does."""
        self._last_mach = 0

    def subscribe(self, callback: Callable[[StateEvent], None]) -> Subscription:
        """Tell ``callback`` every later change."""
        return self._subscribers.add(callback)

    def snapshot(self) -> tuple[StateEvent, ...]:
        """One event per application that runs now: the burst after a client subscribes."""
        return tuple(self._event(app, state) for app, state in self._running.values())

    def report(self, app: AppIdentity, state: AppState) -> None:
        """Record where an application stands, and tell it if the reported number changed."""
        number = to_springboard(state)
        known = self._running.get(app.pid)
        if known is not None and known[1] == number:
            return
        if state is AppState.NOT_RUNNING:
            self._running.pop(app.pid, None)
        else:
            self._running[app.pid] = (app, number)
        if state is not AppState.NOT_RUNNING or self._tells_termination:
            self._tell(self._event(app, number))

    def _tell(self, event: StateEvent) -> None:
        if len(self._subscribers):
            self._subscribers.tell(event)
            self._clock.emitted()

    def _event(self, app: AppIdentity, state: int) -> StateEvent:
        self._last_mach = max(self._last_mach + 1, int(self._clock.mono_s * MACH_TICKS_PER_S))
        return StateEvent(
            app.pid,
            state,
            app.bundle_id,
            app.exec_name,
            app.app_name,
            self._clock.now_s,
            self._last_mach,
        )
