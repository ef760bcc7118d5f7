"""A phone as its cable shows it: the ports of lockdown, of services that it started, and of processes."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from harness.model.identity import Connection
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.cable import Cable
from harness.virtual.transport.conversation import LOCKDOWN, PROCESS_PORT, Asked, conversation
from harness.virtual.transport.identity import RackIdentity, escrow_bag, wifi_address
from harness.virtual.transport.mux import PortHandler
from harness.virtual.transport.offers import CORE_DEVICE_PROXY, ServiceOffer, ServiceTable, has_tunnel
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.virtual.transport.trust import Trust, TrustedHost
from harness.virtual.versions.presence import TUNNEL

LOCKDOWN_PORT = 62078
_FIRST_SERVICE_PORT = 49152
_LAST_SERVICE_PORT = 65000
_MOST_WAITING = 256


@dataclass(frozen=True)
class _Waiting:
    offer: ServiceOffer
    host: TrustedHost


class DeviceEnd:
    """The phone's end of the cable.

    Args:
        phone: the kernel that is rendered.
        identity: keys of the rack; its host is trusted from the start.
        table: what there is to offer; versions decide what of it this phone has.

    Attributes:
        cable: what every connection from the host goes through.
        asked: what clients asked of it so far.
    """

    def __init__(
        self,
        phone: VirtualPhone,
        identity: RackIdentity,
        table: ServiceTable,
    ) -> None:
        self.phone = phone
        self.trust = Trust(identity)
        self.cable = Cable()
        self.asked = Asked()
        self._identity = identity
        self._table = table
        self._waiting: OrderedDict[int, _Waiting] = OrderedDict()
        self._next_port = _FIRST_SERVICE_PORT
        self._tunnels: set[asyncio.Task[object]] = set()

    @property
    def udid(self) -> str:
        """Unique device identifier."""
        return self.phone.spec.udid

    @property
    def wifi_address(self) -> str:
        """The MAC address of its Wi-Fi."""
        return wifi_address(self.udid)

    @property
    def ios_major(self) -> int:
        """The first number of the iOS version."""
        return int(self.phone.spec.ios.split(".")[0])

    def pair_record(self) -> dict[str, Any]:
        """The pair record that this host's usbmuxd has of the phone from the start."""
        return self._identity.pair_record(self.udid, self.wifi_address)

    def escrow_bag(self) -> bytes:
        """What a host needs to reach a locked phone; opaque to it."""
        return escrow_bag(self.udid)

    def offer(self, name: str) -> ServiceOffer | None:
        """The service under a name, if a phone of this version and state has it."""
        if name == CORE_DEVICE_PROXY and has_tunnel(self.phone.spec.ios):
            return ServiceOffer(name, self._serve_tunnel, TUNNEL.source, TUNNEL.standing)
        offer = self._table.get(name)
        return offer if offer is not None and self._has(offer) and not offer.tunnel_only else None

    def offers(self) -> tuple[ServiceOffer, ...]:
        """See ``RsdPhone.offers``."""
        refusal = self.phone.service_faults.refusal
        return tuple(
            offer for offer in self._table.values() if self._has(offer) and refusal(offer.name) is None
        )

    def _has(self, offer: ServiceOffer) -> bool:
        serves_developers = self.phone.conditions.serves_developers
        return offer.exists_on(self.ios_major) and (serves_developers or not offer.needs_image)

    def start_service(self, offer: ServiceOffer, host: TrustedHost) -> int:
        """Let a service listen for one connection of a host.

        Returns:
            The port.
        """
        port = self._next_port
        self._next_port = port + 1 if port < _LAST_SERVICE_PORT else _FIRST_SERVICE_PORT
        self._waiting[port] = _Waiting(offer, host)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)
        return port

    def open_port(self, port: int, connection: Connection = Connection.USB) -> PortHandler | None:
        """See ``MuxDevice.open_port``."""
        serve = self._listener(port, connection)
        if serve is None or connection is not Connection.USB:
            return serve

        async def carried(stream: Stream) -> None:
            await self.cable.carry(stream, serve)

        return carried

    def drop_tunnels(self) -> int:
        """Break every tunnel; the cable stays in. Returns how many there were."""
        tunnels = tuple(self._tunnels)
        for tunnel in tunnels:
            tunnel.cancel()
        return len(tunnels)

    def _listener(self, port: int, connection: Connection) -> PortHandler | None:
        if port == LOCKDOWN_PORT:
            return self._lockdown(connection)
        waiting = self._waiting.pop(port, None)
        if waiting is None:
            return self._process_port(port)

        async def serve(stream: Stream) -> None:
            await self._serve_service(waiting, stream)

        return serve

    def _process_port(self, port: int) -> PortHandler | None:
        serve = self.phone.listeners.at(port)
        if serve is None:
            return None

        async def noted(stream: Stream) -> None:
            with conversation(self.asked, PROCESS_PORT):
                await serve(stream)

        return noted

    def _lockdown(self, connection: Connection) -> PortHandler:
        # A rack is ready sooner without what its first client needs.
        from harness.virtual.transport.lockdownd import LockdownSession

        async def serve(stream: Stream) -> None:
            with conversation(self.asked, LOCKDOWN):
                await LockdownSession(self, stream, connection=connection).serve()

        return serve

    async def _serve_tunnel(self, _phone: VirtualPhone, stream: Stream) -> None:
        # A rack is ready sooner without what only a tunnel needs.
        from harness.virtual.transport.rsd import RSD_PORT, Rsd
        from harness.virtual.transport.tunnel import Tunnel, tunnel_addresses

        task = asyncio.current_task()
        assert task is not None
        self._tunnels.add(task)
        try:
            rsd = Rsd(self)

            def listener(port: int) -> PortHandler | None:
                return rsd.listener(port) or self._process_port(port)

            await Tunnel(stream, tunnel_addresses(self.udid), listener, RSD_PORT).serve()
        finally:
            self._tunnels.discard(task)

    async def _serve_service(self, waiting: _Waiting, stream: Stream) -> None:
        try:
            secure = await self.trust.secure(stream, waiting.host)
        except StreamClosed:
            return
        try:
            with conversation(self.asked, waiting.offer.name):
                await waiting.offer.serve(self.phone, secure)
        finally:
            secure.close()
