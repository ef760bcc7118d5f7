"""A transfer of nsurlsessiond: attempts, and the waits between them in phone time.

A download and an upload differ in what they do with bytes, and in nothing else; where both can stand, and why
they wait, is in ``transfer_states``. An HTTP error status is an answer like any other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from harness.virtual.kernel.nsurlsessiond.challenges import Answer, Challenge, Disposition, challenge_in
from harness.virtual.kernel.nsurlsessiond.fetching import (
    Failure,
    Fate,
    FetchRequest,
    Outcome,
    ResponseHead,
    Way,
)
from harness.virtual.kernel.nsurlsessiond.inflight import HoldingClock
from harness.virtual.kernel.nsurlsessiond.rules import RETRY_AFTER_S, URLError, URLErrorCode
from harness.virtual.kernel.nsurlsessiond.transfer_states import MOVES, Step, TransferState

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


@dataclass(frozen=True)
class TransferEnd:
    """How a transfer ended.

    Attributes:
        status: HTTP status, or ``None`` when it failed.
        error: the error, or ``None`` when a response came whole.
    """

    status: int | None = None
    error: URLError | None = None


@dataclass(frozen=True)
class Surroundings:
    """What a transfer has around it.

    Attributes:
        clock: the phone's clock.
        way: how it leaves the phone.
        ended: told once how it ended, while the clock is still held.
        began: told whenever an attempt begins.
        challenged: told when the server wants to know who asks; ``None`` to take such an answer as any other.
        resource_timeout_s: phone seconds from ``arm`` until -1001.
    """

    clock: TransferClock
    way: Way
    ended: Callable[[TransferEnd], None]
    resource_timeout_s: float
    began: Callable[[], None] | None = None
    challenged: Callable[[Challenge], None] | None = None


class Attempts(ABC):
    """One transfer, however long it takes; what it does with bytes is its subclass's affair.

    Args:
        around: what it has around it.

    Attributes:
        state: what it is doing.
        attempts: how many there were, the present one included.
        received_bytes: bytes of the response's body that are here.
        expected_bytes: size of that body, or ``None`` while unknown.
        sent_bytes: bytes of the request's body that went in the present attempt.
        size_to_send_bytes: size of the request's body.
        moved_bytes: bytes of bodies that were moved in either direction, over all attempts.
        challenge: what the server wants to know, while the app has not answered it.
    """

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self.state = TransferState.NEW
        self.attempts = 0
        self.received_bytes = 0
        self.expected_bytes: int | None = None
        self.sent_bytes = 0
        self.size_to_send_bytes = 0
        self.moved_bytes = 0
        self.challenge: Challenge | None = None
        self._authorization: tuple[tuple[str, str], ...] = ()
        self._head: ResponseHead | None = None
        self._fruitless = 0
        self._fetch: Fetch | None = None
        self._retry: CancellableTimer | None = None
        self._deadline: CancellableTimer | None = None

    @abstractmethod
    def next_request(self) -> FetchRequest:
        """What the attempt that begins now asks for."""

    @abstractmethod
    def take_head(self, head: ResponseHead) -> bool:
        """Take the head of the final response; returns whether it is of any use."""

    @abstractmethod
    def take_body(self, data: bytes) -> None:
        """Take a piece of its body."""

    @abstractmethod
    def close(self) -> None:
        """The attempt is over; what is open is closed, what came is kept."""

    @abstractmethod
    def discard(self) -> None:
        """What came is of no use to anyone any more."""

    @property
    def is_challenged(self) -> bool:
        """Whether it stands still until the app has answered ``challenge``."""
        return self.state is TransferState.CHALLENGED

    def arm(self) -> None:
        """Count the time that the app gave the whole transfer from now on; a second call does nothing."""
        if self._deadline is None:
            self._deadline = self._around.clock.call_later(self._around.resource_timeout_s, self._time_out)

    def start(self) -> None:
        """Begin, or go on after ``pause``; at any other time nothing happens."""
        if self.state in (TransferState.NEW, TransferState.PAUSED):
            self.arm()
            self._go()

    def pause(self) -> None:
        """Give the connection up and do nothing until ``start``; what came is kept."""
        if self._move(Step.PAUSE):
            self._stop_attempt()

    def retry(self) -> None:
        """Give up an attempt that runs, and make another as after any that was in vain."""
        if self.state is TransferState.RUNNING:
            self._stop_attempt()
            self._wait()

    def cancel(self) -> None:
        """Stop and throw away what came; ``ended`` is not called."""
        if self._move(Step.CANCEL):
            self._stop()
            self.discard()

    def network_changed(self) -> None:
        """Go on if there is a network again, wait for one if there is none any more."""
        has_route = self._around.way.interface() is not None
        if self.state is TransferState.OFFLINE and has_route:
            self._go()
        elif self.state is TransferState.WAITING and not has_route:
            self._wait_for_network()

    def answer_challenge(self, answer: Answer) -> None:
        """Take the app's answer to ``challenge``; without one nothing happens."""
        if self.state is not TransferState.CHALLENGED:
            return
        if answer.disposition is Disposition.USE_CREDENTIAL and self.challenge is not None:
            self._authorization = (self.challenge.reply(answer),)
            self._go()
        elif answer.disposition is Disposition.CANCEL:
            self._finish(TransferEnd(error=Outcome(Failure.CHALLENGE_CANCELLED).error))
        elif self._head is not None:
            self._finish(TransferEnd(status=self._head.status))

    def fetch_answered(self, head: ResponseHead) -> None:
        """Take the head of the final response. Called by the fetch."""
        self._head = head if self.take_head(head) else None

    def fetch_body(self, data: bytes) -> None:
        """Take a piece of the body. Called by the fetch."""
        self.take_body(data)
        self.received_bytes += len(data)
        self.moved_bytes += len(data)
        self._fruitless = 0

    def fetch_sent(self, size_bytes: int) -> None:
        """Count what was sent. Called by the fetch."""
        self.sent_bytes += size_bytes
        self.moved_bytes += size_bytes

    def fetch_ended(self, outcome: Outcome) -> None:
        """Finish, or wait for the next attempt. Called by the fetch."""
        self._fetch = None
        self.close()
        if outcome.fate is Fate.FAILED:
            self._finish(TransferEnd(error=outcome.error))
        elif outcome.fate is Fate.COMPLETE and self._head is not None:
            self._take_answer(self._head)
        else:
            self._wait()

    def _take_answer(self, head: ResponseHead) -> None:
        # Only an answer that was not good enough is a failure, not a question that is put again.
        failures = self.challenge.failures + 1 if self.challenge is not None and self._authorization else 0
        challenge = challenge_in(head, failures) if self._around.challenged is not None else None
        if challenge is None or self._around.challenged is None:
            self._finish(TransferEnd(status=head.status))
        elif self._move(Step.CHALLENGE):
            self.challenge = challenge
            self._around.challenged(challenge)

    def _go(self) -> None:
        """Make an attempt if there is an interface for it, else wait for one."""
        # A phone boots sooner without what only a transfer needs.
        from harness.virtual.kernel.nsurlsessiond.transfer import Fetch

        self._stop_retry()
        if self._around.way.interface() is None:
            self._wait_for_network()
        elif self._move(Step.ATTEMPT):
            self.attempts += 1
            self.sent_bytes = 0
            request = self.next_request()
            request = replace(request, headers=(*request.headers, *self._authorization))
            self._fetch = Fetch(request, self._around.clock, self, self._around.way)
            self._fetch.start()
            if self._around.began is not None:
                self._around.began()

    def _wait(self) -> None:
        if self._around.way.interface() is None:
            self._wait_for_network()
        elif self._move(Step.LOSE):
            delay_s = RETRY_AFTER_S[min(self._fruitless, len(RETRY_AFTER_S) - 1)]
            self._fruitless += 1
            self._retry = self._around.clock.call_later(delay_s, self._go)

    def _wait_for_network(self) -> None:
        if self._move(Step.GO_OFFLINE):
            self._stop_attempt()
            self._fruitless = 0

    def _time_out(self) -> None:
        self._finish(TransferEnd(error=URLError(URLErrorCode.TIMED_OUT, text="The request timed out.")))

    def _finish(self, end: TransferEnd) -> None:
        if self._move(Step.END):
            self._stop()
            if end.error is not None:
                self.discard()
            self._around.ended(end)

    def _move(self, step: Step) -> bool:
        """Take a step if there is such a move."""
        to = MOVES.get((self.state, step))
        if to is not None:
            self.state = to
        return to is not None

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._stop_attempt()

    def _stop_attempt(self) -> None:
        self._stop_retry()
        if self._fetch is not None:
            self._fetch.cancel()
            self._fetch = None
        self.close()

    def _stop_retry(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
