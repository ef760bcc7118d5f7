"""RSD: the list of services behind a tunnel, each on a port of its own.

A client opens RemoteXPC on the RSD port and is told who the phone is and which service listens where. A
service of lockdown is there under the name ``….shim.remote`` and wants a check-in first; services that
exist behind a tunnel only are spoken to at once. Nothing behind a tunnel uses TLS.
Source: virtual-iphone.md §1 (names), §2 (messages), §6.4 (the phone speaks first, once); entitlements and
properties: the peer info of an iPhone with iOS 18, published with pymobiledevice3 (misc/RemoteXPC.md).
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from harness.errors import WireError
from harness.virtual.transport.conversation import LOCKDOWN, RSD, Asked, conversation, note
from harness.virtual.transport.lockdown_values import ROOT_DOMAIN, values_of
from harness.virtual.transport.lockdownd import LockdownPhone, LockdownSession
from harness.virtual.transport.offers import TRUSTED_LOCKDOWN, ServiceOffer
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.virtual.versions.row import Standing
from harness.wire.http2_peer import Role
from harness.wire.remotexpc import Ended, Opened, RemoteXpcPeer, XpcEvent
from harness.wire.xpc import UInt64, XpcDict

log = logging.getLogger(__name__)

RSD_PORT = 58783
"""Where RSD listens on a phone's Ethernet over USB; in a tunnel the handshake tells."""

PEER_INFO = "peer info of an iPhone with iOS 18, in pymobiledevice3's misc/RemoteXPC.md"

SHIM_SUFFIX = ".shim.remote"
CHECK_IN = "RSDCheckin"
HANDSHAKE = "Handshake"

_FIRST_SERVICE_PORT = 59000
_MESSAGING_VERSION = UInt64(3)
_VERSION_FLAGS = UInt64(0x0100000000000006)

Serve = Callable[[Stream], Awaitable[None]]

_PROPERTIES = (
    "BoardId",
    "BuildVersion",
    "CPUArchitecture",
    "ChipID",
    "DeviceClass",
    "DeviceColor",
    "ProductName",
    "ProductType",
    "SerialNumber",
    "UniqueChipID",
    "UniqueDeviceID",
)
"""Keys that RSD tells under the name that lockdown has for them."""


class RsdPhone(LockdownPhone, Protocol):
    """What RSD needs of the phone around it."""

    asked: Asked

    def offers(self) -> tuple[ServiceOffer, ...]:
        """Every service that a phone of this version and state has, behind lockdown or a tunnel."""
        ...


@dataclass(frozen=True)
class RsdService:
    """One row of the list.

    Attributes:
        name: as clients ask for it.
        port: where it listens.
        serve: what answers.
        checks_in: whether it wants a check-in first.
        entitlement: what its clients on the phone need.
        properties: what else the list says of it.
    """

    name: str
    port: int
    serve: Serve
    checks_in: bool
    entitlement: str
    properties: Mapping[str, Any]

    def entry(self) -> XpcDict:
        """What a client is told of it."""
        return {
            "Entitlement": self.entitlement,
            "Port": str(self.port),
            "Properties": dict(self.properties),
        }


