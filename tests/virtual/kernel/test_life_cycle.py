"""What happens to an app that is opened, left, opened again, woken."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.kernel.installd import INSTALLED, UNINSTALLED
from harness.virtual.kernel.phone import NoSuchProcess
from harness.virtual.kernel.rules import AssertionKind
from harness.virtual.kernel.springboard import LaunchRefused, RefusalKind
from tests.virtual.kernel.support import BUNDLE_ID, EPOCH_S, Bench

SETTINGS = "com.apple.Preferences"


def test_a_launch_brings_the_app_to_the_front_with_its_callbacks_in_order(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID)
    assert bench.process.pid == pid
    assert bench.calls == ["launched inactive", "active active"]
    assert bench.state is AppState.FOREGROUND_ACTIVE
    assert bench.reported() == [8]


def test_home_backgrounds_then_the_version_s_delay_suspends(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    assert bench.calls[2:] == ["resign active", "background background"]
    assert bench.state is AppState.BACKGROUND_RUNNING
    bench.wait(10)
    assert bench.reported() == [8, 4, 2]
    rules, suspended = bench.phone.rules, bench.states[-1]
    assert rules.suspend_after_min_s <= suspended.wall_s - EPOCH_S <= rules.suspend_after_max_s


def test_the_process_leaves_the_foreground_between_the_two_callbacks(tmp_path: Path) -> None:
    seen: list[tuple[str, AppState]] = []
    bench = Bench(
        tmp_path,
        on={
            "launched": lambda application: seen.append(("launched", application.process.state)),
            "active": lambda application: seen.append(("active", application.process.state)),
            "resign": lambda application: seen.append(("resign", application.process.state)),
            "background": lambda application: seen.append(("background", application.process.state)),
        },
    )
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    assert seen == [
        ("launched", AppState.FOREGROUND_INACTIVE),
        ("active", AppState.FOREGROUND_ACTIVE),
        ("resign", AppState.FOREGROUND_ACTIVE),
        ("background", AppState.BACKGROUND_RUNNING),
    ]


def test_opening_another_app_backgrounds_the_one_in_front(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    bench.phone.launch(SETTINGS)
    assert bench.state is AppState.BACKGROUND_RUNNING
    bench.wait(5)
    assert bench.state is AppState.SUSPENDED
    settings = bench.phone.processes.of_bundle(SETTINGS)
    assert settings is not None
    assert settings.state is AppState.FOREGROUND_ACTIVE


def test_opening_a_suspended_app_by_hand_resumes_the_same_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.suspend().pid
    del bench.calls[:]
    assert bench.phone.user_launch(BUNDLE_ID) == pid
    assert bench.calls == ["foreground background", "active active"]
    assert bench.reported() == [8, 4, 2, 8]
    bench.wait(600)
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_kill_existing_is_the_default_of_a_tool_s_launch(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = bench.suspend().pid
    second = bench.phone.launch(BUNDLE_ID)
    assert second != first
    assert [(record.pid, record.code) for record in bench.exits] == [(first, 0)]
    assert bench.reported() == [8, 4, 2, 1, 8]


def test_without_kill_existing_a_tool_s_launch_brings_the_instance_to_the_front(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.suspend().pid
    assert bench.phone.launch(BUNDLE_ID, kill_existing=False) == pid
    assert bench.exits == []
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_activate_suspended_launches_in_the_background(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID, activate_suspended=True)
    assert bench.calls == ["launched background"]
    assert bench.reported() == [4]
    assert any("with intent background" in line for line in bench.lines("SpringBoard"))
    bench.wait(5)
    assert bench.reported() == [4, 2]


def test_start_suspended_runs_nothing_until_continued(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID, start_suspended=True)
    assert bench.calls == []
    bench.phone.signal(pid, 19)
    assert bench.calls == ["launched inactive", "active active"]


@pytest.mark.parametrize(
    ("kind", "debuggable", "locked", "bundle_id"),
    [
        (RefusalKind.NOT_INSTALLED, True, False, "dev.nobody"),
        (RefusalKind.LOCKED, True, True, BUNDLE_ID),
        (RefusalKind.NOT_DEBUGGABLE, False, False, BUNDLE_ID),
    ],
)
def test_a_refused_launch_says_why_and_starts_nothing(
    tmp_path: Path, kind: RefusalKind, debuggable: bool, locked: bool, bundle_id: str
) -> None:
    bench = Bench(tmp_path, debuggable=debuggable)
    if locked:
        bench.phone.lock()
    with pytest.raises(LaunchRefused) as refused:
        bench.phone.launch(bundle_id, start_suspended=True)
    assert refused.value.kind is kind
    assert bench.phone.processes.applications() == ()


def test_a_wake_resumes_a_suspended_app_and_says_who_asked(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.suspend().pid
    process = bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "url session events")
    assert process is not None
    assert (process.pid, process.state) == (pid, AppState.BACKGROUND_RUNNING)
    daemon = bench.phone.processes.named("nsurlsessiond")
    assert daemon is not None
    expected = f'Received request to open "{BUNDLE_ID}" from nsurlsessiond:{daemon.pid}.'
    assert expected in bench.lines("SpringBoard")
    bench.wait(5)
    assert bench.reported() == [8, 4, 2, 4, 2]


def test_a_wake_launches_a_dead_app_in_the_background(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = bench.suspend().pid
    bench.phone.signal(first, 9)
    del bench.calls[:]
    process = bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "url session events")
    assert process is not None
    assert process.pid != first
    assert bench.calls == ["launched background"]
    assert any("Bootstrapping" in line and "background" in line for line in bench.lines("SpringBoard"))


def test_a_wake_of_an_app_that_runs_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    seen = len(bench.log)
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x") is bench.process
    assert len(bench.log) == seen


def test_nothing_is_woken_that_is_not_installed_or_before_first_unlock(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assert bench.phone.wake_in_background("dev.nobody", "nsurlsessiond", "x") is None
    bench.phone.springboard.first_unlock_done = False
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x") is None
    bench.phone.unlock()
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x") is not None


def test_an_assertion_keeps_a_woken_app_running_until_it_is_released(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    kind = AssertionKind.URL_SESSION
    bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x")
    assertion = bench.phone.runningboard.acquire(process.pid, kind, kind.value, 30.0)
    bench.wait(20)
    assert bench.state is AppState.BACKGROUND_RUNNING
    assertion.release()
    bench.wait(5)
    assert bench.state is AppState.SUSPENDED


def test_an_assertion_resumes_a_suspended_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    bench.phone.runningboard.acquire(process.pid, AssertionKind.OTHER, "x", None)
    assert process.state is AppState.BACKGROUND_RUNNING


def test_an_assertion_on_a_process_that_is_gone_is_void(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    assertion = bench.phone.runningboard.acquire(999_999, AssertionKind.OTHER, "x", 1.0)
    assert not assertion.held
    assertion.release()
    bench.wait(5)
    assert bench.exits == []


def test_code_for_a_suspended_process_waits_until_it_resumes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    ran: list[AppState] = []
    process.enqueue(lambda: ran.append(process.state))
    bench.wait(60)
    assert ran == []
    bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x")
    assert ran == [AppState.BACKGROUND_RUNNING]


def test_code_for_a_process_that_dies_suspended_is_dropped(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    ran: list[int] = []
    process.enqueue(lambda: ran.append(1))
    bench.phone.signal(process.pid, 9)
    bench.phone.user_launch(BUNDLE_ID)
    process.enqueue(lambda: ran.append(2))
    assert ran == []


def test_a_debugger_keeps_the_app_from_being_suspended_and_shows_in_the_process_list(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID)
    bench.phone.attach_debugger(pid)
    assert bench.process.traced
    assert bench.phone.processes.named("debugserver") is not None
    bench.phone.press_home()
    bench.wait(3_600)
    assert bench.state is AppState.BACKGROUND_RUNNING
    bench.phone.detach_debugger(pid)
    assert bench.phone.processes.named("debugserver") is None
    bench.wait(5)
    assert bench.state is AppState.SUSPENDED


def test_a_debugger_attached_to_a_suspended_app_resumes_it_and_goes_when_the_app_does(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    bench.phone.attach_debugger(process.pid)
    assert process.state is AppState.BACKGROUND_RUNNING
    bench.phone.signal(process.pid, 9)
    assert bench.phone.processes.named("debugserver") is None


def test_locking_the_phone_takes_the_app_from_the_front(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    bench.phone.lock()
    assert bench.state is AppState.BACKGROUND_RUNNING
    with pytest.raises(LaunchRefused):
        bench.phone.user_launch(BUNDLE_ID)
    bench.phone.unlock()
    bench.phone.user_launch(BUNDLE_ID)
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_a_client_that_subscribes_late_gets_one_event_per_running_app(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    bench.phone.launch(SETTINGS)
    burst = bench.phone.states.snapshot()
    assert [(event.bundle_id, event.state) for event in burst] == [(BUNDLE_ID, 2), (SETTINGS, 8)]


def test_state_events_carry_the_app_and_are_ordered_by_mach_time(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    machs = [event.mach for event in bench.states]
    assert machs == sorted(set(machs))
    assert {(event.exec_name, event.app_name) for event in bench.states} == {("Sample", "Sample")}


def test_daemons_see_active_and_inactive_apart(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    seen: list[AppState] = []
    bench.phone.on_app_state(lambda bundle_id, pid, state: seen.append(state))
    bench.suspend()
    assert seen == [
        AppState.FOREGROUND_INACTIVE,
        AppState.FOREGROUND_ACTIVE,
        AppState.BACKGROUND_RUNNING,
        AppState.SUSPENDED,
    ]


def test_an_uninstalled_app_loses_process_data_and_transfers(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    container = bench.phone.containers.path(BUNDLE_ID)
    (container / "Documents" / "kept").write_text("x")
    bench.phone.uninstall(BUNDLE_ID)
    assert not container.exists()
    assert bench.daemon.forgotten == [BUNDLE_ID]
    assert bench.state is AppState.NOT_RUNNING
    with pytest.raises(LaunchRefused):
        bench.phone.launch(BUNDLE_ID)


def test_an_installation_over_an_app_moves_its_data_to_a_new_place(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    before = bench.phone.containers.path(BUNDLE_ID)
    (before / "Documents" / "kept").write_text("x")
    bench.phone.install(bench.app)
    after = bench.phone.containers.path(BUNDLE_ID)
    assert after != before
    assert (after / "Documents" / "kept").read_text() == "x"
    assert bench.state is AppState.NOT_RUNNING


def test_a_killed_daemon_comes_back_as_another_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    first = bench.phone.processes.named("SpringBoard")
    assert first is not None
    bench.phone.signal(first.pid, 9)
    assert bench.phone.processes.named("SpringBoard") is None
    bench.wait(3)
    second = bench.phone.processes.named("SpringBoard")
    assert second is not None
    assert second.pid != first.pid
    assert second.started_s > first.started_s


def test_a_process_that_is_not_there_cannot_be_debugged(tmp_path: Path) -> None:
    with pytest.raises(NoSuchProcess):
        Bench(tmp_path).phone.attach_debugger(999_999)


def test_a_debugger_that_goes_lets_an_app_stopped_at_its_start_run(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID, start_suspended=True)
    bench.phone.attach_debugger(pid)
    assert bench.calls == []
    bench.phone.detach_debugger(pid)
    assert bench.calls == ["launched inactive", "active active"]


@pytest.mark.parametrize("bus", ["log", "states"])
def test_a_waiter_stops_at_a_suspension_that_someone_sees(tmp_path: Path, bus: str) -> None:
    bench = Bench(tmp_path, watched=False)
    seen: list[object] = []
    if bus == "log":
        bench.phone.log.subscribe(seen.append)
    else:
        bench.phone.states.subscribe(seen.append)
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    passed_s = bench.let_pass_once(600)
    assert bench.state is AppState.SUSPENDED
    assert passed_s <= bench.phone.rules.suspend_after_max_s


def test_a_waiter_passes_by_a_suspension_that_nobody_sees(tmp_path: Path) -> None:
    bench = Bench(tmp_path, watched=False)
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    assert bench.let_pass_once(600) == 600


def test_a_waiter_stops_at_the_end_of_a_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path, watched=False)
    process = bench.suspend()
    bench.phone.runningboard.acquire(process.pid, AssertionKind.OTHER, "x", 30.0)
    assert bench.let_pass_once(600) == pytest.approx(30.0)


def test_a_waiter_stops_at_a_darwin_notification_that_reaches_someone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, watched=False)
    bench.phone.darwin.observe("go", lambda _: None)
    bench.phone.clock.call_later(3.0, lambda: bench.phone.darwin.post("nobody listens"))
    bench.phone.clock.call_later(5.0, lambda: bench.phone.darwin.post("go"))
    assert bench.let_pass_once(600) == pytest.approx(5.0)


def test_whoever_installs_or_removes_an_app_it_is_posted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    app = bench.phone.apps.get(BUNDLE_ID)
    assert app is not None
    posted: list[str] = []
    for name in (INSTALLED, UNINSTALLED):
        bench.phone.darwin.observe(name, posted.append)
    bench.phone.uninstall(BUNDLE_ID)
    bench.phone.uninstall(BUNDLE_ID)
    bench.phone.install(app)
    assert posted == [UNINSTALLED, INSTALLED]


@pytest.mark.parametrize(
    ("keeps_running", "then"), [(False, AppState.SUSPENDED), (True, AppState.BACKGROUND_RUNNING)]
)
def test_whether_an_observed_app_is_suspended_is_a_rule(
    tmp_path: Path, *, keeps_running: bool, then: AppState
) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    rules = dataclasses.replace(bench.phone.core.rules, observing_keeps_running=keeps_running)
    object.__setattr__(bench.phone.core, "rules", rules)
    kind = AssertionKind.DEVELOPER_TOOLS
    observing = bench.phone.runningboard.acquire(process.pid, kind, kind.value, None)
    bench.wait(20)
    assert bench.state is then
    observing.release()
    bench.wait(20)
    assert bench.state is AppState.SUSPENDED
