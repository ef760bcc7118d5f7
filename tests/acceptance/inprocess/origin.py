"""The origin without a socket: the same server, reached by connections in memory."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

from harness.origin.http import HttpFront
from harness.origin.server import OriginServer
from tests.acceptance.inprocess.pipe import connect

HOST = "127.0.0.1"
PORT = 8080
"""Nothing listens there: it is only what the URLs say."""

FIRST_PORT = 49_152


class MemoryOrigin(OriginServer):
    """An origin whose connections are made by ``dial``, for phones of this process."""

    def __init__(self) -> None:
        super().__init__()
        self._ports = itertools.count(FIRST_PORT)
        self._bind_host, self._port = HOST, PORT

    async def open_port(self) -> None:
        """See ``OriginServer``; there is no port to bind."""
        self._front = self._front or HttpFront(self, None)

    async def close_port(self) -> None:
        """See ``OriginServer``; nor is there one to keep."""
        await self._end_front()

    def dial(
        self, make: Callable[[], asyncio.Protocol], host: str, port: int, *, peer: str
    ) -> asyncio.Transport:
        """Connect a client; returns its side of the connection.

        Args:
            make: makes the client's protocol.
            host: whom it asks for.
            port: which port of theirs.
            peer: the address that the client comes from.

        Raises:
            ConnectionRefusedError: the port is closed, or this server is not meant.
        """
        if self._front is None or (host, port) != (HOST, PORT):
            raise ConnectionRefusedError(f"nobody listens on {host}:{port}")
        return connect(
            asyncio.get_running_loop(),
            make(),
            self._front.connection,
            client_address=(peer, next(self._ports)),
            server_address=(HOST, PORT),
        )
