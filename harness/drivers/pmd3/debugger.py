"""Attaching a debugger to a process, as Xcode would, over the phone's debugserver.

A debugger spoils an experiment: an attached process is never suspended. It is attached on purpose only,
to show that a verdict notices. The packets are those of LLDB's documented remote protocol.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from harness.drivers.pmd3.closing import closed_on_failure
from harness.drivers.pmd3.errors import Guard
from harness.errors import CapabilityMissing, DeviceLost

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider
    from pymobiledevice3.service_connection import ServiceConnection

OVER_LOCKDOWN = "com.apple.debugserver.DVTSecureSocketProxy"
OVER_TUNNEL = "com.apple.internal.dt.remote.debugproxy"
DETACH_S = 20.0

_INTERRUPT = b"\x03"


class Pmd3Debugger:
    """An attached debugger whose process runs; implements ``model.capabilities.AttachedDebugger``.

    Args:
        phone: the phone's name.
        connection: the debugserver, told to let the process run.
    """

    def __init__(self, phone: str, connection: ServiceConnection) -> None:
        self._phone = phone
        self._connection = connection

    async def detach(self) -> None:
        """Let the process go on without it; a process or a phone that is gone is no error."""
        try:
            with suppress(DeviceLost):
                async with Guard(self._phone, "detaching the debugger", DETACH_S):
                    # A running process answers nothing until it is interrupted.
                    await self._connection.sendall(_INTERRUPT + _packet("D"))
                    while await _reply(self._connection) != "OK":
                        pass
        finally:
            await asyncio.shield(self._connection.close())


async def attach(provider: LockdownServiceProvider, phone: str, pid: int) -> Pmd3Debugger:
    """Attach to a process and let it run on.

    Raises:
        CapabilityMissing: debugserver refuses: there is no such process, or it may not be debugged.
    """
    connection = await _connect(provider)
    async with closed_on_failure(connection.close):
        await connection.sendall(_packet(f"vAttach;{pid:x}"))
        # The process may write while it is being stopped; that is not the answer yet.
        while (reply := await _reply(connection)).startswith("O"):
            await connection.sendall(b"+")
        if not reply.startswith("T"):
            raise CapabilityMissing(
                f"debugserver does not attach to process {pid}: {reply or 'not supported'}",
                phone=phone,
                fix="Sign the app for development, and attach while it runs.",
            )
        await connection.sendall(b"+" + _packet("c"))
    return Pmd3Debugger(phone, connection)


async def _connect(provider: LockdownServiceProvider) -> ServiceConnection:
    from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService

    if isinstance(provider, RemoteServiceDiscoveryService):
        return await provider.start_lockdown_service_without_checkin(OVER_TUNNEL)
    return await provider.start_lockdown_service(OVER_LOCKDOWN)


def _packet(body: str) -> bytes:
    data = body.encode("ascii")
    return b"$" + data + b"#" + f"{sum(data) % 256:02x}".encode("ascii")


async def _reply(connection: ServiceConnection) -> str:
    """The next packet, without the acknowledgements before it."""
    while await connection.recvall(1) != b"$":
        pass
    body = bytearray()
    while (byte := await connection.recvall(1)) != b"#":
        body += byte
    await connection.recvall(2)
    return body.decode("latin-1")
