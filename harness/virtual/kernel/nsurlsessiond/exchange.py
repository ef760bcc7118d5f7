"""One HTTP/1.1 request and its response over one connection: h11 under an ``asyncio.Protocol``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult

import h11

from harness.virtual.kernel.nsurlsessiond.inflight import InFlight
from harness.virtual.kernel.nsurlsessiond.rules import URLErrorCode


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
