"""How a connection leaves the phone: the one place of the kernel's network that opens sockets.

How the origin learns by which interface a transfer came. The request says so, in a header that whoever makes
the phone's requests adds (``mark``); that works on every host, and it is what the origin goes by. Where the
host has a second loopback address, what goes by cellular also leaves from that one, so that a server which
knows nothing of the header can tell them apart too. The address alone would not do: macOS has only 127.0.0.1
until somebody configures another, and a proxy in between hides it.
"""

from __future__ import annotations

import asyncio
import functools
import socket
from collections.abc import Callable
from ssl import SSLContext
from typing import Protocol

from harness.model.interfaces import CELLULAR_ADDRESS, INTERFACE_HEADER, Interface
from harness.virtual.kernel.network.resolver import address_of

_LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class Egress(Protocol):
    """Opens the connections of one phone."""

    async def dial(
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        *,
        ssl: SSLContext | None,
        interface: Interface,
    ) -> asyncio.Transport:
        """Open a connection as ``loop.create_connection`` does.

        Raises:
            OSError: as a socket does: refused, no such host, the certificate does not hold.
        """
        ...


class SocketEgress:
    """Real connections through this host's sockets.

    Args:
        cellular_address: where cellular connections to this host come from, if the host has that address.
    """

    def __init__(self, cellular_address: str = CELLULAR_ADDRESS) -> None:
        self._cellular_address = cellular_address

    async def dial(
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        *,
        ssl: SSLContext | None,
        interface: Interface,
    ) -> asyncio.Transport:
        """As ``Egress.dial``; by cellular from an address of its own where that is possible."""
        address = await address_of(host)
        transport, _ = await asyncio.get_running_loop().create_connection(
            protocol_factory,
            address,
            port,
            ssl=ssl,
            server_hostname=host if ssl is not None else None,
            local_addr=self._local_address(address, interface),
        )
        return transport

    def _local_address(self, host: str, interface: Interface) -> tuple[str, int] | None:
        # Only what stays on this host can leave from a loopback address.
        cellular = interface is Interface.CELLULAR and host in _LOOPBACK
        return (self._cellular_address, 0) if cellular and _has_address(self._cellular_address) else None


def mark(interface: Interface) -> tuple[str, str]:
    """The header that a request carries for the interface it leaves by."""
    return INTERFACE_HEADER, interface.value


@functools.cache
def _has_address(address: str) -> bool:
    """Whether this host lets a socket have that address; tried once."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tried:
        try:
            tried.bind((address, 0))
        except OSError:
            return False
    return True
