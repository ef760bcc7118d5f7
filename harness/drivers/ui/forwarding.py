"""A port of this host that leads to a port of a phone, for clients that know nothing of usbmuxd."""

from __future__ import annotations

import asyncio
import logging
import socket
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
        self._listening: socket.socket | None = None
        self._accepted: set[socket.socket] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._port = 0
        self.unheard = 0
        """How many connections the phone did not take; what their clients had to say it never heard."""

    @property
    def url(self) -> str:
        """Where it listens, as the root of an HTTP server."""
        return f"http://{HOST}:{self._port}"

    def open(self) -> None:
        """Listen at a free port of this host.

        By hand, as a server of asyncio drops a connection unclosed that comes while it is being closed.
        """
        self._listening = listening = socket.create_server((HOST, 0))
        listening.setblocking(False)
        self._port = listening.getsockname()[1]
        asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    async def close(self) -> None:
        """Stop listening, and close every connection that is open."""
        listening, self._listening = self._listening, None
        if listening is None:
            return
        asyncio.get_running_loop().remove_reader(listening)
        listening.close()
        carrying = tuple(self._carrying)
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)
        for connection in self._accepted:
            connection.close()

    def _accept(self, listening: socket.socket) -> None:
        try:
            connection, _ = listening.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # its client has gone already
        # Until its task begins; one that is cancelled before that closes nothing.
        self._accepted.add(connection)
        task = asyncio.get_running_loop().create_task(self._carry(connection), name="a forwarded port")
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, connection: socket.socket) -> None:
        self._accepted.discard(connection)
        near = await asyncio.open_connection(sock=connection)
        try:
            far = await self._dial()
        except DeviceError as error:
            self.unheard += 1
            _log.debug("a connection was not carried on: %s", error)
        else:
            try:
                await _join(near, far)
            finally:
                far[1].close()
        finally:
            near[1].close()


async def _join(near: Connected, far: Connected) -> None:
    """Carry bytes both ways until both halves have ended, or the connection broke on either side."""
    try:
        async with asyncio.TaskGroup() as halves:
            halves.create_task(_pump(near[0], far[1]))
            halves.create_task(_pump(far[0], near[1]))
    except* OSError as broken:
        _log.debug("a forwarded connection broke: %s", broken.exceptions[0])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(CHUNK_BYTES):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
