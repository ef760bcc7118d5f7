"""Ends that the system decides on: with which code, which lines, and what is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.apps.uikit import UIApplication, lock_file, unlock_file
from harness.virtual.kernel.phone import NoSuchProcess
from harness.virtual.kernel.processes.policies import ENDINGS, Policy
from harness.virtual.kernel.rules import ExitDomain, TerminationCode
from tests.virtual.kernel.support import BUNDLE_ID, Bench


@pytest.mark.parametrize("policy", Policy)
def test_the_end_and_what_it_leaves_are_those_of_the_table(tmp_path: Path, policy: Policy) -> None:
    bench, ending = Bench(tmp_path), ENDINGS[policy]
    pid = bench.phone.launch(BUNDLE_ID)
    bench.phone.end_for(pid, policy)
    [record] = bench.exits
    assert (record.domain, record.code, record.signal) == (ending.domain, ending.code, 9)
    assert len(list(bench.phone.crash_reports.directory.iterdir())) == ending.writes_report
    requests = [line for line in bench.lines("runningboardd") if line.startswith("Received termination")]
    assert len(requests) == bool(ending.requester)
    assert not bench.phone.is_force_quit(BUNDLE_ID)


def test_the_system_ends_no_process_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NoSuchProcess):
        Bench(tmp_path).phone.end_for(999_999, Policy.HEAT)


def test_a_file_locked_at_suspension_ends_the_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"background": lambda _: lock_file("db")})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(5)
    [record] = bench.exits
    assert (record.domain, record.code) == (ExitDomain.RUNNINGBOARD, TerminationCode.RESOURCE_EXCLUSION)
    assert record.last_state is AppState.SUSPENDED
    assert bench.reported() == [8, 4, 2, 1]


def test_a_file_let_go_before_suspension_ends_nothing(tmp_path: Path) -> None:
    def lock_and_let_go(_: UIApplication) -> None:
        lock_file("db")
        unlock_file("db")

    bench = Bench(tmp_path, on={"background": lock_and_let_go})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    bench.wait(5)
    assert bench.exits == []
    assert bench.state is AppState.SUSPENDED


def test_an_app_that_owes_a_call_for_a_voip_push_is_ended_by_an_exception(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.deliver_voip_push(BUNDLE_ID)
    [record] = bench.exits
    assert (record.domain, record.signal) == (ExitDomain.SIGNAL, 6)
    assert "PushKit VoIP push." in bench.lines("Sample")[0]
    assert any("from callservicesd" in line for line in bench.lines("SpringBoard"))


def test_an_app_that_reports_its_call_lives(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"push": lambda application: application.report_new_incoming_call()})
    bench.phone.deliver_voip_push(BUNDLE_ID)
    assert bench.exits == []
    assert bench.calls == ["launched background", "push background"]
