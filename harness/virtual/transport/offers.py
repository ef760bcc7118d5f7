"""What a phone offers behind lockdown: the rows of the table of services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream

ServiceFactory = Callable[[VirtualPhone, Stream], Awaitable[None]]
"""Serves one client of one phone on a stream, and returns when it is over."""


@dataclass(frozen=True)
class ServiceOffer:
    """One service of lockdown.

    Attributes:
        name: as clients ask for it.
        serve: what answers.
        source: where it is known from that the service exists in these versions.
        from_major: first iOS major version that has it.
        to_major: last one; ``None`` when it is still there.
        needs_image: whether it is missing without the developer disk image.
        tunnel_only: whether it is missing behind lockdown, and spoken to at once behind a tunnel.
    """

    name: str
    serve: ServiceFactory
    source: str
    from_major: int = 1
    to_major: int | None = None
    needs_image: bool = False
    tunnel_only: bool = False

    def exists_on(self, ios_major: int) -> bool:
        """Whether a phone of an iOS major version has it."""
        return self.from_major <= ios_major and (self.to_major is None or ios_major <= self.to_major)


ServiceTable = Mapping[str, ServiceOffer]
"""Name -> offer."""


CORE_DEVICE_PROXY = "com.apple.internal.devicecompute.CoreDeviceProxy"
"""The service whose connection becomes a tunnel."""

FIRST_WITH_TUNNEL = (17, 4)
"""The first iOS that has it. Source: virtual-iphone.md §1."""


def has_tunnel(ios: str) -> bool:
    """Whether a phone of this version has CoreDeviceProxy."""
    numbers = [int(part) for part in ios.split(".")[:2]]
    return (*numbers, 0)[:2] >= FIRST_WITH_TUNNEL
