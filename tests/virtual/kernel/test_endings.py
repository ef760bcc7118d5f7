"""How an app's process ends, with which code, and what that leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.apps.uikit import UIApplication, exit_process, sleep
from harness.virtual.kernel.phone import NoSuchProcess, UnsupportedSignal
from harness.virtual.kernel.rules import AssertionKind, ExitDomain, TerminationCode
from tests.virtual.kernel.support import BUNDLE_ID, EPOCH_S, Bench


def in_background(act: Callable[[UIApplication], object]) -> dict[str, Callable[[UIApplication], None]]:
    def run(application: UIApplication) -> None:
        act(application)

    return {"background": run}


def test_sigkill_while_suspended_runs_no_code_and_sets_no_flag(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.suspend().pid
    calls = list(bench.calls)
    bench.phone.signal(pid, 9)
    [record] = bench.exits
    assert (record.pid, record.domain, record.signal) == (pid, ExitDomain.SIGNAL, 9)
    assert record.last_state is AppState.SUSPENDED
    assert bench.calls == calls
    assert not bench.phone.is_force_quit(BUNDLE_ID)
    assert bench.reported() == [8, 4, 2, 1]
    assert any(
        line.endswith("termination reported by launchd (2, 9, 9)") for line in bench.lines("runningboardd")
    )


def test_sigterm_ends_a_running_app_and_waits_for_a_suspended_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.suspend().pid
    bench.phone.signal(pid, 15)
    bench.wait(60)
    assert bench.state is AppState.SUSPENDED
    bench.phone.user_launch(BUNDLE_ID)
    assert [record.signal for record in bench.exits] == [15]


def test_sigstop_stops_the_code_without_suspending_and_sigcont_lets_it_go_on(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID)
    bench.phone.signal(pid, 17)
    bench.phone.press_home()
    assert bench.state is AppState.BACKGROUND_RUNNING
    assert bench.calls[-1] == "active active"
    bench.phone.signal(pid, 19)
    assert bench.calls[-1] == "background background"


@pytest.mark.parametrize("number", [0, 1, 2, 6, 18, 31])
def test_other_signals_are_refused(tmp_path: Path, number: int) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID)
    with pytest.raises(UnsupportedSignal, match="Unsupported signal"):
        bench.phone.signal(pid, number)
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_a_signal_to_nobody_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NoSuchProcess):
        Bench(tmp_path).phone.signal(999_999, 9)


def test_exit_is_voluntary_and_ends_the_code_that_called_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    after: list[str] = []

    def leave() -> None:
        try:
            exit_process(74)
        except Exception:
            after.append("swallowed")

    bench.process.enqueue(leave)
    [record] = bench.exits
    assert (record.domain, record.code, record.signal) == (ExitDomain.VOLUNTARY, 74, None)
    assert after == []
    assert any(line.endswith("(0, 0, 18944)") for line in bench.lines("runningboardd"))
    assert any("<RBSProcessExitContext| voluntary>" in line for line in bench.lines("SpringBoard"))


def test_an_uncaught_exception_is_a_crash_with_sigabrt(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    ran: list[int] = []

    def crash() -> None:
        raise KeyError("nothing here")

    with bench.phone.work.batch():
        bench.process.enqueue(crash)
        bench.process.enqueue(lambda: ran.append(1))
    [record] = bench.exits
    assert (record.domain, record.signal) == (ExitDomain.SIGNAL, 6)
    assert record.cause.writes_report
    assert "KeyError" in record.cause.detail
    assert "nothing here" in bench.lines("Sample")[-1]
    assert ran == []


def test_a_swipe_out_of_the_switcher_has_its_own_code_and_sets_the_flag(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.suspend()
    bench.phone.force_quit(BUNDLE_ID)
    [record] = bench.exits
    assert record.was_user_quit
    assert record.code == 0xDEADFA11
    assert not record.cause.writes_report
    assert bench.phone.is_force_quit(BUNDLE_ID)
    assert bench.daemon.force_quit == [BUNDLE_ID]
    assert "terminate background" not in bench.calls
    lines = bench.lines("SpringBoard")
    assert f'SBWorkspaceTerminateApplication: {BUNDLE_ID}: "killed from app switcher"' in lines
    assert any("code:0xDEADFA11" in line for line in bench.lines("runningboardd"))


def test_a_swipe_tells_an_app_that_runs(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    bench.phone.force_quit(BUNDLE_ID)
    assert bench.calls[-1] == "terminate active"
    assert bench.state is AppState.NOT_RUNNING
    assert bench.phone.springboard.front is None


def test_a_force_quit_app_is_not_woken_until_it_is_opened_by_hand(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.force_quit(BUNDLE_ID)
    assert bench.exits == []
    assert bench.phone.is_force_quit(BUNDLE_ID)
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x") is None
    bench.phone.user_launch(BUNDLE_ID)
    assert not bench.phone.is_force_quit(BUNDLE_ID)
    bench.phone.signal(bench.process.pid, 9)
    assert bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x") is not None


@pytest.mark.parametrize(("ios", "woken"), [("18.5", True), ("26.0", False)])
def test_what_a_force_quit_blocks_depends_on_version_and_subsystem(
    tmp_path: Path, ios: str, woken: bool
) -> None:
    bench = Bench(tmp_path, ios=ios)
    bench.phone.force_quit(BUNDLE_ID)
    process = bench.phone.wake_in_background(BUNDLE_ID, "locationd", "region")
    assert (process is not None) is woken


def test_a_background_launch_does_not_clear_the_flag(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.force_quit(BUNDLE_ID)
    bench.phone.launch(BUNDLE_ID, activate_suspended=True)
    assert bench.phone.is_force_quit(BUNDLE_ID)


def test_an_automation_tool_s_terminate_has_its_own_code_and_sets_no_flag(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.terminate_for_automation(BUNDLE_ID)
    bench.phone.launch(BUNDLE_ID)
    bench.phone.terminate_for_automation(BUNDLE_ID)
    [record] = bench.exits
    assert (record.domain, record.code) == (ExitDomain.FRONTBOARD, 0xFBFBFBFB)
    assert not record.was_user_quit
    assert not bench.phone.is_force_quit(BUNDLE_ID)
    assert bench.phone.springboard.front is None


def test_jetsam_ends_a_suspended_app_without_a_word_to_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.suspend().pid
    calls = list(bench.calls)
    bench.phone.jetsam(pid)
    [record] = bench.exits
    assert (record.domain, record.last_state) == (ExitDomain.JETSAM, AppState.SUSPENDED)
    assert bench.calls == calls
    assert any(f"pid {pid} [Sample]" in line for line in bench.lines("kernel"))
    assert not bench.phone.is_force_quit(BUNDLE_ID)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (AssertionKind.BACKGROUND_TASK, TerminationCode.BACKGROUND_TASK_TIMEOUT),
        (AssertionKind.URL_SESSION, TerminationCode.URL_SESSION_TIMEOUT),
        (AssertionKind.FETCH, TerminationCode.FETCH_TIMEOUT),
        (AssertionKind.OTHER, TerminationCode.ASSERTION_TIMEOUT),
    ],
)
def test_a_used_up_budget_ends_the_process_with_the_code_of_its_kind(
    tmp_path: Path, kind: AssertionKind, code: TerminationCode
) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    bench.phone.runningboard.acquire(process.pid, kind, kind.value, 30.0)
    start_s = bench.phone.clock.now_s
    bench.wait(40)
    [record] = bench.exits
    assert (record.domain, record.code) == (ExitDomain.RUNNINGBOARD, code)
    assert record.at_s == pytest.approx(start_s + 30.0)


def test_the_assertions_of_a_dead_process_are_void_and_silent(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    process = bench.suspend()
    assertion = bench.phone.runningboard.acquire(process.pid, AssertionKind.URL_SESSION, "x", 30.0)
    bench.phone.signal(process.pid, 9)
    lines = len(bench.log)
    assert not assertion.held
    assertion.release()
    bench.wait(60)
    assert len(bench.log) == lines
    assert len(bench.exits) == 1


def test_a_budget_used_up_in_the_foreground_ends_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    kind = AssertionKind.URL_SESSION
    bench.phone.runningboard.acquire(bench.process.pid, kind, kind.value, 30.0)
    bench.wait(40)
    assert bench.exits == []
    assert bench.phone.runningboard.assertions_of(bench.process.pid) == ()


def test_a_background_task_not_ended_is_warned_and_then_killed(tmp_path: Path) -> None:
    warned: list[float] = []

    def begin(application: UIApplication) -> None:
        clock = application.process.phone.clock
        application.begin_background_task("upload", lambda: warned.append(clock.now_s - EPOCH_S))

    bench = Bench(tmp_path, on=in_background(begin))
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(60)
    assert warned == [pytest.approx(25.0)]
    [record] = bench.exits
    assert record.code == 0x2182BAD2
    assert record.at_s - EPOCH_S == pytest.approx(30.0)
    assert bench.lines("Sample")[-1].startswith(
        'Background Task 1 ("upload"), was created over 30 seconds ago.'
    )


def test_a_background_task_ended_in_its_expiration_handler_leads_to_suspension(tmp_path: Path) -> None:
    def begin(application: UIApplication) -> None:
        task = application.begin_background_task("x", lambda: application.end_background_task(task))

    bench = Bench(tmp_path, on=in_background(begin))
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(24)
    assert bench.state is AppState.BACKGROUND_RUNNING
    bench.wait(60)
    assert bench.state is AppState.SUSPENDED
    assert bench.exits == []


def test_a_debugger_stops_the_watchdogs(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on=in_background(lambda application: application.begin_background_task("x")))
    bench.phone.attach_debugger(bench.phone.launch(BUNDLE_ID))
    bench.phone.press_home()
    bench.wait(600)
    assert bench.exits == []


def test_a_launch_that_blocks_the_main_thread_is_ended_after_twenty_seconds(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"launched": lambda _: sleep(60)})
    bench.phone.launch(BUNDLE_ID)
    bench.wait(60)
    [record] = bench.exits
    assert record.code == TerminationCode.WATCHDOG
    assert record.at_s - EPOCH_S == pytest.approx(20.0)
    assert "process-launch watchdog transgression" in record.reason


def test_a_main_thread_blocked_for_less_than_the_allowance_is_let_live(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"active": lambda _: sleep(9)})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    assert bench.calls[-1] == "active active"
    bench.wait(8.5)
    assert "background background" not in bench.calls
    bench.wait(30)
    assert bench.calls[-1] == "background background"
    assert bench.exits == []
    assert bench.state is AppState.SUSPENDED


def test_an_app_stopped_at_its_start_may_wait_for_a_debugger_as_long_as_it_likes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID, start_suspended=True)
    bench.wait(600)
    bench.phone.signal(pid, 19)
    assert bench.calls[-1] == "active active"


def test_an_exit_is_told_to_those_who_watch_that_process_only(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pid = bench.phone.launch(BUNDLE_ID)
    told: list[int] = []
    bench.phone.exits.observe_exit(pid, lambda record: told.append(record.pid))
    bench.phone.exits.observe_exit(pid + 1, lambda record: told.append(-1))
    bench.phone.signal(pid, 9)
    assert told == [pid]
