"""One GET over real HTTP/1.1, redirects included, as nsurlsessiond performs it.

Bytes go through h11 (which does no I/O) under an ``asyncio.Protocol``, so that the turn of the loop
that receives a byte is the turn that knows of it.

While an answer is expected, the transfer holds the phone's clock. It is idle, and the clock free, where
the origin says that it holds the body back (``X-Origin-Gate: hold=<n>``, counted in body bytes of this
response), and when the server has been silent for five seconds of wall time; the next byte ends that.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

import h11

from harness.virtual.kernel.urlsession_rules import MAX_REDIRECTS, SILENT_SERVER_S, URLErrorCode

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class HoldingClock(Protocol):
    """The part of the phone's clock that a transfer needs."""

    def hold(self) -> AbstractContextManager[object]:
        """Keep the clock standing while the context is open."""
        ...


@dataclass(frozen=True)
class FetchRequest:
    """What to ask for.

    Attributes:
        url: absolute http or https URL.
        offset_bytes: bytes already there; more than 0 asks for the rest by ``Range``.
        validator: the ``If-Range`` value that goes with the offset.
        user_agent: ``User-Agent`` value.
    """

    url: str
    offset_bytes: int = 0
    validator: str = ""
    user_agent: str = "Downloader/1 CFNetwork Darwin"


@dataclass(frozen=True)
class ResponseHead:
    """Status and headers of a final response.

    Attributes:
        status: HTTP status.
        headers: names in lower case; of a repeated header the values joined by a comma.
        url: where it came from, after redirects.
    """

    status: int
    headers: dict[str, str]
    url: str

    @property
    def first_byte(self) -> int:
        """Offset of the body's first byte in the resource: of a 206 its range's start, else 0."""
        content_range = self.headers.get("content-range", "")
        if self.status != 206 or not content_range.startswith("bytes "):
            return 0
        start = content_range.removeprefix("bytes ").partition("-")[0]
        return int(start) if start.isdigit() else 0

    @property
    def total_bytes(self) -> int | None:
        """Size of the whole resource, or ``None`` when the server does not tell."""
        length = self.headers.get("content-length", "")
        return self.first_byte + int(length) if length.isdigit() else None

    @property
    def validator(self) -> str:
        """What ``If-Range`` may carry: a strong entity tag, else the modification date, else empty."""
        if self.headers.get("accept-ranges") == "none":
            return ""
        tag = self.headers.get("etag", "")
        return tag if tag and not tag.startswith("W/") else self.headers.get("last-modified", "")

    @property
    def gates(self) -> frozenset[int]:
        """Counts of this response's body bytes after which the origin holds the rest back."""
        words = self.headers.get("x-origin-gate", "").replace(";", ",").split(",")
        values = (word.strip().removeprefix("hold=") for word in words if word.strip().startswith("hold="))
        return frozenset(int(value) for value in values if value.isdigit())


class Fate(StrEnum):
    """How a fetch ended."""

    COMPLETE = "complete"
    """The whole body came."""
    LOST = "lost"
    """No connection, or it was lost, or it spoke no HTTP: worth another attempt."""
    FAILED = "failed"
    """Another attempt would not help."""


@dataclass(frozen=True)
class Outcome:
    """The end of a fetch.

    Attributes:
        fate: how it ended.
        code: the ``NSURLErrorDomain`` code for it, unless complete.
        text: for people.
    """

    fate: Fate
    code: URLErrorCode | None = None
    text: str = ""


class FetchListener(Protocol):
    """Who is told; ``fetch_ended`` comes exactly once and last, and never after ``Fetch.cancel``."""

    def fetch_answered(self, head: ResponseHead) -> None:
        """The final response's head came."""
        ...

    def fetch_body(self, data: bytes) -> None:
        """A piece of the final response's body came."""
        ...

    def fetch_ended(self, outcome: Outcome) -> None:
        """Nothing more will come."""
        ...


