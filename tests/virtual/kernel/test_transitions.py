"""The table of process states: every row is reached by an act, and what is not in it never happens."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.apps.uikit import sleep
from harness.virtual.kernel.processes.transitions import TRANSITIONS, IllegalMove, Move, Transition, after
from harness.virtual.kernel.rules import AssertionKind
from tests.virtual.kernel.support import BUNDLE_ID, Bench

Act = Callable[[Bench], object]


def _end(bench: Bench) -> None:
    bench.phone.signal(bench.process.pid, 9)


def _hold(bench: Bench) -> None:
    bench.phone.runningboard.acquire(bench.process.pid, AssertionKind.OTHER, "x", None)


def _stand_nowhere(_: Bench) -> None:
    """A phone that was just switched on."""


def _stand_in_front(bench: Bench) -> None:
    bench.phone.launch(BUNDLE_ID)


def _stand_before_active(bench: Bench) -> None:
    # Inside one step of the kernel, activation is still to come.
    bench.phone.launch(BUNDLE_ID)
    assert bench.state is AppState.FOREGROUND_INACTIVE


def _stand_behind(bench: Bench) -> None:
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()


ARRANGE: Mapping[AppState, Act] = {
    AppState.NOT_RUNNING: _stand_nowhere,
    AppState.FOREGROUND_INACTIVE: _stand_before_active,
    AppState.FOREGROUND_ACTIVE: _stand_in_front,
    AppState.BACKGROUND_RUNNING: _stand_behind,
    AppState.SUSPENDED: Bench.suspend,
}

ACTS: Mapping[Move, Act] = {
    Move.OPENED: lambda bench: bench.phone.user_launch(BUNDLE_ID),
    Move.ACTIVATED: lambda _: None,
    Move.COVERED: lambda bench: bench.phone.front.open_switcher(),
    Move.LEFT: lambda bench: bench.phone.press_home(),
    Move.WOKEN: lambda bench: bench.phone.wake_in_background(BUNDLE_ID, "nsurlsessiond", "x"),
    Move.HELD: _hold,
    Move.IDLE: lambda bench: bench.wait(5),
    Move.ENDED: _end,
}


@pytest.mark.parametrize("row", TRANSITIONS, ids=lambda row: f"{row.start}, {row.move.name.lower()}")
def test_every_row_is_reached_by_an_act(tmp_path: Path, row: Transition) -> None:
    bench = Bench(tmp_path)
    passed: list[AppState] = []
    bench.phone.on_app_state(lambda _bundle, _pid, state: passed.append(state))
    if row.start is AppState.FOREGROUND_INACTIVE:
        with bench.phone.work.batch():
            ARRANGE[row.start](bench)
            ACTS[row.move](bench)
    else:
        ARRANGE[row.start](bench)
        assert bench.state is row.start
        ACTS[row.move](bench)
    assert row.end in (bench.state, *passed[-2:])


def test_a_state_and_a_move_lead_to_one_state() -> None:
    assert len({(row.start, row.move) for row in TRANSITIONS}) == len(TRANSITIONS)


def test_what_is_not_in_the_table_raises() -> None:
    rows = {(row.start, row.move) for row in TRANSITIONS}
    others = [pair for pair in itertools.product(AppState, Move) if pair not in rows]
    assert (AppState.FOREGROUND_ACTIVE, Move.IDLE) in others
    for start, move in others:
        with pytest.raises(IllegalMove):
            after(start, move)


def test_every_state_can_be_reached_and_left() -> None:
    states = set(AppState) - {AppState.UNKNOWN}
    assert {row.end for row in TRANSITIONS} == {row.start for row in TRANSITIONS} == states


def test_an_app_that_ends_while_it_leaves_the_front_stays_ended(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"resign": lambda _: _crash()})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.press_home()
    assert bench.state is AppState.NOT_RUNNING
    assert bench.reported() == [8, 1]


def test_an_app_opened_while_it_leaves_the_front_leaves_it_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.launch(BUNDLE_ID)
    with bench.phone.work.batch():
        bench.phone.press_home()
        bench.phone.user_launch(BUNDLE_ID)
    assert bench.reported() == [8, 4, 8]
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_an_app_that_takes_its_time_to_terminate_gets_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"terminate": lambda _: sleep(4)})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.force_quit(BUNDLE_ID)
    assert bench.calls[-1] == "terminate active"
    assert bench.state is AppState.FOREGROUND_ACTIVE
    bench.wait(10)
    [record] = bench.exits
    assert record.was_user_quit
    assert record.at_s - record.started_s == pytest.approx(4.0)


def test_an_app_that_does_not_terminate_within_five_seconds_is_ended_by_the_watchdog(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"terminate": lambda _: sleep(60)})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.force_quit(BUNDLE_ID)
    bench.wait(30)
    [record] = bench.exits
    assert (record.code, record.at_s - record.started_s) == (0x8BADF00D, pytest.approx(5.0))
    assert record.reason.endswith("Failed to terminate gracefully after 5.0s")
    assert record.cause.writes_report
    assert bench.phone.is_force_quit(BUNDLE_ID)


def test_an_app_opened_while_it_terminates_is_ended_and_launched_anew(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"terminate": lambda _: sleep(60)})
    first = bench.phone.launch(BUNDLE_ID)
    bench.phone.force_quit(BUNDLE_ID)
    second = bench.phone.user_launch(BUNDLE_ID)
    assert second != first
    assert [record.was_user_quit for record in bench.exits] == [True]
    bench.wait(30)
    assert bench.process.pid == second
    assert not bench.phone.is_force_quit(BUNDLE_ID)


def test_a_second_swipe_at_an_app_that_terminates_changes_nothing(tmp_path: Path) -> None:
    bench = Bench(tmp_path, on={"terminate": lambda _: sleep(3)})
    bench.phone.launch(BUNDLE_ID)
    bench.phone.force_quit(BUNDLE_ID)
    bench.phone.force_quit(BUNDLE_ID)
    bench.wait(30)
    assert [record.code for record in bench.exits] == [0xDEADFA11]
    assert bench.calls.count("terminate active") == 1


def _crash() -> None:
    raise RuntimeError("gone")
