"""The two tables of states, as tables: that they are whole, and that what is not in them does not happen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from harness.virtual.kernel.nsurlsessiond import tasks, transfer_states
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask, TaskState, TaskStep
from harness.virtual.kernel.nsurlsessiond.transfer_states import Step, TransferState

TABLES = [
    (tasks.MOVES, TaskState.CREATED, {TaskState.COMPLETED}),
    (transfer_states.MOVES, TransferState.NEW, {TransferState.DONE, TransferState.CANCELLED}),
]


@pytest.mark.parametrize(("moves", "first", "last"), TABLES)
def test_every_state_is_reached_from_the_first_and_leads_to_an_end(
    moves: Mapping[tuple[StrEnum, StrEnum], StrEnum], first: StrEnum, last: set[StrEnum]
) -> None:
    states = set(type(first))
    reached = {first}
    for _ in states:
        reached |= {to for (at, _), to in moves.items() if at in reached}
    assert reached == states
    ending = set(last)
    for _ in states:
        ending |= {at for (at, _), to in moves.items() if to in ending}
    assert ending == states
    assert {at for at, _ in moves}.isdisjoint(last)


def test_a_task_ends_from_wherever_it_stands_and_runs_only_by_a_start() -> None:
    assert {at for at, step in tasks.MOVES if step is TaskStep.END} == set(TaskState) - {TaskState.COMPLETED}
    assert {step for (_, step), to in tasks.MOVES.items() if to is TaskState.RUNNING} == {TaskStep.START}
    assert (TaskState.RUNNING, TaskStep.DELAY) not in tasks.MOVES


def test_a_transfer_can_be_cancelled_and_run_out_of_time_wherever_it_stands() -> None:
    over = {TransferState.DONE, TransferState.CANCELLED}
    for step in (Step.CANCEL, Step.END):
        assert {at for at, one in transfer_states.MOVES if one is step} == set(TransferState) - over


def test_bytes_move_in_one_state_only_and_each_wait_ends_in_it() -> None:
    waits = set(TransferState) - {TransferState.RUNNING, TransferState.DONE, TransferState.CANCELLED}
    assert {at for at, step in transfer_states.MOVES if step is Step.ATTEMPT} == waits
    assert {at for at, step in transfer_states.MOVES if step is Step.LOSE} == {TransferState.RUNNING}


@pytest.mark.parametrize("state", TaskState)
@pytest.mark.parametrize("step", TaskStep)
def test_a_step_that_is_not_in_the_table_changes_nothing(state: TaskState, step: TaskStep) -> None:
    task = BackgroundTask(1, "U", FetchRequest("http://x/"), state=state)
    moved = task.move(step)
    assert moved == ((state, step) in tasks.MOVES)
    assert task.state is tasks.MOVES.get((state, step), state)
