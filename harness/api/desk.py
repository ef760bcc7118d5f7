"""This process's place at the farm: the phones it can reach, and the one it holds."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from harness.api.accesspoint import AccessPoint
from harness.api.restoring import PhoneRestorer
from harness.config.devices import DevicesFile
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.ui.ways import UiWish, way_to
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import DeviceError, DeviceLost
from harness.farm.inventory import Inventory, Wanted
from harness.farm.leases.lease import Holder, Janitor, Lease
from harness.farm.leases.replay import Restored
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone, phones_of, running_racks
from harness.model.capabilities import Phone
from harness.model.identity import PhoneIdentity
from harness.model.raw import InstalledApp
from harness.runtime.loop import LoopThread

__all__ = ["Desk", "LeasedPhone", "phones_of", "running_racks"]

OPEN_S = 90.0
"""Protective deadline of opening and closing a phone, in wall time."""

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


class Desk:
    """The phones that can be reached from here, and the one that is held.

    Args:
        loop: the loop that phones are opened on.
        file: the devices.yaml, or ``None`` when every reachable phone may be used.
        reach: the phones that can be reached.
        store: who holds which phone.
        name: what others are told of this process.
        silent: UDID -> why a phone that is attached cannot be reached.
        janitor: starts who puts phones right if this process is killed; ``None`` leaves that to the next.
        ui: how screens are worked, as the command line has it; ``None`` leaves that to devices.yaml.

    Attributes:
        restorer: puts things back on phones that can be reached from here.
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
    ) -> None:
        self.loop = loop
        self.file = file
        self._store = store
        self._reach = {one.identity.udid: one for one in reach}
        ways = {udid: one.ways for udid, one in self._reach.items()}
        identities = [one.identity for one in self._reach.values()]
        self.inventory = Inventory.of(file, identities, ways, silent)
        self._holder: Holder | None = None
        self._name = name
        self._janitor = janitor
        self._restored: list[Restored] = []
        self._held: LeasedPhone | None = None
        self.restorer = PhoneRestorer(loop, self._opened, AccessPoint.of(file))
        # As devices.yaml calls it, and not as the phone calls itself.
        self._listed = {
            phone.identity.udid: (phone.identity, phone.connection)
            for phone in self.inventory.here
            if phone.identity
        }
        self._screens = {
            phone.identity.udid: way_to(phone.identity.hardware, phone.entry.ui if phone.entry else None, ui)
            for phone in self.inventory.here
            if phone.identity
        }
        store.know(identity for identity, _ in self._listed.values())

    def candidates(self, wanted: Sequence[Wanted]) -> tuple[PhoneIdentity, ...]:
        """The reachable phones that are one of the things wanted, each once.

        Raises:
            NoSuchDevice: none can ever be; the message says of each why not.
            NoDeviceFree: those that are, are not attached.
        """
        found = [identity for one in wanted for identity in self.inventory.candidates(one)]
        return tuple(dict.fromkeys(found))

    def take(
        self, candidates: Sequence[PhoneIdentity], *, note: str, within_s: float, seat: Sequence[str] = ()
    ) -> LeasedPhone:
        """Hold and open one of the candidates; the phone held already is kept when it is one and answers.

        It is not kept when somebody waits for it while another candidate is free.

        Args:
            candidates: the preferred one first.
            note: what for, shown to others.
            within_s: how long to wait for a free one, in wall time.
            seat: the name of the one that is best for the others of the run; empty leaves that open.

        Raises:
            NoDeviceFree: none got free in time; says who has each.
            DeviceError: it could not be opened.
        """
        held = self._held
        candidates = sorted(candidates, key=lambda one: one.name not in seat)
        if held and held.identity in candidates and (not seat or held.identity.name in seat):
            held.lease.check()
            others = [one.udid for one in candidates if one != held.identity]
            # What a test could not put back is put back before another one gets the phone.
            keeps = not held.lease.is_altered() and not held.lease.is_awaited(instead=others)
            if keeps and self._answers(held):
                return held
        # The test in which a phone was lost has told of it; a cable that is back in makes the next one good.
        with suppress(DeviceError):
            self.give_back()
        udids = [one.udid for one in candidates]
        lease = self._hold().acquire(udids, within_s=within_s, note=note, restorer=self.restorer)
        self._restored += lease.restored
        try:
            self._held = self._open(lease)
        except BaseException:
            lease.release()
            raise
        return self._held

    def _answers(self, held: LeasedPhone) -> bool:
        """Whether an open phone still does what tests need; a connection that was cut stays dead."""
        asking = held.phone.pid_of(SPRINGBOARD)
        try:
            self.loop.run(asking, OPEN_S, what=f"asking whether {held.identity.name} is still there")
        except DeviceError:
            return False
        return True

    def _hold(self) -> Holder:
        if self._holder is None:
            self._holder = self._store.register(self._name, janitor=self._janitor)
        return self._holder

    def _open(self, lease: Lease) -> LeasedPhone:
        phone, clock = self._open_phone(lease.udid)
        return LeasedPhone(lease, phone, clock)

    def _open_phone(self, udid: str) -> tuple[Phone, VirtualClock | None]:
        reach = self._reach[udid]
        identity, connection = self._listed[udid]
        clock = VirtualClock(identity, reach.clock) if reach.clock else None
        opening = open_phone(
            identity, usbmux=reach.usbmux, clock=clock, connection=connection, ui=self._screens[udid]
        )
        return self.loop.run(opening, OPEN_S, what=f"opening {identity.name}"), clock

    @contextmanager
    def _opened(self, udid: str) -> Generator[Phone]:
        """A phone to put right, for the length of the block; nobody else opens one that is claimed."""
        if not self.reaches(udid):
            raise DeviceLost("it cannot be reached from here", phone=udid, fix="Plug its cable in.")
        phone, clock = self._open_phone(udid)
        try:
            yield phone
        finally:
            self.loop.run(_close(phone, clock), OPEN_S, what=f"closing {phone.identity.name}")

    def give_back(self) -> None:
        """Close the phone that is held, and give it back."""
        held, self._held = self._held, None
        if held is None:
            return
        try:
            self.loop.run(_close(held.phone, held.clock), OPEN_S, what=f"closing {held.identity.name}")
        finally:
            self._restored += held.lease.release(self.restorer)

    def restore(self, udids: Sequence[str]) -> tuple[Restored, ...]:
        """Put those of some phones right that are dirty, can be reached, and that nobody else is at."""
        return self._hold().restore(self.restorer, [udid for udid in udids if self.reaches(udid)])

    def reaches(self, udid: str) -> bool:
        """Whether a phone can be opened from here; it need not be one that tests may use."""
        return udid in self._listed

    def take_restored(self) -> tuple[Restored, ...]:
        """What came of restoring phones on the way, each told once."""
        told, self._restored = tuple(self._restored), []
        return told

    def close(self) -> None:
        """Give everything back, also when the phone cannot be closed any more."""
        try:
            self.give_back()
        finally:
            if self._holder:
                self._holder.close()
                self._holder = None
            self._store.close()


async def _close(phone: Phone, clock: VirtualClock | None) -> None:
    await phone.close()
    if clock:
        await clock.close()
