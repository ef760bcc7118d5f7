"""When nsurlsessiond wakes an app, and how long it makes the app's next requests wait.

The ladder asks its questions in one fixed order; the first that applies decides
(background-execution.md §1.8.6).

The request delay of an app (§1.8.7)::

    0 ----------wake----------> first (60 s), running from the wake
    d ----------wake----------> 2 d, running from that wake
    d ----------foreground----> 0; what waited for it starts
    d ----------elapsed-------> 0 when nothing waited for it
                                d again, from now, when something did: it starts now

That a delay which held something back is not forgotten when it elapses is inferred: otherwise tasks
chained one at a time could never double it, as §1.8.11 says they do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.kernel.nsurlsessiond.attempts import CancellableTimer, TransferClock
from harness.virtual.kernel.nsurlsessiond.rules import WakeVerdict


@dataclass(frozen=True)
class WakeQuestion:
    """What the ladder looks at.

    Attributes:
        needed: all tasks of the session are finished, something is to be told, and the app has not been
            woken for it already.
        sends_launch_events: ``sessionSendsLaunchEvents``.
        supports_wakes: the client is an app.
        obliterated: the app invalidated the session.
        connected: the app runs and has the session open.
        updates_on: Background App Refresh is on for the app.
    """

    needed: bool
    sends_launch_events: bool
    supports_wakes: bool
    obliterated: bool
    connected: bool
    updates_on: bool


_LADDER: tuple[tuple[Callable[[WakeQuestion], bool], WakeVerdict], ...] = (
    (lambda ask: not ask.needed, WakeVerdict.UNNECESSARY),
    (lambda ask: not ask.sends_launch_events, WakeVerdict.LAUNCH_EVENTS_OFF),
    (lambda ask: not ask.supports_wakes, WakeVerdict.NO_WAKES),
    (lambda ask: ask.obliterated, WakeVerdict.OBLITERATED),
    (lambda ask: ask.connected, WakeVerdict.CONNECTED),
    (lambda ask: not ask.updates_on, WakeVerdict.UPDATES_OFF),
)


def decide(ask: WakeQuestion) -> WakeVerdict:
    """Whether to wake the client, and if not, why not."""
    return next((verdict for applies, verdict in _LADDER if applies(ask)), WakeVerdict.WAKE)


class RequestDelay:
    """The request delay of one app.

    Args:
        clock: the phone's clock.
        first_s: the delay after a first wake.
        factor: by what each further wake multiplies it.
        elapsed: called when the delay is over; starts what waited and returns whether anything did.
    """

    def __init__(
        self, clock: TransferClock, first_s: float, factor: float, elapsed: Callable[[], bool]
    ) -> None:
        self._clock = clock
        self._first_s = first_s
        self._factor = factor
        self._on_elapsed = elapsed
        self._timer: CancellableTimer | None = None
        self.delay_s = 0.0

    @property
    def is_running(self) -> bool:
        """Whether requests made in the background have to wait."""
        return self._timer is not None

    def woken(self) -> float:
        """Take note of a wake; returns the new delay in seconds."""
        self.delay_s = self.delay_s * self._factor if self.delay_s else self._first_s
        self._run()
        return self.delay_s

    def reset(self) -> bool:
        """Forget the delay; returns whether there was one."""
        had_delay = self.delay_s > 0
        self._stop()
        self.delay_s = 0.0
        return had_delay

    def _run(self) -> None:
        self._stop()
        self._timer = self._clock.call_later(self.delay_s, self._elapsed)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _elapsed(self) -> None:
        self._timer = None
        if self._on_elapsed():
            self._run()
        else:
            self.delay_s = 0.0
