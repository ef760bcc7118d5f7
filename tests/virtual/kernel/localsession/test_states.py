"""The table of what becomes of a default session's task, and the figures beside it."""

from __future__ import annotations

import pytest

from harness.virtual.kernel.localsession import local_task, rules
from harness.virtual.kernel.localsession.rules import CODES, FIGURES, Trouble, error_of
from harness.virtual.kernel.localsession.states import TRANSITIONS, Act, LocalState, Turn

ASLEEP = frozenset({LocalState.PARKED, LocalState.FROZEN, LocalState.DOOMED})
"""Where the process is suspended."""


@pytest.mark.parametrize("state", [state for state in LocalState if state is not LocalState.DONE])
def test_a_task_can_leave_every_state_but_the_last(state: LocalState) -> None:
    assert any(start is state and end is not state for (start, _), (end, _) in TRANSITIONS.items())


def test_a_task_that_is_done_stays_so() -> None:
    assert not [turn for start, turn in TRANSITIONS if start is LocalState.DONE]


def test_while_its_process_is_suspended_a_task_only_stops() -> None:
    asleep = {key: value for key, value in TRANSITIONS.items() if key[0] in ASLEEP}
    for (_, turn), (end, act) in asleep.items():
        runs = turn is Turn.RUNS_AGAIN
        assert (end in ASLEEP) is not runs
        assert runs or act in (Act.DROP, Act.NOTHING)


def test_whatever_has_begun_and_not_ended_is_told_its_end_sooner_or_later() -> None:
    for state in set(LocalState) - {LocalState.DONE, LocalState.DOOMED}:
        end, act = TRANSITIONS[state, Turn.FAILED]
        assert (end, act) == (LocalState.DONE, Act.TELL_END) or end is LocalState.DOOMED
    assert TRANSITIONS[LocalState.DOOMED, Turn.RUNS_AGAIN] == (LocalState.DONE, Act.TELL_END)


def test_every_act_can_be_done() -> None:
    assert set(local_task.ACTS) == set(Act)


def test_every_figure_and_every_code_says_where_it_is_from() -> None:
    rows = {row.key: row.value for row in FIGURES}
    numbers = {name: value for name, value in vars(rules).items() if name.endswith("_S")}
    assert rows == numbers | {trouble.value: int(CODES[trouble]) for trouble in Trouble}
    assert all(row.source for row in FIGURES)


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_is_told_in_words(trouble: Trouble) -> None:
    assert error_of(trouble).code is CODES[trouble]
    assert error_of(trouble).text
