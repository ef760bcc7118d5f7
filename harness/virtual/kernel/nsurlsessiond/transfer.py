"""One request over real HTTP/1.1, redirects included, as nsurlsessiond performs it.

Bytes go through h11 (which does no I/O) under an ``asyncio.Protocol``, so that the turn of the loop
that receives a byte is the turn that knows of it.

While an answer is expected, the transfer holds the phone's clock. It is idle, and the clock free, where
the origin says that it holds the body back (``X-Origin-Gate``, see ``exchange``), and when the server has
been silent for five seconds of wall time; the next byte ends that.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from dataclasses import replace
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from harness.virtual.kernel.network.trust import CertificateExpired, CertificateNotYetValid
from harness.virtual.kernel.nsurlsessiond.exchange import Exchange
from harness.virtual.kernel.nsurlsessiond.fetching import Failure, FetchRequest, Outcome, ResponseHead, Way
from harness.virtual.kernel.nsurlsessiond.inflight import HoldingClock, InFlight
from harness.virtual.kernel.nsurlsessiond.rules import MAX_REDIRECTS
from harness.virtual.kernel.nsurlsessiond.sending import OutgoingFile

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_KEEP_METHOD = frozenset({307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}


class FetchListener(Protocol):
    """Who is told; ``fetch_ended`` comes exactly once and last, and never after ``Fetch.cancel``."""

    def fetch_answered(self, head: ResponseHead) -> None:
        """The final response's head came."""
        ...

    def fetch_body(self, data: bytes) -> None:
        """A piece of the final response's body came."""
        ...

    def fetch_sent(self, size_bytes: int) -> None:
        """So many more bytes of the request's body have gone."""
        ...

    def fetch_ended(self, outcome: Outcome) -> None:
        """Nothing more will come."""
        ...


class Fetch:
    """One request with its redirects.

    Args:
        request: what to ask for, and what to send.
        clock: held while bytes are expected.
        listener: who is told.
        way: how it leaves the phone.
    """

    def __init__(self, request: FetchRequest, clock: HoldingClock, listener: FetchListener, way: Way) -> None:
        self._request = request
        self._way = way
        self._listener = listener
        self.in_flight = InFlight(clock)
        self._redirects = 0
        self._over = False
        self._is_suspended = False
        self._expected = False
        self._exchange: Exchange | None = None
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

    def suspend(self) -> None:
        """Move no more bytes until ``go_on``, and let the clock go; the connection stays open."""
        self._is_suspended = True
        self._expected = self.in_flight.holds
        self.in_flight.idle()
        if self._exchange is not None:
            self._exchange.suspend()

    def go_on(self) -> None:
        """Go on where ``suspend`` stopped."""
        self._is_suspended = False
        if self._over:
            return
        if self._expected:
            self.in_flight.expect()
        if self._exchange is not None:
            self._exchange.go_on()

    async def _connect(self) -> None:
        parts = urlsplit(self._request.url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            self._end(Outcome(Failure.BAD_SCHEME, self._request.url))
            return
        try:
            outgoing = OutgoingFile(self._request.file) if self._request.file is not None else None
        except OSError as error:
            self._end(Outcome(Failure.NO_FILE, str(error)))
            return
        self._exchange = Exchange(
            parts,
            self._request,
            outgoing,
            self.in_flight,
            self._answered,
            self._body,
            self._listener.fetch_sent,
            self._end,
        )
        if self._is_suspended:
            self._exchange.suspend()
        await self._dial(parts, self._exchange)

    async def _dial(self, parts: SplitResult, exchange: Exchange) -> None:
        interface = self._way.interface()
        if interface is None:
            self._end(Outcome(Failure.NO_ROUTE))
            return
        try:
            await self._way.network.connect(
                lambda: exchange,
                parts.hostname or "",
                parts.port or _DEFAULT_PORTS[parts.scheme],
                tls=parts.scheme == "https",
                interface=interface,
            )
        except OSError as error:
            self._end(Outcome(_failure_of(error), str(error)))

    def _answered(self, status: int, headers: dict[str, str]) -> bool:
        """Take the head of a response; returns whether its body is wanted."""
        if status not in _REDIRECTS or "location" not in headers:
            self._listener.fetch_answered(ResponseHead(status, headers, self._request.url))
            return not self._over
        self._drop_connection()
        self._redirects += 1
        if self._redirects > MAX_REDIRECTS:
            self._end(Outcome(Failure.REDIRECTS))
        else:
            self._request = _redirected(self._request, status, headers["location"])
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


def _redirected(request: FetchRequest, status: int, location: str) -> FetchRequest:
    """What is asked for after a redirect: other than 307 and 308, it turns whatever was sent into a GET."""
    url = urljoin(request.url, location)
    if status in _KEEP_METHOD or request.method == "GET":
        return replace(request, url=url)
    headers = tuple((name, value) for name, value in request.headers if name.lower() != "content-type")
    return replace(request, url=url, method="GET", file=None, headers=headers)


def _failure_of(error: OSError) -> Failure:
    """Which failure it is that no connection was made."""
    if isinstance(error, CertificateExpired):
        return Failure.EXPIRED
    if isinstance(error, CertificateNotYetValid):
        return Failure.NOT_YET_VALID
    if isinstance(error, ssl.SSLCertVerificationError):
        return Failure.CERTIFICATE
    if isinstance(error, ssl.SSLError):
        return Failure.TLS
    return Failure.NO_HOST if isinstance(error, socket.gaierror) else Failure.REFUSED
