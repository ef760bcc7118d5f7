"""The tunnel to one phone, with a TCP of its own in this process.

Put together from the library's parts, and not opened by its one call for all of them: of a tunnel whose
opening is cut short that call leaves connections open and the TCP stack running, after which this process
can open no other; and it does not notice that a tunnel breaks while it is opened.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

import pymobiledevice3.remote.tunnel_service as tunnel_service
from pmd_pytcp.stack import sysctl
from pymobiledevice3.remote.tunnel_service import CoreDeviceTunnelProxy, RemotePairingTcpTunnel
from pymobiledevice3.remote.userspace_tunnel import UserspaceDialPlane, UserspaceTun
from pymobiledevice3.service_connection import ServiceConnection
from pymobiledevice3.utils import asyncio_print_traceback

from harness.drivers.pmd3.discovery import Discovery
from harness.drivers.pmd3.lockdown import open_lockdown
from harness.drivers.pmd3.tunnellife import Tunnel, opened_whole
from harness.wire.ip6 import HEADER_BYTES, PROTOCOL_TCP

TIME_WAIT_MS = 1000
"""How long the tunnel's TCP stack remembers a connection that was closed.

Its own 30 s are for networks that deliver late, and a tunnel delivers in order; meanwhile every new
connection searches its port among all that are remembered, on the loop that carries the evidence.
"""

NEVER_ACKNOWLEDGED = 2**31 - 1
"""How far ahead of what was sent a number is that no ACK reaches, by the arithmetic of TCP."""


_PROTOCOL_AT = 6
_CHECKSUM = slice(HEADER_BYTES + 16, HEADER_BYTES + 18)
"""Where IPv6 says what it carries, and where TCP behind it has its checksum."""

_CARRY_LOST = b"\xff\xff"
_CARRIED = b"\xff\xfe"


def rightly_summed(packet: bytes) -> bytes:
    """A packet of the tunnel's TCP stack, with the checksum that the phone expects.

    The stack adds a segment up in words of 64 bits and folds the sum to 16, one time too few: in one
    segment of some 200,000 a last carry is left over, and lost. Then it writes ffff where fffe is right, and
    the phone drops the segment. Unless the two ends have agreed on time stamps, it is sent again with the
    same bytes and the same sum, so what it carried never arrives: a request goes unanswered until its
    deadline. No right checksum is ffff, because words that are not all zero do not add up to zero.
    Source: RFC 1624 §3.

    Args:
        packet: IPv6 without extension headers, as the stack sends TCP.
    """
    if packet[_CHECKSUM] != _CARRY_LOST or packet[_PROTOCOL_AT] != PROTOCOL_TCP:
        return packet
    return packet[: _CHECKSUM.start] + _CARRIED + packet[_CHECKSUM.stop :]


class SummingCarrier(RemotePairingTcpTunnel):
    """What a tunnel goes through; no segment leaves by it that the phone would have to drop.

    It has ended as soon as one of its directions has. The library's own looks only at the one from the
    phone; when that to the phone ends alone, everything asked through it waits for an answer to nothing.

    Args:
        service: the connection to the phone.
    """

    def __init__(self, service: ServiceConnection) -> None:
        super().__init__(service=service)
        self._ended = asyncio.Event()

    async def send_packet_to_device(self, packet: bytes) -> None:
        """Send a packet of the TCP stack to the phone."""
        await super().send_packet_to_device(rightly_summed(packet))

    @asyncio_print_traceback  # as the library's own
    async def tun_read_task(self) -> None:
        """Carry to the phone until that ends."""
        await self._until_ended(super().tun_read_task())

    @asyncio_print_traceback  # as the library's own
    async def sock_read_task(self) -> None:
        """Carry from the phone until that ends."""
        await self._until_ended(super().sock_read_task())

    async def wait_closed(self) -> None:
        """Return when it has ended, in whichever direction."""
        await self._ended.wait()

    async def _until_ended(self, direction: Awaitable[None]) -> None:
        try:
            # The library has printed it. Left in the task it would be raised again by the stop, which
            # then would not get as far as the TCP stack: this process could open no other tunnel.
            with suppress(Exception):
                await direction
        finally:
            self._ended.set()


class ClosingStack:
    """The tunnel's TCP stack, which tells the phone of every connection that is closed.

    The stack's number of a FIN that was not sent yet is 0, which half of all ACKs reach. One that comes
    between the close and the FIN, such as that of the last data, is taken for the FIN's: the FIN is then
    never sent, and the phone goes on serving a client that has gone. So until it is sent it has a number
    that no ACK reaches, for the first 2 GB of a connection.

    Args:
        tun: the stack, and the tunnel's interface in one.
    """

    def __init__(self, tun: UserspaceTun) -> None:
        self._tun = tun

    async def connect_tcp(self, address: str, port: int) -> Any:
        """Open a connection to the phone."""
        opened = await self._tun.connect_tcp(address, port)
        with suppress(AttributeError):  # another version, with other insides
            sent = attrgetter("_tcp_session._snd_seq")(opened)
            if not sent.fin_sent:
                sent.fin = (sent.nxt + NEVER_ACKNOWLEDGED) % 2**32
        return opened


@dataclass(frozen=True)
class FarEnd:
    """The phone's end of a tunnel.

    Attributes:
        stack: opens connections to it.
        address: its address within the tunnel.
        rsd_port: where it lists its services.
    """

    stack: ClosingStack
    address: str
    rsd_port: int

    @property
    def as_tun(self) -> UserspaceTun:
        """The stack, for a dial plane of the library, which only ever connects with it."""
        return cast("UserspaceTun", self.stack)


async def open_tunnel(
    stack: AsyncExitStack, phone: str, udid: str, usbmux: str | None, within_s: float
) -> tuple[Tunnel, Discovery]:
    """Open the tunnel, and what services are opened on behind it.

    Args:
        stack: the TCP stack of this process, as it was claimed; given back when the tunnel has ended.
        phone: the phone's name.
        udid: the phone.
        usbmux: address of usbmuxd; ``None`` for that of this process.
        within_s: protective deadline in wall seconds.
    """

    async def opening(tunnel: Tunnel, parts: AsyncExitStack) -> Discovery:
        far_end = await _open(tunnel, parts, udid, usbmux)
        plane = await parts.enter_async_context(UserspaceDialPlane(far_end.as_tun, far_end.address))
        services = Discovery((far_end.address, far_end.rsd_port), plane.dial)
        parts.push_async_callback(services.close)
        await services.connect()
        return services

    return await opened_whole(phone, within_s, stack, opening)


async def open_far_end(
    stack: AsyncExitStack, phone: str, udid: str, within_s: float
) -> tuple[Tunnel, FarEnd]:
    """Open the tunnel alone, by the usbmuxd of this process; takes what ``open_tunnel`` takes."""

    async def opening(tunnel: Tunnel, parts: AsyncExitStack) -> FarEnd:
        return await _open(tunnel, parts, udid, None)

    return await opened_whole(phone, within_s, stack, opening)


async def _open(tunnel: Tunnel, parts: AsyncExitStack, udid: str, usbmux: str | None) -> FarEnd:
    lockdown = await open_lockdown(udid, usbmux)
    parts.push_async_callback(lockdown.close)
    service = await lockdown.start_lockdown_service(CoreDeviceTunnelProxy.SERVICE_NAME)
    carrier = SummingCarrier(service=service)
    parts.push_async_callback(carrier.stop_tunnel)
    agreed = await carrier.request_tunnel_establish()
    address = str(agreed["serverAddress"])
    await _start_tcp(carrier, agreed["clientParameters"], address)
    tunnel.watch(carrier)
    return FarEnd(ClosingStack(carrier.tun), address, int(agreed["serverRSDPort"]))


async def _start_tcp(carrier: SummingCarrier, near_end: dict[str, Any], far_end: str) -> None:
    tunnel_service.USE_USERSPACE_TUNNEL = True
    try:
        await carrier.start_tunnel(near_end["address"], near_end["mtu"])
    finally:
        tunnel_service.USE_USERSPACE_TUNNEL = False
    carrier.tun.set_peer(far_end)
    sysctl.set("tcp.time_wait.delay_ms", TIME_WAIT_MS)
