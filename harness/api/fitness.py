"""Whether the phones of a desk are fit, before they are used and after they were lost.

Before a lease is used, its phones are looked at and told who uses them (``drivers.pmd3.arbitration``); what
fails leaves rotation, and the next phone that would do is tried: see ``farm.health.granting``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from harness.drivers.pmd3.arbitration import CheckIn
from harness.drivers.pmd3.phone import Pmd3Phone
from harness.errors import CommandTimeout, DeviceError, FarmError, HarnessError
from harness.farm.health.granting import Granting
from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.model.capabilities import Phone
from harness.runtime.loop import LoopThread

LOOK_S = 60.0
"""Protective deadline of one look, in wall time; each of its questions has one of its own."""

CHECK_S = 30.0
"""Protective deadline of telling a phone who uses it, in wall time."""

_T = TypeVar("_T")


class Fitness:
    """Keeps unfit phones from this process, and tells the farm what it learns of them.

    Args:
        loop: the loop that phones are opened on.
        store: who holds which phone, and how well each is.
        reach: UDID -> how a phone is reached.
        holder: what others are told of this process.
        host: this machine, as the farm calls it; empty for its own name.
    """

    def __init__(
        self,
        loop: LoopThread,
        store: LeaseStore,
        reach: Mapping[str, ReachablePhone],
        holder: str,
        host: str = "",
    ) -> None:
        self._loop = loop
        self._book = store.health
        self._reach = reach
        self._who = CheckIn.of(holder, host)
        self._checked_in: set[str] = set()

    def use(
        self,
        ask: Callable[[float], Lease],
        begin: Callable[[Lease], _T],
        udids: Collection[str],
        *,
        within_s: float,
    ) -> _T:
        """Lease phones that are fit, and begin to use them; see ``farm.health.granting.Granting.use``.

        Args:
            ask: asks for a lease, with how long that may take in wall seconds.
            begin: opens the phones; raises ``PhoneUnfit`` for one that cannot be.
            udids: the phones that would do.
            within_s: how long to wait for phones, over all that are tried.
        """
        granting = Granting(self._book, ask, self._look, udids, self._fault_of_host)
        return granting.use(begin, within_s=within_s)

    def _look(self, udid: str) -> Finding | None:
        # What it takes to examine a phone takes long to import.
        from harness.farm.health.looking import look, no_end

        phone = self._reach[udid]
        try:
            return self._loop.run(look(phone), LOOK_S, what=f"looking at {phone.name}")
        except CommandTimeout as error:
            return no_end(error)

    def _fault_of_host(self, udid: str) -> Finding | None:
        from harness.farm.health.host import fault_of_host

        asking = fault_of_host(self._reach[udid].usbmux)
        try:
            return self._loop.run(asking, LOOK_S, what="asking usbmuxd which phones it has")
        except HarnessError:
            return None  # this process is ending

    # ---- telling the phone

    def check_in(self, phone: Phone) -> None:
        """Tell a phone who uses it, so that other computers can see it.

        Raises:
            DeviceTaken: another computer uses it.
        """
        if isinstance(phone, Pmd3Phone):
            checking = phone.check_in(self._who)
            if self._loop.run(checking, CHECK_S, what=f"checking {phone.identity.name} in"):
                self._checked_in.add(phone.identity.udid)

    def check_out(self, phone: Phone) -> None:
        """Tell a phone that this process is done with it; one that does not hear it forgets with its restart.

        The name that stays on it is one of this host's, which its next user here replaces.
        """
        if phone.identity.udid not in self._checked_in or not isinstance(phone, Pmd3Phone):
            return
        self._checked_in.discard(phone.identity.udid)
        try:
            self._loop.run(phone.check_out(), CHECK_S, what=f"checking {phone.identity.name} out")
        except DeviceError:
            return

    # ---- telling the farm

    def was_lost(self, udid: str, error: DeviceError, *, by_agent: bool = False) -> None:
        """Note that a phone was lost while a test had it; twice in a row takes it out of rotation.

        That its host's usbmuxd does not answer is not held against it. That the store does not answer takes
        nothing from a test that has failed already.

        Args:
            udid: the phone.
            error: how it showed.
            by_agent: whether an agent serves it, which sees to its host itself.
        """
        fix = error.fix or "Check its cable, and that it is on."
        lost = Finding(Against.LOST, f"lost amid a test: {error.what}", fix)
        try:
            self._book.strike(udid, (None if by_agent else self._fault_of_host(udid)) or lost)
        except FarmError:
            return

    def did_well(self, udid: str) -> None:
        """Note that a test had a phone and came to a verdict, which strikes off what was held against it."""
        try:
            self._book.prove(udid)
        except FarmError:
            return
