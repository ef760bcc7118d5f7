"""The HTTP side of the origin, over aiohttp; imported when a server starts.

aiohttp cancels the handler of a request when its connection is lost; that is how a peer's going away
is noticed, in the middle of a hold as well.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Protocol

from aiohttp import ClientError, web

from harness.origin.answer import Answer, Request, plain
from harness.origin.behaviour import Fault, FaultKind
from harness.origin.files import OriginFile, OriginUpload
from harness.origin.line import Line, until_gone
from harness.origin.portal import intercept
from harness.origin.receipts import BrokenBy, Exchange
from harness.origin.transfer import send_answer, take_upload
from harness.origin.trouble import WELL, Trouble, TroubleKind

SHUTDOWN_S = 2.0

SILENCE = Fault(FaultKind.DROP, 0)
"""What happens to a request that is never answered: its connection stands, and not even a head is sent."""

ACCEPT_TURNS = 4
"""Turns of the loop that asyncio takes from accepting a connection to making it known, and one more."""


class Directory(Protocol):
    """Who knows what is offered, and keeps the receipts."""

    def open_exchange(self, request: Request, abort: Callable[[], None]) -> Exchange:
        """Start the receipt of a request."""
        ...

    def close_exchange(self, exchange: Exchange) -> None:
        """The request has ended."""
        ...

    def find(self, request: Request) -> OriginFile | OriginUpload | None:
        """What the request's path names, or ``None``."""
        ...

    def trouble_of(self, request: Request) -> Trouble | None:
        """What is wrong with the server for the run that the request belongs to, if anything is."""
        ...


class HttpFront:
    """Accepts connections and answers from a directory; made on a running loop.

    Args:
        directory: who knows what is offered.
        tls: context for HTTPS, or ``None``.
    """

    def __init__(self, directory: Directory, tls: ssl.SSLContext | None) -> None:
        self._directory = directory
        self._tls = tls
        # Bodies of uploads are judged as they came over the wire, so nothing is decompressed.
        self._http = web.Server(
            self._handle, handler_cancellation=True, access_log=None, auto_decompress=False
        )
        self._listener: asyncio.Server | None = None

    async def listen(self, bound: socket.socket) -> None:
        """Accept connections on a bound socket, which this object closes later."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._http, sock=bound, ssl=self._tls)

    def connection(self) -> asyncio.BaseProtocol:
        """The protocol of one more connection, for who brings a transport of another kind than a socket."""
        return self._http()

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._listener is not None:
            await _end_accepting(self._listener)
            self._listener = None
        self._http.pre_shutdown()
        for connection in self._http.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await self._http.shutdown(SHUTDOWN_S)
        # An aborted connection is only closed in the turn after.
        await _turns(1)

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        transport = http.transport
        if transport is None:
            raise asyncio.CancelledError
        request = _head_of(http)
        exchange = self._directory.open_exchange(request, transport.abort)
        try:
            return await self._respond(Line(http, transport, exchange), request)
        except asyncio.CancelledError:
            exchange.broken(BrokenBy.PEER)
            raise
        except (ConnectionError, ClientError):
            exchange.broken(BrokenBy.PEER)
            transport.abort()
            await until_gone()
        finally:
            exchange.broken(BrokenBy.SERVER)
            self._directory.close_exchange(exchange)

    async def _respond(self, line: Line, request: Request) -> web.StreamResponse:
        trouble = self._directory.trouble_of(request) or WELL
        if trouble.kind is TroubleKind.IGNORE:
            await line.fail_if_due(SILENCE, 0)
        if trouble.kind is TroubleKind.PORTAL:
            return await send_answer(line, intercept(request))
        offer = self._directory.find(request)
        if isinstance(offer, OriginUpload) and request.method in ("PUT", "POST"):
            how = trouble.spoil_upload(offer.take_turn())
            return await take_upload(line, offer, how, (*offer.gates, *trouble.gates))
        return await send_answer(line, trouble.spoil(await _answer_to(request, offer)))


async def _answer_to(request: Request, offer: OriginFile | OriginUpload | None) -> Answer:
    if isinstance(offer, OriginFile):
        return await offer.answer(request)
    return plain(404) if offer is None else plain(405, {"Allow": "PUT, POST"})


def _head_of(http: web.BaseRequest) -> Request:
    peer = http.transport.get_extra_info("peername") if http.transport else None
    parts = [*http.path.lstrip("/").split("/", 2), "", ""]
    return Request(
        method=http.method,
        nonce=parts[0],
        secret=parts[1],
        name=parts[2],
        path=http.path,
        query=dict(http.query),
        headers=tuple((name, value) for name, value in http.headers.items()),
        peer=str(peer[0]) if peer else "",
        peer_port=int(peer[1]) if peer else 0,
    )


async def _end_accepting(listener: asyncio.Server) -> None:
    # A server that is closed while asyncio makes an accepted connection would leak its socket, so those
    # under way are let through first and closed with the others.
    loop = listener.get_loop()
    for listening in listener.sockets:
        loop.remove_reader(listening.fileno())
    await _turns(ACCEPT_TURNS)
    listener.close()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)
