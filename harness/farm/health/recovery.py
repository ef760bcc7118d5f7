"""The steps of the recovery ladder, done by a driver on a phone that nobody uses meanwhile."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from harness.drivers.pmd3.look import read_lockdown
from harness.drivers.pmd3.phone import Pmd3Phone, open_phone
from harness.drivers.pmd3.recovering import restart_phone
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import DeviceLocked, PairingRequired
from harness.farm.health.ladder import Step
from harness.farm.reach import ReachablePhone


@dataclass(frozen=True)
class DriverRecoverer:
    """Does the steps on one phone; implements ``farm.health.ladder.Recoverer``.

    Attributes:
        phone: how it is reached.
    """

    phone: ReachablePhone

    async def take(self, step: Step) -> None:
        """Do one step; returns when the phone does what the step is for.

        Raises:
            DeviceError: it does not.
        """
        await DOES[step](self.phone)


async def reconnect(phone: ReachablePhone) -> None:
    """Ask the phone over a new connection, and have it let this host in."""
    if not (await read_lockdown(phone.identity, phone.usbmux)).trusted:
        fix = "Unlock the phone, connect it by cable and tap Trust."
        raise PairingRequired("it does not trust this host", phone=phone.name, fix=fix)


async def restart_services(phone: ReachablePhone) -> None:
    """Open the way anew, the tunnel with it, mount the developer image, and have processes listed."""
    async with _opened(phone) as driver:
        await driver.mount_image()
        await driver.processes()


async def reboot(phone: ReachablePhone) -> None:
    """Restart the phone, and what ``restart_services`` does once it is back.

    A phone that is locked by a passcode would come back and let nobody in before a person has typed it:
    that one is left as it is.
    """
    if (await read_lockdown(phone.identity, phone.usbmux)).locked:
        what = "it was not restarted: it is locked by a passcode, which a person would have to type in then"
        raise DeviceLocked(what, phone=phone.name, fix="Unlock it, and turn its passcode off.")
    clock = VirtualClock(phone.identity, phone.clock) if phone.clock else None
    try:
        await restart_phone(phone.identity, phone.usbmux, clock)
    finally:
        if clock:
            await clock.close()
    await restart_services(phone)


DOES: Mapping[Step, Callable[[ReachablePhone], Awaitable[None]]] = {
    Step.RECONNECT: reconnect,
    Step.RESTART_SERVICES: restart_services,
    Step.REBOOT: reboot,
}
"""Step -> what does it."""


@asynccontextmanager
async def _opened(phone: ReachablePhone) -> AsyncGenerator[Pmd3Phone]:
    driver = await open_phone(phone.identity, usbmux=phone.usbmux, connection=next(iter(phone.ways), None))
    try:
        yield driver
    finally:
        await driver.close()
