"""This process's place at the farm: the phones it can reach, and those it holds."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial

from harness.api.accesspoint import AccessPoint
from harness.api.fitness import Fitness
from harness.api.leasedphones import LeasedPhone, LeasedPhones
from harness.api.membership import Membership
from harness.api.phoneopening import PhoneOpener
from harness.api.restoring import PhoneRestorer
from harness.api.ways import Ways, by_ssh
from harness.config.devices import DevicesFile
from harness.drivers.ui.ways import UiWish
from harness.errors import DeviceError, DeviceLost, HarnessError, HostLost, LeaseLost, StoreUnavailable
from harness.farm.inventory import Inventory, Wanted
from harness.farm.leases.lease import Janitor
from harness.farm.leases.matching import match
from harness.farm.leases.replay import Restored
from harness.farm.leases.request import Request
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.model.identity import PhoneIdentity
from harness.runtime.loop import LoopThread

STORE_AGAIN_S = 0.5
"""Wall seconds until a database that did not answer is asked again."""


class Desk:
    """The phones that can be reached from here, and those that are held.

    Args:
        loop: the loop that phones are opened on.
        file: the devices.yaml, or ``None`` when every reachable phone may be used.
        reach: the phones that can be reached.
        store: who holds which phone.
        name: what others are told of this process.
        silent: UDID -> why a phone that is attached cannot be reached.
        janitor: starts who puts phones right if this process is killed; ``None`` leaves that to the next.
        ui: how screens are worked, as the command line has it; ``None`` leaves that to devices.yaml.
        host: this machine, as devices.yaml calls it; empty where it is none of its hosts.

    Attributes:
        restorer: puts things back on phones that can be reached from here.
        fitness: how well the phones are.
    """

    def __init__(
        self,
        loop: LoopThread,
        file: DevicesFile | None,
        reach: Iterable[ReachablePhone],
        store: LeaseStore,
        name: str,
        silent: Mapping[str, str] | None = None,
        janitor: Janitor | None = None,
        ui: UiWish | None = None,
        host: str = "",
    ) -> None:
        self.loop = loop
        self.file = file
        self._store = store
        self._reach = {one.identity.udid: one for one in reach}
        ways = {udid: one.ways for udid, one in self._reach.items()}
        identities = [one.identity for one in self._reach.values()]
        self.fitness = Fitness(loop, store, self._reach, f"{name} (pid {os.getpid()})", host)
        self.inventory = Inventory.of(file, identities, ways, silent)
        self._membership = Membership(store, name, host, janitor)
        self._held: tuple[LeasedPhone, ...] = ()
        self._pause = threading.Event()
        self._ways = Ways(loop, by_ssh(file, host))
        self._opener = PhoneOpener(loop, self._reach, self.inventory, self._ways, ui)
        self._phones = LeasedPhones(loop, self._opener, self._ways, self.fitness, store)
        self.restorer = PhoneRestorer(loop, self._opener.to_put_right, AccessPoint.of(file))
        store.know(self._opener.identities.values())

    def candidates(self, wanted: Sequence[Wanted]) -> tuple[PhoneIdentity, ...]:
        """The reachable phones that are one of the things wanted, each once.

        Raises:
            NoSuchDevice: none can ever be; the message says of each why not.
            NoDeviceFree: those that are, are not attached.
        """
        found = [identity for one in wanted for identity in self.inventory.candidates(one)]
        return tuple(dict.fromkeys(found))

    def take(self, candidates: Sequence[PhoneIdentity], *, note: str, within_s: float) -> LeasedPhone:
        """Hold and open one of the candidates, the preferred one first; see ``take_all``."""
        return self.take_all([candidates], note=note, within_s=within_s)[0]

    def take_all(
        self,
        slots: Sequence[Sequence[PhoneIdentity]],
        *,
        note: str,
        within_s: float,
        seat: Collection[str] = (),
        priority: int = 0,
    ) -> tuple[LeasedPhone, ...]:
        """Hold and open a phone for each slot, all at once; those held already are kept when they will do.

        They are not kept when they do not answer, or when somebody waits for one of them while another would
        do here. A lease that was lost is forgotten, and this process takes its place at the farm anew.

        Args:
            slots: for each phone that is needed those that would do, the preferred one first.
            note: what for, shown to others.
            within_s: how long to wait until all are free, in wall time.
            seat: the names of those that are best for the others of the run; empty leaves that open.
            priority: who asks with a greater one is served first.

        Returns:
            The phones, in the order of the slots.

        Raises:
            NoDeviceFree: not enough got free in time; says who has each.
            NoSuchDevice: there are fewer than are needed.
            DeviceQuarantined: too many are out of rotation, also because they were looked at or could not be
                opened just now; says of each why, and what to do.
            HostLost: the machine that one is attached to cannot be reached.
            LeaseLost: what was got was cut off before it was open, until the time was up.
            StoreUnavailable: the database did not answer for as long.
        """
        deadline_s = time.monotonic() + within_s
        while True:
            left_s = max(0.0, deadline_s - time.monotonic())
            try:
                return self._take(slots, note, left_s, seat, priority)
            except (StoreUnavailable, LeaseLost):
                if not self._held:
                    self.forget()  # what was being given back, or got, ends with the one who had it
                if not left_s:
                    raise
            self._pause.wait(STORE_AGAIN_S)

    def _take(
        self,
        slots: Sequence[Sequence[PhoneIdentity]],
        note: str,
        within_s: float,
        seat: Collection[str],
        priority: int,
    ) -> tuple[LeasedPhone, ...]:
        try:
            if kept := self._keep(slots, seat):
                return kept
            # The test in which a phone was lost has told of it; with the cable back in the next one is good.
            with suppress(DeviceError):
                self.give_back()
        except (LeaseLost, HostLost):
            self.forget()
        rows = tuple(tuple(one.udid for one in sorted(slot, key=_away_from(seat))) for slot in slots)
        request = Request(rows, note, within_s, priority, restorer=self.restorer)
        self._held = self.fitness.use(
            partial(self._membership.ask, request), self._phones.open, request.udids, within_s=within_s
        )
        return self._held

    def _keep(
        self, slots: Sequence[Sequence[PhoneIdentity]], seat: Collection[str]
    ) -> tuple[LeasedPhone, ...] | None:
        """The phones that are held, in the order of the slots, when they will do and may be kept."""
        held = {one.identity.udid: one for one in self._held}
        fitting = match([[one.udid for one in slot] for slot in slots], list(held))
        if not self._held or fitting is None or len(fitting) != len(held):
            return None
        if seat and not {one.identity.name for one in self._held} <= set(seat):
            return None
        lease = self._held[0].lease
        lease.check()
        others = [one.udid for slot in slots for one in slot if one.udid not in held]
        # What a test could not put back is put back before another one gets the phone.
        if (
            lease.is_altered()
            or lease.is_awaited(instead=others)
            or not all(map(self._phones.answers, self._held))
        ):
            return None
        return tuple(held[fitting[number]] for number in range(len(slots)))

    def forget(self) -> None:
        """Leave the farm and come again as somebody else: whoever lost a lease touches nothing with it."""
        held, self._held = self._held, ()
        for one in held:
            with suppress(HarnessError):
                self._phones.close(one)
        self._membership.leave()

    def usbmux(self) -> str:
        """Path of a usbmuxd that shows the phones that are held, and stays the same while these change.

        Raises:
            DeviceLost: one of them is not to be seen any more.
        """
        return self._ways.socket()

    def give_back(self) -> None:
        """Close the phones that are held, and give them back."""
        held, self._held = self._held, ()
        if not held:
            return
        try:
            with ExitStack() as closing:
                for one in held:
                    closing.callback(self._phones.close, one)
        finally:
            self._membership.release(held[0].lease, self.restorer)

    def restore(self, udids: Sequence[str]) -> tuple[Restored, ...]:
        """Put those of some phones right that are dirty, can be reached, and that nobody else is at."""
        return self._membership.restore(self.restorer, [udid for udid in udids if self.reaches(udid)])

    def note_lost(self, error: DeviceLost) -> None:
        """Note that the phone an error names was lost amid a test; without a name, the one that is held.

        That it was cut off, because the agent died or the lease was taken back, does not speak against it.
        """
        with suppress(StoreUnavailable):
            if self._held and self._phones.cut_off(self._held[0].lease):
                return
        known = self._opener.identities.values()
        named = [one.udid for one in known if error.phone in (one.name, one.udid)]
        for udid in named[:1] or [one.identity.udid for one in self._held][:1]:
            self.fitness.was_lost(udid, error, by_agent=udid in self._by_agents())

    def _by_agents(self) -> set[str]:
        """The UDIDs of those of the phones that are held which agents serve."""
        return {grant.udid for one in self._held for grant in one.lease.grants if grant.mux}

    def note_served(self) -> None:
        """Note that the phones that are held have served a test to its end."""
        for one in self._held:
            self.fitness.did_well(one.identity.udid)

    def name_of(self, word: str) -> str | None:
        """What a phone is called that an error names, by name or UDID; ``None`` when no phone is meant."""
        known = self._opener.identities.values()
        return next((one.name for one in known if word in (one.name, one.udid)), None)

    def beside(self, names: Collection[str]) -> set[str]:
        """The phones that are attached to the same other machines as some, by name."""
        hosts = {one.name: one.entry.host for one in self.inventory.phones if one.entry and one.entry.host}
        there = {hosts[name] for name in names if name in hosts}
        return {name for name, host in hosts.items() if host in there}

    def served(self) -> set[str]:
        """The phones that an agent has there now, by name; none while nobody can be asked."""
        try:
            there = {one.identity.udid for one in self._store.published() if not one.away}
        except StoreUnavailable:
            return set()
        return {identity.name for udid, identity in self._opener.identities.items() if udid in there}

    def reaches(self, udid: str) -> bool:
        """Whether a phone can be opened from here; it need not be one that tests may use."""
        return udid in self._opener.identities

    def take_restored(self) -> tuple[Restored, ...]:
        """What came of restoring phones on the way, each told once."""
        return self._membership.take_restored()

    def close(self) -> None:
        """Give everything back, also when the phone, or the way to it, cannot be closed any more."""
        with ExitStack() as closing:
            closing.callback(self._store.close)
            closing.callback(self._membership.leave)
            closing.callback(self._ways.close)
            closing.callback(self.give_back)


def _away_from(seat: Collection[str]) -> Callable[[PhoneIdentity], bool]:
    return lambda phone: phone.name not in seat
