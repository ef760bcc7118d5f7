"""A one-off on one phone: find it, hold it as a test would, open it, and give it back.

Everything heavy is imported where it is used: a one-off is a fresh process, and most of what it could
do it does not.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from harness.errors import (
    AppNotInstalled,
    DeviceQuarantined,
    FarmError,
    HarnessError,
    NoDeviceFree,
    NoSuchDevice,
)
from harness.farm.reach import Attached, ReachablePhone, attached_phones, rack_phones
from harness.model.identity import PhoneIdentity

if TYPE_CHECKING:
    from harness.config.devices import DevicesFile
    from harness.drivers.pmd3.phone import Pmd3Phone
    from harness.drivers.ui.ways import UiWay
    from harness.farm.leases.lease import Lease
    from harness.farm.leases.store import LeaseStore
    from harness.model.undo import UndoOp

HERE = Path("devices.yaml")
"""The devices.yaml that is used when none is named, where it exists."""

_T = TypeVar("_T")

NO_PHONE_FIX = "Plug one in and tap Trust, or start virtual ones: harness virtual serve devices.yaml"


@dataclass(frozen=True)
class Asked:
    """What the command line says of the phone.

    Attributes:
        command: the command, as others are told of it.
        device: name or UDID of the phone; ``None`` for whichever fits.
        devices: the devices.yaml that was named; ``None`` for the one here, where it exists.
        wait_s: how long to wait for the phone, in seconds; 0 asks once.
    """

    command: str
    device: str | None = None
    devices: Path | None = None
    wait_s: float = 0.0


@dataclass(frozen=True)
class Found:
    """The phones that can be reached.

    Attributes:
        phones: virtual ones first.
        problems: why other attached phones cannot be.
        file: the devices.yaml, if it was read.
        is_blind: whether usbmuxd does not answer, though the file has real phones that are to be here.
    """

    phones: tuple[ReachablePhone, ...]
    problems: tuple[HarnessError, ...] = ()
    file: DevicesFile | None = None
    is_blind: bool = False

    @property
    def kept_in(self) -> str:
        """Where leases are kept."""
        return self.file.store if self.file else "sqlite"

    def store(self) -> LeaseStore:
        """Who holds which phone."""
        from harness.farm.leases.store import LeaseStore

        return LeaseStore.of(self.kept_in)


class Runs(Protocol):
    """Runs what a phone is asked."""

    def run(self, coro: Coroutine[Any, Any, _T], /) -> _T:
        """Run it to its end."""
        ...


@dataclass(frozen=True)
class Opened:
    """A phone that this process holds, opened.

    Attributes:
        runner: runs what the phone is asked.
        phone: the phone.
        lease: holds it; what is changed on it is written down there first.
        file: the devices.yaml, if it was read.
    """

    runner: Runs
    phone: Pmd3Phone
    lease: Lease
    file: DevicesFile | None = None

    @property
    def identity(self) -> PhoneIdentity:
        """Who it is."""
        return self.phone.identity


Phones = Callable[[Asked, str | None], AbstractContextManager[Opened]]
"""Holds and opens the phone that is meant, for the length of a block: ``one_phone``, or an agent."""


# ---- which phones there are


def find(asked: Asked, runner: asyncio.Runner, *, read_file: bool = False) -> Found:
    """The phones that can be reached, and may be meant.

    The devices.yaml that is here is read where it can make a difference: it names real phones, and says
    where leases are kept. One that was named says besides which phones may be meant.

    Args:
        asked: what the command line says.
        runner: where attached phones are asked who they are.
        read_file: whether to read the devices.yaml that is here in any case.

    Raises:
        ConfigError: the devices.yaml is wrong.
    """
    file = _load(asked.devices) if asked.devices else _load(HERE) if _must_read(read_file) else None
    racks = rack_phones()
    if asked.device and not read_file and any(phone.is_called(asked.device) for phone in racks):
        return _named(Found(racks, (), file), asked)
    attached = runner.run(attached_phones({phone.identity.udid for phone in racks}))
    if file is None and HERE.exists() and (attached.phones or asked.device):
        file = _load(HERE)
    return _named(_all(racks, attached, file), asked)


def _load(path: Path) -> DevicesFile:
    from harness.config.devices import load_devices

    return load_devices(path)


def _must_read(read_file: bool) -> bool:
    if not HERE.is_file():
        return False
    # Leases that are kept elsewhere than on this machine are the one thing that matters for any phone.
    return read_file or b"postgresql" in HERE.read_bytes()


def _all(racks: tuple[ReachablePhone, ...], attached: Attached, file: DevicesFile | None) -> Found:
    # Where no real phone is to be here, there need be no usbmuxd either.
    is_blind = attached.is_blind and any(entry.host is None for entry in (file.real if file else ()))
    return Found((*racks, *attached.phones), attached.problems, file, is_blind)


def _named(found: Found, asked: Asked) -> Found:
    """Found phones under their names of devices.yaml, and only those when it was named."""
    if found.file is None:
        return found
    names = {(entry.udid or "").upper(): entry.name for entry in found.file.real}
    virtual = {entry.name for entry in found.file.virtual}
    phones: list[ReachablePhone] = []
    for phone in found.phones:
        name = names.get(phone.identity.udid.upper())
        if name and not phone.clock:
            phones.append(replace(phone, identity=replace(phone.identity, name=name)))
        elif asked.devices is None or (phone.clock and phone.name in virtual):
            phones.append(phone)
    return replace(found, phones=tuple(phones))


# ---- which of them is meant


def choose(found: Found, asked: Asked, runner: asyncio.Runner, bundle_id: str | None) -> ReachablePhone:
    """The one phone that is meant.

    Args:
        found: the phones that can be reached.
        asked: what the command line says.
        runner: where phones are asked for the app.
        bundle_id: the app that is meant; among several phones the only one that has it is taken.

    Raises:
        NoSuchDevice: there is no phone, or none of that name.
        FarmError: several would do; the message lists them.
        AppNotInstalled: none has the app.
    """
    meant = [phone for phone in found.phones if asked.device is None or phone.is_called(asked.device)]
    if not meant:
        raise _nobody(found, asked)
    if len(meant) == 1:
        return meant[0]
    if bundle_id is None or asked.device:
        raise _several(meant, "can be reached")
    having = [phone for phone, has in zip(meant, runner.run(_having(meant, bundle_id)), strict=True) if has]
    if not having:
        what = f"{bundle_id} is on none of the phones here: {_listed(meant)}"
        raise AppNotInstalled(what, fix="Install it, or check the bundle identifier")
    if len(having) > 1:
        raise _several(having, f"have {bundle_id}")
    return having[0]


async def _having(phones: list[ReachablePhone], bundle_id: str) -> list[bool]:
    from harness.drivers.pmd3.look import has_app

    return await asyncio.gather(*(has_app(phone.identity, phone.usbmux, bundle_id) for phone in phones))


def _nobody(found: Found, asked: Asked) -> HarnessError:
    if not found.phones and len(found.problems) == 1:
        return found.problems[0]
    others = "".join(f"\n  {problem}" for problem in found.problems)
    if asked.device and found.phones:
        what = f"no phone here is called {asked.device}; there are {_listed(found.phones)}{others}"
        return NoSuchDevice(what, fix="Name one of them, or plug yours in; harness devices lists all")
    return NoSuchDevice(f"there is no phone here{others}", fix=NO_PHONE_FIX)


def _several(phones: Iterable[ReachablePhone], why: str) -> FarmError:
    listed = list(phones)
    same = len({phone.name for phone in listed}) < len(listed)
    what = f"{len(listed)} phones {why}: {_listed(listed)}"
    return FarmError(what, fix=f"Say which with --phone {'UDID' if same else 'NAME'}")


def _listed(phones: Iterable[ReachablePhone]) -> str:
    return ", ".join(f"{phone.identity} {phone.identity.udid}" for phone in phones)


# ---- holding and opening it


@contextmanager
def one_phone(asked: Asked, bundle_id: str | None = None, *, read_file: bool = False) -> Generator[Opened]:
    """The phone that is meant, held and open for the length of the block.

    Args:
        asked: what the command line says.
        bundle_id: the app that is meant, or ``None``.
        read_file: whether to read the devices.yaml that is here in any case.

    Raises:
        ConfigError: devices.yaml is wrong.
        NoSuchDevice: there is no such phone.
        NoDeviceFree: somebody else holds it; says who, since when and for what.
        DeviceError: it could not be opened.
    """
    with asyncio.Runner() as runner:
        found = find(asked, runner, read_file=read_file)
        chosen = choose(found, asked, runner, bundle_id)
        note = f"{asked.command} {bundle_id or ''}".strip()
        with held(found, chosen, asked, note=note) as lease:
            yield from _opened(runner, found, chosen, lease)


@contextmanager
def held(found: Found, phone: ReachablePhone, asked: Asked, *, note: str) -> Generator[Lease]:
    """Hold a phone for the length of the block.

    It is taken with the settings that a person changed to stay; what a run left altered is put back first.
    Not within a coroutine: waiting must end at Ctrl-C.

    Raises:
        NoDeviceFree: somebody else holds it; says who, since when and for what.
    """
    store = found.store()
    try:
        store.know([phone.identity])
        others = _Others(found, phone, f"harness {asked.command}")
        with store.register(others.name, janitor=others) as holder:
            acquire = partial(
                holder.acquire,
                [phone.identity.udid],
                within_s=asked.wait_s,
                note=note,
                restorer=others,
                as_found=True,
            )
            try:
                lease = _had(acquire, store, phone)
            except NoDeviceFree as error:
                error.fix = error.fix or "Wait for it with --wait SECONDS, or name another phone"
                raise
            try:
                yield lease
            finally:
                lease.release(others)
    finally:
        store.close()


def _had(acquire: Callable[[], Lease], store: LeaseStore, phone: ReachablePhone) -> Lease:
    """A lease of a phone, also of one that was out of rotation and has been seen to meanwhile."""
    try:
        return acquire()
    except DeviceQuarantined:
        if not _is_well_again(store, phone):
            raise
    return acquire()


def _is_well_again(store: LeaseStore, phone: ReachablePhone) -> bool:
    from harness.farm.health.apart import LOOK_S
    from harness.farm.health.granting import any_is_well_again
    from harness.farm.health.looking import look
    from harness.runtime.loop import LoopThread

    # On a loop of its own: doctor takes its lease amid an examination.
    with LoopThread() as loop:
        what = f"looking at {phone.name}"
        again = partial(any_is_well_again, store.health, lambda _: loop.run(look(phone), LOOK_S, what=what))
        return again([phone.identity.udid])


@dataclass(frozen=True)
class _Others:
    """Who puts the phone right: after others, after this process, and if it is killed.

    Few one-offs need any of it, and importing it takes longer than what they do.

    Attributes:
        found: the phones that can be reached.
        phone: the one that is meant.
        name: what others are told of this process.
    """

    found: Found
    phone: ReachablePhone
    name: str

    @contextmanager
    def reaching(self, udid: str) -> Generator[Callable[[UndoOp], None]]:
        """Open the phone for the length of the block; see ``model.undo.Restorer``."""
        from harness.api.desk import Desk
        from harness.runtime.loop import LoopThread

        with LoopThread() as loop:
            desk = Desk(loop, self.found.file, [self.phone], self.found.store(), self.name)
            try:
                with desk.restorer.reaching(udid) as put_one_back:
                    yield put_one_back
            finally:
                desk.close()

    def start(self, leases: str, holder: str, environment: Mapping[str, str]) -> None:
        """Start a janitor; see ``farm.janitor``."""
        from harness.api.janitor import janitor

        janitor(self.found.file.path if self.found.file else None).start(leases, holder, environment)


def _opened(runner: asyncio.Runner, found: Found, chosen: ReachablePhone, lease: Lease) -> Generator[Opened]:
    from harness.drivers.pmd3.phone import open_phone
    from harness.drivers.virtual_clock import VirtualClock
    from harness.farm.gate.clockgate import clock_beside

    # Of a phone that an agent serves, the grant's own; else what the phone was found at.
    mux = lease.grants[0].mux
    clock_path = clock_beside(mux) if chosen.clock and mux else chosen.clock
    clock = VirtualClock(chosen.identity, clock_path) if clock_path else None
    opening = open_phone(
        chosen.identity,
        usbmux=mux or chosen.usbmux,
        clock=clock,
        # Said, so that the phone knows when no cable is there to reach it by without its Wi-Fi.
        connection=next(iter(chosen.ways), None),
        ui=screen_way(found, chosen),
    )
    phone = runner.run(opening)
    try:
        yield Opened(runner, phone, lease, found.file)
    finally:
        runner.run(phone.close())
        if clock:
            runner.run(clock.close())


def screen_way(found: Found, chosen: ReachablePhone) -> UiWay | None:
    """How the phone's screen is worked, as devices.yaml has it where it was read."""
    from harness.drivers.ui.ways import way_to

    entries = found.file.devices if found.file else ()
    spec = next((entry.ui for entry in entries if entry.name == chosen.name), None)
    return way_to(chosen.identity.hardware, spec)
