"""Killing an app through an agent that has its phone open: this harness's command against go-ios'.

go-ios has its tunnel open likewise, where the phone has one: its own agent holds it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from harness.virtual.address import PhoneAddress, RackAddress
from tests.bench.figures import Aim, Figure, Spread, interleaved
from tests.bench.stage import APP, BIN, IOS_16, IOS_18, ROOT, Stage, stage
from tests.virtual.judges.agent import tunnels

AIM = Aim("ratio", 0.6)

PARTS = {"kill-resident-16": IOS_16, "kill-resident-18": IOS_18}
"""Part -> iOS and product type of the phone."""

HOST = "bench"
READY_WITHIN_S = 60.0

ONLY_AGENT = """
import os, sys
from harness.cli.fast import attempt
sys.exit(attempt(sys.argv[1:], os.environ) != 0)
"""

FIRST_WITH_TUNNEL = 17
NO_TUNNEL = ("--tunnel-info-port=1",)
"""Nobody answers there: a tunnel of this host's is none of this benchmark's."""


def measure(part: str, runs: int) -> list[Figure]:
    """Wall time of both commands, each a new process, in turn on the same phone."""
    with ExitStack() as kept:
        place = kept.enter_context(stage())
        rack = kept.enter_context(place.rack(place.devices_file(1, [PARTS[part]]))).address
        (phone,) = rack.phones
        options = kept.enter_context(_tunnel(place, rack, phone))
        kept.enter_context(_agent(place, phone, PARTS[part]))
        kill = Kill(place, rack, options)
        ours, theirs = interleaved(runs, [lambda: kill.timed(kill.ours), lambda: kill.timed(kill.theirs)])
    measured, against = Spread(_shown(kill.ours), ours), Spread(_shown(kill.theirs), theirs)
    return [Figure(part, "ms", measured, against, AIM)]


def _shown(command: Sequence[str]) -> str:
    return " ".join(command).removeprefix(f"{BIN}/")


@contextmanager
def _tunnel(place: Stage, rack: RackAddress, phone: PhoneAddress) -> Generator[tuple[str, ...]]:
    """go-ios' own tunnel, for the length of the block; yields the options that lead through it."""
    if int(phone.ios.split(".")[0]) < FIRST_WITH_TUNNEL:
        yield NO_TUNNEL
        return
    directory = place.path / "go-ios"
    directory.mkdir()
    with tunnels([phone.udid], {**place.environment, **_mux(rack)}, directory) as options:
        yield options


def _mux(rack: RackAddress) -> Mapping[str, str]:
    return {"USBMUXD_SOCKET_ADDRESS": rack.usbmux}


@contextmanager
def _agent(place: Stage, phone: PhoneAddress, model: tuple[str, str]) -> Generator[None]:
    """An agent that has the phone open, for the length of the block."""
    devices = place.path / "rack.yaml"
    spec = f'{{ios: "{model[0]}", model: "{model[1]}", seed: 0}}'
    entry = f"  - {{name: {phone.name}, host: {HOST}, virtual: {spec}}}"
    devices.write_text(f"version: 1\nhosts: {{{HOST}: {{}}}}\ndevices:\n{entry}\n")
    command = [str(BIN / "harness"), "agent", "--host", HOST, "--devices", str(devices)]
    agent = subprocess.Popen(
        command, cwd=place.path, env=place.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await_resident(place, phone)
        yield
    finally:
        agent.terminate()
        agent.wait()


def _await_resident(place: Stage, phone: PhoneAddress) -> None:
    """Return once the agent has done something with the phone, and not the command by itself."""
    command = [sys.executable, "-c", ONLY_AGENT, "state", "--phone", phone.name]
    deadline_s = time.monotonic() + READY_WITHIN_S
    while subprocess.run(command, cwd=ROOT, env=place.environment, capture_output=True).returncode:
        if time.monotonic() > deadline_s:
            raise RuntimeError("no agent serves the phone")


class Kill:
    """One phone, and the two commands that can kill its app.

    Args:
        place: where it happens.
        rack: of one phone.
        options: that go-ios takes besides.
    """

    def __init__(self, place: Stage, rack: RackAddress, options: tuple[str, ...]) -> None:
        self._place = place
        self._mux = {**_mux(rack), "PATH": os.environ["PATH"]}
        (phone,) = rack.phones
        self._last_pid = 0
        self._launching = (str(BIN / "harness"), "launch-app", APP, "--phone", phone.name, "--json")
        self.ours = (str(BIN / "harness"), "kill-app", APP, "--phone", phone.name)
        self.theirs = ("ios", "kill", APP, f"--udid={phone.udid}", *options)

    def timed(self, command: Sequence[str]) -> float:
        """Launch the app, and kill it with a command; wall milliseconds of that command."""
        self._launch()
        began_s = time.perf_counter()
        self._place.run(command, self._mux)
        return (time.perf_counter() - began_s) * 1000

    def _launch(self) -> None:
        pid = int(json.loads(self._place.run(self._launching))["pid"])
        if pid == self._last_pid:
            # A launch brings an instance that still runs to the front.
            raise RuntimeError(f"process {pid} outlived the command that was to kill it")
        self._last_pid = pid
