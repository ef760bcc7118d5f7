"""UIKit as app code sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from harness.model.settings import BackgroundRefresh
from harness.virtual.apps.uikit import (
    UNLIMITED_S,
    DispatchQueue,
    NotificationCenter,
    ProcessInfo,
    UIApplication,
    UIApplicationState,
    UIBackgroundRefreshStatus,
    UserDefaults,
    exit_process,
)
from harness.virtual.kernel.processes.process import current_thread
from harness.virtual.kernel.rules import AssertionKind
from tests.virtual.kernel.support import BUNDLE_ID, EPOCH_S, Bench

Result = TypeVar("Result")


def opened(root: Path) -> Bench:
    bench = Bench(root)
    bench.phone.launch(BUNDLE_ID, arguments=("-x", "1"), environment={"MODE": "test"})
    return bench


def run(bench: Bench, code: Callable[[], Result]) -> Result:
    """Run code in the app and give back what it returned."""
    results: list[Result] = []
    bench.process.enqueue(lambda: results.append(code()))
    [result] = results
    return result


def test_the_application_is_that_of_the_running_process(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    assert run(bench, UIApplication.shared) is bench.process.application
    assert bench.process.application.application_state is UIApplicationState.ACTIVE


def test_async_work_runs_after_the_code_that_asked_for_it(tmp_path: Path) -> None:
    bench, order = opened(tmp_path), list[str]()

    def code() -> None:
        DispatchQueue.main().async_(lambda: order.append(f"work on {current_thread()}"))
        DispatchQueue.background().async_(lambda: order.append(f"work on {current_thread()}"))
        order.append("code")

    run(bench, code)
    assert order == ["code", "work on main", "work on other"]


def test_delayed_work_comes_in_phone_time_and_can_be_taken_back(tmp_path: Path) -> None:
    bench, ran = opened(tmp_path), list[float]()
    clock = bench.phone.clock
    run(bench, lambda: DispatchQueue.main().async_after(5.0, lambda: ran.append(clock.now_s - EPOCH_S)))
    taken_back = run(bench, lambda: DispatchQueue.main().async_after(6.0, lambda: ran.append(-1.0)))
    taken_back.cancel()
    bench.wait(10)
    assert ran == [pytest.approx(5.0)]


def test_delayed_work_waits_for_a_suspended_app_and_dies_with_a_dead_one(tmp_path: Path) -> None:
    bench, ran = opened(tmp_path), list[str]()
    run(bench, lambda: DispatchQueue.main().async_after(60.0, lambda: ran.append("late")))
    run(bench, lambda: DispatchQueue.main().async_after(600.0, lambda: ran.append("never")))
    bench.phone.press_home()
    bench.wait(120)
    assert ran == []
    bench.phone.user_launch(BUNDLE_ID)
    assert ran == ["late"]
    bench.phone.signal(bench.process.pid, 9)
    bench.phone.user_launch(BUNDLE_ID)
    bench.wait(1_000)
    assert ran == ["late"]


def test_user_defaults_outlive_the_process(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    run(bench, lambda: UserDefaults.standard().set({"n": [1, 2]}, "kept"))
    run(bench, lambda: UserDefaults.standard().set("x", "dropped"))
    run(bench, lambda: UserDefaults.standard().remove_object("dropped"))
    bench.phone.signal(bench.process.pid, 9)
    bench.phone.user_launch(BUNDLE_ID)
    assert run(bench, lambda: UserDefaults.standard().object("kept")) == {"n": [1, 2]}
    assert run(bench, lambda: UserDefaults.standard().object("dropped")) is None
    assert (bench.phone.containers.path(BUNDLE_ID) / f"Library/Preferences/{BUNDLE_ID}.json").exists()


def test_a_process_knows_its_arguments_environment_and_debugger(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    info = run(bench, ProcessInfo.current)
    assert (info.arguments, info.environment["MODE"]) == (("-x", "1"), "test")
    assert (info.pid, info.traced, info.thread) == (bench.process.pid, False, "main")
    assert (info.boot_id, info.build, info.wall_s) == (bench.phone.boot_id, "1", EPOCH_S)
    bench.phone.attach_debugger(info.pid)
    assert run(bench, ProcessInfo.current).traced


def test_a_darwin_notification_runs_app_code_on_the_main_thread(tmp_path: Path) -> None:
    bench, seen = opened(tmp_path), list[str]()
    run(bench, lambda: NotificationCenter.observe("go", lambda name: seen.append(name + current_thread())))
    bench.phone.darwin.post("go")
    assert seen == ["gomain"]


def test_notifications_to_a_suspended_app_come_as_one_when_it_resumes(tmp_path: Path) -> None:
    bench, seen = opened(tmp_path), list[str]()
    run(bench, lambda: NotificationCenter.observe("go", seen.append))
    bench.phone.press_home()
    bench.wait(5)
    bench.phone.darwin.post("go")
    bench.phone.darwin.post("go")
    assert seen == []
    bench.phone.user_launch(BUNDLE_ID)
    assert seen == ["go"]
    bench.phone.darwin.post("go")
    assert seen == ["go", "go"]


def test_an_observer_ends_with_its_process(tmp_path: Path) -> None:
    bench, seen = opened(tmp_path), list[str]()
    run(bench, lambda: NotificationCenter.observe("go", seen.append))
    bench.phone.signal(bench.process.pid, 9)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.darwin.post("go")
    assert seen == []


def test_an_app_can_post_to_itself(tmp_path: Path) -> None:
    bench, seen = opened(tmp_path), list[str]()
    run(bench, lambda: NotificationCenter.observe("go", seen.append))
    run(bench, lambda: NotificationCenter.post("go"))
    assert seen == ["go"]


def test_background_time_is_unlimited_in_front_and_runs_down_behind(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    application = bench.process.application
    run(bench, lambda: application.begin_background_task("x"))
    bench.wait(100)
    assert application.background_time_remaining == UNLIMITED_S
    bench.phone.press_home()
    assert application.background_time_remaining == pytest.approx(30.0)
    bench.wait(10)
    assert application.background_time_remaining == pytest.approx(20.0)


def test_coming_back_to_the_front_renews_the_background_budget(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    application = bench.process.application
    run(bench, lambda: application.begin_background_task("x"))
    bench.phone.press_home()
    bench.wait(20)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(20)
    assert bench.exits == []
    assert application.background_time_remaining == pytest.approx(10.0)


def test_all_background_tasks_share_one_budget_and_the_last_one_ends_it(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    application = bench.process.application
    first = run(bench, lambda: application.begin_background_task("a"))
    bench.phone.press_home()
    bench.wait(10)
    second = run(bench, lambda: application.begin_background_task("b"))
    assert application.background_time_remaining == pytest.approx(20.0)
    run(bench, lambda: application.end_background_task(first))
    assert len(bench.phone.runningboard.assertions_of(bench.process.pid)) == 1
    run(bench, lambda: application.end_background_task(second))
    assert bench.phone.runningboard.assertions_of(bench.process.pid) == ()


def test_a_task_begun_during_a_wake_ends_with_the_wake_s_budget(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    process = bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x")
    assert process is not None
    hold = bench.phone.runningboard.acquire(process.pid, AssertionKind.URL_SESSION, "x", 30.0)
    bench.wait(12)
    run(bench, lambda: process.application.begin_background_task("x"))
    assert process.application.background_time_remaining == pytest.approx(18.0)
    hold.release()


def test_background_refresh_status_is_what_the_settings_say(tmp_path: Path) -> None:
    bench = opened(tmp_path)
    assert bench.process.application.background_refresh_status is UIBackgroundRefreshStatus.AVAILABLE
    bench.phone.settings.set_background_refresh(BackgroundRefresh.OFF)
    assert bench.process.application.background_refresh_status is UIBackgroundRefreshStatus.DENIED
    bench.phone.settings.set_restricted(True)
    assert bench.process.application.background_refresh_status is UIBackgroundRefreshStatus.RESTRICTED


def test_exit_in_a_launch_callback_leaves_no_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"launched": lambda _: exit_process(3)})
    bench.phone.launch(BUNDLE_ID)
    assert [record.code for record in bench.exits] == [3]
    assert bench.phone.processes.of_bundle(BUNDLE_ID) is None
    assert bench.reported() == [8, 1]
    bench.wait(60)
    assert len(bench.exits) == 1
