"""RSD without a tunnel: a phone's list of services, and the services, on ports of this machine.

A client that is told host and port of an RSD dials the services on the same host. So every port of a
phone is opened on 127.0.0.1, and on ::1 too where this machine has it, under the same number. A phone that
nobody uses costs the port of its RSD; those of its services are opened when a client asks for the list.
Source: virtual-iphone.md §0 (clients that are content without a tunnel).
"""

from __future__ import annotations

import asyncio
import errno
import functools
import socket

from harness.virtual.transport.rsd import Rsd, RsdPhone, Serve
from harness.virtual.transport.stream import AsyncioStream, Stream

IPV4_HOST = "127.0.0.1"
IPV6_HOST = "::1"

_BACKLOG = 64
_ATTEMPTS = 16
_NO_IPV6 = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT})


class DirectPhone:
    """One phone on ports of this machine.

    Args:
        device: the phone's end.

    Attributes:
        rsd: what is told on ``rsd_port``.
        rsd_port: where the list of services is told.
        hosts: the addresses that have the ports; 127.0.0.1 is the first.
    """

    def __init__(self, device: RsdPhone) -> None:
        self.rsd = Rsd(device, self._port_of)
        self.hosts: tuple[str, ...] = ()
        self._device = device
        self._loop = asyncio.get_running_loop()
        self._ports: dict[str, int] = {}
        self._opening: list[asyncio.Task[asyncio.Server]] = []
        self._connections: set[asyncio.Task[None]] = set()
        self._is_there = True
        self.rsd_port = self._open(self.rsd.serve_list)

    @property
    def udid(self) -> str:
        """The phone's unique device identifier."""
        return self._device.phone.spec.udid

    @property
    def is_there(self) -> bool:
        """Whether its cable is plugged in."""
        return self._is_there

    def plug_in(self) -> None:
        """Let clients in again; doing it twice changes nothing."""
        self._is_there = True

    def pull_cable(self) -> None:
        """Break every connection and let nobody in; doing it twice changes nothing."""
        self._is_there = False
        for task in self._connections:
            task.cancel()

    def catalog(self) -> dict[str, int]:
        """Name -> port of every service, all of which listen from now on."""
        return {name: service.port for name, service in self.rsd.services().items()}

    async def close(self) -> None:
        """Break every connection and close the ports."""
        self.pull_cable()
        for server in await asyncio.gather(*self._opening):
            server.close()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _port_of(self, name: str) -> int:
        if name not in self._ports:
            self._ports[name] = self._open(functools.partial(self._serve_named, name))
        return self._ports[name]

    def _open(self, serve: Serve) -> int:
        """Let something listen; who connects before it is accepting waits in the socket's queue."""
        listeners = _listeners()
        self.hosts = tuple(str(one.getsockname()[0]) for one in listeners)
        accept = functools.partial(self._accept, serve)
        for one in listeners:
            self._opening.append(self._loop.create_task(asyncio.start_server(accept, sock=one)))
        return int(listeners[0].getsockname()[1])

    def _accept(self, serve: Serve, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stream = AsyncioStream(reader, writer)
        if not self._is_there:
            stream.abort()
            return
        task = self._loop.create_task(_serve(serve, stream))
        self._connections.add(task)

        def over(done: asyncio.Task[None]) -> None:
            # Also of a task that was cancelled before it began.
            self._connections.discard(done)
            stream.close()

        task.add_done_callback(over)

    async def _serve_named(self, name: str, stream: Stream) -> None:
        # The image may have been unmounted since the client was told of the port.
        serve = self.rsd.named(name)
        if serve is not None:
            await serve(stream)


async def _serve(serve: Serve, stream: AsyncioStream) -> None:
    try:
        await serve(stream)
    except asyncio.CancelledError:
        stream.abort()
        raise


def _listeners() -> list[socket.socket]:
    """Sockets that listen on one free port of both loopback addresses, or of the one there is.

    Raises:
        OSError: no port is free on both.
    """
    for attempt in range(_ATTEMPTS):
        first = _listener(socket.AF_INET, IPV4_HOST, 0)
        try:
            return [first, _listener(socket.AF_INET6, IPV6_HOST, int(first.getsockname()[1]))]
        except OSError as error:
            if error.errno in _NO_IPV6:
                return [first]
            first.close()
            if error.errno != errno.EADDRINUSE or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt raises or returns")


def _listener(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    # The protocol is named, because asyncio switches Nagle's algorithm off only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
