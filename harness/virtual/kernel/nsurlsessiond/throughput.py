"""Whether a discretionary transfer is worth going on with: the low-throughput monitor.

Theory: the system chose the time for a discretionary transfer, so it may choose another when this one turns
out bad. From its beginning an attempt is looked at over windows, each longer than the one before; one in
which too few bytes moved ends the attempt, which is made again later. After the last nobody looks any more.
Source: background-execution.md §1.3; how windows grow and what is too few is guessed (``rules.FIGURES``).
"""

from __future__ import annotations

from collections.abc import Callable

from harness.virtual.kernel.nsurlsessiond.attempts import Attempts, CancellableTimer, TransferClock
from harness.virtual.kernel.nsurlsessiond.rules import (
    LOW_THROUGHPUT_BYTES_PER_S,
    THROUGHPUT_WINDOW_FACTOR,
    THROUGHPUT_WINDOW_S,
    THROUGHPUT_WINDOWS,
)
from harness.virtual.kernel.nsurlsessiond.transfer_states import TransferState


class ThroughputMonitor:
    """Looks at one attempt of a transfer.

    Args:
        clock: the phone's clock.
        transfer: which transfer; the attempt is the one it is making now.
        too_slow: called once when a window moved too little.
    """

    def __init__(self, clock: TransferClock, transfer: Attempts, too_slow: Callable[[], None]) -> None:
        self._clock = clock
        self._transfer = transfer
        self._too_slow = too_slow
        self._attempt = transfer.attempts
        self._windows = 0
        self._moved_bytes = 0
        self._timer: CancellableTimer | None = None
        self._look()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._moved_bytes = self._transfer.moved_bytes
        window_s = THROUGHPUT_WINDOW_S * THROUGHPUT_WINDOW_FACTOR**self._windows
        self._timer = self._clock.call_later(window_s, lambda: self._judge(window_s))

    def _judge(self, window_s: float) -> None:
        self._timer = None
        transfer = self._transfer
        if transfer.state is not TransferState.RUNNING or transfer.attempts != self._attempt:
            return
        self._windows += 1
        if (transfer.moved_bytes - self._moved_bytes) / window_s < LOW_THROUGHPUT_BYTES_PER_S:
            self._too_slow()
        elif self._windows < THROUGHPUT_WINDOWS:
            self._look()
