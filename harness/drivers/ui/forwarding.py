"""A port of this host that leads to a port of a phone, for clients that know nothing of usbmuxd."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from harness.errors import DeviceError

HOST = "127.0.0.1"
"""Nobody but this host works a phone's screen."""

CHUNK_BYTES = 65_536

Connected = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_log = logging.getLogger(__name__)


class Forward:
    """Carries each connection to a port of this host on to the phone, for as long as it is open.

    A side that ends its half of a connection may still read the other half. A connection that the phone does
    not take is closed at once, before a byte was carried.

    Args:
        dial: opens a connection to the phone's port; raises a ``DeviceError`` where that fails.
    """

    def __init__(self, dial: Callable[[], Awaitable[Connected]]) -> None:
        self._dial = dial
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()
        self._port = 0
        self.unheard = 0
        """How many connections the phone did not take; what their clients had to say it never heard."""

    @property
    def url(self) -> str:
        """Where it listens, as the root of an HTTP server."""
        return f"http://{HOST}:{self._port}"

    async def open(self) -> None:
        """Listen at a free port of this host."""
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening, and close every connection that is open."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        carrying = tuple(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer), name="a forwarded port")
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            phone_reader, phone_writer = await self._dial()
        except DeviceError as error:
            self.unheard += 1
            _log.debug("a connection was not carried on: %s", error)
            writer.close()
            return
        except BaseException:
            writer.close()
            raise
        await _join((reader, writer), (phone_reader, phone_writer))


async def _join(near: Connected, far: Connected) -> None:
    """Carry bytes both ways until both halves have ended, or the connection broke on either side."""
    try:
        async with asyncio.TaskGroup() as halves:
            halves.create_task(_pump(near[0], far[1]))
            halves.create_task(_pump(far[0], near[1]))
    except* OSError as broken:
        _log.debug("a forwarded connection broke: %s", broken.exceptions[0])
    finally:
        near[1].close()
        far[1].close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
