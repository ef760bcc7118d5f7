"""The phones of a lease, from its grants to open connections, and closed again.

A phone whose way was cut looks from here as one that was lost. Which it was the store knows, and the far end
of ssh: both are asked before a phone is blamed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from harness.api.fitness import Fitness
from harness.api.phoneopening import OPEN_S, PhoneOpener
from harness.api.ways import Ways
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import DeviceError, HarnessError, HostLost, LeaseLost
from harness.farm.health.granting import PhoneUnfit
from harness.farm.leases.grants import Grant
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.model.capabilities import Phone
from harness.model.identity import PhoneIdentity
from harness.model.raw import InstalledApp
from harness.runtime.loop import LoopThread

SPRINGBOARD = "com.apple.springboard"
"""An app that runs on every phone."""


@dataclass(frozen=True)
class LeasedPhone:
    """A phone that this process holds, opened.

    Attributes:
        lease: gives it back.
        phone: the driver's phone.
        clock: the clock of a virtual phone, which the driver does not close; ``None`` for a real one.
        installed: bundle identifier -> what is installed, as far as it was asked while it is held.
    """

    lease: Lease
    phone: Phone
    clock: VirtualClock | None = None
    installed: dict[str, InstalledApp] = field(default_factory=dict[str, InstalledApp])

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self.phone.identity


class LeasedPhones:
    """Opens and closes the phones of leases.

    Args:
        loop: the loop that phones are opened on.
        opener: opens one phone by the way that its grant leads.
        ways: what leads to the phones; given up with each that is closed.
        fitness: tells a phone who uses it.
        store: knows whether a phone was cut off.
    """

    def __init__(
        self, loop: LoopThread, opener: PhoneOpener, ways: Ways, fitness: Fitness, store: LeaseStore
    ) -> None:
        self._loop = loop
        self._opener = opener
        self._ways = ways
        self._fitness = fitness
        self._store = store

    def open(self, lease: Lease) -> tuple[LeasedPhone, ...]:
        """Open every phone of a lease, in its order; where one fails, none is left open, nor any way to one.

        Raises:
            PhoneUnfit: one cannot be opened, or another computer uses it.
            LeaseLost: it was cut off meanwhile, which is no fault of the phone's.
            CapabilityMissing: its iOS has no way to it.
            HostLost: the machine that one is attached to cannot be reached.
        """
        opened: list[LeasedPhone] = []
        try:
            for grant in lease.grants:
                self._open_one(lease, grant, opened)
        except BaseException:
            self._give_up(lease, opened)
            raise
        return tuple(opened)

    def _give_up(self, lease: Lease, opened: Iterable[LeasedPhone]) -> None:
        """Close what was opened, and leave no way to any phone of a lease."""
        for one in opened:
            with suppress(HarnessError):
                self.close(one)
        for udid in lease.udids:
            with suppress(HarnessError):
                self._ways.leave(udid)

    def _open_one(self, lease: Lease, grant: Grant, opened: list[LeasedPhone]) -> None:
        """Open one phone, and tell it who uses it; it is among the opened before it is told."""
        try:
            phone, clock = self._opener.granted(grant)
            opened.append(LeasedPhone(lease, phone, clock))
            self._fitness.check_in(phone)
        except DeviceError as error:
            if cut := self.cut_off(lease):
                what = f"it was cut off while it was opened: {cut.what}"
                raise LeaseLost(what, phone=cut.phone) from error
            raise PhoneUnfit.of(grant.udid, error) from error

    def cut_off(self, lease: Lease) -> HarnessError | None:
        """Why this process has no way to the phones of a lease any more; ``None`` while it has.

        Raises:
            StoreUnavailable: nobody can be asked.
        """
        try:
            self._store.snapshot()  # buries the dead: that an agent was just killed is not known otherwise
            lease.check()
            for udid in lease.udids:
                self._ways.check(udid)
        except (LeaseLost, HostLost) as cut:
            return cut
        return None

    def answers(self, held: LeasedPhone) -> bool:
        """Whether an open phone still does what tests need; a connection that was cut stays dead."""
        asking = held.phone.pid_of(SPRINGBOARD)
        try:
            self._loop.run(asking, OPEN_S, what=f"asking whether {held.identity.name} is still there")
        except DeviceError:
            return False
        return True

    def close(self, held: LeasedPhone) -> None:
        """Close one phone, and give up the way to it, also when it cannot be closed any more.

        Raises:
            DeviceError: it could not be closed.
        """
        self._fitness.check_out(held.phone)
        try:
            self._opener.close(held.phone, held.clock)
        finally:
            self._ways.leave(held.identity.udid)
