"""Phones that were looked at before they are used: what fails leaves rotation, and the next one is tried.

Theory. A lease is had first and looked at then, so that nobody looks at the same phone at the same time, and
what fails is struck before it is given back, so that nobody gets it in between. Asking again then finds the
next phone that would do, or waits, or ends in the error that says of each phone why not. No test fails for a
phone that another one could have stood in for.

A phone that an agent serves is looked at by the agent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from harness.errors import CapabilityMissing, DeviceError, DeviceQuarantined, DeviceTaken
from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.healthbook import HealthBook
from harness.farm.leases.lease import Lease

_T = TypeVar("_T")

NOT_OPENED = "tunnel"
"""The stage that speaks for a phone which looked well and could not be opened: all steps may help there."""


class PhoneUnfit(Exception):
    """A phone of a lease cannot be used; another one may do.

    Args:
        udid: the phone.
        finding: what is wrong with it.
    """

    def __init__(self, udid: str, finding: Finding) -> None:
        super().__init__(finding.note)
        self.udid = udid
        self.finding = finding

    @classmethod
    def of(cls, udid: str, error: DeviceError) -> PhoneUnfit:
        """Because it could not be opened, or another computer has it.

        Raises:
            CapabilityMissing: as given: that its iOS has no way is no fault of this phone.
        """
        if isinstance(error, CapabilityMissing):
            raise error
        against = Against.TAKEN if isinstance(error, DeviceTaken) else Against.LOOK
        return cls(udid, Finding(against, error.what, error.fix or "", NOT_OPENED))


@dataclass(frozen=True)
class Granting:
    """How one request gets phones that are fit.

    Attributes:
        book: the health of phones.
        ask: asks for a lease, with how long it may take in wall seconds; raises as ``Holder.acquire`` does.
        look: looks at a phone that no agent serves, by its UDID; ``None`` when it is well.
        udids: the phones that would do.
        fault_of_host: asks whether it is the host that fails, and not a phone that no agent serves, by its
            UDID; ``None`` when it is not.
    """

    book: HealthBook
    ask: Callable[[float], Lease]
    look: Callable[[str], Finding | None]
    udids: Collection[str]
    fault_of_host: Callable[[str], Finding | None] = lambda _: None

    def use(self, begin: Callable[[Lease], _T], *, within_s: float) -> _T:
        """Lease phones, look at them, and begin to use them; returns what ``begin`` made of it.

        Args:
            begin: opens the phones; raises ``PhoneUnfit`` for one that cannot be.
            within_s: how long to wait for phones, in wall seconds, over all that are tried.

        Raises:
            NoDeviceFree: not enough got free in time; says who has each.
            DeviceQuarantined: too many are out of rotation; says of each why, and what to do.
        """
        deadline_s = time.monotonic() + within_s
        refused: set[str] = set()
        lease = self._asked(deadline_s, refused)
        while True:
            try:
                unfit = self._unfit(lease)
                if not unfit:
                    return begin(lease)
            except PhoneUnfit as error:
                unfit = {error.udid: self._blamed(lease, error)}
            except BaseException:
                lease.release()
                raise
            self._refuse(lease, unfit)
            refused |= unfit.keys()
            lease = self._asked(deadline_s, refused)

    def _blamed(self, lease: Lease, error: PhoneUnfit) -> Finding:
        """What keeps a phone from being opened that looked well: its host may have failed since."""
        reached = any(grant.udid == error.udid and not grant.mux for grant in lease.grants)
        asked = reached and error.finding.against is Against.LOOK
        return (self.fault_of_host(error.udid) if asked else None) or error.finding

    def _refuse(self, lease: Lease, unfit: Mapping[str, Finding]) -> None:
        """Write down what is wrong with phones of a lease, and give it back."""
        try:
            for udid, finding in unfit.items():
                self.book.strike(udid, finding)
        finally:
            lease.release()

    def _asked(self, deadline_s: float, refused: Collection[str]) -> Lease:
        """Ask; where too few phones are in rotation, look at the others, and ask again.

        Args:
            deadline_s: until when, by the monotonic clock.
            refused: phones that were found unfit just now. One may look well and not open: no look ends that.
        """
        try:
            return self.ask(max(0.0, deadline_s - time.monotonic()))
        except DeviceQuarantined:
            if not any_is_well_again(self.book, self.look, set(self.udids) - set(refused)):
                raise
        return self.ask(max(0.0, deadline_s - time.monotonic()))

    def _unfit(self, lease: Lease) -> Mapping[str, Finding]:
        """Look at the phones of a lease that have not been looked at lately."""
        reached = [grant.udid for grant in lease.grants if not grant.mux]
        found = {udid: self.look(udid) for udid in self.book.due(reached)}
        for udid, finding in found.items():
            if finding is None:
                self.book.find_well(udid)
        return {udid: finding for udid, finding in found.items() if finding is not None}


def any_is_well_again(
    book: HealthBook, look: Callable[[str], Finding | None], udids: Collection[str]
) -> bool:
    """Look at those of some phones that are out because a look failed: the cable may be in again by now.

    Args:
        book: the health of phones; those that are well go back into rotation.
        look: looks at a phone, by its UDID; ``None`` when it is well.
        udids: the phones.
    """
    well = [udid for udid in book.disprovable(udids) if look(udid) is None]
    for udid in well:
        book.find_well(udid)
    return bool(well)
