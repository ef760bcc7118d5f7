"""Which phones of a host are there now, under their names of devices.yaml: looked at again and again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from harness.config.devices import DeviceEntry, DevicesFile, UiSpec
from harness.drivers.pmd3.look import ways
from harness.errors import DeviceError, DeviceLost
from harness.farm.health.host import silent
from harness.farm.inventory import Inventory, InventoryPhone
from harness.farm.reach import Attached, ReachablePhone, attached_phones, rack_phones
from harness.model.identity import Connection
from harness.virtual.specs import udid_of

ASK_AGAIN_S = 10.0
"""Wall seconds after which a phone is asked again that did not say who it is."""

ASKED_WITHIN_S = 2.0
"""Wall seconds for which a look waits for phones to say who they are. One that hangs takes longer,
and must keep nobody from seeing what becomes of the others: it is known by a later look."""

BEING_ASKED = "it has not said yet who it is"


@dataclass(frozen=True)
class HostPhone:
    """A phone of this host that is there.

    Attributes:
        reach: how it is reached; its identity has the name of devices.yaml, its ways are those allowed there.
        labels: what devices.yaml says of it.
        connection: the way that is taken; ``None`` where devices.yaml does not say.
        ui: how its screen is worked.
        is_leaving: whether devices.yaml lists it no more: who has it keeps it, and nobody else gets it.
    """

    reach: ReachablePhone
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    connection: Connection | None = None
    ui: UiSpec | None = None
    is_leaving: bool = False

    @property
    def udid(self) -> str:
        """Its unique device identifier."""
        return self.reach.identity.udid

    @property
    def name(self) -> str:
        """What people call it."""
        return self.reach.identity.name


@dataclass(frozen=True)
class Attending:
    """What one look found.

    Attributes:
        phones: those that are there, and may be used or are leaving.
        away: name -> why another phone of this host is not, or why one is leaving.
        wrong: what is wrong with devices.yaml, one line; empty while nothing is.
        blind: why this host sees none of its real phones, one line; empty while it does.
        unseen: the UDIDs of those.
    """

    phones: tuple[HostPhone, ...] = ()
    away: Mapping[str, str] = field(default_factory=dict[str, str])
    wrong: str = ""
    blind: str = ""
    unseen: frozenset[str] = frozenset()


LEAVING = "devices.yaml lists it no more"


class Attendance:
    """Looks which phones of a host are there.

    A phone says once who it is, for as long as it stays attached: asking takes a connection to it.

    Args:
        file: the devices.yaml with only the phones of this host; ``None`` for every attached real phone.
    """

    def __init__(self, file: DevicesFile | None) -> None:
        self._file = file
        self._told = file
        self._leaving: tuple[DeviceEntry, ...] = ()
        self._known: dict[str, ReachablePhone] = {}
        self._silent: dict[str, str] = {}
        self._asking: dict[str, asyncio.Task[Attached]] = {}
        self._asked_s = 0.0
        self._seen: dict[str, HostPhone] = {}
        self._blind = ""

    def go_by(self, file: DevicesFile | None) -> None:
        """Take what devices.yaml says now: phones that are there, and that it lists no more, are leaving.

        Args:
            file: with only the phones of this host; ``None`` for every attached real phone.
        """
        if file is self._told or file is None or self._file is None:
            return
        listed = {_who(entry) for entry in file.devices}
        self._leaving = tuple(entry for entry in self._file.devices if _who(entry) not in listed)
        self._told = file
        everyone = (*file.devices, *self._leaving)
        self._file = file.model_copy(update={"devices": everyone}).located(file.path)

    async def look(self) -> Attending:
        """The phones that are there now.

        While this host's usbmuxd does not answer, none of the real ones is, and why is told.

        Raises:
            ConfigError: the state directory, where racks say that they run, cannot be used.
        """
        here = [*await self._virtual(), *await self._real()]
        by_udid = {phone.identity.udid: phone for phone in here}
        connected = {udid: phone.ways for udid, phone in by_udid.items()}
        identities = [phone.identity for phone in here]
        inventory = Inventory.of(self._file, identities, connected, {**self._silent, **self._unseen()})
        found = [self._host_phone(phone, by_udid) for phone in inventory.phones if phone.identity]
        gone = [phone for phone in inventory.phones if not phone.identity]
        away = {phone.name: phone.away for phone in gone if phone.entry not in self._leaving}
        leaving = {phone.name: LEAVING for phone in found if phone.is_leaving}
        self._seen |= {phone.udid: phone for phone in found}
        return Attending(tuple(found), leaving | away, blind=self._blind, unseen=frozenset(self._unseen()))

    def _host_phone(self, phone: InventoryPhone, reach: Mapping[str, ReachablePhone]) -> HostPhone:
        return replace(_host_phone(phone, reach), is_leaving=phone.entry in self._leaving)

    def phone(self, udid: str) -> HostPhone | None:
        """A phone as it was last seen; it may be gone. ``None`` when it never was."""
        return self._seen.get(udid)

    async def _virtual(self) -> list[ReachablePhone]:
        """Those of the virtual phones of the file whose rack runs, and lists them: a cable may be pulled."""
        meant = set(virtual_udids(self._file).values())
        phones = [phone for phone in rack_phones() if phone.identity.udid in meant]
        listed = {usbmux: await _listed(usbmux) for usbmux in {phone.usbmux for phone in phones}}
        there = [(phone, listed[phone.usbmux].get(phone.identity.udid)) for phone in phones]
        return [replace(phone, ways=connected) for phone, connected in there if connected]

    async def _real(self) -> list[ReachablePhone]:
        self._blind = ""
        if self._file is not None and not self._file.real:
            return []
        connected = await self._attached()
        if self._blind:
            return []  # who they are is known still when it answers again
        self._forget_all_but(connected)
        await self._ask(connected.keys())
        self._learn(connected.keys())
        return [replace(phone, ways=connected[udid]) for udid, phone in self._known.items()]

    async def _ask(self, connected: Collection[str]) -> None:
        """Begin to ask those who they are that are due, and give them a moment to say it."""
        strangers = set(connected) - self._known.keys()
        due = strangers - self._silent.keys()
        if time.monotonic() >= self._asked_s + ASK_AGAIN_S:
            self._asked_s, due = time.monotonic(), strangers
        begun = {udid: _asked(udid, connected) for udid in due - self._asking.keys()}
        self._asking |= begun
        if begun:
            await asyncio.wait(begun.values(), timeout=ASKED_WITHIN_S)

    async def _attached(self) -> Mapping[str, tuple[Connection, ...]]:
        """What this host's own usbmuxd lists; where it has to have phones, that it does not is noted."""
        try:
            return await ways(None)
        except DeviceError:
            if self._file is not None or self._known:
                self._blind = silent(None).words
            return {}

    def _unseen(self) -> Mapping[str, str]:
        """UDID -> why a real phone of the file is not seen, while none is."""
        if not self._blind:
            return {}
        listed = (entry.udid for entry in (self._file.real if self._file else ()) if entry.udid)
        return dict.fromkeys((*self._known, *listed), self._blind)

    def _forget_all_but(self, connected: Mapping[str, object]) -> None:
        self._known = {udid: phone for udid, phone in self._known.items() if udid in connected}
        self._silent = {udid: why for udid, why in self._silent.items() if udid in connected}

    def _learn(self, connected: Collection[str]) -> None:
        """Take in what was said, of the phones that are there still."""
        for udid in [udid for udid, asking in self._asking.items() if asking.done()]:
            asking = self._asking.pop(udid)
            if udid not in connected or asking.cancelled():
                continue
            self._silent.pop(udid, None)
            asked = asking.result()
            self._known |= {phone.identity.udid: phone for phone in asked.phones}
            self._silent |= {problem.phone: problem.what for problem in asked.problems if problem.phone}
        for udid in self._asking.keys() & set(connected):
            self._silent.setdefault(udid, BEING_ASKED)


