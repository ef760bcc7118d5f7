"""What a phone offers behind lockdown: the rows of the table of services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream
from harness.virtual.versions import presence
from harness.virtual.versions.presence import Presence
from harness.virtual.versions.row import Standing

TRUSTED_LOCKDOWN = "com.apple.mobile.lockdown.remote.trusted"
"""Lockdown behind a tunnel, and the entitlement that clients of lockdown's services have there."""

ServiceFactory = Callable[[VirtualPhone, Stream], Awaitable[None]]
"""Serves one client of one phone on a stream, and returns when it is over."""


@dataclass(frozen=True)
class Feature:
    """One thing that a service of a tunnel says it can do.

    Attributes:
        name: as clients look for it.
        presence: the versions that have it; ``None`` for all that have its service.
    """

    name: str
    presence: Presence | None = None

    def exists_on(self, ios: str) -> bool:
        """Whether a phone of an iOS version has it."""
        return self.presence is None or self.presence.holds_for(ios)


@dataclass(frozen=True)
class Refusal:
    """One service that a phone of some versions does not have, and what lockdownd says of it.

    Attributes:
        name: as clients ask for it.
        error: lockdownd's word.
        source: where it is from that these versions have it not.
        standing: how far to trust it.
        first: first iOS major version that refuses it.
        last: last one; ``None`` when it is still refused.
    """

    name: str
    error: str
    source: str
    standing: Standing
    first: int = 1
    last: int | None = None

    def holds_for(self, ios_major: int) -> bool:
        """Whether a phone of an iOS major version refuses it."""
        return self.first <= ios_major and (self.last is None or ios_major <= self.last)


@dataclass(frozen=True)
class ServiceOffer:
    """One service of lockdown, or of a tunnel.

    Attributes:
        name: as clients ask for it.
        serve: what answers.
        source: where it is known from that the service exists in these versions.
        standing: how far to trust it.
        from_major: first iOS major version that has it.
        to_major: last one; ``None`` when it is still there.
        needs_image: whether it is missing without the developer disk image.
        tunnel_only: whether it is missing behind lockdown, and spoken to at once behind a tunnel.
        remote_xpc: whether it speaks RemoteXPC; ``None`` for a service of a tunnel that does not say.
        entitlement: what its clients on the phone need, as the list of a tunnel says.
        version: of its protocol, as that list says; ``None`` when it does not.
        features: what it says it can do there.
    """

    name: str
    serve: ServiceFactory
    source: str
    standing: Standing
    from_major: int = 1
    to_major: int | None = None
    needs_image: bool = False
    tunnel_only: bool = False
    remote_xpc: bool | None = False
    entitlement: str = TRUSTED_LOCKDOWN
    version: int | None = None
    features: tuple[Feature, ...] = ()

    def exists_on(self, ios_major: int) -> bool:
        """Whether a phone of an iOS major version has it."""
        return self.from_major <= ios_major and (self.to_major is None or ios_major <= self.to_major)


ServiceTable = Mapping[str, ServiceOffer]
"""Name -> offer."""


CORE_DEVICE_PROXY = presence.TUNNEL.key
"""The service whose connection becomes a tunnel."""


def has_rsd(ios: str) -> bool:
    """Whether a phone of this version lists its services over RemoteXPC."""
    return presence.RSD.holds_for(ios)


def has_tunnel(ios: str) -> bool:
    """Whether a phone of this version has CoreDeviceProxy."""
    return presence.TUNNEL.holds_for(ios)
