"""The tunnel to one phone, with a TCP of its own in this process.

Put together from the library's parts, and not opened by its one call for all of them: of a tunnel whose
opening is cut short that call leaves connections open and the TCP stack running, after which this process
can open no other; and it does not notice that a tunnel breaks while it is opened.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from operator import attrgetter
from typing import Any, cast

import pymobiledevice3.remote.tunnel_service as tunnel_service
from pmd_pytcp.stack import sysctl
from pymobiledevice3.remote.tunnel_service import CoreDeviceTunnelProxy, RemotePairingTcpTunnel
from pymobiledevice3.remote.userspace_tunnel import UserspaceDialPlane, UserspaceTun

from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.discovery import Discovery
from harness.drivers.pmd3.lockdown import open_lockdown
from harness.errors import CapabilityMissing

CLOSE_S = 8.0
"""How long the close of one that broke, or was not opened, is waited for, in wall seconds."""

TIME_WAIT_MS = 1000
"""How long the tunnel's TCP stack remembers a connection that was closed.

Its own 30 s are for networks that deliver late, and a tunnel delivers in order; meanwhile every new
connection searches its port among all that are remembered, on the loop that carries the evidence.
"""

NEVER_ACKNOWLEDGED = 2**31 - 1
"""How far ahead of what was sent a number is that no ACK reaches, by the arithmetic of TCP."""

_held: list[str] = []
"""Whose tunnel this process holds: the TCP stack is a global of the process."""


class Tunnel:
    """A tunnel, from its opening to its end.

    Args:
        phone: the phone's name.
        parts: what it is made of, to be taken down in the opposite order.
    """

    def __init__(self, phone: str, parts: AsyncExitStack) -> None:
        self._phone = phone
        self._parts = parts
        self._ending: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def is_gone(self) -> bool:
        """Whether it has ended, by itself or because it was closed."""
        return self._ending is not None

    async def close(self) -> None:
        """Take it down, with all that was opened through it; returns when another one may be opened."""
        if self._ending is None:
            self._ending = asyncio.create_task(
                self._parts.aclose(), name=f"ending the tunnel of {self._phone}"
            )
        await asyncio.shield(self._ending)

    def watch(self, carrier: RemotePairingTcpTunnel) -> None:
        """Take it down when the connection beneath it ends: whoever reads through it would not notice."""
        self._watching = asyncio.create_task(self._close_after(carrier), name=f"tunnel of {self._phone}")

    async def _close_after(self, carrier: RemotePairingTcpTunnel) -> None:
        await carrier.wait_closed()
        await close_within(self._phone, "its tunnel", self.close(), CLOSE_S)


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


async def open_tunnel(phone: str, udid: str, within_s: float) -> tuple[Tunnel, Discovery]:
    """Open the tunnel, and what services are opened on behind it.

    Args:
        phone: the phone's name.
        udid: the phone.
        within_s: protective deadline in wall seconds.

    Raises:
        CapabilityMissing: this process holds another tunnel.
    """
    if _held:
        raise CapabilityMissing(
            f"this process already holds the tunnel of {_held[0]}",
            phone=phone,
            fix="Close that phone first, or drive this one from a process of its own.",
        )
    _held.append(phone)
    parts = AsyncExitStack()
    parts.callback(_held.clear)
    tunnel = Tunnel(phone, parts)
    try:
        async with asyncio.timeout(within_s):
            return tunnel, await _open(tunnel, parts, udid)
    except BaseException as error:
        broke = tunnel.is_gone
        await close_within(phone, "its tunnel", tunnel.close(), CLOSE_S)
        if broke and isinstance(error, Exception):
            # What was under way says so in words of its own.
            raise ConnectionResetError("the tunnel broke while it was opened") from error
        raise


async def _open(tunnel: Tunnel, parts: AsyncExitStack, udid: str) -> Discovery:
    lockdown = await open_lockdown(udid, None)
    parts.push_async_callback(lockdown.close)
    service = await lockdown.start_lockdown_service(CoreDeviceTunnelProxy.SERVICE_NAME)
    carrier = RemotePairingTcpTunnel(service=service)
    parts.push_async_callback(carrier.stop_tunnel)
    agreed = await carrier.request_tunnel_establish()
    far_end = str(agreed["serverAddress"])
    await _start_tcp(carrier, agreed["clientParameters"], far_end)
    stack = cast("UserspaceTun", ClosingStack(carrier.tun))
    plane = await parts.enter_async_context(UserspaceDialPlane(stack, far_end))
    services = Discovery((far_end, int(agreed["serverRSDPort"])), plane.dial)
    parts.push_async_callback(services.close)
    tunnel.watch(carrier)
    await services.connect()
    return services


async def _start_tcp(carrier: RemotePairingTcpTunnel, near_end: dict[str, Any], far_end: str) -> None:
    tunnel_service.USE_USERSPACE_TUNNEL = True
    try:
        await carrier.start_tunnel(near_end["address"], near_end["mtu"])
    finally:
        tunnel_service.USE_USERSPACE_TUNNEL = False
    carrier.tun.set_peer(far_end)
    sysctl.set("tcp.time_wait.delay_ms", TIME_WAIT_MS)
