"""A rack on one machine: two hosts with four virtual phones each, an agent for each, and a PostgreSQL.

Each host has a state directory of its own, and so knows nothing of the other. Its phones run in one process
and its agent in another, which is started again whenever it ends, as launchd does. With an sshd, the second
host is another machine to the test run, which reaches its phones through ``ssh`` alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config.places import STATE_DIR_VARIABLE
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.virtual.address import RackAddress, parse_rack_address
from harness.virtual.control_client import open_control
from tests.postgres import Server
from tests.virtual.farm.sshd import HOST as SSH_NAME
from tests.virtual.farm.sshd import Sshd
from tests.virtual.served import CHECKOUT

HOSTS = ("mini1", "mini2")
FAR = "mini2"
"""The host that is another machine, where there is an sshd."""

VERSIONS = ("15.8", "16.7", "18.5", "26.0")
"""Of the phones of each host."""

LEASE_S = 3.0
"""How long a holder may be silent, in the database's time."""

RESTARTED_AFTER_S = 0.5
"""Wall seconds between the end of an agent and its next start."""

ENDED_WITHIN_S = 90.0
"""Wall seconds that an agent has to put phones right and go, however loaded this machine is."""

HARNESS = [sys.executable, "-c", "from harness.cli.main import main; main()"]


def phones_of(host: str) -> tuple[str, ...]:
    """The names of the phones of a host."""
    return tuple(f"{host}-{ios.partition('.')[0]}" for ios in VERSIONS)


def devices_yaml(store: str, hosts: tuple[str, ...] = HOSTS, far: Collection[str] = ()) -> str:
    """The devices.yaml of a rack with some of the hosts; some of them are far, and reached by ssh."""
    named = ", ".join(f"{host}: {{{f'ssh: {SSH_NAME}' if host in far else ''}}}" for host in hosts)
    rows = [
        f'  - {{name: {name}, host: {host}, virtual: {{ios: "{ios}", seed: {seed}, clock_rate: 10}}}}'
        for host in hosts
        for seed, (name, ios) in enumerate(zip(phones_of(host), VERSIONS, strict=True), start=1)
    ]
    profile = Path(CHECKOUT) / "harness/scenarios/apps/downloader.yaml"
    head = ["version: 1", f"store: {store}", f"hosts: {{{named}}}", f"defaults: {{app: {profile}}}"]
    return "\n".join([*head, "devices:", *rows, ""])


def wait_for(condition: Callable[[], object], what: str, within_s: float) -> None:
    """Look again and again at something in another process, which nobody here can be told of."""
    deadline_s, pause = time.monotonic() + within_s, threading.Event()
    while not condition():
        assert time.monotonic() < deadline_s, f"not within {within_s:g} s: {what}"
        pause.wait(0.1)


