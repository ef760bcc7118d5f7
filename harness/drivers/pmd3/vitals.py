"""How a phone is, read over one session of lockdown: no tunnel, no developer services, no change, no screen.

Everything here can be read of a phone that somebody else is using, and in far less than a second together:
one connection, a handshake, and a question or a small service per reading.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from harness.drivers.pmd3.errors import Guard
from harness.drivers.pmd3.imports import prepare
from harness.drivers.pmd3.look import LockdownReading, lockdown_reading
from harness.drivers.pmd3.power import BatteryEntry, Charge, read_battery_entry, read_charge
from harness.drivers.pmd3.signing import SignedApp, SigningProfile, read_profiles, read_signed_app
from harness.drivers.pmd3.storage import Storage, read_storage
from harness.drivers.pmd3.timekeeping import ClockOffset, measure_offset, read_clock
from harness.drivers.pmd3.transport import own_usbmux
from harness.model.identity import Connection, PhoneIdentity

if TYPE_CHECKING:
    from harness.drivers.pmd3.lockdown import Lockdown

ASK_S = 15.0
"""Protective deadline of one reading, in wall seconds."""

_T = TypeVar("_T")


class Vitals:
    """Asks one phone how it is; opened at the first question. Every method raises a ``DeviceError``.

    Args:
        identity: who it is.
        usbmux: address of usbmuxd; ``None`` for this host's own.
        connection: by cable or by network; ``None`` for the cable where there is one.
        ask_s: protective deadline of one reading, in wall seconds.
    """

    def __init__(
        self,
        identity: PhoneIdentity,
        usbmux: str | None,
        connection: Connection | None = None,
        *,
        ask_s: float = ASK_S,
    ) -> None:
        self._ask_s = ask_s
        self._identity = identity
        self._usbmux = usbmux
        self._connection = connection
        self._opened: Lockdown | None = None

    async def lockdown(self) -> LockdownReading:
        """Trust, lock and Developer Mode."""
        return await self._ask("reading the phone's settings", lockdown_reading)

    async def charge(self) -> Charge:
        """How full its battery is."""
        return await self._ask("reading the charge", read_charge)

    async def battery(self) -> BatteryEntry:
        """How warm its battery is, and how worn."""
        return await self._ask("reading the battery's entry", read_battery_entry)

    async def storage(self) -> Storage | None:
        """How much storage is left; ``None`` when it does not tell."""
        return await self._ask("reading the storage", read_storage)

    async def clock_offset(self, host_s: Callable[[], float] = time.time) -> ClockOffset | None:
        """How far its clock is from ``host_s``, seconds since 1970; ``None`` when it does not tell."""
        return await self._ask("comparing the clocks", lambda opened: measure_offset(opened, host_s))

    async def now_s(self) -> float | None:
        """What its clock shows, seconds since 1970; ``None`` when it does not tell."""
        return await self._ask("reading the clock", read_clock)

    async def profiles(self) -> tuple[SigningProfile, ...]:
        """Its provisioning profiles."""
        return await self._ask("reading the provisioning profiles", read_profiles)

    async def signed_app(self, bundle_id: str) -> SignedApp | None:
        """Who signed an app; ``None`` when it is not installed."""
        return await self._ask(f"looking up {bundle_id}", lambda opened: read_signed_app(opened, bundle_id))

    async def close(self) -> None:
        """Close the session, if it was opened."""
        opened, self._opened = self._opened, None
        if opened is not None:
            async with Guard(self._identity.name, "closing the session", self._ask_s):
                await opened.close_all()

    async def _ask(self, doing: str, read: Callable[[Lockdown], Awaitable[_T]]) -> _T:
        async with Guard(self._identity.name, doing, self._ask_s):
            return await read(await self._session())

    async def _session(self) -> Lockdown:
        prepare()
        from harness.drivers.pmd3.lockdown import open_lockdown

        if self._opened is None:
            address = self._usbmux or own_usbmux()
            self._opened = await open_lockdown(self._identity.udid, address, self._connection)
        return self._opened
