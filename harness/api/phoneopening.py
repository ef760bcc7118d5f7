"""Opening the phones of a desk, each by its own way, and closing them again."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from harness.api.ways import Ways
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.ui.ways import UiWish, way_to
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import DeviceLost, HostLost
from harness.farm.gate.clockgate import clock_beside
from harness.farm.inventory import Inventory
from harness.farm.leases.grants import Grant
from harness.farm.reach import ReachablePhone
from harness.model.capabilities import Phone
from harness.runtime.loop import LoopThread

OPEN_S = 90.0
"""Protective deadline of opening and closing a phone, in wall time."""

Opened = tuple[Phone, VirtualClock | None]
"""A phone, and the clock of a virtual one, which the driver does not close."""


class PhoneOpener:
    """Opens phones.

    Args:
        loop: the loop that phones are opened on.
        reach: UDID -> how a phone is reached.
        inventory: which of them may be used, and how.
        ways: what leads to those that are leased.
        ui: how screens are worked, as the command line has it; ``None`` leaves that to devices.yaml.

    Attributes:
        identities: UDID -> who a phone is, as devices.yaml calls it, and not as it calls itself.
    """

    def __init__(
        self,
        loop: LoopThread,
        reach: Mapping[str, ReachablePhone],
        inventory: Inventory,
        ways: Ways,
        ui: UiWish | None,
    ) -> None:
        self._loop = loop
        self._reach = reach
        self._ways = ways
        here = [(one.identity, one) for one in inventory.here if one.identity]
        self.identities = {identity.udid: identity for identity, _ in here}
        self._connections = {identity.udid: one.connection for identity, one in here}
        self._screens = {
            identity.udid: way_to(identity.hardware, one.entry.ui if one.entry else None, ui)
            for identity, one in here
        }

    def granted(self, grant: Grant) -> Opened:
        """Open a phone by the way that its grant leads; the way is the caller's to give up, in any case.

        Raises:
            DeviceError: it cannot be opened.
            HostLost: the machine that it is attached to cannot be reached; names the phone.
        """
        reach = self._reach[grant.udid]
        try:
            mux = self._ways.lead(grant, reach.usbmux, clock=bool(reach.clock))
        except HostLost as error:
            # Who is to run the test elsewhere has to know what is out of reach with that machine.
            raise HostLost(error.what, phone=self.identities[grant.udid].name, fix=error.fix) from error
        # Behind an agent, a clock stands and falls with its grant.
        clock = clock_beside(mux) if reach.clock and grant.mux and mux else reach.clock
        return self._open(grant.udid, mux, clock)

    @contextmanager
    def to_put_right(self, udid: str) -> Generator[Phone]:
        """A phone to put right, for the length of the block; nobody else opens one that is claimed.

        Raises:
            DeviceError: it cannot be opened.
        """
        if udid not in self.identities:
            raise DeviceLost("it cannot be reached from here", phone=udid, fix="Plug its cable in.")
        reach = self._reach[udid]
        phone, clock = self._open(udid, reach.usbmux, reach.clock)
        try:
            yield phone
        finally:
            self.close(phone, clock)

    def close(self, phone: Phone, clock: VirtualClock | None) -> None:
        """Close a phone; the way to it is left as it is."""
        self._loop.run(close_both(phone, clock), OPEN_S, what=f"closing {phone.identity.name}")

    def _open(self, udid: str, usbmux: str | None, clock_path: str) -> Opened:
        identity = self.identities[udid]
        clock = VirtualClock(identity, clock_path) if clock_path else None
        opening = open_phone(
            identity,
            usbmux=usbmux,
            clock=clock,
            connection=self._connections[udid],
            ui=self._screens[udid],
        )
        return self._loop.run(opening, OPEN_S, what=f"opening {identity.name}"), clock


async def close_both(phone: Phone, clock: VirtualClock | None) -> None:
    """Close a phone, and the clock of a virtual one."""
    await phone.close()
    if clock:
        await clock.close()
