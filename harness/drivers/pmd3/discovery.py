"""What services are opened on behind a tunnel, and everything that was opened there.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from pymobiledevice3.exceptions import (
    ConnectionTerminatedError,
    InvalidServiceError,
    PyMobileDevice3Exception,
)
from pymobiledevice3.remote.remote_service_discovery import RemoteServiceDiscoveryService
from pymobiledevice3.service_connection import ServiceConnection, close_stream_writer

from harness.drivers.pmd3.closing import closed_on_failure
from harness.drivers.pmd3.listing import read_list

if TYPE_CHECKING:
    from ssl import SSLContext

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Dial = Callable[..., Awaitable[Streams]]
"""``asyncio.open_connection``, or what takes its place."""

DIALLED_WITHIN_S = 30.0
"""Wall seconds that a dial may take; whoever asks for a service has a shorter deadline of its own.

The library's is 1 s, which is meant for a network. A dial into a tunnel is answered within this machine, by
this process or a child of it, before the phone has heard of it: what takes a second there is a machine with
too much to do.
"""

_checked_in: ContextVar[list[ServiceConnection] | None] = ContextVar("_checked_in", default=None)
"""What the opening of one service has connected, as far as it has come."""


class Discovery(RemoteServiceDiscoveryService):
    """The services of a phone behind a tunnel, which owns every connection that is opened to them.

    The library closes a connection when its opening fails, and not when it is cancelled; and when the
    tunnel goes, the near end of what was dialled through it stays open until somebody closes it. So a
    service whose opening does not come to its end is closed here, and with the tunnel everything is.

    Args:
        address: where the phone lists its services.
        dial: opens a connection through the tunnel.
    """

    def __init__(self, address: tuple[str, int], dial: Dial) -> None:
        super().__init__(address, open_connection=self._dial)
        self._through_tunnel = dial
        self._writers: set[asyncio.StreamWriter] = set()

    async def start_lockdown_service(self, name: str, include_escrow_bag: bool = False) -> ServiceConnection:
        """Open a service and check in; nothing of it stays open when that does not come to its end.

        The list of services is as old as the tunnel. One that the phone has ceased to offer ends its
        connection just as a phone that is lost does, so the phone is asked whether it still lists it.

        Raises:
            InvalidServiceError: the phone does not offer it, or does so no more.
        """
        try:
            return await self._check_in(name, include_escrow_bag)
        except (ConnectionTerminatedError, OSError) as error:
            if await self._has_withdrawn(name):
                gone = f"No such service any more: {name}"
                raise InvalidServiceError(gone, self.udid, self.product_version) from error
            raise

    async def _check_in(self, name: str, include_escrow_bag: bool) -> ServiceConnection:
        connected: list[ServiceConnection] = []
        token = _checked_in.set(connected)
        try:
            async with closed_on_failure(lambda: _close_all(connected)):
                return await super().start_lockdown_service(name, include_escrow_bag)
        finally:
            _checked_in.reset(token)

    async def _has_withdrawn(self, name: str) -> bool:
        try:
            listed = await read_list(self)
        except (PyMobileDevice3Exception, OSError, EOFError):
            return False  # it is the phone that is lost
        services = listed.get("Services")
        return bool(services) and name not in services

    async def start_lockdown_service_without_checkin(self, name: str) -> ServiceConnection:
        """Open a connection to the port of a service."""
        service = await super().start_lockdown_service_without_checkin(name)
        connected = _checked_in.get()
        if connected is not None:
            connected.append(service)
        return service

    async def create_service_connection(
        self, port: int, ssl_context: SSLContext | None = None, strip_ssl: bool = False
    ) -> ServiceConnection:
        """Open a connection to a port of the phone, however much else this machine has to do."""
        if ssl_context is not None or strip_ssl:
            raise ValueError("connections within a tunnel carry no TLS of their own")
        return await ServiceConnection.create_using_tcp(
            self.service.address[0],
            port,
            create_connection_timeout=DIALLED_WITHIN_S,
            open_connection=self.open_connection,
        )

    async def close(self) -> None:
        """Close everything that was opened through the tunnel."""
        try:
            await super().close()
        finally:
            left, self._writers = self._writers, set()
            await asyncio.gather(*(close_stream_writer(writer) for writer in left))

    async def _dial(self, *where: Any, **how: Any) -> Streams:
        reader, writer = await self._through_tunnel(*where, **how)
        self._writers = {known for known in self._writers if not known.is_closing()} | {writer}
        return reader, writer


async def _close_all(connected: list[ServiceConnection]) -> None:
    for service in connected:
        await service.close()
