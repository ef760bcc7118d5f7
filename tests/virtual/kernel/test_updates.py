"""Another build in the place of an app that is there: what ends, what moves, what goes on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.kernel.background.activities import TaskKind, TaskRequest
from harness.virtual.kernel.background.locationd import Region
from harness.virtual.kernel.developer.location import HOME
from harness.virtual.kernel.rules import TerminationCode
from tests.virtual.kernel.support import BUNDLE_ID, Bench


def update(bench: Bench) -> None:
    bench.phone.install(dataclasses.replace(bench.app, version="1.1", build="2"))


def test_a_suspended_app_is_ended_for_its_update_and_none_of_its_code_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    calls = list(bench.calls)
    update(bench)
    [record] = bench.exits
    assert (record.last_state, record.code) == (AppState.SUSPENDED, TerminationCode.NONE)
    assert not record.cause.writes_report
    assert bench.calls == calls
    assert bench.reported() == [8, 4, 2, 1]
    assert any(f"Updating {BUNDLE_ID} from 1.0 (1) to 1.1 (2)" in line for line in bench.lines("installd"))
    assert any("installd" in line and "Received termination" in line for line in bench.lines("runningboardd"))


def test_an_app_in_front_gives_way_to_the_home_screen(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    update(bench)
    assert bench.phone.springboard.front is None
    assert bench.calls[-1] == "active active"


def test_the_containers_move_and_the_data_stays(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    phone = bench.phone
    before = phone.containers.phone_path(BUNDLE_ID), phone.executable_path(bench.app)
    (phone.containers.path(BUNDLE_ID) / "Documents" / "kept").write_text("data")
    update(bench)
    after = phone.containers.phone_path(BUNDLE_ID), phone.executable_path(bench.app)
    assert not set(before) & set(after)
    assert (phone.containers.path(BUNDLE_ID) / "Documents" / "kept").read_text() == "data"


def test_the_next_launch_runs_the_new_build(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    update(bench)
    bench.phone.user_launch(BUNDLE_ID)
    assert bench.process.app is not None
    assert bench.process.app.build == "2"


@pytest.mark.parametrize("swiped", [False, True])
def test_what_the_system_keeps_for_an_app_outlives_its_update(tmp_path: Path, swiped: bool) -> None:
    bench = Bench(tmp_path, modes=("fetch",), tasks=("refresh",))
    bench.suspend()
    phone, request = bench.phone, TaskRequest("refresh", TaskKind.REFRESH)
    phone.locationd.watch(BUNDLE_ID, Region("home", HOME, 100))
    phone.dasd.register(bench.process, "refresh", lambda run: run.complete(True))
    phone.dasd.submit(bench.process, request)
    if swiped:
        phone.force_quit(BUNDLE_ID)
    update(bench)
    assert phone.dasd.pending(BUNDLE_ID) == (request,)
    assert len(phone.locationd.regions_of(BUNDLE_ID)) == 1
    assert phone.is_force_quit(BUNDLE_ID) is swiped
    assert bench.daemon.forgotten == []
