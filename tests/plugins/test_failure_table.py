"""What each failure of a rack costs, as far as test runs go: one test for each, named for the outcome.

What hosts, agents and their phones make of theirs is in ``tests/virtual/farm/test_failure_table.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.config.places import STATE_DIR_VARIABLE
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from tests.plugins.runs import Ended, Place
from tests.virtual.cli.desk import Desk
from tests.virtual.farm.site import Site, environment_of

NOTED = """\
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.farm.reach import running_racks
from harness.farm.leases.store import LeaseStore
from harness.virtual.control_client import open_control


def note(name, device):
    with Path(f"{name}.notes").open("a") as file:
        file.write(device.name + "\\n")


def to_phone(device, verb):
    (rack,) = running_racks()
    with open_control(rack.control) as control:
        control.ask({"do": verb, "phone": device.name})


@pytest.mark.parametrize("number", range(6))
def test_other(app, device, number):
    app.launch()
    note(f"other-{number}", device)


"""

OTHERS = [f"other-{number}" for number in range(6)]


def noted(path: Path) -> dict[str, list[str]]:
    """Test -> the phones that it ran on, once for each time."""
    return {one.stem: one.read_text().split() for one in sorted(path.glob("*.notes"))}


def each_once(ended: Ended, path: Path, *besides: str) -> None:
    """All other tests ran, none of them twice."""
    ran = noted(path)
    assert sorted(ran) == sorted([*OTHERS, *besides]), ended.said
    assert {len(phones) for name, phones in ran.items() if name in OTHERS} == {1}


def states(place: Place, monkeypatch: pytest.MonkeyPatch) -> set[PhoneState]:
    """How the phones of a run are left."""
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(place.path / "state"))
    store = LeaseStore.open()
    try:
        return {phone.state for phone in store.snapshot().phones}
    finally:
        store.close()


# ---- workers

DIES = """\
def test_dies(app, device):
    app.launch()
    note("dies", device)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_that_is_killed_costs_the_test_that_it_was_in_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, NOTED + DIES)
    ended = place.run("-q", "-n2")
    assert ended.status == pytest.ExitCode.TESTS_FAILED
    assert "1 failed, 6 passed" in ended.said, ended.said
    assert "crashed while running 'test_it.py::test_dies'" in ended.said
    each_once(ended, tmp_path, "dies")
    assert len(noted(tmp_path)["dies"]) == 1
    assert states(place, monkeypatch) == {PhoneState.FREE}


HANGS = """\
WAKE = '''
import os, signal, sys, threading
from pathlib import Path
tick = threading.Event()
for _ in range(1200):
    if len(list(Path().glob("other-*.notes"))) == 6:
        Path("all-there").touch()
        break
    tick.wait(0.1)
os.kill(int(sys.argv[1]), signal.SIGCONT)
'''


def test_hangs(app, device):
    app.launch()
    subprocess.Popen([sys.executable, "-c", WAKE, str(os.getpid())])
    os.kill(os.getpid(), signal.SIGSTOP)
    assert Path("all-there").exists()
    note("hangs", device)
"""


def test_what_waits_behind_a_worker_that_hangs_is_run_by_the_others(tmp_path: Path) -> None:
    ended = Place(tmp_path, NOTED + HANGS).run("-q", "-n2")
    assert ended.status == pytest.ExitCode.OK, ended.said
    each_once(ended, tmp_path, "hangs")


# ---- phones

UNPLUGGED = """\
def test_unplugged(app, device):
    app.launch()
    note("unplugged", device)
    if len(Path("unplugged.notes").read_text().split()) == 1:
        to_phone(device, "cut-cable")
    app.background()
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["one process", "workers"])
def test_a_phone_that_is_unplugged_in_a_test_costs_that_phone_and_the_test_runs_on_another(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    ended = Place(tmp_path, NOTED + UNPLUGGED).run("-q", *workers)
    assert ended.status == pytest.ExitCode.OK, ended.said
    assert "7 passed, 1 rerun" in ended.said, ended.said
    each_once(ended, tmp_path, "unplugged")
    first, second = noted(tmp_path)["unplugged"]
    assert {first, second} == {"v-a", "v-b"}
    assert f"(on {first})" in ended.said
    assert f"  then passed on {second}" in ended.said


# ---- hosts

HOSTED = """\
version: 1
hosts: {mini1: {}}
devices:
  - {name: v-a, host: mini1, labels: {rack: a}, virtual: {ios: "16.7", seed: 1}}
  - {name: v-b, host: mini1, virtual: {ios: "16.7", seed: 2}}
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two virtual phones that run beside the test runs; their agent is started by the test."""
    directory = tmp_path / "site"
    directory.mkdir()
    (directory / "devices.yaml").write_text(HOSTED)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(directory).items():
            patch.setenv(name, value)
        desk = Desk(directory)
        with desk.serving():
            yield Site(desk, "sqlite")


REVOKED = """\
def test_revoked(app, device):
    app.launch()
    note("revoked", device)
    if len(Path("revoked.notes").read_text().split()) == 1:
        store = LeaseStore.open()
        store.revoke(device.udid)
        store.close()
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        app.launch()
        app.background()
        if len(Path("revoked.notes").read_text().split()) == 2:
            return
"""


def test_a_lease_that_is_taken_in_a_test_is_cut_and_the_test_runs_on_another_phone(
    tmp_path: Path, site: Site
) -> None:
    with site.serving():
        run = tmp_path / "run"
        run.mkdir()
        ended = Place(run, NOTED + REVOKED, HOSTED).run("-q", "-n2", variables=site.desk.environment)
        assert ended.status == pytest.ExitCode.OK, ended.said
        assert "7 passed, 1 rerun" in ended.said, ended.said
        each_once(ended, run, "revoked")
        assert len(set(noted(run)["revoked"])) == 2


LOST_IN_TURN = """\
from pathlib import Path

from harness.errors import DeviceLost


def lose_once(test, device):
    if not Path(test).exists():
        Path(test).write_text(device.name)
        raise DeviceLost("it went away", phone=device.name)


def test_one(device):
    lose_once("one", device)


def test_two(device):
    lose_once("two", device)
"""


def test_a_phone_that_was_lost_and_is_served_again_will_do_for_the_next_test_that_is_interrupted(
    tmp_path: Path, site: Site
) -> None:
    with site.serving():
        run = tmp_path / "run"
        run.mkdir()
        ended = Place(run, LOST_IN_TURN, HOSTED).run("-q", variables=site.desk.environment)
    assert "2 passed, 2 rerun" in ended.said, ended.said
    assert {(run / name).read_text() for name in ("one", "two")} == {"v-a", "v-b"}
