"""What the benchmark of a run's length counts as the schedule's fault."""

from __future__ import annotations

import pytest

from tests.bench.makespan import longest_first_s, makespan_of


def test_opening_a_phone_is_a_test_s_own_time_and_waiting_for_an_open_one_is_not() -> None:
    first = ("gw0", "t::a", 0.0, 5.0, 2.0, "passed")
    second = ("gw0", "t::b", 5.0, 9.0, 3.0, "passed")
    assert makespan_of([first, second]) == (9.0, 5.0)


def test_a_run_with_a_test_that_failed_has_no_figure() -> None:
    with pytest.raises(RuntimeError, match="t::a"):
        makespan_of([("gw0", "t::a", 0.0, 5.0, 2.0, "failed")])


def test_the_longest_go_first() -> None:
    assert longest_first_s([3.0, 3.0, 2.0, 2.0, 2.0], 2) == 7.0
