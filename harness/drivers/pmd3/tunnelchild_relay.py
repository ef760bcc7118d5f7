"""One connection between the socket of a tunnel's process and the phone.

Imports pymobiledevice3, so it is imported only once a tunnel is open.
"""

from __future__ import annotations

import asyncio
from typing import Any, Self, cast

from pymobiledevice3.remote.userspace_tunnel import UserspaceDialPlane, UserspaceTun

from harness.drivers.pmd3.tunnel import FarEnd


class _Connected:
    """Stands for the tunnel's stack, where the connection has been opened already."""

    def __init__(self, far: Any) -> None:
        self._far = far

    async def connect_tcp(self, address: str, port: int) -> Any:
        return self._far


class Relay(UserspaceDialPlane):
    """Carries the bytes of one connection, as the library does it in a process of its own.

    The phone's end of a stream is handed on, and this host's way to it stays open. When the client closes,
    in whatever way, the phone is told that it is gone: what is half closed can pin a session of the stack
    for as long as the tunnel lives, and no client of the library asks for it. Its close waits until the
    phone has been told.

    Args:
        far: the connection to the phone.
        far_end: the phone's end of the tunnel.
    """

    def __init__(self, far: Any, far_end: FarEnd) -> None:
        super().__init__(cast("UserspaceTun", _Connected(far)), far_end.address)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        return self

    async def carry(self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry until both ends are closed, or this is cancelled."""
        await self._relay_handler(port, reader, writer)
