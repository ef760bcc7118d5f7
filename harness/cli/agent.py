"""``harness agent``: serve the phones of this machine to the farm until told to end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.api.accesspoint import AccessPoint
from harness.api.phoneopening import OPEN_S, close_both
from harness.api.restoring import PhoneRestorer
from harness.cli.oneoff import HERE
from harness.cli.out import Out, ReaderGone
from harness.cli.served import OneOffs
from harness.config.devices import DevicesFile, load_devices
from harness.config.storeurl import chosen
from harness.drivers.pmd3.phone import open_phone
from harness.drivers.ui.ways import way_to
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import DeviceLost, HarnessError
from harness.farm.agent.agent import Agent
from harness.farm.agent.attendance import HostPhone
from harness.farm.agent.awake import Wakefulness
from harness.farm.agent.frontdoor import FrontDoor, Handler
from harness.farm.agent.gates import ScopedGates
from harness.farm.agent.lending import CuttingGates, Lending
from harness.farm.agent.parts import Means, Seat
from harness.farm.agent.places import AgentAddress, epochs_path, only_agent, sockets_of
from harness.farm.agent.racks import RackedAttendance
from harness.farm.agent.residents import Residents
from harness.farm.agent.status import STATUS, status_of
from harness.farm.agent.telling import Event, Happening
from harness.farm.gate.epochs import Epochs
from harness.farm.health.apart import Apart
from harness.farm.health.keeping import Keeper
from harness.farm.leases.store import LeaseStore
from harness.model.capabilities import Phone
from harness.runtime.loop import LoopThread

NAME = "harness agent"
"""What others are told of it."""


@dataclass(frozen=True)
class Service:
    """What is to be served.

    Attributes:
        host: the name of this machine in devices.yaml.
        store: where leases are kept; ``None`` for what devices.yaml says, or this machine's own.
        devices: the devices.yaml that was named; ``None`` for the one here, where it exists.
        keep_open: whether phones are kept open that nobody has, and one-offs are done on them for others.
    """

    host: str
    store: str | None = None
    devices: Path | None = None
    keep_open: bool = True

    def file(self) -> DevicesFile | None:
        """The devices.yaml with only the phones of this host; ``None`` where there is none.

        Raises:
            ConfigError: it is wrong, or has no phone of this host.
        """
        path = self.devices or (HERE if HERE.is_file() else None)
        return load_devices(path).on(self.host) if path else None


def serve(service: Service, out: Out) -> None:
    """Serve until SIGTERM, Ctrl-C or the end of its terminal; then put phones right, and leave them offline.

    Raises:
        HostTaken: another agent serves this host.
        ConfigError: devices.yaml is wrong.
        FarmError: the leases cannot be kept there.
    """
    file = service.file()
    place = StorePlace(chosen(service.store, file.store if file else None), service.host)
    with only_agent(service.host), sockets_of(service.host) as address, LoopThread() as loop:
        watch = RackedAttendance(file, service.host)
        try:
            parts = _Parts(service.host, file, place, watch, address, loop, service.keep_open)
            asyncio.run(_serve(parts, out))
        finally:
            watch.close()
            place.close()


class StorePlace:
    """The store, opened when it is first needed: an agent may start before the database does.

    Args:
        store: where leases are kept.
        host: the host whose place is taken.
    """

    def __init__(self, store: str, host: str) -> None:
        self._name = store
        self._host = host
        self._store: LeaseStore | None = None

    def take(self) -> Seat:
        """Take the host's place.

        Raises:
            HostTaken: another agent has it.
            StoreUnavailable: the database does not answer.
        """
        return self.store().take_host(self._host, name=NAME)

    def store(self) -> LeaseStore:
        """The store itself.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        if self._store is None:
            self._store = LeaseStore.of(self._name)
        return self._store

    def who(self, udid: str) -> str:
        """Who has a phone, for people."""
        phone = self.store().snapshot().phone(udid)
        return str(phone.holder) if phone and phone.holder else "nobody any more"

    def close(self) -> None:
        """Close the store, when it was ever opened."""
        if self._store is not None:
            with suppress(HarnessError):
                self._store.close()