class InFlight:
    """Holds the phone's clock while bytes are expected, and no longer than a silent server allows.

    Args:
        clock: the phone's clock.
    """

    def __init__(self, clock: HoldingClock) -> None:
        self._clock = clock
        self._hold: AbstractContextManager[object] | None = None
        self._last_s = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_held(self) -> bool:
        """Whether the clock stands because of this."""
        return self._hold is not None

    def expect(self) -> None:
        """Bytes are expected from now on."""
        loop = asyncio.get_running_loop()
        self._last_s = loop.time()
        if self._hold is None:
            self._hold = self._clock.hold()
            self._hold.__enter__()
        if self._timer is None:
            self._timer = loop.call_later(SILENT_SERVER_S, self._check_silence)

    def idle(self) -> None:
        """Nothing is expected until something comes."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._hold is not None:
            hold, self._hold = self._hold, None
            hold.__exit__(None, None, None)

    def _check_silence(self) -> None:
        self._timer = None
        loop = asyncio.get_running_loop()
        left_s = self._last_s + SILENT_SERVER_S - loop.time()
        if left_s <= 0:
            self.idle()
        else:
            self._timer = loop.call_later(left_s, self._check_silence)


class Fetch:
    """One GET with its redirects.

    Args:
        request: what to ask for.
        clock: held while bytes are expected.
        listener: who is told.
    """

    def __init__(self, request: FetchRequest, clock: HoldingClock, listener: FetchListener) -> None:
        self._request = request
        self._listener = listener
        self.in_flight = InFlight(clock)
        self._url = request.url
        self._redirects = 0
        self._over = False
        self._exchange: _Exchange | None = None
        self._connecting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Send the request; needs a running loop. All answers come in later turns of it."""
        self.in_flight.expect()
        self._connecting = asyncio.get_running_loop().create_task(self._connect())

    def cancel(self) -> None:
        """Stop at once; the listener hears nothing more."""
        self._over = True
        self._drop_connection()
        self.in_flight.idle()

    async def _connect(self) -> None:
        parts = urlsplit(self._url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            self._end(Outcome(Fate.FAILED, URLErrorCode.UNSUPPORTED_URL, f"unsupported URL {self._url}"))
            return
        exchange = _Exchange(parts, self._request, self.in_flight, self._answered, self._body, self._end)
        self._exchange = exchange
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: exchange,
                parts.hostname,
                parts.port or _DEFAULT_PORTS[parts.scheme],
                ssl=_tls_for(parts),
            )
        except ssl.SSLError as error:
            self._end(Outcome(Fate.FAILED, URLErrorCode.SECURE_CONNECTION_FAILED, str(error)))
        except OSError as error:
            self._end(Outcome(Fate.LOST, URLErrorCode.CANNOT_CONNECT_TO_HOST, str(error)))

    def _answered(self, status: int, headers: dict[str, str]) -> bool:
        """Take the head of a response; returns whether its body is wanted."""
        if status not in _REDIRECTS or "location" not in headers:
            self._listener.fetch_answered(ResponseHead(status, headers, self._url))
            return not self._over
        self._drop_connection()
        self._redirects += 1
        if self._redirects > MAX_REDIRECTS:
            self._end(Outcome(Fate.FAILED, URLErrorCode.HTTP_TOO_MANY_REDIRECTS, "too many redirects"))
        else:
            self._url = urljoin(self._url, headers["location"])
            self.start()
        return False

    def _body(self, data: bytes) -> bool:
        """Take a piece of the body; returns whether more is wanted."""
        self._listener.fetch_body(data)
        return not self._over

    def _end(self, outcome: Outcome) -> None:
        if self._over:
            return
        self._over = True
        self._drop_connection()
        # The listener first: what it starts takes its own hold before this one is given back.
        self._listener.fetch_ended(outcome)
        self.in_flight.idle()

    def _drop_connection(self) -> None:
        if self._exchange is not None:
            self._exchange.drop()
            self._exchange = None
        if self._connecting is not None and self._connecting is not asyncio.current_task():
            self._connecting.cancel()
        self._connecting = None


def _tls_for(parts: SplitResult) -> ssl.SSLContext | None:
    """The TLS context for a URL; a certificate of this very host is not verified."""
    if parts.scheme != "https":
        return None
    context = ssl.create_default_context()
    if parts.hostname in _LOOPBACK:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@dataclass
class _Exchange(asyncio.Protocol):
    """One request and its response on one connection."""

    parts: SplitResult
    request: FetchRequest
    in_flight: InFlight
    answered: Callable[[int, dict[str, str]], bool]
    body: Callable[[bytes], bool]
    ended: Callable[[Outcome], None]
    http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    transport: asyncio.Transport | None = None
    over: bool = False
    body_bytes: int = 0
    gates: frozenset[int] = frozenset()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.over:
            transport.close()
            return
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
