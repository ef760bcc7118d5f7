"""A process that is there before its app is launched."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.kernel.springboard import LaunchRefused
from tests.virtual.kernel.support import BUNDLE_ID, Bench


def test_a_prewarmed_process_runs_none_of_its_code_and_is_suspended(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.prewarm(BUNDLE_ID)
    assert any("(DAS Prewarm launch)" in line for line in bench.lines("runningboardd"))
    bench.wait(600)
    assert bench.calls == []
    assert bench.reported() == [4, 2]


def test_opening_a_prewarmed_app_launches_it_in_the_process_that_is_there(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.phone.prewarm(BUNDLE_ID)
    bench.wait(10)
    assert process is not None
    assert bench.phone.user_launch(BUNDLE_ID) == process.pid
    assert bench.calls == ["launched inactive", "active active"]
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_waking_a_prewarmed_app_launches_it_in_the_background(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.prewarm(BUNDLE_ID)
    bench.wait(10)
    bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "events")
    assert bench.calls == ["launched background"]
    bench.wait(10)
    bench.phone.user_launch(BUNDLE_ID)
    assert bench.calls[1:] == ["foreground background", "active active"]


def test_a_wake_right_behind_a_prewarm_launches_the_app_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.prewarm(BUNDLE_ID)
    bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "events")
    assert bench.calls == ["launched background"]


def test_an_app_that_runs_or_was_swiped_away_is_not_prewarmed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID)
    running = bench.phone.prewarm(BUNDLE_ID)
    assert running is not None
    assert running.pid == pid
    bench.phone.force_quit(BUNDLE_ID)
    assert bench.phone.prewarm(BUNDLE_ID) is None


@pytest.mark.parametrize(("ios", "marked"), [("15.8", True), ("16.7", False), ("26.0", False)])
def test_the_environment_tells_of_it_on_the_first_version_only(
    tmp_path: Path, ios: str, marked: bool
) -> None:
    bench = Bench(tmp_path, ios=ios)
    process = bench.phone.prewarm(BUNDLE_ID)
    assert process is not None
    assert ("ActivePrewarm" in process.environment) is marked


def test_nothing_is_launched_on_a_phone_that_is_down(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.shut_down()
    assert bench.phone.prewarm(BUNDLE_ID) is None
    for behind in (False, True):
        with pytest.raises(LaunchRefused):
            bench.phone.launch(BUNDLE_ID, activate_suspended=behind)
    assert bench.phone.running_processes() == ()
