"""The phone's log: one bus of lines, redacted as a stock phone redacts.

A line is told to whoever listens at that moment; the newest are kept, but for info and debug, which a
phone has in memory only. Values that ``os_log`` treats as private read ``<private>`` (source:
log-grammar.md §1.5, background-execution.md §3.3).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.subscription import Subscribers, Subscription

PRIVATE = "<private>"
"""What a stock phone prints in the place of a private value."""

LINE_SPACING_S = 1e-6
"""Least distance between two lines, so that timestamps keep the order of the lines."""

KEPT_LINES = 20_000
"""How many lines are kept; a phone keeps hours to a day (§3.3), the number is guessed."""

NOT_KEPT = frozenset({"info", "debug"})
"""Levels that are gone once they were told."""


@dataclass(frozen=True)
class LogEvent:
    """One line of the log.

    Attributes:
        wall_s: seconds since 1970, phone time.
        mono_s: seconds since boot.
        process: name of the process that logged it.
        pid: its process identifier.
        level: ``notice``, ``info``, ``debug``, ``error`` or ``fault``.
        message: the text; may span lines.
        subsystem: ``os_log`` subsystem, or empty.
        category: ``os_log`` category, or empty.
        thread_id: identifier of the logging thread.
        image: path of the sending image.
    """

    wall_s: float
    mono_s: float
    process: str
    pid: int
    level: str
    message: str
    subsystem: str
    category: str
    thread_id: int
    image: str


class LogBus:
    """The log of one phone.

    Args:
        clock: gives the time of a line, and is told when a line reached a listener.
        redacted: whether private values are hidden; false only where a person asked for it.
    """

    def __init__(self, clock: VirtualClock, *, redacted: bool = True) -> None:
        self.redacted = redacted
        self._clock = clock
        self._subscribers: Subscribers[LogEvent] = Subscribers()
        self._last_mono_s = 0.0
        self._kept: deque[LogEvent] = deque(maxlen=KEPT_LINES)

    def booted(self) -> None:
        """Count the time since boot anew, as the clock does."""
        self._last_mono_s = 0.0

    def kept(self) -> tuple[LogEvent, ...]:
        """The lines that are kept, oldest first."""
        return tuple(self._kept)

    def subscribe(self, callback: Callable[[LogEvent], None], *, pid: int | None = None) -> Subscription:
        """Tell ``callback`` every later line, or only those of ``pid``."""

        def of_pid(event: LogEvent) -> None:
            if event.pid == pid:
                callback(event)

        return self._subscribers.add(callback if pid is None else of_pid)

    def private(self, value: object) -> str:
        """A value as it reads in a line where the format string does not make it public."""
        return PRIVATE if self.redacted else str(value)

    def emit(
        self,
        process: str,
        pid: int,
        message: str,
        level: str = "notice",
        subsystem: str = "",
        category: str = "",
        image: str | None = None,
    ) -> None:
        """Log one line at the present moment.

        Args:
            process: name of the logging process.
            pid: its process identifier.
            message: the finished text.
            level: as in ``LogEvent``.
            subsystem: ``os_log`` subsystem.
            category: ``os_log`` category.
            image: path of the sending image; the process itself when ``None``.
        """
        mono_s = max(self._clock.mono_s, self._last_mono_s + LINE_SPACING_S)
        self._last_mono_s = mono_s
        wall_s = self._clock.now_s + (mono_s - self._clock.mono_s)
        sender = process if image is None else image
        # Every process logs from its main thread here; the number only has to be stable per process.
        thread_id = pid * 16 + 3
        self._tell(
            LogEvent(wall_s, mono_s, process, pid, level, message, subsystem, category, thread_id, sender)
        )

    def _tell(self, event: LogEvent) -> None:
        if event.level not in NOT_KEPT:
            self._kept.append(event)
        if len(self._subscribers):
            self._subscribers.tell(event)
            self._clock.emitted()
