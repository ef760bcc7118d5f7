"""The books of processor time and memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.model.states import AppState
from harness.virtual.kernel.processes.activity import CORES, PAGE_BYTES
from tests.virtual.kernel.support import BUNDLE_ID, Bench


def test_an_app_in_front_uses_its_share_of_a_core(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    bench.wait(100)
    used_s = bench.phone.activity.cpu_time(bench.process).total_s
    assert used_s == pytest.approx(100 * CORES[AppState.FOREGROUND_ACTIVE])


def test_a_suspended_app_uses_nothing_and_keeps_what_it_used(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    before = bench.phone.activity.cpu_time(process)
    bench.wait(1000)
    assert bench.phone.activity.cpu_time(process) == before
    assert before.user_s > before.system_s > 0


def test_a_stopped_app_uses_nothing_until_it_goes_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID)
    bench.phone.signal(pid, 17)
    bench.wait(50)
    bench.phone.signal(pid, 19)
    assert bench.phone.activity.cpu_time(bench.process).total_s == 0
    bench.wait(1)
    assert bench.phone.activity.cpu_time(bench.process).total_s > 0


def test_a_launch_begins_new_books(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = bench.phone.launch(BUNDLE_ID)
    bench.wait(50)
    bench.phone.signal(first, 9)
    bench.phone.launch(BUNDLE_ID)
    assert bench.phone.activity.cpu_time(bench.process).total_s == 0
    assert first not in bench.phone.activity._accounts  # pyright: ignore[reportPrivateUsage]


def test_an_app_in_front_holds_more_memory_than_a_suspended_one_in_whole_pages(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    in_front = bench.phone.activity.footprint_bytes(bench.process)
    bench.phone.press_home()
    bench.wait(5)
    assert bench.phone.activity.footprint_bytes(bench.process) < in_front
    assert in_front % PAGE_BYTES == 0


ACTS = st.sampled_from(["launch", "home", "wait", "stop", "go on"])


@settings(max_examples=25, deadline=None)
@given(acts=st.lists(ACTS, max_size=12))
def test_processor_time_never_runs_backwards(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    bench = Bench(tmp_path_factory.mktemp("books"))
    pid = bench.phone.launch(BUNDLE_ID)
    last_s = 0.0
    for act in acts:
        match act:
            case "launch":
                bench.phone.launch(BUNDLE_ID, kill_existing=False)
            case "home":
                bench.phone.press_home()
            case "stop" | "go on":
                bench.phone.signal(pid, 17 if act == "stop" else 19)
            case _:
                bench.wait(2)
        process = bench.phone.processes.get(pid)
        if process is None:
            return
        used_s = bench.phone.activity.cpu_time(process).total_s
        assert last_s <= used_s <= bench.phone.clock.now_s - process.started_s
        last_s = used_s
