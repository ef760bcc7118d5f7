"""A network for the tests of single transfers: this host's sockets, while the test lets them be reached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from ssl import CERT_NONE, PROTOCOL_TLS_CLIENT, SSLContext

from harness.model.interfaces import Interface
from harness.virtual.kernel.nsurlsessiond.attempts import Surroundings, TransferClock, TransferEnd
from harness.virtual.kernel.nsurlsessiond.challenges import Challenge
from harness.virtual.kernel.nsurlsessiond.fetching import Way


class StandInNetwork:
    """Wi-Fi, and cellular where a test wants it; ``here`` is what there is. Every server is believed."""

    def __init__(self, *here: Interface) -> None:
        self.here = set(here or (Interface.WIFI,))

    def route(self, *, allows_cellular: bool) -> Interface | None:
        usable = self.here if allows_cellular else self.here - {Interface.CELLULAR}
        return next((one for one in Interface if one in usable), None)

    async def connect(
        self,
        protocol_factory: Callable[[], asyncio.Protocol],
        host: str,
        port: int,
        *,
        tls: bool = False,
        interface: Interface,
    ) -> asyncio.Transport:
        assert interface in self.here
        loop = asyncio.get_running_loop()
        context = SSLContext(PROTOCOL_TLS_CLIENT) if tls else None
        if context is not None:
            context.check_hostname, context.verify_mode = False, CERT_NONE
        transport, _ = await loop.create_connection(protocol_factory, host, port, ssl=context)
        return transport


def surroundings(
    clock: TransferClock,
    ended: Callable[[TransferEnd], None],
    *,
    network: StandInNetwork | None = None,
    allows_cellular: bool = True,
    resource_timeout_s: float = 7 * 24 * 3600.0,
    challenged: Callable[[Challenge], None] | None = None,
) -> Surroundings:
    """What a transfer under test has around it."""
    way = Way(network or StandInNetwork(), allows_cellular)
    return Surroundings(clock, way, ended, resource_timeout_s, challenged=challenged)
