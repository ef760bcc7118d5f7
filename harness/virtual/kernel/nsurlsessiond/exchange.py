"""One HTTP/1.1 request and its response over one connection: h11 under an ``asyncio.Protocol``.

When bytes are expected, and the phone's clock stands:

* of a download until it reaches a gate, which the response's head announces (``X-Origin-Gate: hold=<n>``);
* of an upload until the origin says that it reads no further. Nobody can tell that from the sending end, so
  the origin says it by an interim response: ``100 Continue`` with ``X-Origin-Gate: hold=<n>`` when it stops
  after ``n`` bytes, and one with ``X-Origin-Gate: open`` when it reads on;
* never while they wait for phone time: on a slow or dead link, or in an app that is suspended.

A request that reached a server can be observed there, so the clock is told of it (``reached_server``): when
the request's head has been sent, when the response's head has come, at each gate before the clock is let go,
and when the response has ended. A connection that nobody took is seen by nobody, and tells nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import SplitResult

import h11

from harness.virtual.kernel.network.egress import mark
from harness.virtual.kernel.network.transport import INTERFACE_INFO
from harness.virtual.kernel.nsurlsessiond.fetching import Failure, FetchRequest, Outcome, gates_in
from harness.virtual.kernel.nsurlsessiond.inflight import InFlight
from harness.virtual.kernel.nsurlsessiond.sending import OutgoingFile


@dataclass
class Exchange(asyncio.Protocol):
    """One request and its response on one connection.

    Attributes:
        parts: the URL.
        request: what to ask for.
        outgoing: the body to send, or ``None``; closed when the exchange is over.
        in_flight: told whether bytes are expected.
        answered: takes status and headers of the final response; returns whether its body is wanted.
        body: takes a piece of the body; returns whether more is wanted.
        sent: told how many bytes of the body to send have gone.
        ended: told once how it ended, unless it was dropped.
    """

    parts: SplitResult
    request: FetchRequest
    outgoing: OutgoingFile | None
    in_flight: InFlight
    answered: Callable[[int, dict[str, str]], bool]
    body: Callable[[bytes], bool]
    sent: Callable[[int], None]
    ended: Callable[[Outcome], None]
    http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    transport: asyncio.Transport | None = None
    over: bool = False
    body_bytes: int = 0
    gates: frozenset[int] = frozenset()
    has_head: bool = False
    upload_is_held: bool = False
    must_pause: bool = False
    is_suspended: bool = False
    has_begun: bool = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.over:
            transport.close()
        elif self.is_suspended:
            transport.pause_reading()
        else:
            self._begin()

    def _begin(self) -> None:
        self.has_begun = True
        target = self.parts.path or "/"
        query = f"?{self.parts.query}" if self.parts.query else ""
        self._send(h11.Request(method=self.request.method, target=target + query, headers=self._headers()))
        self.in_flight.reached_server()
        if self.outgoing is None:
            self._send(h11.EndOfMessage())
        else:
            self._send_body()

    def _headers(self) -> list[tuple[str, str]]:
        headers = [
            ("Host", self.parts.netloc.rpartition("@")[2]),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
            ("Accept-Language", "en-US,en;q=0.9"),
            ("User-Agent", self.request.user_agent),
            ("Connection", "close"),
        ]
        own = {name.lower() for name, _ in self.request.headers} | {"content-length"}
        headers = [(name, value) for name, value in headers if name.lower() not in own]
        headers += [(name, value) for name, value in self.request.headers if name.lower() != "content-length"]
        if self.outgoing is not None:
            headers.append(("Content-Length", str(self.outgoing.size_bytes)))
        interface = self.transport.get_extra_info(INTERFACE_INFO) if self.transport is not None else None
        if interface is not None:
            headers.append(mark(interface))
        if self.request.offset_bytes:
            headers.append(("Range", f"bytes={self.request.offset_bytes}-"))
            headers.append(("If-Range", self.request.validator))
        return headers

    def link_waits(self, waits: bool) -> None:
        """Let the phone's clock go while a slow or dead link needs its time."""
        self.in_flight.link_waits(waits)

    def pause_writing(self) -> None:
        """The server reads more slowly than the file is read."""
        self.must_pause = True

    def resume_writing(self) -> None:
        """What was written has left; go on."""
        self.must_pause = False
        if not self.over and not self.is_suspended:
            if not self.upload_is_held:
                self.in_flight.expect()
            self._send_body()

    def data_received(self, data: bytes) -> None:
        """Take bytes; the clock is held again unless they end at a gate."""
        if self.over:
            return
        # Before the bytes are told, so that what they lead to happens while the clock stands.
        self.in_flight.expect()
        self._take(data)

    def eof_received(self) -> None:
        """The server will send nothing more."""
        if not self.over:
            self._take(b"")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; an error unless the response was complete."""
        self._finish(Outcome(Failure.LOST, str(exc or "connection closed")))

    def drop(self) -> None:
        """Close the connection without a word to anyone."""
        self._be_over()
        if self.transport is not None:
            # What of an upload is still to be written must not be waited for.
            self.transport.abort() if self.request.file is not None else self.transport.close()

    def suspend(self) -> None:
        """Neither send nor read, as a suspended process does; what the server sends piles up."""
        self.is_suspended = True
        if self.transport is not None:
            self.transport.pause_reading()

    def go_on(self) -> None:
        """Go on where ``suspend`` stopped."""
        self.is_suspended = False
        if self.transport is None or self.over:
            return
        self.transport.resume_reading()
        if self.has_begun:
            self._send_body()
        else:
            self._begin()

    def _send_body(self) -> None:
        while self.outgoing is not None and not (self.must_pause or self.is_suspended or self.over):
            data = self.outgoing.read()
            if data:
                self._send(h11.Data(data))
                self.sent(len(data))
            elif self.outgoing.is_sent:
                self._close_outgoing()
                self._send(h11.EndOfMessage())
            else:
                self._finish(Outcome(Failure.LOST, "the file became shorter while it was sent"))

    def _send(self, event: h11.Event) -> None:
        assert self.transport is not None
        self.transport.write(self.http.send(event) or b"")

    def _take(self, data: bytes) -> None:
        try:
            self.http.receive_data(data)
            while not self.over:
                event = self.http.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                self._act_on(event)
        except h11.RemoteProtocolError as error:
            self._finish(Outcome(self._failure_of(data), str(error)))
        if not self.over and (self.upload_is_held or self.body_bytes in self.gates):
            self.in_flight.reached_server()
            self.in_flight.idle()

    def _failure_of(self, data: bytes) -> Failure:
        if data:
            return Failure.NO_HTTP
        return Failure.TRUNCATED if self.has_head else Failure.LOST

    def _act_on(self, event: object) -> None:
        if isinstance(event, h11.InformationalResponse):
            headers = _joined(event.headers)
            if "x-origin-gate" in headers:
                self.upload_is_held = bool(gates_in(headers))
        elif isinstance(event, h11.Response):
            headers = _joined(event.headers)
            self.has_head, self.upload_is_held, self.gates = True, False, gates_in(headers)
            self.in_flight.reached_server()
            self.over = not self.answered(event.status_code, headers) or self.over
        elif isinstance(event, h11.Data):
            self.body_bytes += len(event.data)
            self.over = not self.body(bytes(event.data)) or self.over
        elif isinstance(event, h11.EndOfMessage):
            self._finish(Outcome())
        elif isinstance(event, h11.ConnectionClosed):
            self._finish(Outcome(Failure.LOST, "connection closed"))

    def _finish(self, outcome: Outcome) -> None:
        if not self.over:
            self._be_over()
            self.in_flight.reached_server()
            self.ended(outcome)

    def _be_over(self) -> None:
        self.over = True
        self._close_outgoing()

    def _close_outgoing(self) -> None:
        if self.outgoing is not None:
            self.outgoing.close()
            self.outgoing = None


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("ascii"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
