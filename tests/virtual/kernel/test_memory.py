"""Memory: who is warned, who is ended, in which order, and what is left of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.model.states import AppState
from harness.virtual.apps.runtime import allocate, free
from harness.virtual.apps.uikit import UIApplication
from harness.virtual.kernel import memory
from harness.virtual.kernel.memory import CODES, GIB, RAM_BYTES, JetsamReason
from harness.virtual.kernel.rules import ExitDomain
from harness.virtual.versions.products import PRODUCTS
from tests.virtual.kernel.support import BUNDLE_ID, Bench

SETTINGS, NOTES, SAFARI = "com.apple.Preferences", "com.apple.mobilenotes", "com.apple.mobilesafari"


def taking(size_bytes: int) -> dict[str, Callable[[UIApplication], None]]:
    """What an app does that takes memory whenever it is in front."""
    return {"active": lambda _: allocate(size_bytes)}


def run_short(bench: Bench) -> None:
    """Have the app in front take so much that a little too little is left."""
    phone = bench.phone
    left_bytes = int(phone.memory.size_bytes * memory.JETSAM_SHARE)
    phone.memory.allocate(bench.process, phone.memory.available_bytes - left_bytes + 16_384)


def report_of(bench: Bench) -> dict[str, Any]:
    [path] = bench.phone.crash_reports.directory.iterdir()
    return json.loads(path.read_text().split("\n", 1)[1])


def test_an_app_that_takes_too_much_is_ended_for_that(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on=taking(4 * GIB))
    bench.phone.launch(BUNDLE_ID)
    [record] = bench.exits
    assert (record.domain, record.code) == (ExitDomain.JETSAM, CODES[JetsamReason.PER_PROCESS_LIMIT])
    assert record.last_state is AppState.FOREGROUND_ACTIVE
    [victim] = [one for one in report_of(bench)["processes"] if "reason" in one]
    assert (victim["reason"], victim["pid"]) == ("per-process-limit", record.pid)
    assert victim["rpages"] > 4 * GIB // 16_384
    assert not bench.phone.is_force_quit(BUNDLE_ID)


def test_no_code_runs_behind_the_allocation_that_ended_its_process(tmp_path: Path) -> None:
    after: list[int] = []

    def grow(_: UIApplication) -> None:
        allocate(4 * GIB)
        after.append(1)

    bench = Bench(tmp_path, on={"active": grow})
    bench.phone.launch(BUNDLE_ID)
    assert len(bench.exits) == 1
    assert after == []


def test_when_memory_is_short_suspended_apps_go_first_and_the_oldest_of_them(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    phone = bench.phone
    pids: list[int] = []
    for bundle_id in (SAFARI, NOTES, SETTINGS):
        pids.append(phone.user_launch(bundle_id))
        phone.press_home()
        bench.wait(5)
    phone.launch(BUNDLE_ID)
    run_short(bench)
    assert [record.pid for record in bench.exits] == pids[:1]
    phone.memory.allocate(bench.process, 40_000_000)
    assert [record.pid for record in bench.exits] == pids[:2]
    assert {record.last_state for record in bench.exits} == {AppState.SUSPENDED}
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_what_runs_in_the_background_goes_before_what_is_in_front(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    phone = bench.phone
    behind = phone.user_launch(SETTINGS)
    phone.attach_debugger(behind)
    phone.launch(BUNDLE_ID)
    bench.wait(10)
    run_short(bench)
    apps = [record for record in bench.exits if record.bundle_id]
    assert [(record.pid, record.last_state) for record in apps] == [(behind, AppState.BACKGROUND_RUNNING)]


def test_the_last_app_in_front_goes_when_nothing_else_is_left(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    own_bytes = bench.phone.memory.limit_bytes - bench.phone.memory.footprint_bytes(bench.process)
    bench.phone.memory.allocate(bench.process, own_bytes)
    [record] = bench.exits
    assert record.reason == JetsamReason.VM_PAGE_SHORTAGE


@pytest.mark.parametrize("model", RAM_BYTES)
def test_one_app_that_takes_all_it_may_drives_suspended_ones_out(tmp_path: Path, model: str) -> None:
    bench = Bench(tmp_path, model=model)
    suspended = bench.phone.user_launch(SETTINGS)
    bench.phone.launch(BUNDLE_ID)
    bench.wait(10)
    while not bench.exits:
        bench.phone.memory.allocate(bench.process, 20_000_000)
    assert bench.exits[0].pid == suspended


def test_apps_that_run_are_warned_once_before_anyone_is_ended(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    most_bytes = bench.phone.memory.available_bytes
    bench.phone.memory.allocate(bench.process, int(most_bytes - bench.phone.memory.size_bytes * 0.1))
    bench.phone.memory.allocate(bench.process, 1_000_000)
    assert bench.exits == []
    assert bench.calls.count("warned active") == 1


def test_memory_that_is_given_back_is_there_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"active": lambda _: allocate(GIB), "background": lambda _: free(2 * GIB)})
    bench.phone.launch(BUNDLE_ID)
    in_front = bench.phone.memory.available_bytes
    bench.phone.press_home()
    assert bench.phone.memory.available_bytes > in_front + GIB // 2
    assert bench.process.allocated_bytes == 0


def test_apps_that_ask_for_nothing_all_fit(tmp_path: Path) -> None:
    bench = Bench(tmp_path, model="iPhone9,3")
    for app in bench.phone.apps:
        bench.phone.user_launch(app.bundle_id)
        bench.wait(5)
    assert bench.exits == []


def test_every_known_model_has_a_size_and_every_reason_a_number() -> None:
    assert set(RAM_BYTES) == {product.model for product in PRODUCTS}
    assert set(CODES) == set(JetsamReason)