@dataclass(frozen=True)
class Place:
    """A directory from which processes see a state directory of their own.

    Attributes:
        path: the directory. Programs in its ``bin`` come first.
    """

    path: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process is told of where it is."""
        return os.environ | {
            STATE_DIR_VARIABLE: str(self.path / "state"),
            "HOME": str(self.path),
            "PATH": f"{self.path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "USBMUXD_SOCKET_ADDRESS": "/nonexistent/usbmuxd",
            "PYTHONPATH": CHECKOUT,
        }

    def start(self, command: list[str], log: str, **how: Any) -> subprocess.Popen[str]:
        """Start a process here that writes to a log; it is not told to end by Ctrl-C."""
        with (self.path / log).open("a") as stderr:
            streams: dict[str, Any] = {"stdout": stderr, "stderr": stderr} | how
            return subprocess.Popen(
                command, env=self.environment, cwd=self.path, text=True, start_new_session=True, **streams
            )


class Host:
    """One machine of the rack: its phones, and its agent.

    Args:
        name: as devices.yaml calls it.
        path: an empty directory.
        store: where leases are kept.
        words: what its agent is told besides.

    Attributes:
        address: where its phones are.
    """

    def __init__(self, name: str, path: Path, store: str, words: Sequence[str] = ()) -> None:
        path.mkdir()
        self.name = name
        self._command = [*HARNESS, "agent", "--host", name, "--json", *words]
        self.place = Place(path)
        self._devices = path / "devices.yaml"
        self._devices.write_text(devices_yaml(store, (name,)))
        self._over = threading.Event()
        self._agent: subprocess.Popen[str] | None = None
        self._phones = self._start_phones()
        self.address = self._address()
        self._supervisor = threading.Thread(target=self._supervise, name=f"agent of {name}")
        self._supervisor.start()

    def _start_phones(self) -> subprocess.Popen[str]:
        words = ["-m", "tests.rack.phones", str(self._devices), str(self.seen_path), str(os.getpid())]
        return self.place.start([sys.executable, *words], "phones.log", stdout=subprocess.PIPE)

    def _address(self) -> RackAddress:
        assert self._phones.stdout is not None
        line = self._phones.stdout.readline()
        assert line, (self.place.path / "phones.log").read_text()
        return parse_rack_address(line)

    def _supervise(self) -> None:
        while not self._over.is_set():
            self._agent = self.place.start(self._command, "agent.log")
            self._agent.wait()
            self._over.wait(RESTARTED_AFTER_S)

    @property
    def seen_path(self) -> Path:
        """The file to which the oracle of its phones writes."""
        return self.place.path / "seen.jsonl"

    def seen(self) -> list[dict[str, Any]]:
        """What the oracle of its phones has seen so far."""
        return [json.loads(line) for line in self.seen_path.read_text().splitlines()]

    def told(self) -> list[dict[str, Any]]:
        """What its agents have told; a line that a kill has cut short is left out."""
        lines = (self.place.path / "agent.log").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def kill_agent(self) -> bool:
        """kill -9; ``False`` when there is no agent just now."""
        if self._agent is None or self._agent.poll() is not None:
            return False
        self._agent.kill()
        return True

    def pull(self, phone: str) -> None:
        """Pull the cable of a phone."""
        self._do(phone, "cut-cable")

    def plug_in(self, phone: str) -> None:
        """Put it back."""
        self._do(phone, "plug-in")

    def _do(self, phone: str, verb: str) -> None:
        with open_control(self.address.control, within_s=ENDED_WITHIN_S) as control:
            control.ask({"phone": phone, "do": verb})

    def wifi_is_on(self, phone: str) -> bool:
        """What a phone itself says."""
        with open_control(self.address.control, within_s=ENDED_WITHIN_S) as control:
            return control.ask({"phone": phone, "do": "show"})["wifi_on"]

    def leave(self) -> int:
        """Have the agent end as launchd does, with nobody to start it again; returns its exit status."""
        self._over.set()
        if self._agent is not None and self._agent.poll() is None:
            self._agent.terminate()
        self._supervisor.join(ENDED_WITHIN_S)
        assert not self._supervisor.is_alive(), f"the agent of {self.name} did not end"
        assert self._agent is not None
        return self._agent.wait()

    def switch_off(self) -> None:
        """End the phones."""
        self._phones.terminate()
        self._phones.wait(ENDED_WITHIN_S)
        if self._phones.stdout is not None:
            self._phones.stdout.close()

    def close(self) -> None:
        """Nothing of it runs afterwards, whatever came of it."""
        self._over.set()
        if self._agent is not None:
            self._agent.kill()
        self._supervisor.join(ENDED_WITHIN_S)
        self._phones.kill()
        self._phones.wait(ENDED_WITHIN_S)
        if self._phones.stdout is not None:
            self._phones.stdout.close()


@dataclass(frozen=True)
class Site:
    """The rack.

    Attributes:
        path: the directory of the test run, with a ``rack.yaml``.
        store: where leases are kept.
        server: the database.
        hosts: its machines.
        sshd: what the run reaches the far one through; ``None`` where none is far.
    """

    path: Path
    store: str
    server: Server
    hosts: tuple[Host, ...]
    sshd: Sshd | None = None

    @property
    def place(self) -> Place:
        """Where the test run is."""
        return Place(self.path)

    def open_store(self) -> closing[LeaseStore]:
        """The store, for the length of the block."""
        return closing(LeaseStore.of(self.store))

    def host_of(self, phone: str) -> Host:
        """The machine of a phone, by its name."""
        return next(host for host in self.hosts if phone in phones_of(host.name))


@contextmanager
def rack(
    directory: Path, server: Server, database: str, sshd: Sshd | None = None, *, agent: Sequence[str] = ()
) -> Generator[Site]:
    """A rack whose phones are free, for the length of the block.

    Args:
        directory: an empty one.
        server: where its database is made.
        database: the name of that.
        sshd: what leads to ``FAR``; ``None`` has the run find its sockets on this machine.
        agent: what agents are told besides.
    """
    store = server.create(database)
    run = directory / "run"
    run.mkdir()
    (run / "rack.yaml").write_text(devices_yaml(store, far=[FAR] if sshd else []))
    if sshd:
        (run / "bin").mkdir()
        sshd.put_into(run / "bin")
    with ExitStack() as ending:
        opened = LeaseStore.of(store)
        opened.set_lease_s(LEASE_S)
        opened.close()
        hosts: list[Host] = []
        for name in HOSTS:
            host = Host(name, directory / name, store, agent)
            ending.callback(host.close)
            hosts.append(host)
        site = Site(run, store, server, tuple(hosts), sshd)
        with site.open_store() as farm:
            wait_for(lambda: all_free(farm), "all phones are free", ENDED_WITHIN_S)
        yield site


def all_free(farm: LeaseStore) -> bool:
    """Whether every phone of the rack can be had."""
    free = [phone for phone in farm.snapshot().phones if phone.state is PhoneState.FREE]
    return len(free) == len(HOSTS) * len(VERSIONS)
