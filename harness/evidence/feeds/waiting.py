"""What the phone does not date: kept until the phone's clock was read on both sides of its arrival."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from harness.evidence.clocktrack import ClockTrack
from harness.evidence.record import Entry
from harness.model.time import Instant

Place = Callable[[Instant], Iterable[Entry]]
"""Makes the entries of something that came, given the phone's time at its arrival."""


class Waiting:
    """A line of things that came, and of proofs behind them, in the order in which they came.

    A proof that stands behind something waits with it: what is on the timeline when a watermark is set is
    all there is up to it.

    Args:
        track: the readings of the phone's clock.
    """

    def __init__(self, track: ClockTrack) -> None:
        self._track = track
        self._line: deque[tuple[float, Place]] = deque()

    def __len__(self) -> int:
        return len(self._line)

    def came(self, host_s: float, place: Place) -> list[Entry]:
        """Something came; told at once where the clock was read after it, as on a tape that was delayed."""
        self._line.append((host_s, place))
        return self.clock_read()

    def then(self, host_s: float, tell: Callable[[], Iterable[Entry]]) -> list[Entry]:
        """Something to say once all that came before it is said: at once where nothing waits."""
        if not self._line:
            return list(tell())
        self._line.append((host_s, lambda at: tell()))
        return []

    def clock_read(self) -> list[Entry]:
        """The phone's clock was read: what came before that can be placed."""
        told: list[Entry] = []
        while self._line and self._track.spans(self._line[0][0]):
            host_s, place = self._line.popleft()
            told += place(self._track.place(host_s))
        return told
