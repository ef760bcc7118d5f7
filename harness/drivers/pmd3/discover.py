"""Which phones are attached."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.imports import prepare
from harness.errors import HarnessError
from harness.model.identity import Hardware, PhoneIdentity

LIST_S = 10.0
ASK_S = 15.0


@dataclass(frozen=True)
class Discovery:
    """What was found at a usbmux address.

    Attributes:
        phones: those that said who they are, sorted by udid, named as the phones name themselves.
        problems: one error per phone that did not.
    """

    phones: tuple[PhoneIdentity, ...]
    problems: tuple[HarnessError, ...]


async def discover(usbmux: str | None, hardware: Hardware) -> Discovery:
    """List the attached phones.

    Args:
        usbmux: address of usbmuxd; ``None`` for this host's own.
        hardware: what the phones at this address are; a usbmux address does not tell.

    Raises:
        DeviceLost: there is no usbmuxd.
    """
    prepare()
    from pymobiledevice3.usbmux import list_devices

    async with Guard("usbmuxd", "listing the attached phones", LIST_S):
        udids = sorted({device.serial for device in await list_devices(usbmux_address=usbmux)})
        answers = await asyncio.gather(
            *(_ask(udid, usbmux, hardware) for udid in udids), return_exceptions=True
        )
        return _sort(answers)


def _sort(answers: list[PhoneIdentity | BaseException]) -> Discovery:
    for answer in answers:
        if isinstance(answer, BaseException) and not isinstance(answer, HarnessError):
            raise answer
    return Discovery(
        phones=tuple(answer for answer in answers if isinstance(answer, PhoneIdentity)),
        problems=tuple(answer for answer in answers if isinstance(answer, HarnessError)),
    )


async def _ask(udid: str, usbmux: str | None, hardware: Hardware) -> PhoneIdentity:
    from pymobiledevice3.lockdown import create_using_usbmux

    async with Guard(udid, "asking the phone who it is", ASK_S):
        client = await create_using_usbmux(serial=udid, autopair=False, usbmux_address=usbmux)
        try:
            return identity_from(udid, client.all_values, hardware)
        finally:
            await client.close()


def identity_from(udid: str, values: dict[str, Any], hardware: Hardware) -> PhoneIdentity:
    """Who a phone is, from what its lockdown tells anybody."""
    return PhoneIdentity(
        name=str(values.get("DeviceName") or udid),
        udid=udid,
        ios=str(values.get("ProductVersion") or "0"),
        model=str(values.get("ProductType") or ""),
        hardware=hardware,
    )
