"""An unmodified client of the instruments server, in the event loop of the phone it talks to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider

from harness.wire.dtx import DtxDecoder, DtxMessage, encode
from tests.virtual.rig import Rig, rig

SERVICE = "com.apple.instruments.remoteserver.DVTSecureSocketProxy"


@asynccontextmanager
async def dvt(ios: str = "16.7") -> AsyncGenerator[tuple[Rig, DvtProvider]]:
    """A phone and a client that is connected to its instruments."""
    async with rig(ios) as it:
        lockdown = await it.lockdown()
        async with DvtProvider(lockdown) as provider:
            yield it, provider
        await lockdown.close()


async def soon(queue: Any) -> Any:
    """What comes next out of a queue."""
    return await asyncio.wait_for(queue.get(), 5)


class RawClient:
    """A connection to the instruments on which any message can be sent.

    Args:
        connection: of the client library, to the service.
    """

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._decoder = DtxDecoder()
        self._heard: list[DtxMessage] = []

    async def send(self, *messages: DtxMessage) -> None:
        """Send messages in one go."""
        await self._connection.sendall(b"".join(encode(message) for message in messages))

    async def ask(self, message: DtxMessage) -> DtxMessage:
        """Send a message and wait for the answer to it."""
        await self.send(message)
        while True:
            for heard in self._heard:
                if (heard.identifier, heard.conversation_index) == (message.identifier, 1):
                    return heard
            self._heard = self._decoder.feed(await self._connection.recv_any(65_536))

    def vanish(self) -> None:
        """Break the connection off without a word."""
        self._connection.writer.transport.abort()

    async def close(self) -> None:
        """Hang up."""
        await self._connection.close()


@asynccontextmanager
async def raw(ios: str = "16.7") -> AsyncGenerator[tuple[Rig, RawClient]]:
    """A phone and a bare connection to its instruments."""
    async with rig(ios) as it:
        lockdown = await it.lockdown()
        client = RawClient(await lockdown.start_lockdown_service(SERVICE))
        yield it, client
        await client.close()
        await lockdown.close()
