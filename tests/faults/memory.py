"""A client that has said all it will say, as a stream that a service reads at the speed of memory."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from enum import StrEnum

from harness.virtual.transport.stream import READ_LIMIT_BYTES, StreamClosed, TlsStream

MOST_HEARD_BYTES = 64 * 1024 * 1024
"""No service answers a few kilobytes with more."""


class Ending(StrEnum):
    """How a client goes when it has said everything."""

    HALF_CLOSE = "half-close"
    ABORT = "abort"


class MemoryStream:
    """See ``Stream``.

    Args:
        said: everything the client says.
        ending: how it goes then.
        piece_bytes: the size of the next piece that is read; by default as much as is wanted.
        between: called before each piece.

    Attributes:
        heard: what the service has written.
    """

    def __init__(
        self,
        said: bytes,
        ending: Ending = Ending.HALF_CLOSE,
        piece_bytes: Callable[[], int] | None = None,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self.heard = bytearray()
        self._left = memoryview(said)
        self._ending = ending
        self._piece_bytes = piece_bytes
        self._between = between
        self._closed = False
        self._broken = False

    async def read(self, limit_bytes: int = READ_LIMIT_BYTES) -> bytes:
        # Whatever else the service does has its turn between two pieces.
        await asyncio.sleep(0)
        self._between()
        if self._closed:
            return b""
        if not self._left:
            return self._end()
        size_bytes = min(limit_bytes, self._piece_bytes() if self._piece_bytes else limit_bytes)
        piece, self._left = bytes(self._left[:size_bytes]), self._left[size_bytes:]
        return piece

    async def readexactly(self, size_bytes: int) -> bytes:
        held = bytearray()
        while len(held) < size_bytes:
            piece = await self.read(size_bytes - len(held))
            if not piece:
                raise StreamClosed(f"{len(held)} of {size_bytes} bytes came")
            held += piece
        return bytes(held)

    def write(self, data: bytes) -> None:
        if not self.is_closed:
            self.heard += data
            assert len(self.heard) <= MOST_HEARD_BYTES, "the service never stops talking"

    async def drain(self) -> None:
        if self._broken:
            raise StreamClosed("the client has gone")

    @property
    def unsent_bytes(self) -> int:
        return 0

    @property
    def is_closed(self) -> bool:
        return self._closed or self._broken

    def close(self) -> None:
        self._closed = True

    async def start_tls(self, context: ssl.SSLContext) -> TlsStream:
        return await TlsStream.accept(self, context)

    def _end(self) -> bytes:
        if self._ending is Ending.ABORT:
            self._broken = True
            raise StreamClosed("the client has gone")
        return b""
