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
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from harness.virtual.kernel.nsurlsessiond.exchange import Exchange
from harness.virtual.kernel.nsurlsessiond.fetching import Fate, FetchRequest, Outcome, ResponseHead
from harness.virtual.kernel.nsurlsessiond.inflight import HoldingClock, InFlight
from harness.virtual.kernel.nsurlsessiond.rules import MAX_REDIRECTS, URLErrorCode

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


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
        self._paused = False
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

    def pause(self) -> None:
        """Move no more bytes until ``resume``, and let the clock go; the connection stays open."""
        self._paused = True
        self.in_flight.idle()
        if self._exchange is not None:
            self._exchange.pause()

    def resume(self) -> None:
        """Go on after ``pause``."""
        self._paused = False
        if not self._over:
            self.in_flight.expect()
        if self._exchange is not None:
            self._exchange.resume()

    async def _connect(self) -> None:
        parts = urlsplit(self._url)
        if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
            self._end(Outcome(Fate.FAILED, URLErrorCode.UNSUPPORTED_URL, f"unsupported URL {self._url}"))
            return
        exchange = Exchange(parts, self._request, self.in_flight, self._answered, self._body, self._end)
        self._exchange = exchange
        if self._paused:
            exchange.pause()
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
