"""Receipts: what the origin itself saw of each request, as evidence of its own class.

All times are host times: seconds by the clock the server was given (``time.monotonic`` by default).

What "sent" means: the byte was handed to the host's network stack while the connection stood. It is
not proof that the peer read it; a peer that goes away may lack the last of them. Over TLS the count
may run ahead by one write buffer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.model.interfaces import CELLULAR_ADDRESS, INTERFACE_HEADER, Interface

PROGRESS_BYTES = 1 << 20
"""A SENT or RECEIVED event is noted whenever the count passes a multiple of this."""


class EventKind(StrEnum):
    """What happened to a request."""

    STARTED = "started"
    FIRST_BYTE = "first byte"
    SENT = "sent"
    RECEIVED = "received"
    HELD = "held"
    RELEASED = "released"
    FINISHED = "finished"
    BROKEN = "broken"


class BrokenBy(StrEnum):
    """Who ended a connection before its response was whole."""

    PEER = "peer"
    GATE = "gate"
    SERVER = "server"


@dataclass(frozen=True)
class ReceiptEvent:
    """One thing that happened to a request.

    Attributes:
        kind: what.
        host_s: when, host time.
        body_bytes: body bytes of this response sent so far (of an upload: received so far). In a
            BROKEN event it is a lower bound: part of one more block may have left.
        complete: only of FINISHED: whether the body was whole.
        by: only of BROKEN: who did it.
    """

    kind: EventKind
    host_s: float
    body_bytes: int
    complete: bool = False
    by: BrokenBy | None = None


@dataclass(frozen=True)
class UploadedBody:
    """The body of an upload as it came, before any decoding.

    Attributes:
        size_bytes: bytes received.
        sha256: hex digest of the bytes received.
        whole: whether the request's body ended as HTTP says it must.
    """

    size_bytes: int
    sha256: str
    whole: bool


@dataclass(frozen=True)
class Receipt:
    """One request and what became of it; a later version replaces an earlier one of the same serial.

    Attributes:
        serial: counts up over the life of the server; names the request.
        nonce: run nonce in the URL; for a foreign request whatever stood in its place.
        foreign: the request belongs to no run that was open: shown, never counted.
        name: file name within the run, or the whole path of a foreign request.
        method: HTTP method.
        peer: address the request came from, without the port.
        peer_port: its port.
        headers: request headers as sent, in order.
        started_host_s: when the request's head was complete, host time.
        status: HTTP status; ``None`` until the head of the response was sent.
        range_start: first byte of the file in this response.
        range_end: one past its last byte; equal to ``range_start`` when there is no body of the file.
        size_bytes: size of the whole file; 0 when the answer is no part of a file.
        events: in order.
        upload: the body received, for an upload.
    """

    serial: int
    nonce: str
    foreign: bool
    name: str
    method: str
    peer: str
    peer_port: int
    headers: tuple[tuple[str, str], ...]
    started_host_s: float
    status: int | None = None
    range_start: int = 0
    range_end: int = 0
    size_bytes: int = 0
    events: tuple[ReceiptEvent, ...] = ()
    upload: UploadedBody | None = None

    @property
    def body_bytes(self) -> int:
        """Body bytes sent (or received) so far."""
        return self.events[-1].body_bytes if self.events else 0

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of this request."""
        return bool(self.events) and self.events[-1].kind in (EventKind.FINISHED, EventKind.BROKEN)

    @property
    def complete(self) -> bool:
        """Whether the response (or the upload) went through whole; says nothing of its status."""
        return any(event.kind is EventKind.FINISHED and event.complete for event in self.events)

    @property
    def held(self) -> bool:
        """Whether it is held right now."""
        return bool(self.events) and self.events[-1].kind is EventKind.HELD

    @property
    def broken_by(self) -> BrokenBy | None:
        """Who broke it, if it was broken."""
        return self.events[-1].by if self.events else None

    @property
    def reached_end_of_file(self) -> bool:
        """Whether this response carried the file's bytes through to its last, by GET, with success."""
        served = self.method == "GET" and self.status in (200, 206) and self.size_bytes > 0
        return served and self.complete and self.range_end == self.size_bytes

    def header(self, name: str) -> str | None:
        """The first request header of that name, in any case, or ``None``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def interface(self) -> Interface | None:
        """By which the request left the phone; ``None`` when it does not say, as a real phone does not.

        The request's own mark counts, else the loopback address that only cellular connections come from.
        """
        marked = self.header(INTERFACE_HEADER)
        if marked in tuple(Interface):
            return Interface(marked)
        return Interface.CELLULAR if self.peer == CELLULAR_ADDRESS else None

    def __str__(self) -> str:
        owner = "foreign " if self.foreign else ""
        last = self.events[-1].kind.value if self.events else "nothing yet"
        return (
            f"#{self.serial} {owner}{self.method} {self.name} from {self.peer}: {self.status}, "
            f"{self.body_bytes} bytes from {self.range_start}, {last}"
        )


ReceiptCallback = Callable[[Receipt], None]


class Exchange:
    """Writes the receipt of one request; everything it notes is published at once.

    Args:
        receipt: as it stands when the request's head has come.
        publish: called with every new version of the receipt.
        clock: host clock, seconds.
        abort: cuts the connection of this request.
    """

    def __init__(
        self,
        receipt: Receipt,
        *,
        publish: ReceiptCallback,
        clock: Callable[[], float],
        abort: Callable[[], None],
    ) -> None:
        self.receipt = receipt
        self._publish = publish
        self._clock = clock
        self._abort = abort
        self._count = 0
        self._note(EventKind.STARTED)

    def head(self, status: int, start: int = 0, end: int = 0, size_bytes: int = 0) -> None:
        """The head of the response was sent."""
        self.receipt = replace(
            self.receipt, status=status, range_start=start, range_end=end, size_bytes=size_bytes
        )
        self._publish(self.receipt)

    def moved(self, count: int, kind: EventKind = EventKind.SENT) -> None:
        """Note how many body bytes have been sent (or received, by ``kind``) in all.

        The few bytes of the answer to an upload are not counted: its receipt counts what was received.
        """
        if self.receipt.upload is not None:
            return
        before, self._count = self._count, count
        if before == 0 and count > 0:
            self._note(EventKind.FIRST_BYTE)
        if before // PROGRESS_BYTES != count // PROGRESS_BYTES:
            self._note(kind)

    def held(self) -> None:
        """The gate holds the connection here."""
        self._note(EventKind.HELD)

    def released(self) -> None:
        """The gate opened."""
        self._note(EventKind.RELEASED)

    def uploaded(self, body: UploadedBody) -> None:
        """The body of an upload came, whole or not."""
        self.receipt = replace(self.receipt, upload=body)
        self._publish(self.receipt)

    def finished(self, *, complete: bool = True) -> None:
        """All that was to be sent was sent."""
        if not self.receipt.ended:
            self._note(EventKind.FINISHED, complete=complete)

    def broken(self, by: BrokenBy) -> None:
        """The connection ended early; without effect when the request has already ended."""
        if not self.receipt.ended:
            self._note(EventKind.BROKEN, by=by)

    def cut(self) -> None:
        """End the connection from the server's side."""
        self.broken(BrokenBy.SERVER)
        self._abort()

    def _note(self, kind: EventKind, *, complete: bool = False, by: BrokenBy | None = None) -> None:
        event = ReceiptEvent(kind, self._clock(), self._count, complete, by)
        self.receipt = replace(self.receipt, events=(*self.receipt.events, event))
        self._publish(self.receipt)
