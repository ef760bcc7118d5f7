"""The test run on the rack: its tests are generated, and what came of each is read from what it left."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tests.plugins.runs import UNASKED
from tests.rack.site import VERSIONS, Site

WORKERS = 8

LONGEST_S = 4.5
"""Of a test's talk with its phones, in wall time. Talk costs little beside what it takes to begin a test."""

CONFTEST = """\
import os
import random
import time

import pytest

from harness.drivers.pmd3.imports import prepare
from harness.plugins import PLUGINS

prepare()
from tests.rack import use

pytest_plugins = PLUGINS
use.say_who()


def pytest_configure(config):
    if hasattr(config, "workerinput"):
        use.note("worker")


def pytest_collection_modifyitems(items):
    # Tests of every kind are there to be hit at any time, and not those that alter phones at the end alone.
    random.Random(len(items)).shuffle(items)


def pytest_collection_finish(session):
    if hasattr(session.config, "workerinput"):
        use.note_collected([item.nodeid for item in session.items])


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    began_s = time.monotonic()
    result = yield
    if fixturedef.argname == "leased_phones":
        use.note("waited", time.monotonic() - began_s)
    return result


@pytest.fixture(autouse=True)
def logged(request):
    use.note("begin", request.node.nodeid)
    yield
    use.note("end", request.node.nodeid)
"""

HEAD = """\
import pytest

from tests.rack.use import talk, use


"""

PLAIN = """\
@pytest.mark.parametrize("for_s", {lengths})
{mark}def test_{name}(leased_phones, usbmux, for_s):
    use(leased_phones, usbmux, for_s)


"""

ALTERING = """\
@pytest.mark.parametrize("for_s", {lengths})
{mark}def test_{name}(device, leased_phones, usbmux, for_s):
    use(leased_phones, usbmux, 0)
    device.network.wifi_off()
    device.wait(1)
    talk(leased_phones, usbmux, for_s)


"""

OF_A_VERSION = "::test_ios_"
"""In the name of a test that two phones would do for, one at each host."""

SHARES = {"any": 0.3, "version": 0.3, "two": 0.15, "altering": 0.25}
"""Kind of test -> how many of the tests are of it."""