def _asked(udid: str, connected: Collection[str]) -> asyncio.Task[Attached]:
    besides = [other for other in connected if other != udid]
    return asyncio.create_task(attached_phones(besides), name=f"asking {udid} who it is")


def _who(entry: DeviceEntry) -> str:
    """What tells entries apart: a phone stays the same whatever it is called, a virtual one is its name."""
    return (entry.udid or entry.name).upper()


async def _listed(usbmux: str | None) -> Mapping[str, tuple[Connection, ...]]:
    try:
        return await ways(usbmux)
    except DeviceLost:
        return {}  # no usbmuxd, no phones: that of a rack goes with it


def virtual_udids(file: DevicesFile | None) -> Mapping[str, str]:
    """Name -> UDID of the virtual phones of a file, as ``harness virtual serve`` runs them."""
    specs = [(entry.name, entry.virtual) for entry in (file.virtual if file else ())]
    return {name: udid_of(name, spec.seed, spec.model) for name, spec in specs if spec}


def _host_phone(phone: InventoryPhone, reach: Mapping[str, ReachablePhone]) -> HostPhone:
    identity, entry = phone.identity, phone.entry
    assert identity is not None
    there = reach[identity.udid]
    allowed = there.ways if entry is None else _allowed(entry.connection.allows, there.ways)
    reached = replace(there, identity=identity, ways=allowed)
    if entry is None:
        return HostPhone(reached)
    return HostPhone(reached, dict(entry.labels), phone.connection, entry.ui)


def _allowed(allows: Callable[[Connection], bool], ways: Iterable[Connection]) -> tuple[Connection, ...]:
    return tuple(way for way in ways if allows(way))
