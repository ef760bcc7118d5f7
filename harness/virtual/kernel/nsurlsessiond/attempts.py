"""A transfer of nsurlsessiond: attempts, and the waits between them in phone time.

Theory: a download and an upload differ in what they do with bytes, and in nothing else. Both are attempts
that follow each other until one is answered, until one fails hopelessly, or until the time that the app
gave the whole transfer is over. ``MOVES`` is all that can happen; what is not in it does nothing.

Source: background-execution.md §1.8.3. An HTTP error status is an answer like any other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

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
    """The part of the phone's clock that a transfer needs."""

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> CancellableTimer:
        """Call back after so many seconds of phone time."""
        ...


class TransferState(StrEnum):
    """What a transfer is doing."""

    NEW = "new"
    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What moves a transfer on."""

    ATTEMPT = "an attempt begins"
    LOSE = "the attempt was in vain"
    END = "it is answered, hopeless, or out of time"
    CANCEL = "it is cancelled"


_NEW, _RUNNING, _WAITING = TransferState.NEW, TransferState.RUNNING, TransferState.WAITING
_DONE, _CANCELLED = TransferState.DONE, TransferState.CANCELLED

MOVES: Mapping[tuple[TransferState, Step], TransferState] = {
    (_NEW, Step.ATTEMPT): _RUNNING,
    (_NEW, Step.CANCEL): _CANCELLED,
    (_RUNNING, Step.LOSE): _WAITING,
    (_RUNNING, Step.END): _DONE,
    (_RUNNING, Step.CANCEL): _CANCELLED,
    (_WAITING, Step.ATTEMPT): _RUNNING,
    (_WAITING, Step.END): _DONE,
    (_WAITING, Step.CANCEL): _CANCELLED,
}
"""Every move there is; nobody is told of a cancelled transfer, and nothing leaves DONE or CANCELLED."""


@dataclass(frozen=True)
class TransferEnd:
    """How a transfer ended.

    Attributes:
        status: HTTP status, or ``None`` when it failed.
        error: the error, or ``None`` when a response came whole.
    """

    status: int | None = None
    error: URLError | None = None


class Attempts(ABC):
    """One transfer, however long it takes; what it does with bytes is its subclass's affair.

    Args:
        clock: the phone's clock.
        ended: told once how it ended, while the clock is still held.
        resource_timeout_s: phone seconds from the start until -1001.

    Attributes:
        state: what it is doing.
        attempts: how many there were, the present one included.
        received_bytes: bytes of the response's body that are here.
        expected_bytes: size of that body, or ``None`` while unknown.
        sent_bytes: bytes of the request's body that went in the present attempt.
        size_to_send_bytes: size of the request's body.
    """

    def __init__(
        self, clock: TransferClock, ended: Callable[[TransferEnd], None], *, resource_timeout_s: float
    ) -> None:
        self._clock = clock
        self._ended = ended
        self._resource_timeout_s = resource_timeout_s
        self.state = TransferState.NEW
        self.attempts = 0
        self.received_bytes = 0
        self.expected_bytes: int | None = None
        self.sent_bytes = 0
        self.size_to_send_bytes = 0
        self._fruitless = 0
        self._fetch: Fetch | None = None
        self._retry: CancellableTimer | None = None
        self._deadline: CancellableTimer | None = None

    @abstractmethod
    def next_request(self) -> FetchRequest:
        """What the attempt that begins now asks for."""

    @abstractmethod
    def take_head(self, head: ResponseHead) -> None:
        """Take the head of the final response."""

    @abstractmethod
    def take_body(self, data: bytes) -> None:
        """Take a piece of its body."""

    @abstractmethod
    def answered_status(self) -> int | None:
        """The status of a response that came whole; ``None`` when it was of no use."""

    @abstractmethod
    def close(self) -> None:
        """The attempt is over; what is open is closed, what came is kept."""

    @abstractmethod
    def discard(self) -> None:
        """What came is of no use to anyone any more."""

    def start(self) -> None:
        """Begin the first attempt; a second call does nothing."""
        if self.state is not TransferState.NEW:
            return
        self._deadline = self._clock.call_later(self._resource_timeout_s, self._time_out)
        self._attempt()

    def cancel(self) -> None:
        """Stop and throw away what came; ``ended`` is not called."""
        if self._move(Step.CANCEL):
            self._stop()
            self.discard()

    def fetch_answered(self, head: ResponseHead) -> None:
        """Take the head of the final response. Called by the fetch."""
        self.take_head(head)

    def fetch_body(self, data: bytes) -> None:
        """Take a piece of the body. Called by the fetch."""
        self.take_body(data)
        self.received_bytes += len(data)
        self._fruitless = 0

    def fetch_sent(self, size_bytes: int) -> None:
        """Count what was sent. Called by the fetch."""
        self.sent_bytes += size_bytes

    def fetch_ended(self, outcome: Outcome) -> None:
        """Finish, or wait for the next attempt. Called by the fetch."""
        self._fetch = None
        self.close()
        status = self.answered_status() if outcome.fate is Fate.COMPLETE else None
        if outcome.fate is Fate.FAILED:
            self._finish(TransferEnd(error=outcome.error))
        elif status is not None:
            self._finish(TransferEnd(status=status))
        else:
            self._wait()

    def _attempt(self) -> None:
        # A phone boots sooner without what only a transfer needs.
        from harness.virtual.kernel.nsurlsessiond.transfer import Fetch

        if not self._move(Step.ATTEMPT):
            return
        self.attempts += 1
        self.sent_bytes = 0
        self._fetch = Fetch(self.next_request(), self._clock, self)
        self._fetch.start()

    def _wait(self) -> None:
        if not self._move(Step.LOSE):
            return
        delay_s = RETRY_AFTER_S[min(self._fruitless, len(RETRY_AFTER_S) - 1)]
        self._fruitless += 1
        self._retry = self._clock.call_later(delay_s, self._attempt)

    def _time_out(self) -> None:
        self._finish(TransferEnd(error=URLError(URLErrorCode.TIMED_OUT, text="The request timed out.")))
        self.discard()

    def _finish(self, end: TransferEnd) -> None:
        if self._move(Step.END):
            self._stop()
            self._ended(end)

    def _move(self, step: Step) -> bool:
        """Take a step if there is such a move."""
        to = MOVES.get((self.state, step))
        if to is not None:
            self.state = to
        return to is not None

    def _stop(self) -> None:
        for timer in (self._retry, self._deadline):
            if timer is not None:
                timer.cancel()
        if self._fetch is not None:
            self._fetch.cancel()
            self._fetch = None
        self.close()