@dataclass(frozen=True)
class _Parts:
    host: str
    file: DevicesFile | None
    place: StorePlace
    watch: RackedAttendance
    address: AgentAddress
    loop: LoopThread
    keep_open: bool


async def _serve(parts: _Parts, out: Out) -> None:
    residents = Residents(lambda: agent.served, lambda udid: udid in agent.open_grants)
    lending = Lending(residents, parts.loop)
    agent = _agent(parts, lending, _teller(out))
    with _one_offs(parts, agent, residents, lending) as handlers:
        door = FrontDoor({STATUS: status_of(agent), **handlers})
        await door.open(parts.address.door)
        try:
            await agent.run(told_to_end())
        finally:
            await door.close()


@contextmanager
def _one_offs(
    parts: _Parts, agent: Agent, residents: Residents, lending: Lending
) -> Generator[Mapping[str, Handler]]:
    """Have the phones kept open that nobody has, and one-offs done on them; they are closed with the loop."""
    if not parts.keep_open:
        yield {}
        return
    parts.loop.spawn(residents.keep(), "residents", endless=True)
    one_offs = OneOffs(agent, lending, parts.place.store)
    try:
        yield one_offs.handlers
    finally:
        one_offs.close()


def _agent(parts: _Parts, lending: Lending, tell: Callable[[Event], None]) -> Agent:
    opened = phone_opener(parts.loop, parts.watch.phone)
    restorer = PhoneRestorer(parts.loop, opened, AccessPoint.of(parts.file))
    sockets = ScopedGates(Path(parts.address.directory), Epochs(epochs_path(parts.host)))
    gates = CuttingGates(sockets, lending)
    awake = Wakefulness(tell)
    apart = Apart(parts.loop)
    keeper = Keeper(
        lambda: parts.place.store().health,
        lambda: agent.id,
        lambda phone, text: tell(Event(Happening.HEALTH, text, phone)),
        apart.look,
        apart.recoverer,
    )
    means = Means(parts.place.take, parts.watch, gates, restorer, parts.place.who, keeper, awake.keep)
    agent = Agent(parts.host, means, tell)
    return agent


def _teller(out: Out) -> Callable[[Event], None]:
    def tell(event: Event) -> None:
        fields = {"happening": event.happening, "phone": event.phone or None, "text": event.text}
        # Whoever read it may go; the phones are served all the same.
        with suppress(ReaderGone):
            out.data(fields, str(event))

    return tell


def told_to_end() -> asyncio.Event:
    """Set once this process is to end: by SIGTERM, Ctrl-C, or SIGHUP where that is not ignored.

    Who asks a second time does not want to wait, and is not made to. The end of a terminal is nobody's
    asking: the shell tells of it, and the kernel does again, so it may come any number of times.
    """
    over, asked, loop = asyncio.Event(), asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        if asked.is_set():
            os._exit(1)
        asked.set()
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    # `nohup` starts a process with it ignored: it is to outlive its terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGHUP, over.set)
    return over


def phone_opener(
    loop: LoopThread, find: Callable[[str], HostPhone | None]
) -> Callable[[str], AbstractContextManager[Phone]]:
    """What opens phones to put them right: past the gate, which is closed then."""

    @contextmanager
    def opened(udid: str) -> Generator[Phone]:
        phone = find(udid)
        if phone is None:
            raise DeviceLost("it was not seen since the agent began", phone=udid, fix="Plug its cable in.")
        clock = VirtualClock(phone.reach.identity, phone.reach.clock) if phone.reach.clock else None
        opening = open_phone(
            phone.reach.identity,
            usbmux=phone.reach.usbmux,
            clock=clock,
            connection=phone.connection,
            ui=way_to(phone.reach.identity.hardware, phone.ui),
        )
        driver = loop.run(opening, OPEN_S, what=f"opening {phone.name}")
        try:
            yield driver
        finally:
            loop.run(close_both(driver, clock), OPEN_S, what=f"closing {phone.name}")

    return opened
