"""Looking at a phone through usbmuxd and lockdown alone: no developer services, no tunnel, no change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.drivers.pmd3.apps import look_up
from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.imports import prepare
from harness.drivers.pmd3.transport import own_usbmux
from harness.errors import HarnessError
from harness.model.identity import Connection, Hardware, PhoneIdentity

if TYPE_CHECKING:
    from pymobiledevice3.lockdown import LockdownClient, UsbmuxLockdownClient

LIST_S = 10.0
ASK_S = 15.0


@dataclass(frozen=True)
class LockdownReading:
    """What lockdown tells of a phone's readiness.

    Attributes:
        trusted: whether it let this host start a session.
        locked: whether it is locked with a passcode now; ``None`` when it does not tell.
        developer_mode: whether Developer Mode is on; ``None`` before iOS 16, or when it does not tell.
    """

    trusted: bool
    locked: bool | None
    developer_mode: bool | None


async def ways(usbmux: str | None) -> Mapping[str, tuple[Connection, ...]]:
    """UDID -> how each attached phone is connected, the cable first; sorted by UDID.

    Args:
        usbmux: address of usbmuxd; ``None`` for this host's own.

    Raises:
        DeviceLost: there is no usbmuxd.
    """
    prepare()
    from pymobiledevice3.usbmux import list_devices

    found: dict[str, set[Connection]] = {}
    async with Guard("usbmuxd", "listing the attached phones", LIST_S):
        for device in await list_devices(usbmux_address=usbmux or own_usbmux()):
            way = Connection.NETWORK if device.is_network else Connection.USB
            found.setdefault(device.serial, set()).add(way)
    return {udid: tuple(sorted(found[udid], reverse=True)) for udid in sorted(found)}


async def identify(
    udids: Iterable[str], usbmux: str | None, hardware: Hardware
) -> tuple[PhoneIdentity | HarnessError, ...]:
    """Ask phones who they are; of one that does not say, the reason, in its place.

    Args:
        udids: the phones.
        usbmux: address of usbmuxd; ``None`` for this host's own.
        hardware: what the phones at this address are.
    """
    return tuple(await asyncio.gather(*(_identity_or_reason(udid, usbmux, hardware) for udid in udids)))


async def _identity_or_reason(
    udid: str, usbmux: str | None, hardware: Hardware
) -> PhoneIdentity | HarnessError:
    try:
        async with _session(udid, udid, usbmux, "asking the phone who it is") as client:
            return identity_from(udid, client.all_values, hardware)
    except HarnessError as error:
        return error


def identity_from(udid: str, values: Mapping[str, Any], hardware: Hardware) -> PhoneIdentity:
    """Who a phone is, from what its lockdown tells anybody."""
    return PhoneIdentity(
        name=str(values.get("DeviceName") or udid),
        udid=udid,
        ios=str(values.get("ProductVersion") or "0"),
        model=str(values.get("ProductType") or ""),
        hardware=hardware,
    )


async def has_app(identity: PhoneIdentity, usbmux: str | None, bundle_id: str) -> bool:
    """Whether an app is installed.

    Raises:
        DeviceError: the phone could not be asked.
    """
    async with _session(identity.udid, identity.name, usbmux, f"looking up {bundle_id}") as client:
        return any(app.bundle_id == bundle_id for app in await look_up(client, bundle_id=bundle_id))


async def read_lockdown(identity: PhoneIdentity, usbmux: str | None) -> LockdownReading:
    """Read what lockdown tells of a phone's readiness.

    Raises:
        DeviceError: the phone did not answer.
    """
    async with _session(identity.udid, identity.name, usbmux, "reading the phone's settings") as client:
        return await lockdown_reading(client)


async def lockdown_reading(client: LockdownClient) -> LockdownReading:
    """What an open lockdown tells of its phone's readiness."""
    if not client.paired:
        return LockdownReading(trusted=False, locked=None, developer_mode=None)
    locked: object = await client.get_value(key="PasswordProtected")
    return LockdownReading(
        trusted=True,
        locked=locked if isinstance(locked, bool) else None,
        developer_mode=await client.get_developer_mode_status() if client.has_developer_mode else None,
    )


@asynccontextmanager
async def _session(
    udid: str, name: str, usbmux: str | None, doing: str
) -> AsyncGenerator[UsbmuxLockdownClient]:
    prepare()
    from harness.drivers.pmd3.lockdown import open_lockdown

    async with Guard(name, doing, ASK_S):
        client = await open_lockdown(udid, usbmux or own_usbmux())
        try:
            yield client
        finally:
            await client.close()
