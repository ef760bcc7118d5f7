"""Listening for local clients: one task per connection, and a close that leaves none behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from harness.config.places import check_socket_path

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
"""Serves one connection, and returns when it is over."""

LOOPBACK = "127.0.0.1"

LIMIT_BYTES = 65536
"""How much of a connection is read ahead."""

ACCEPT_TURNS = 4
"""Turns of the loop in which a connection that the system has accepted is handed over."""


class Listening:
    """The sockets of one server, and those who are connected to it.

    Args:
        serve: what answers.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def on_unix(self, path: str, *, limit_bytes: int = LIMIT_BYTES) -> None:
        """Listen on a Unix socket.

        Raises:
            ConfigError: the path is too long.
        """
        check_socket_path(path)
        self._servers.append(await asyncio.start_unix_server(self._accept, path, limit=limit_bytes))

    async def on_loopback(self) -> int:
        """Listen on a free TCP port of 127.0.0.1, and return it."""
        server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no more and end every connection; closing what never listened is no error."""
        await self._end_accepting()
        self._closed = True
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _end_accepting(self) -> None:
        # asyncio leaks the socket of a connection whose server is closed while it is being made, so those
        # under way are let through first, and ended with the others.
        for server in self._servers:
            for listener in server.sockets:
                server.get_loop().remove_reader(listener.fileno())
        for _ in range(ACCEPT_TURNS if self._servers else 0):
            await asyncio.sleep(0)
        for server in self._servers:
            server.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)

        def over(done: asyncio.Task[None]) -> None:
            # Also of a task that was cancelled before it began.
            self._tasks.discard(done)
            writer.close()

        task.add_done_callback(over)
        if self._closed:
            task.cancel()