class Rsd:
    """The services of one phone behind one tunnel, as they are at the moment one asks.

    Args:
        device: the phone.
        port_of: where the service of a name listens, the same at every call; by default on ports of
            the tunnel, one after the other.
    """

    def __init__(self, device: RsdPhone, port_of: Callable[[str], int] | None = None) -> None:
        self._device = device
        self._ports: dict[str, int] = {}
        self._port_of = port_of or self._next_port

    def services(self) -> dict[str, RsdService]:
        """Name -> what a phone of this version and state has behind a tunnel."""
        lockdown = ServiceOffer(TRUSTED_LOCKDOWN, _no_service, PEER_INFO, Standing.CAPTURED, version=1)
        row = self._row(TRUSTED_LOCKDOWN, lockdown, self._serve_lockdown, checks_in=True)
        rows = [row, *(self._row_of(offer) for offer in self._device.offers())]
        return {row.name: row for row in rows}

    def listener(self, port: int) -> Serve | None:
        """What answers on a port, or ``None`` when nothing listens there."""
        if port == RSD_PORT:
            return self.serve_list
        service = next((one for one in self.services().values() if one.port == port), None)
        return self._answering(service) if service is not None else None

    def named(self, name: str) -> Serve | None:
        """What answers a client of a service, or ``None`` when the phone does not have it now."""
        service = self.services().get(name)
        return self._answering(service) if service is not None else None

    def handshake(self) -> XpcDict:
        """What a client is told: who the phone is and which service listens where."""
        services = {name: service.entry() for name, service in self.services().items()}
        return {
            "MessageType": HANDSHAKE,
            "MessagingProtocolVersion": _MESSAGING_VERSION,
            "Properties": self._properties(),
            "Services": services,
            "UUID": uuid.UUID(self._device.phone.boot_id),
        }

    def _properties(self) -> XpcDict:
        phone = self._device.phone
        values = values_of(phone, self._device.trust.device_public_key)[ROOT_DOMAIN]
        same = {key: _as_xpc(values[key]) for key in _PROPERTIES}
        return {
            **same,
            "BootSessionUUID": uuid.UUID(phone.boot_id),
            "HWModel": values["HardwareModel"],
            "HumanReadableProductVersionString": phone.spec.ios,
            "OSVersion": phone.spec.ios,
            "RemoteXPCVersionFlags": _VERSION_FLAGS,
            "SensitivePropertiesVisible": True,
        }

    def _next_port(self, name: str) -> int:
        return self._ports.setdefault(name, _FIRST_SERVICE_PORT + len(self._ports))

    def _row_of(self, offer: ServiceOffer) -> RsdService:
        name = offer.name if offer.tunnel_only else offer.name + SHIM_SUFFIX

        async def serve(stream: Stream) -> None:
            with conversation(self._device.asked, offer.name):
                await offer.serve(self._device.phone, stream)

        return self._row(name, offer, serve, checks_in=not offer.tunnel_only)

    def _row(self, name: str, offer: ServiceOffer, serve: Serve, *, checks_in: bool) -> RsdService:
        said = _properties_of(offer, self._device.phone.spec.ios)
        return RsdService(name, self._port_of(name), serve, checks_in, offer.entitlement, said)

    def _answering(self, service: RsdService) -> Serve:
        return self._checked_in(service) if service.checks_in else self._started(service)

    async def _serve_lockdown(self, stream: Stream) -> None:
        with conversation(self._device.asked, LOCKDOWN):
            await LockdownSession(self._device, stream, over_tunnel=True).serve()

    def _started(self, service: RsdService) -> Serve:
        async def serve(stream: Stream) -> None:
            self._say(f"Started service {service.name} on port {service.port}")
            await service.serve(stream)

        return serve

    def _checked_in(self, service: RsdService) -> Serve:
        async def serve(stream: Stream) -> None:
            connection = PlistConnection(stream)
            try:
                request = await connection.receive()
                if request is None or request.get("Request") != CHECK_IN:
                    return
                connection.send({"Request": CHECK_IN})
                connection.send({"Request": "StartService"})
                await connection.drain()
            except (StreamClosed, WireError) as error:
                # A client that does not check in as it should loses its connection.
                log.debug("check-in to %s failed: %s", service.name, error)
                return
            await self._started(service)(stream)

        return serve

    async def serve_list(self, stream: Stream) -> None:
        """Tell a client of the services."""
        with conversation(self._device.asked, RSD):
            await self._tell_list(stream)

    async def _tell_list(self, stream: Stream) -> None:
        peer = RemoteXpcPeer(Role.SERVER)
        stream.write(peer.take_output())
        try:
            while data := await stream.read():
                for event in peer.receive(data):
                    if self._is_over(peer, event):
                        return
                stream.write(peer.take_output())
                await stream.drain()
        except (StreamClosed, WireError) as error:
            # As with remoted, a peer that breaks the protocol loses its connection.
            log.debug("RSD connection over: %s", error)

    def _is_over(self, peer: RemoteXpcPeer, event: XpcEvent) -> bool:
        if isinstance(event, Opened):
            note(HANDSHAKE)
            peer.send(self.handshake())
        return isinstance(event, Ended)

    def _say(self, message: str) -> None:
        # A line for every start, as lockdownd has one: it is how a client makes a quiet log speak.
        phone = self._device.phone
        daemon = phone.processes.named("remoted") or phone.processes.named("lockdownd")
        if daemon is not None:
            phone.log.emit(daemon.name, daemon.pid, message)


def _properties_of(offer: ServiceOffer, ios: str) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if offer.remote_xpc is not None:
        said["UsesRemoteXPC"] = offer.remote_xpc
    if offer.version is not None:
        said["ServiceVersion"] = UInt64(offer.version)
    if offer.features:
        said["Features"] = [one.name for one in offer.features if one.exists_on(ios)]
    return said


async def _no_service(_phone: object, _stream: Stream) -> None:
    """Lockdown needs the phone's end, which a row of the table does not get."""


def _as_xpc(value: Any) -> Any:
    """The value as RSD has it: its numbers are unsigned."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return UInt64(value) if is_number else value
