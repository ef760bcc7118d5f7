"""The way to one phone: lockdown over usbmux, and from iOS 17.4 on the tunnel behind it."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.drivers.pmd3.imports import prepare
from harness.errors import CapabilityMissing
from harness.model.identity import Connection, PhoneIdentity

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

USBMUX_ENVIRONMENT = "USBMUXD_SOCKET_ADDRESS"
"""Where the tunnel, which takes no address, looks for usbmuxd."""

FIRST_WITH_TUNNEL = (17, 0)
FIRST_WITHOUT_ROOT = (17, 4)
"""From here on the tunnel needs no root. Source: background-execution.md §2."""

_AT_USBMUX = {Connection.USB: "USB", Connection.NETWORK: "Network"}
"""Connection -> usbmuxd's word for it."""

_users_own: list[str | None] = []
"""What the user had set, once another address has taken its place in the environment."""

_tunnelled: list[str] = []


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
        close: closes it, so that another tunnel may be opened.
    """

    provider: LockdownServiceProvider
    close: Callable[[], Awaitable[None]]


async def open_transport(
    identity: PhoneIdentity, usbmux: str | None, connection: Connection | None = None
) -> Transport:
    """Open the way that this phone's iOS has.

    Args:
        identity: the phone.
        usbmux: address of usbmuxd; ``None`` for this host's own.
        connection: by cable or by network; ``None`` for the cable where there is one.

    Raises:
        CapabilityMissing: iOS 17.0 to 17.3, or this process holds the tunnel of another phone.
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
    return await _over_tunnel(identity)


async def _over_lockdown(
    identity: PhoneIdentity, usbmux: str | None, connection: Connection | None
) -> Transport:
    from pymobiledevice3.lockdown import create_using_usbmux

    # No automatic pairing: it would put a dialog on the phone and wait for a person.
    client = await create_using_usbmux(
        serial=identity.udid,
        autopair=False,
        connection_type=_AT_USBMUX[connection] if connection else None,
        usbmux_address=usbmux,
    )
    return Transport(client, client.close)


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


async def _over_tunnel(identity: PhoneIdentity) -> Transport:
    from pymobiledevice3.remote.userspace_tunnel import UserspaceRsdTunnel

    if _tunnelled:
        # Its TCP stack is a global of the process.
        raise CapabilityMissing(
            f"this process already holds the tunnel of {_tunnelled[0]}",
            phone=identity.name,
            fix="Close that phone first, or drive this one from a process of its own.",
        )
    _tunnelled.append(identity.name)
    tunnel = UserspaceRsdTunnel(serial=identity.udid, autopair=False, remotepairing_fallback=False)
    try:
        provider = await tunnel.aopen()
    except BaseException:
        _tunnelled.clear()
        raise

    async def close() -> None:
        try:
            await tunnel.aclose()
        finally:
            _tunnelled.clear()

    return Transport(provider, close)
