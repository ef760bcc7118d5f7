"""What a phone offers behind lockdown: the rows of the table of services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream

TRUSTED_LOCKDOWN = "com.apple.mobile.lockdown.remote.trusted"
"""Lockdown behind a tunnel, and the entitlement that clients of lockdown's services have there."""

ServiceFactory = Callable[[VirtualPhone, Stream], Awaitable[None]]
"""Serves one client of one phone on a stream, and returns when it is over."""


@dataclass(frozen=True)
class Feature:
    """One thing that a service of a tunnel says it can do.

    Attributes:
        name: as clients look for it.
        from_major: first iOS major version that has it.
        to_major: last one; ``None`` when it is still there.
    """

    name: str
    from_major: int = 1
    to_major: int | None = None

    def exists_on(self, ios_major: int) -> bool:
        """Whether a phone of an iOS major version has it."""
        return self.from_major <= ios_major and (self.to_major is None or ios_major <= self.to_major)


@dataclass(frozen=True)
class ServiceOffer:
    """One service of lockdown, or of a tunnel.

    Attributes:
        name: as clients ask for it.
        serve: what answers.
        source: where it is known from that the service exists in these versions.
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


CORE_DEVICE_PROXY = "com.apple.internal.devicecompute.CoreDeviceProxy"
"""The service whose connection becomes a tunnel."""

FIRST_WITH_TUNNEL = (17, 4)
"""The first iOS that has it. Source: virtual-iphone.md §1."""


FIRST_WITH_RSD = 17
"""The first iOS major version that has RSD. Source: virtual-iphone.md §1."""


def has_rsd(ios: str) -> bool:
    """Whether a phone of this version lists its services over RemoteXPC."""
    return int(ios.split(".")[0]) >= FIRST_WITH_RSD


def has_tunnel(ios: str) -> bool:
    """Whether a phone of this version has CoreDeviceProxy."""
    numbers = [int(part) for part in ios.split(".")[:2]]
    return (*numbers, 0)[:2] >= FIRST_WITH_TUNNEL
