"""Who listens on which port of the phone, beside lockdown and the services that it starts.

A port belongs to the process that opened it. When the process ends the port closes, and so does every
connection that was made to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from harness.errors import HarnessError
from harness.virtual.kernel.processes.exits import Exits

Serve = Callable[[Any], Awaitable[None]]
"""Serves one connection, whose stream is the transport's: the kernel does not look into it."""


class PortInUse(HarnessError):
    """Another process listens on that port."""


@dataclass
class _Listener:
    pid: int
    serve: Serve
    connections: set[asyncio.Future[Any]] = field(default_factory=set[asyncio.Future[Any]])


class Listeners:
    """The listening ports of one phone.

    Args:
        exits: tells of the end of their processes.
    """

    def __init__(self, exits: Exits) -> None:
        self._exits = exits
        self._listeners: dict[int, _Listener] = {}

    @property
    def connections(self) -> int:
        """How many connections are being served."""
        return sum(len(listener.connections) for listener in self._listeners.values())

    def listen(self, port: int, serve: Serve, pid: int) -> None:
        """Listen on a port until the process ends.

        Args:
            port: the port.
            serve: serves each connection.
            pid: the process that listens.

        Raises:
            PortInUse: somebody listens there.
        """
        if port in self._listeners:
            raise PortInUse(f"port {port} is in use by process {self._listeners[port].pid}")
        self._listeners[port] = _Listener(pid, serve)
        self._exits.observe_exit(pid, lambda _: self._close(port))

    def at(self, port: int) -> Serve | None:
        """What serves a connection to a port, or ``None`` when nobody listens there."""
        listener = self._listeners.get(port)
        if listener is None:
            return None

        async def serve(stream: Any) -> None:
            await _serve_until_closed(listener, stream)

        return serve

    def _close(self, port: int) -> None:
        for connection in self._listeners.pop(port).connections:
            connection.cancel()


async def _serve_until_closed(listener: _Listener, stream: Any) -> None:
    # A task of its own, so that the end of the process ends it and not whoever carries the bytes.
    connection = asyncio.ensure_future(listener.serve(stream))
    listener.connections.add(connection)
    try:
        await asyncio.wait([connection])
    finally:
        connection.cancel()
        listener.connections.discard(connection)
    if not connection.cancelled():
        connection.result()
