"""Every termination reason of background-execution.md §1.4, reached by an act: code, report, flag."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.virtual.apps.uikit import UIApplication, exit_process, lock_file, sleep
from harness.virtual.kernel.processes.policies import (
    GUARDED_DESCRIPTOR,
    INVALID_PAGE,
    LIBRARY_MISSING,
    Policy,
)
from harness.virtual.kernel.rules import ExitDomain, TerminationCode
from tests.virtual.kernel.support import BUNDLE_ID, Bench

Act = Callable[[Bench], object]
Callbacks = dict[str, Callable[[UIApplication], None]]

_FB, _RB = ExitDomain.FRONTBOARD, ExitDomain.RUNNINGBOARD


@dataclass(frozen=True)
class Reason:
    """One row of §1.4.

    Attributes:
        told: what the row is about.
        act: leads to it, with the app in front.
        domain: of the exit status.
        code: of the exit status.
        report: what the name of the report begins with; empty where there is none.
        on: what the app does in its callbacks for it.
        sets_flag: whether the app counts as force-quit afterwards.
    """

    told: str
    act: Act
    domain: ExitDomain
    code: int
    report: str = ""
    on: Callbacks | None = None
    sets_flag: bool = False


def _by(policy: Policy) -> Act:
    return lambda bench: bench.phone.end_for(bench.process.pid, policy)


def _leave(bench: Bench) -> None:
    bench.phone.press_home()
    bench.wait(60)


def _relaunch(bench: Bench) -> None:
    bench.phone.launch(BUNDLE_ID, kill_existing=True)


def _crash() -> None:
    raise RuntimeError("gone")


def _quit_slowly(bench: Bench) -> None:
    bench.phone.force_quit(BUNDLE_ID)
    bench.wait(60)


CRASH = "Sample"
MEMORY = "JetsamEvent"

REASONS: tuple[Reason, ...] = (
    Reason("swiped away", lambda b: b.phone.force_quit(BUNDLE_ID), _FB, 0xDEADFA11, sets_flag=True),
    Reason("ended by XCUITest", lambda b: b.phone.terminate_for_automation(BUNDLE_ID), _FB, 0xFBFBFBFB),
    Reason("slow launch", lambda b: b.wait(60), _FB, 0x8BADF00D, CRASH, {"launched": lambda _: sleep(60)}),
    Reason("slow scene", _leave, _FB, 0x8BADF00D, CRASH, {"background": lambda _: sleep(60)}),
    Reason(
        "slow exit", _quit_slowly, _FB, 0x8BADF00D, CRASH, {"terminate": lambda _: sleep(60)}, sets_flag=True
    ),
    Reason(
        "background task not ended",
        _leave,
        _RB,
        TerminationCode.BACKGROUND_TASK_TIMEOUT,
        CRASH,
        {"background": lambda application: _begin_task(application)},
    ),
    Reason(
        "file locked at suspension", _leave, _RB, 0xDEAD10CC, CRASH, {"background": lambda _: lock_file("db")}
    ),
    Reason("heat", _by(Policy.HEAT), _FB, 0xC00010FF),
    Reason("security violation", _by(Policy.SECURITY), _FB, 0x2BAD45EC),
    Reason("cpu violation", _by(Policy.CPU_LIMIT), _RB, 0xC51BAD01, CRASH),
    Reason("walltime violation", _by(Policy.WALLTIME_LIMIT), _RB, 0xC51BAD02, CRASH),
    Reason("system busy", _by(Policy.SYSTEM_BUSY), _RB, 0xC51BAD03),
    Reason("call not reported", _by(Policy.CALL_NOT_POSTED), _FB, 0xBAADCA11, CRASH),
    Reason("SIGKILL", lambda b: b.phone.signal(b.process.pid, 9), ExitDomain.SIGNAL, 9),
    Reason("crash", lambda b: b.process.enqueue(_crash), ExitDomain.SIGNAL, 6, CRASH),
    Reason("jetsam", lambda b: b.phone.jetsam(b.process.pid), ExitDomain.JETSAM, 4, MEMORY),
    Reason("exit", lambda b: b.process.enqueue(lambda: exit_process(3)), ExitDomain.VOLUNTARY, 3),
    Reason("existing instance of a launch", _relaunch, _FB, TerminationCode.NONE),
    Reason("invalid page", _by(Policy.CODE_SIGNING), ExitDomain.CODESIGNING, INVALID_PAGE, CRASH),
    Reason("missing library", _by(Policy.MISSING_LIBRARY), ExitDomain.DYLD, LIBRARY_MISSING, CRASH),
    Reason("guarded resource", _by(Policy.GUARDED_RESOURCE), ExitDomain.GUARD, GUARDED_DESCRIPTOR, CRASH),
)


def _begin_task(application: UIApplication) -> None:
    application.begin_background_task("upload")


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.told)
def test_the_exit_its_report_and_the_flag(tmp_path: Path, reason: Reason) -> None:
    bench = Bench(tmp_path, on=reason.on)
    bench.phone.launch(BUNDLE_ID)
    reason.act(bench)
    [record] = bench.exits
    assert (record.domain, record.code) == (reason.domain, reason.code)
    reports = [path.name for path in bench.phone.crash_reports.directory.iterdir()]
    assert len(reports) == bool(reason.report)
    assert all(name.startswith(f"{reason.report}-") for name in reports)
    assert bench.phone.is_force_quit(BUNDLE_ID) is reason.sets_flag
    # Only the code of a swipe makes nsurlsessiond cancel (§1.4).
    assert record.was_user_quit is (reason.code == 0xDEADFA11)


def test_every_code_that_ends_an_app_is_reached() -> None:
    by_budget = {
        TerminationCode.URL_SESSION_TIMEOUT,
        TerminationCode.FETCH_TIMEOUT,
        TerminationCode.ASSERTION_TIMEOUT,
    }
    assert {reason.code for reason in REASONS} >= set(TerminationCode) - by_budget
    domains = set(ExitDomain) - {ExitDomain.WATCHDOG}
    assert {reason.domain for reason in REASONS} == domains, "iOS itself ends no app in the domain WATCHDOG"
