"""One HTTP/1.1 request and its response over one connection: h11 under an ``asyncio.Protocol``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import SplitResult

import h11

from harness.virtual.kernel.nsurlsessiond.fetching import Fate, FetchRequest, Outcome, ResponseHead
from harness.virtual.kernel.nsurlsessiond.inflight import InFlight
from harness.virtual.kernel.nsurlsessiond.rules import URLErrorCode


@dataclass
class Exchange(asyncio.Protocol):
    """One request and its response on one connection.

    Attributes:
        parts: the URL.
        request: what to ask for.
        in_flight: told whether bytes are expected.
        answered: takes status and headers of the final response; returns whether its body is wanted.
        body: takes a piece of the body; returns whether more is wanted.
        ended: told once how it ended, unless it was dropped.
    """

    parts: SplitResult
    request: FetchRequest
    in_flight: InFlight
    answered: Callable[[int, dict[str, str]], bool]
    body: Callable[[bytes], bool]
    ended: Callable[[Outcome], None]
    http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    transport: asyncio.Transport | None = None
    over: bool = False
    paused: bool = False
    sent: bool = False
    body_bytes: int = 0
    gates: frozenset[int] = frozenset()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.over:
            transport.close()
        elif self.paused:
            transport.pause_reading()
        else:
            self._send(transport)

    def _send(self, transport: asyncio.Transport) -> None:
        self.sent = True
        target = self.parts.path or "/"
        query = f"?{self.parts.query}" if self.parts.query else ""
        head = h11.Request(method="GET", target=target + query, headers=self._headers())
        transport.write((self.http.send(head) or b"") + (self.http.send(h11.EndOfMessage()) or b""))

    def _headers(self) -> list[tuple[str, str]]:
        headers = [
            ("Host", self.parts.netloc.rpartition("@")[2]),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("Accept-Language", "en-US,en;q=0.9"),
            ("User-Agent", self.request.user_agent),
            ("Connection", "close"),
        ]
        if self.request.offset_bytes:
            headers.append(("Range", f"bytes={self.request.offset_bytes}-"))
            headers.append(("If-Range", self.request.validator))
        return headers

    def data_received(self, data: bytes) -> None:
        """Take bytes; the clock is held again unless they end at a gate."""
        if self.over:
            return
        self.in_flight.expect()
        self._take(data)

    def eof_received(self) -> None:
        """The server will send nothing more."""
        if not self.over:
            self._take(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; an error unless the response was complete."""
        self._finish(
            Outcome(Fate.LOST, URLErrorCode.NETWORK_CONNECTION_LOST, str(exc or "connection closed"))
        )

    def drop(self) -> None:
        """Close the connection without a word to anyone."""
        self.over = True
        if self.transport is not None:
            self.transport.close()

    def pause(self) -> None:
        """Neither send nor read, as a process does that is suspended; what the server sends piles up."""
        self.paused = True
        if self.transport is not None:
            self.transport.pause_reading()

    def resume(self) -> None:
        """Go on where ``pause`` stopped."""
        self.paused = False
        if self.transport is not None and not self.over:
            self.transport.resume_reading()
            if not self.sent:
                self._send(self.transport)

    def _take(self, data: bytes) -> None:
        try:
            self.http.receive_data(data)
            while not self.over:
                event = self.http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                self._act_on(event)
        except h11.RemoteProtocolError as error:
            self._finish(Outcome(Fate.LOST, URLErrorCode.NETWORK_CONNECTION_LOST, str(error)))
        if not self.over and self.body_bytes in self.gates:
            self.in_flight.idle()

    def _act_on(self, event: object) -> None:
        if isinstance(event, h11.Response):
            headers = _joined(event)
            self.gates = ResponseHead(event.status_code, headers, "").gates
            self.over = not self.answered(event.status_code, headers) or self.over
        elif isinstance(event, h11.Data):
            self.body_bytes += len(event.data)
            self.over = not self.body(bytes(event.data)) or self.over
        elif isinstance(event, h11.EndOfMessage):
            self._finish(Outcome(Fate.COMPLETE))
        elif isinstance(event, h11.ConnectionClosed):
            self._finish(Outcome(Fate.LOST, URLErrorCode.NETWORK_CONNECTION_LOST, "connection closed"))

    def _finish(self, outcome: Outcome) -> None:
        if not self.over:
            self.over = True
            self.ended(outcome)


def _joined(response: h11.Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
