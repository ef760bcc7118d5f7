"""Placing one SIGKILL in a run that alters a phone, and looking at that phone when the next one gets it."""

from __future__ import annotations

import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.api.desk import Desk
from harness.config.places import STATE_DIR_VARIABLE
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.view import PhoneView
from harness.farm.reach import rack_phones
from harness.runtime.loop import LoopThread
from harness.virtual.control_client import ControlClient, open_control
from harness.virtual.launcher import start_rack
from tests.faults.altering import Hit

DEVICES = """\
version: 1
devices:
  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3", seed: 1}}
  - {name: v-18, virtual: {ios: "18.5", model: "iPhone14,5", seed: 1}}
"""

WITHIN_S = 60.0
"""Wall time after which something hangs."""

LOOK_EVERY_S = 0.02

SHOWN = ("wifi_on", "airplane", "background_refresh", "low_power", "leaves_by", "thermal")
"""What the virtual phone itself says of what can be altered."""


@dataclass(frozen=True)
class Placement:
    """Where a run is hit.

    Attributes:
        phone: name of the phone that it alters.
        hit: who is killed.
        step: at which of its steps.
        alone: whether the janitor is all there is; otherwise somebody wants the phone at once.
    """

    phone: str
    hit: Hit
    step: int
    alone: bool


@dataclass(frozen=True)
class Outcome:
    """What came of one placement.

    Attributes:
        placement: where.
        said: what the run said, such as the name of the step.
        at_first: what the phone showed before any run.
        found: what it showed when the run was dead.
        granted: what it showed when the next one got it.
        restored_s: wall time from the death to where it was as at first, and free or granted.
    """

    placement: Placement
    said: str
    at_first: dict[str, object]
    found: dict[str, object]
    granted: dict[str, object]
    restored_s: float

    @property
    def was_altered(self) -> bool:
        """Whether there was anything to restore that the phone itself shows."""
        return self.found != self.at_first


class Ground:
    """Phones whose process outlives every run that is hit, and somebody who wants them next.

    Args:
        state: the state directory.
        control: asks the phones themselves.
        loop: for the next one.
    """

    def __init__(self, state: Path, control: ControlClient, loop: LoopThread) -> None:
        self._state = state
        self._control = control
        self._loop = loop
        self._phones = {phone.name: phone for phone in rack_phones()}
        self.at_first = {name: self.shown(name) for name in self._phones}

    def shown(self, name: str) -> dict[str, object]:
        """What a phone shows of what can be altered."""
        told = self._control.ask({"do": "show", "phone": name})
        return {word: told[word] for word in SHOWN}

    def steps(self, name: str) -> int:
        """How many steps the whole way has, hit nowhere."""
        said = self._run(Placement(name, Hit.WORKER, 0, alone=True))
        found = re.fullmatch(r"steps (\d+)", said)
        assert found, said
        return int(found[1])

    def hit(self, placement: Placement) -> Outcome:
        """Run, hit, and have the next one get the phone."""
        said = self._run(placement)
        dead_s = time.monotonic()
        found = self.shown(placement.phone)
        if placement.alone:
            self._until_free(placement.phone)
        free_s = time.monotonic()
        granted = self._next(placement.phone)
        restored_s = (free_s if placement.alone else time.monotonic()) - dead_s
        return Outcome(placement, said, self.at_first[placement.phone], found, granted, restored_s)

    def left_s(self, name: str) -> float:
        """Wall time that the janitor takes after a run was killed whose phone was altered in two ways."""
        self._process("left", self._phones[name].identity.udid)
        dead_s = time.monotonic()
        if self.shown(name) == self.at_first[name]:
            raise RuntimeError("the phone was not altered")
        self._until_free(name)
        return time.monotonic() - dead_s

    def _run(self, placement: Placement) -> str:
        udid = self._phones[placement.phone].identity.udid
        return self._process("controller", udid, placement.hit, str(placement.step))

    def _process(self, *words: str) -> str:
        """What a run said; it has ended, with all of its processes, when its output has."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.faults.altering", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=WITHIN_S,
            start_new_session=True,
            check=False,
        )
        return done.stdout.strip()

    def _until_free(self, name: str) -> None:
        udid, deadline_s, pause = self._phones[name].identity.udid, time.monotonic() + WITHIN_S, time.sleep
        with self._store() as store:
            while not _is_free(store.snapshot().phone(udid)):
                assert time.monotonic() < deadline_s, f"{store.snapshot()}\n{self.log()}"
                pause(LOOK_EVERY_S)

    def _next(self, name: str) -> dict[str, object]:
        """What a phone shows at the moment when a test gets it."""
        store = LeaseStore.open()
        desk = Desk(self._loop, None, list(self._phones.values()), store, "next")
        try:
            desk.take([self._phones[name].identity], note="t::next", within_s=WITHIN_S)
            return self.shown(name)
        finally:
            desk.close()

    @contextmanager
    def _store(self) -> Generator[LeaseStore]:
        store = LeaseStore.open()
        try:
            yield store
        finally:
            store.close()

    def log(self) -> str:
        """What janitors could not handle."""
        path = self._state / "janitor.log"
        return path.read_text() if path.exists() else ""


def _is_free(phone: PhoneView | None) -> bool:
    return phone is None or phone.state is PhoneState.FREE


@contextmanager
def ground(directory: Path) -> Generator[Ground]:
    """A rack of its own, in a state directory of its own, for the length of the block."""
    (directory / "devices.yaml").write_text(DEVICES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(STATE_DIR_VARIABLE, str(directory / "state"))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)]))
        with (
            start_rack(directory / "devices.yaml") as rack,
            open_control(rack.address.control) as control,
            LoopThread() as loop,
        ):
            yield Ground(directory / "state", control, loop)


def placement(number: int, count: int, steps: dict[str, int], pick: random.Random) -> Placement:
    """One of ``count``: together they go evenly through all steps, who is hit, and who comes next.

    Args:
        number: which one, from 0.
        count: how many there are.
        steps: phone -> how many steps its way has.
        pick: where exactly.
    """
    # One in four with the phone that is reached by a tunnel.
    phone = list(steps)[number % 4 == 3]
    step = 1 + int((number + pick.random()) * steps[phone] / count)
    return Placement(phone, list(Hit)[number % 3], step, alone=number % 2 == 0)


def told(outcomes: Sequence[Outcome]) -> str:
    """How long restoring took, of those that found something to restore."""
    altered = [one for one in outcomes if one.was_altered]
    lines = [f"{len(outcomes)} placements, {len(altered)} of them found the phone altered"]
    for words, alone in (("by the janitor", True), ("by the next", False)):
        took = sorted(one.restored_s for one in altered if one.placement.alone is alone)
        if took:
            median = statistics.median(took)
            lines.append(f"restored {words}: {len(took)}, median {median:.2f} s, at most {took[-1]:.2f} s")
    hits = Counter(one.placement.hit for one in outcomes)
    return "\n".join([*lines, ", ".join(f"{hits[hit]} hit the {hit}" for hit in Hit)])
