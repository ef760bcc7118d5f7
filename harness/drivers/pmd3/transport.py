"""The way to one phone: lockdown over usbmux, and from iOS 17.4 on the tunnel behind it."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.drivers.pmd3.imports import prepare
from harness.drivers.pmd3.tunnellife import Tunnel, claim_stack
from harness.errors import CapabilityMissing
from harness.model.identity import Connection, PhoneIdentity

if TYPE_CHECKING:
    from pymobiledevice3.lockdown import LockdownClient
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

    from harness.drivers.pmd3.discovery import Discovery

USBMUX_ENVIRONMENT = "USBMUXD_SOCKET_ADDRESS"
"""Where the tunnel, which takes no address, looks for usbmuxd."""

FIRST_WITH_TUNNEL = (17, 0)
FIRST_WITHOUT_ROOT = (17, 4)
"""From here on the tunnel needs no root. Source: background-execution.md §2."""

TUNNEL_S = 30.0
"""Protective deadline of opening the tunnel, in wall seconds."""

LOCKDOWN_BEHIND_TUNNEL = "com.apple.mobile.lockdown.remote.trusted"
"""Lockdown for a host that is paired. Source: virtual-iphone.md §1."""

_users_own: list[str | None] = []
"""What the user had set, once another address has taken its place in the environment."""


def own_usbmux() -> str | None:
    """Address of this host's own usbmuxd, as the user has set it; ``None`` for the system's."""
    return _users_own[0] if _users_own else os.environ.get(USBMUX_ENVIRONMENT)


def choose_usbmux(address: str | None) -> None:
    """Make an address the one of this process; ``None`` restores what the user had set."""
    own = own_usbmux()
    _users_own[:] = [own] if address else []
    wanted = address or own
    if wanted is None:
        os.environ.pop(USBMUX_ENVIRONMENT, None)
    else:
        os.environ[USBMUX_ENVIRONMENT] = wanted


@dataclass(frozen=True)
class Transport:
    """An open way to a phone.

    Attributes:
        provider: what services are opened on.
        close: closes it and all that was opened over it, so that another tunnel may be opened.
        renew: has lockdown answer, on a new connection if need be; raises when it does not.
        is_gone: whether all that was opened over it is dead.
        is_stale: whether lockdown's own connection has ended, which no other needs.
    """

    provider: LockdownServiceProvider
    close: Callable[[], Coroutine[Any, Any, None]]
    renew: Callable[[], Coroutine[Any, Any, None]]
    is_gone: Callable[[], bool]
    is_stale: Callable[[], bool]


async def open_transport(
    identity: PhoneIdentity, usbmux: str | None, connection: Connection | None = None, *, apart: bool = False
) -> Transport:
    """Open the way that this phone's iOS has.

    Args:
        identity: the phone.
        usbmux: address of usbmuxd; ``None`` for this host's own.
        connection: by cable or by network; ``None`` for the cable where there is one.
        apart: whether a tunnel is held by another process in any case, so that its TCP takes no time here.

    Raises:
        CapabilityMissing: iOS 17.0 to 17.3.
    """
    prepare()
    choose_usbmux(usbmux)
    if identity.ios_parts[:2] < FIRST_WITH_TUNNEL:
        return await _over_lockdown(identity, usbmux, connection)
    if identity.ios_parts[:2] < FIRST_WITHOUT_ROOT:
        raise CapabilityMissing(
            f"iOS {identity.ios} is reached only through a tunnel opened as root",
            phone=identity.name,
            fix="Use iOS 17.4 or later, or iOS 16 or earlier.",
        )
    if connection is Connection.NETWORK:
        await _check_no_cable(identity)
    return await _over_tunnel(identity, usbmux, apart=apart)


async def _over_lockdown(
    identity: PhoneIdentity, usbmux: str | None, connection: Connection | None
) -> Transport:
    from harness.drivers.pmd3.lockdown import open_lockdown

    client = await open_lockdown(identity.udid, usbmux, connection)

    async def renew() -> None:
        # After its connection was lost it connects anew by itself, once, and asks again.
        await client.get_value(key="ProductVersion")

    return Transport(
        client, client.close_all, renew, is_gone=lambda: False, is_stale=lambda: _has_ended(client)
    )


def _has_ended(client: LockdownClient) -> bool:
    return client.service.reader.at_eof()


async def _check_no_cable(identity: PhoneIdentity) -> None:
    """A tunnel cannot be told which way to take, and takes the cable where there is one."""
    from pymobiledevice3.usbmux import select_device

    there = await select_device(identity.udid)
    if there is not None and there.is_usb:
        raise CapabilityMissing(
            "its tunnel goes over the cable while it is plugged in, and it is to be reached by network",
            phone=identity.name,
            fix="Unplug its cable, or write `connection: any` in devices.yaml.",
        )


async def _over_tunnel(identity: PhoneIdentity, usbmux: str | None, *, apart: bool) -> Transport:
    """Over a tunnel in this process, which has room for one; over one in a child when that is taken.

    The one in this process is the better one for who has a single phone, as most do: a call takes a quarter
    less, and there is no other process to start. How fast bytes come is the same.
    """
    stack = None if apart else claim_stack()
    if stack is not None:
        from harness.drivers.pmd3.tunnel import open_tunnel

        return _behind(*await open_tunnel(stack, identity.name, identity.udid, usbmux, TUNNEL_S))
    from harness.drivers.pmd3.tunnelchild_start import open_in_child

    return _behind(*await open_in_child(identity.name, identity.udid, _environment(usbmux), TUNNEL_S))


def _environment(usbmux: str | None) -> dict[str, str]:
    """Of a child: this process's own, as it is at this moment, and the phone's usbmuxd."""
    return {**os.environ, **({USBMUX_ENVIRONMENT: usbmux} if usbmux else {})}


def _behind(tunnel: Tunnel, provider: Discovery) -> Transport:
    def is_stale() -> bool:
        return provider.lockdown is not None and _has_ended(provider.lockdown)

    return Transport(
        provider, tunnel.close, lambda: _renew_lockdown(provider), lambda: tunnel.is_gone, is_stale
    )


async def _renew_lockdown(provider: Discovery) -> None:
    """Start another session of lockdown behind a tunnel: once lost, one does not come back by itself."""
    from pymobiledevice3.lockdown import create_using_remote

    service = await provider.start_lockdown_service(LOCKDOWN_BEHIND_TUNNEL)
    old, provider.lockdown = (
        provider.lockdown,
        await create_using_remote(service, identifier=provider.udid),
    )
    if old is not None:
        await old.close()
