"""CoreDeviceProxy: a lockdown service whose connection becomes a tunnel of IPv6 packets.

After one message each way, both ends only send packets. The phone's end is a TCP responder: a connection
that the host opens to a port gets what listens there, as a stream like any other.
Source: virtual-iphone.md §1 (from iOS 17.4 on), §2 (messages).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv6Address

from harness.errors import WireError
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.virtual.transport.tcp_stream import TcpStream
from harness.wire.cdtunnel import TunnelDecoder, TunnelRequest, TunnelResponse
from harness.wire.ip6 import Ip6Decoder
from harness.wire.tcp6_connection import TcpConnection
from harness.wire.tcp6_responder import Tcp6Responder

log = logging.getLogger(__name__)

NETMASK = "ffff:ffff:ffff:ffff::"

CARRIER_MARK_BYTES = 256 * 1024
"""No packet is made while more than this waits for the host to read."""

Listener = Callable[[int], "Callable[[Stream], Awaitable[None]] | None"]
"""What answers on a port, if anything does."""


@dataclass(frozen=True)
class TunnelAddresses:
    """The two ends of a tunnel.

    Attributes:
        host: the computer's.
        phone: the phone's.
    """

    host: IPv6Address
    phone: IPv6Address


def tunnel_addresses(name: str) -> TunnelAddresses:
    """Addresses of a private network of its own (RFC 4193 §3), always the same for a name."""
    digest = hashlib.sha256(f"tunnel {name}".encode()).digest()
    network = int.from_bytes(b"\xfd" + digest[:7], "big") << 64
    return TunnelAddresses(IPv6Address(network + 2), IPv6Address(network + 1))


class Tunnel:
    """The phone's end of one tunnel.

    Args:
        stream: the connection to CoreDeviceProxy.
        addresses: the two ends.
        listener: what answers on the phone's ports.
        rsd_port: the port the host is told of.
    """

    def __init__(self, stream: Stream, addresses: TunnelAddresses, listener: Listener, rsd_port: int) -> None:
        self._carrier = stream
        self._addresses = addresses
        self._listener = listener
        self._rsd_port = rsd_port
        self._streams: dict[TcpConnection, TcpStream] = {}
        self._services: set[asyncio.Task[None]] = set()
        self._kicked = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    async def serve(self) -> None:
        """Carry packets until the host goes; then every service behind the tunnel ends too."""
        try:
            responder, decoder = await self._shake_hands()
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write(responder))
                await self._read(responder, decoder)
                writer.cancel()
        except* (StreamClosed, WireError) as over:
            # A host that goes, or sends what is no packet, loses its tunnel.
            log.debug("tunnel over: %s", over.exceptions)
        finally:
            await self._end()

    async def _shake_hands(self) -> tuple[Tcp6Responder, Ip6Decoder]:
        decoder = TunnelDecoder()
        while (request := decoder.take()) is None:
            data = await self._carrier.read()
            if not data:
                raise StreamClosed("the host went before it asked for a tunnel")
            decoder.push(data)
        if not isinstance(request, TunnelRequest):
            raise WireError(f"{request}, expected a request")
        self._carrier.write(self._grant(request).encode())
        await self._carrier.drain()
        packets = Ip6Decoder()
        packets.push(decoder.rest())
        responder = Tcp6Responder(
            self._addresses.phone,
            request.mtu_bytes,
            lambda port: self._listener(port) is not None,
            # No carrier damages a segment, so it was sent so, and will be again.
            on_drop=lambda error: log.warning("a segment of the host is dropped: %s", error),
        )
        return responder, packets

    def _grant(self, request: TunnelRequest) -> TunnelResponse:
        host, phone = self._addresses.host, self._addresses.phone
        return TunnelResponse(str(host), NETMASK, request.mtu_bytes, str(phone), self._rsd_port)

    async def _read(self, responder: Tcp6Responder, decoder: Ip6Decoder) -> None:
        data = b""
        while True:
            for packet in decoder.feed(data):
                connection = responder.receive(packet, self._loop.time())
                if connection is not None:
                    self._open(connection)
            self._changed()
            if decoder.error is not None:
                raise decoder.error
            data = await self._carrier.read()
            if not data:
                return

    async def _write(self, responder: Tcp6Responder) -> None:
        """The only one who sends, whenever there may be something to send."""
        while True:
            await self._kicked.wait()
            self._kicked.clear()
            await self._write_all(responder)
            self._set_timer(responder)

    async def _write_all(self, responder: Tcp6Responder) -> None:
        for packet in responder.packets(self._loop.time()):
            self._carrier.write(packet)
            if self._carrier.unsent_bytes > CARRIER_MARK_BYTES:
                await self._carrier.drain()

    def _set_timer(self, responder: Tcp6Responder) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s = responder.due_s
        self._timer = None if due_s is None else self._loop.call_at(due_s, self._tick, responder)

    def _tick(self, responder: Tcp6Responder) -> None:
        responder.tick(self._loop.time())
        self._changed()

    def _changed(self) -> None:
        for connection, stream in list(self._streams.items()):
            stream.notify()
            if connection.is_over:
                del self._streams[connection]
        self._kicked.set()

    def _open(self, connection: TcpConnection) -> None:
        serve = self._listener(connection.local_port)
        if serve is None:
            connection.abort()
            return
        stream = TcpStream(connection, self._kicked.set)
        self._streams[connection] = stream
        task = self._loop.create_task(self._serve(serve, stream))
        self._services.add(task)
        task.add_done_callback(self._services.discard)

    async def _serve(self, serve: Callable[[Stream], Awaitable[None]], stream: TcpStream) -> None:
        try:
            await serve(stream)
        finally:
            stream.close()

    async def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        tasks = list(self._services)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