def module(tests: int, seed: int) -> str:
    """A module of so many tests of mixed kinds and lengths."""
    chance = random.Random(seed)
    counts = {kind: max(1, round(tests * share)) for kind, share in SHARES.items()}
    each = {kind: max(1, count // len(VERSIONS)) for kind, count in counts.items()}
    parts = [HEAD, _tests(PLAIN, "any", "", counts["any"], chance)]
    for ios in VERSIONS:
        mark, name = f'@pytest.mark.device(ios="{ios}")\n', f"ios_{ios.partition('.')[0]}"
        parts.append(_tests(PLAIN, name, mark, each["version"], chance))
        # With a mark, for tests that few phones would do for are begun first, while there is chaos.
        parts.append(_tests(ALTERING, f"{name}_altered", mark, each["altering"], chance))
    parts.append(_tests(PLAIN, "two", "@pytest.mark.device(count=2)\n", counts["two"], chance))
    return "".join(parts)


def _tests(kind: str, name: str, mark: str, count: int, chance: random.Random) -> str:
    return kind.format(name=name, mark=mark, lengths=_lengths(count, chance))


def _lengths(count: int, chance: random.Random) -> list[float]:
    # A few long ones among many short ones, all different, so that each is a test with a name of its own.
    return sorted({round(LONGEST_S * chance.random() ** 2, 4) for _ in range(count)}, key=str)


class Run:
    """One run of pytest on the rack.

    Args:
        site: the rack.
        tests: how many tests, about.
        seed: of what is left to chance.
    """

    def __init__(self, site: Site, tests: int, seed: int) -> None:
        self._path = site.path
        (self._path / "pytest.ini").write_text("[pytest]\n")
        (self._path / "conftest.py").write_text(CONFTEST)
        (self._path / "test_it.py").write_text(module(tests, seed))
        controls = {phone.name: host.address.control for host in site.hosts for phone in host.address.phones}
        (self._path / "controls.json").write_text(json.dumps(controls))
        words = ["-n", str(WORKERS), "--devices=rack.yaml", "--device-wait=120", "--max-worker-restart=9999"]
        words += ["--junitxml=junit.xml", "-q"]
        command = [sys.executable, "-m", "pytest", *UNASKED, *words]
        self.process = site.place.start(command, "pytest.log")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def calm(self) -> None:
        """Have tests be short from now on."""
        (self._path / "over").touch()

    def has_phones(self) -> bool:
        """Whether as many tests as it has workers have had phones: now there is something to be disturbed."""
        return len([words for words in self.log() if words[2] == "waited"]) >= WORKERS

    def workers(self) -> list[int]:
        """The processes of its workers that are alive."""
        alive = _alive()
        return [pid for pid in workers_of(self.log()) if pid in alive]

    def log(self) -> list[list[str]]:
        """What its tests have written down: the lines, by words."""
        path = self._path / "run.log"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def said(self) -> str:
        """What it printed."""
        return (self._path / "pytest.log").read_text()

    def results(self) -> Results:
        """What came of it, once it has ended."""
        return Results(self._collected(), _attempts(self._path / "junit.xml"), self.log())

    def _collected(self) -> tuple[str, ...]:
        return tuple(json.loads((self._path / "collected.json").read_text()))

    def close(self) -> None:
        """It does not run afterwards."""
        self.process.kill()
        self.process.wait()


def workers_of(log: Iterable[Sequence[str]]) -> list[int]:
    """The processes of all workers that there were, by the log of a run."""
    return [int(words[1]) for words in log if words[2] == "worker"]


def _alive() -> set[int]:
    """The processes of this machine, but for those that have ended and that nobody has asked about yet.

    Those go on taking signals: a worker that was killed would be killed again and again.
    """
    said = subprocess.run(["ps", "axo", "pid=,stat="], capture_output=True, text=True, check=True).stdout
    return {int(pid) for pid, state in (line.split() for line in said.splitlines()) if "Z" not in state}


@dataclass(frozen=True)
class Attempt:
    """One attempt at a test, as JUnit has it.

    Attributes:
        outcome: ``passed``, ``moved`` when the rack has interrupted it and it is run again, ``crashed`` when
            its worker died, ``failed`` or ``error``.
        words: why.
    """

    outcome: str
    words: str = ""

    @property
    def is_final(self) -> bool:
        """Whether nothing comes after it."""
        return self.outcome != "moved"

    @property
    def is_of_end(self) -> bool:
        """Whether it is what went wrong at the end of a test, when things are put back."""
        return self.words.startswith("failed on teardown")


def _attempts(junit: Path) -> dict[str, list[Attempt]]:
    found: dict[str, list[Attempt]] = defaultdict(list)
    for case in ElementTree.parse(junit).iter("testcase"):
        found[_nodeid(case)].append(_attempt(case))
    return found


def _nodeid(case: ElementTree.Element) -> str:
    # xdist names a test that its worker died in by its whole node id.
    name = case.get("name", "")
    return name if "::" in name else f"test_it.py::{name}"


def _attempt(case: ElementTree.Element) -> Attempt:
    for tag, outcome in (("failure", "failed"), ("error", "error"), ("skipped", "moved")):
        element = case.find(tag)
        if element is not None:
            words = f"{element.get('message', '')}\n{element.text or ''}"
            return Attempt("crashed" if "crashed while running" in words else outcome, words)
    return Attempt("passed")


@dataclass(frozen=True)
class Results:
    """What a run came to.

    Attributes:
        collected: its tests.
        attempts: test -> its attempts, in order.
        log: what the tests wrote down themselves.
    """

    collected: tuple[str, ...]
    attempts: dict[str, list[Attempt]]
    log: Sequence[Sequence[str]]

    def unaccounted(self) -> dict[str, str]:
        """Test -> why it is not accounted for exactly once, or was run in silence."""
        begun = Counter(words[3] for words in self.log if words[2] == "begin")
        found = {test: self._fault(self.attempts.get(test, []), begun[test]) for test in self.collected}
        strangers = dict.fromkeys(self.attempts.keys() - set(self.collected), "nobody collected it")
        return {test: fault for test, fault in found.items() if fault} | strangers

    def _fault(self, attempts: Sequence[Attempt], begun: int) -> str:
        finals = [one for one in attempts if one.is_final]
        # What goes wrong at the end of a test that has failed is told beside that.
        if len(finals) == 2 and finals[0].outcome == "failed" and finals[1].is_of_end:
            finals.pop()
        if len(finals) != 1:
            return f"it came to {[one.outcome for one in finals]}"
        if begun > len(attempts):
            return f"it was begun {begun} times, and {len(attempts)} attempts were told of"
        return ""

    def refused(self) -> list[str]:
        """The tests that ended before they had begun, by no fault that had interrupted them.

        What cannot be put back at the end of a test is another matter: the agent puts it back. So is the way
        to a phone that breaks while a test gets it, when the only other phone that would do is away as well.
        """
        return [
            f"{test}: {one.words}"
            for test, several in self.attempts.items()
            for one in several
            if one.outcome == "error"
            and not one.is_of_end
            and several[0].outcome != "moved"
            and not (OF_A_VERSION in test and "HostLost: " in one.words)
        ]

    def of(self, outcome: str) -> list[Attempt]:
        """The attempts with an outcome."""
        return [one for several in self.attempts.values() for one in several if one.outcome == outcome]

    def waits_s(self) -> list[float]:
        """How long tests waited for their phones, from the shortest on."""
        return sorted(float(words[3]) for words in self.log if words[2] == "waited")
