"""A host of a rack in a directory: virtual phones, an agent as a process, and processes that hold phones."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from harness.farm.agent.places import parse_address
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.view import PhoneView
from tests.virtual.cli.desk import CHECKOUT, HARNESS, Desk

HOST = "mini1"
WITHIN_S = 60.0
"""Wall seconds in which what is waited for has happened, however loaded this machine is."""

DEVICES = """\
version: 1
hosts: {mini1: {}}
devices:
  - {name: v-a, host: mini1, labels: {rack: a}, virtual: {ios: "16.7", seed: 1}}
  - {name: v-b, host: mini1, virtual: {ios: "16.7", seed: 2}}
  - {name: elsewhere, udid: 00008120-001A2B3C4D5E6F70}
"""


class Talker:
    """A process that writes lines of JSON.

    Args:
        command: what is run.
        desk: where.
    """

    def __init__(self, command: list[str], desk: Desk) -> None:
        self.desk = desk
        self.log = desk.directory / f"log-{time.monotonic_ns()}"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command,
                env=desk.environment,
                cwd=desk.directory,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.said: list[dict[str, Any]] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in _pipe(self.process.stdout):
            with self._more:
                self.said.append(json.loads(line))
                self._more.notify_all()

    def wait_until(self, holds: Callable[[list[dict[str, Any]]], object], within_s: float = WITHIN_S) -> None:
        """Return once something holds of what it has said."""
        with self._more:
            in_time = self._more.wait_for(lambda: holds(self.said), within_s)
        assert in_time, f"said {self.said}, and on stderr: {self.log.read_text()}"

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait(WITHIN_S)

    def ended(self) -> int:
        """Wait for its end; returns the exit code."""
        return self.process.wait(WITHIN_S)

    def close(self) -> None:
        """It is gone afterwards, whatever came of it, also when it was stopped."""
        self.kill()
        self._reader.join(WITHIN_S)
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                _pipe(pipe).close()


class AgentProcess(Talker):
    """``harness agent`` as a process of its own."""

    def close(self) -> None:
        """It is gone afterwards, and its sockets are, which a killed one leaves to the next of its host."""
        super().close()
        for told in (self.desk.directory / "state" / "agents").glob("*.json"):
            address = parse_address(told.read_text())
            if address.pid == self.process.pid:
                shutil.rmtree(address.directory)

    def has_told(self, happening: str, phone: str | None = None, times: int = 1) -> None:
        """Wait until it has told of something that often."""

        def holds(said: list[dict[str, Any]]) -> bool:
            told = [one for one in said if one["happening"] == happening]
            return len([one for one in told if phone is None or one["phone"] == phone]) >= times

        self.wait_until(holds)

    def has_told_that(self, words: str) -> None:
        """Wait until it has told of something in these words, among others."""
        self.wait_until(lambda said: any(words in one["text"] for one in said))

    def told(self, happening: str) -> list[str]:
        """What it has told of one kind of thing so far.

        It may be on its way still when the store, or another process, shows that it has happened.
        """
        return [one["text"] for one in self.said if one["happening"] == happening]


class HolderProcess(Talker):
    """A process that holds phones; see ``tests.virtual.farm.holder``."""

    def begin(self, *words: str) -> Callable[[], dict[str, Any]]:
        """Tell it to do something; what is returned waits for what came of it."""
        number = len(self.said)
        pipe = _pipe(self.process.stdin)
        pipe.write(" ".join(words) + "\n")
        pipe.flush()

        def answer() -> dict[str, Any]:
            self.wait_until(lambda said: len(said) > number)
            return self.said[number]

        return answer

    def do(self, *words: str) -> dict[str, Any]:
        """Have it do something; what came of it, which is no error.

        Raises:
            AssertionError: it is one.
        """
        answer = self.begin(*words)()
        assert "error" not in answer, answer
        return answer

    def fails(self, *words: str) -> str:
        """Have it do something that is refused; the name of the error."""
        return self.begin(*words)()["error"]


@dataclass(frozen=True)
class Site:
    """Where one test plays.

    Attributes:
        desk: where commands are run.
        store: where leases are kept.
    """

    desk: Desk
    store: str

    @contextmanager
    def agent(self, *words: str) -> Generator[AgentProcess]:
        """An agent that serves both phones; gone after the block."""
        command = [*HARNESS, "agent", "--host", HOST, "--store", self.store, "--json", *words]
        agent = AgentProcess(command, self.desk)
        try:
            yield agent
        finally:
            agent.close()

    @contextmanager
    def serving(self, *words: str) -> Generator[AgentProcess]:
        """An agent whose phones can be had."""
        with self.agent(*words) as agent:
            wait_for(lambda: len(self.free()) == 2, "both phones can be had")
            yield agent

    @contextmanager
    def holder(self, name: str = "pytest gw0") -> Generator[HolderProcess]:
        """A process that can hold phones; gone after the block."""
        command = [sys.executable, "-m", "tests.virtual.farm.holder", self.store, name]
        holder = HolderProcess(command, self.desk)
        try:
            holder.wait_until(len)
            yield holder
        finally:
            holder.close()

    def open_store(self) -> closing[LeaseStore]:
        """The store, for the length of the block."""
        return closing(LeaseStore.of(self.store))

    def phones(self) -> dict[str, PhoneView]:
        """Name -> phone, with the dead buried."""
        with self.open_store() as store:
            return {phone.name: phone for phone in store.snapshot().phones}

    def udid(self, name: str) -> str:
        """The UDID of a phone by its name."""
        return self.phones()[name].udid

    def state(self, name: str) -> PhoneState:
        """The state of a phone by its name."""
        return self.phones()[name].state

    def free(self) -> list[str]:
        """The names of the phones that can be had."""
        return [name for name, phone in self.phones().items() if phone.state is PhoneState.FREE]

    def wifi_is_on(self, name: str) -> bool:
        """What the phone itself says."""
        return self.desk.show(name)["wifi_on"]

    def switch_wifi_off(self, name: str) -> None:
        """What a process would have done to the phone after writing it down."""
        assert self.desk.shell("--phone", name, "wifi", "off").returncode == 0


def forget_epochs(desk: Desk) -> None:
    """Have agents here take any farm for the first: they remember on disk what they let through."""
    for epochs in (desk.directory / "state" / "agents").glob("*.epochs"):
        epochs.unlink()


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Look again and again at something in another process, which nobody here can be told of."""
    deadline_s = time.monotonic() + WITHIN_S
    pause = time.sleep
    while not condition():
        assert time.monotonic() < deadline_s, f"not within {WITHIN_S:g} s: {what}"
        pause(0.05)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def environment_of(directory: Path) -> dict[str, str]:
    """What makes this process see the same state directory as the processes of a site."""
    return {"HARNESS_STATE_DIR": str(directory / "state"), "HOME": str(directory), "PYTHONPATH": CHECKOUT}
