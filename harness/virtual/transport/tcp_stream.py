"""A service's stream over one TCP connection of a tunnel."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable

from harness.virtual.transport.stream import READ_LIMIT_BYTES, StreamClosed, TlsStream, read_whole
from harness.wire.tcp6_connection import TcpConnection, TcpState

UNSENT_MARK_BYTES = 256 * 1024
"""``drain`` waits while more than this is unsent."""


class TcpStream:
    """See ``Stream``.

    Args:
        connection: what carries the bytes.
        kick: called when the connection may have something to send.
    """

    def __init__(self, connection: TcpConnection, kick: Callable[[], None]) -> None:
        self.connection = connection
        self._kick = kick
        self._changed = asyncio.Event()
        self._closed = False

    def notify(self) -> None:
        """The connection may have changed."""
        self._changed.set()

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        """See ``Stream.read``."""
        while not (data := self.connection.read(limit_bytes)):
            if self.connection.peer_finished or self._closed:
                return b""
            await self._change()
        # Reading makes room, which the other side may be waiting to hear of.
        self._kick()
        return data

    async def readexactly(self, size_bytes: int) -> bytes:
        """See ``Stream.readexactly``."""
        return await read_whole(self, size_bytes)

    def write(self, data: bytes) -> None:
        """See ``Stream.write``."""
        if not self._closed:
            self.connection.send(data)
            self._kick()

    async def drain(self) -> None:
        """See ``Stream.drain``."""
        while self.connection.unsent_bytes > UNSENT_MARK_BYTES:
            await self._change()
        if self._is_broken:
            raise StreamClosed("the connection was reset")

    @property
    def unsent_bytes(self) -> int:
        """See ``Stream.unsent_bytes``."""
        return self.connection.unsent_bytes

    @property
    def is_closed(self) -> bool:
        """See ``Stream.is_closed``."""
        return self._closed or self._is_broken

    def close(self) -> None:
        """See ``Stream.close``."""
        self._closed = True
        self.connection.finish()
        self._kick()

    async def start_tls(self, context: ssl.SSLContext) -> TlsStream:
        """See ``Stream.start_tls``."""
        return await TlsStream.accept(self, context)

    @property
    def _is_broken(self) -> bool:
        return self.connection.state is TcpState.CLOSED

    async def _change(self) -> None:
        if self._is_broken:
            raise StreamClosed("the connection was reset")
        self._changed.clear()
        await self._changed.wait()
