"""One download of nsurlsessiond: attempts, waits between them in phone time, and the partial file.

State table (what a download is doing, and what moves it on)::

    new ------start-----------------> running
    running --whole body------------> done(status)
    running --connection lost-------> waiting      retry after RETRY_AFTER_S[n] of phone time
    running --hopeless--------------> done(error)
    waiting --its time has come-----> running      with Range when the server gave a validator
    running, waiting --resource timeout--> done(-1001)
    running, waiting --cancel-------> cancelled    nobody is told

A refused or lost connection is no error of a background session: it waits and retries until
``timeoutIntervalForResource``. An HTTP error status is an answer like any other.
Source: background-execution.md §1.8.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from harness.virtual.kernel.nsurlsessiond.fetching import Fate, FetchRequest, Outcome, ResponseHead
from harness.virtual.kernel.nsurlsessiond.inflight import HoldingClock
from harness.virtual.kernel.nsurlsessiond.rules import RETRY_AFTER_S, URLError, URLErrorCode

if TYPE_CHECKING:
    from harness.virtual.kernel.nsurlsessiond.transfer import Fetch


class CancellableTimer(Protocol):
    """A timer of the phone's clock."""

    def cancel(self) -> None:
        """Let it not fire."""
        ...


class TransferClock(HoldingClock, Protocol):
    """The part of the phone's clock that a download needs."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> CancellableTimer:
        """Call back after so many seconds of phone time."""
        ...


class DownloadState(StrEnum):
    """What a download is doing."""

    NEW = "new"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class DownloadEnd:
    """How a download ended.

    Attributes:
        status: HTTP status, or ``None`` when it failed.
        error: the error, or ``None`` when a response came whole.
    """

    status: int | None = None
    error: URLError | None = None


class Download:
    """Fetches one URL into a file, however long it takes.

    Args:
        request: what to fetch; its offset and validator are ignored.
        place: says where the bytes go, in a directory that exists; asked anew each time, because an
            app's container moves when the app is installed again.
        clock: the phone's clock.
        ended: told once how it ended, while the clock is still held.
        resource_timeout_s: phone seconds from the start until -1001.
    """

    def __init__(
        self,
        request: FetchRequest,
        place: Callable[[], Path],
        clock: TransferClock,
        ended: Callable[[DownloadEnd], None],
        *,
        resource_timeout_s: float,
    ) -> None:
        self._request = replace(request, offset_bytes=0, validator="")
        self._clock = clock
        self._ended = ended
        self._resource_timeout_s = resource_timeout_s
        self._place = place
        self.state = DownloadState.NEW
        self.received_bytes = 0
        self.expected_bytes: int | None = None
        self.attempts = 0
        self._head: ResponseHead | None = None
        self._fruitless = 0
        self._file: BinaryIO | None = None
        self._fetch: Fetch | None = None
        self._retry: CancellableTimer | None = None
        self._deadline: CancellableTimer | None = None

    @property
    def path(self) -> Path:
        """Where the file is now."""
        return self._place()

    def start(self) -> None:
        """Begin the first attempt; a second call does nothing."""
        if self.state is not DownloadState.NEW:
            return
        self._deadline = self._clock.call_later(self._resource_timeout_s, self._time_out)
        self._attempt()

    def cancel(self) -> None:
        """Stop and remove the partial file; ``ended`` is not called."""
        if self.state in (DownloadState.DONE, DownloadState.CANCELLED):
            return
        self.state = DownloadState.CANCELLED
        self._stop()
        self.path.unlink(missing_ok=True)

    def fetch_answered(self, head: ResponseHead) -> None:
        """Take the head of the final response and open the file where its body belongs."""
        self._close_file()
        asked_bytes = self._request.offset_bytes
        resumes = head.status == 206 and head.first_byte == asked_bytes
        # A range that the server no longer has, or another one than asked for: begin anew.
        useless = asked_bytes > 0 and not resumes and head.status in (206, 416)
        self._file = self.path.open("ab" if resumes and asked_bytes else "wb")
        self.received_bytes = asked_bytes if resumes else 0
        self._head = None if useless else head
        self.expected_bytes = head.total_bytes

    def fetch_body(self, data: bytes) -> None:
        """Append a piece of the body."""
        assert self._file is not None
        self._file.write(data)
        self.received_bytes += len(data)
        self._fruitless = 0

    def fetch_ended(self, outcome: Outcome) -> None:
        """Finish, or wait for the next attempt."""
        self._fetch = None
        self._close_file()
        if outcome.fate is Fate.FAILED:
            code = outcome.code or URLErrorCode.BAD_SERVER_RESPONSE
            self._finish(DownloadEnd(error=URLError(code, text=outcome.text)))
        elif outcome.fate is Fate.COMPLETE and self._head is not None:
            self._finish(DownloadEnd(status=self._head.status))
        else:
            self._wait()

    def _attempt(self) -> None:
        # A phone boots sooner without what only a transfer needs.
        from harness.virtual.kernel.nsurlsessiond.transfer import Fetch

        self.state = DownloadState.RUNNING
        self.attempts += 1
        validator = self._head.validator if self._head is not None and self._head.status in (200, 206) else ""
        offset_bytes = self.received_bytes if validator else 0
        self._request = replace(self._request, offset_bytes=offset_bytes, validator=validator)
        self._fetch = Fetch(self._request, self._clock, self)
        self._fetch.start()

    def _wait(self) -> None:
        self.state = DownloadState.WAITING
        delay_s = RETRY_AFTER_S[min(self._fruitless, len(RETRY_AFTER_S) - 1)]
        self._fruitless += 1
        self._retry = self._clock.call_later(delay_s, self._attempt)

    def _time_out(self) -> None:
        self._finish(DownloadEnd(error=URLError(URLErrorCode.TIMED_OUT, text="The request timed out.")))
        self.path.unlink(missing_ok=True)

    def _finish(self, end: DownloadEnd) -> None:
        self.state = DownloadState.DONE
        self._stop()
        self._ended(end)

    def _stop(self) -> None:
        for timer in (self._retry, self._deadline):
            if timer is not None:
                timer.cancel()
        if self._fetch is not None:
            self._fetch.cancel()
            self._fetch = None
        self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
