"""Faults between a phone's log and its clients: lines that get lost, wait, or come cut short.

A relay subscribes here instead of at the log itself. Each client has its own place, so that each loses
its own n-th line, and a line that waits for one waits for all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from harness.virtual.kernel.log import LogBus, LogEvent
from harness.virtual.kernel.subscription import Subscription

MOST_HELD = 100_000
"""Lines that wait for one client while the log stands still; the rest is lost (guessed)."""


class LogFaults:
    """What happens to lines on their way to clients.

    Args:
        log: where they come from.

    Attributes:
        drop_every: each n-th line of a client is lost; 0 for none.
        truncate_bytes: what is left of a message's UTF-8; ``None`` for all.
    """

    def __init__(self, log: LogBus) -> None:
        self.drop_every = 0
        self.truncate_bytes: int | None = None
        self._log = log
        self._stalled = False
        self._taps: set[_Tap] = set()

    @property
    def stalled(self) -> bool:
        """Whether lines wait."""
        return self._stalled

    def subscribe(
        self,
        tell: Callable[[LogEvent], None],
        lose: Callable[[int], None] = lambda _: None,
        *,
        pid: int | None = None,
    ) -> Subscription:
        """Tell one client every later line that gets through.

        Args:
            tell: called with a line.
            lose: called with how many lines were lost, before the next one that gets through.
            pid: the only process whose lines are wanted; ``None`` for all.
        """
        tap = _Tap(self, tell, lose)
        self._taps.add(tap)
        subscription = self._log.subscribe(tap.take, pid=pid)

        def close() -> None:
            subscription.close()
            self._taps.discard(tap)

        return Subscription(close)

    def stall(self) -> None:
        """Have lines wait."""
        self._stalled = True

    def resume(self) -> None:
        """Let lines come again, those that waited first."""
        self._stalled = False
        for tap in tuple(self._taps):
            tap.flush()

    def mend(self) -> None:
        """Take back every fault; whether private values are hidden is none."""
        self.drop_every = 0
        self.truncate_bytes = None
        self.resume()


class _Tap:
    """The way to one client."""

    def __init__(
        self, faults: LogFaults, tell: Callable[[LogEvent], None], lose: Callable[[int], None]
    ) -> None:
        self._faults = faults
        self._tell = tell
        self._lose = lose
        self._seen = 0
        self._held: deque[LogEvent] = deque()
        self._overflown = 0

    def take(self, event: LogEvent) -> None:
        if not self._faults.stalled:
            self._pass(event)
        elif len(self._held) < MOST_HELD:
            self._held.append(event)
        else:
            self._overflown += 1

    def flush(self) -> None:
        while self._held and not self._faults.stalled:
            self._pass(self._held.popleft())
        if self._overflown and not self._held:
            lost, self._overflown = self._overflown, 0
            self._lose(lost)

    def _pass(self, event: LogEvent) -> None:
        self._seen += 1
        every = self._faults.drop_every
        if every and self._seen % every == 0:
            self._lose(1)
        else:
            self._tell(_cut(event, self._faults.truncate_bytes))


def _cut(event: LogEvent, size_bytes: int | None) -> LogEvent:
    if size_bytes is None:
        return event
    # A character that the cut goes through is left out as a whole: the text stays readable.
    return replace(event, message=event.message.encode()[:size_bytes].decode(errors="ignore"))
