"""A connection over a phone's cable whose host has not read all of it yet."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from harness.virtual.transport.cable import Cable
from harness.virtual.transport.stream import AsyncioStream, Stream


class Unread(AsyncioStream):
    """One whose last byte is read when the test says so.

    Attributes:
        is_read: whether it has been.
        looks: how often somebody wanted to know.
    """

    is_read = False
    looks = 0

    @property
    def unsent_bytes(self) -> int:
        """See ``Stream.unsent_bytes``."""
        self.looks += 1
        return 0 if self.is_read else 1


@asynccontextmanager
async def unread_on(cable: Cable) -> AsyncGenerator[Unread]:
    """A connection that is there until it is left."""
    begun = asyncio.Event()

    async def serve(stream: Stream) -> None:
        begun.set()
        await stream.read()

    ours, theirs = socket.socketpair()
    with theirs:
        stream = Unread(*await asyncio.open_connection(sock=ours))
        serving = asyncio.create_task(cable.carry(stream, serve))
        await begun.wait()
        try:
            yield stream
        finally:
            serving.cancel()
            await asyncio.wait([serving])
            stream.close()
