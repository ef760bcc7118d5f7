from __future__ import annotations

from typing import Any

import pytest

from harness.drivers.pmd3.processevents import TERMINATED, parse_exit
from harness.model.raw import ProcessExit


class _Wrapped:
    """A number as the library hands on a primitive."""

    def __init__(self, value: int) -> None:
        self.value = value


@pytest.mark.parametrize(
    ("exit_code", "signal", "told"),
    [
        (3, None, (3, None)),
        (0, None, (None, None)),
        (None, 9, (None, 9)),
        (0, 9, (None, 9)),
        (3, 0, (3, None)),
        (None, None, (None, None)),
        (_Wrapped(3), _Wrapped(0), (3, None)),
        ("3", False, (None, None)),
    ],
)
def test_0_tells_nothing_and_what_is_no_number_neither(
    exit_code: Any, signal: Any, told: tuple[int | None, int | None]
) -> None:
    end = parse_exit(TERMINATED, (41, exit_code, signal), 7.0)
    assert end == ProcessExit(7.0, 41, *told)


def test_a_push_of_the_other_kind_and_one_without_a_process_are_none() -> None:
    assert parse_exit("pidDiedCallback:", (41,), 7.0) is None
    assert parse_exit(TERMINATED, (None, 0, None), 7.0) is None
    assert parse_exit(TERMINATED, (), 7.0) is None


def test_a_push_that_names_only_the_process_is_an_end() -> None:
    assert parse_exit(TERMINATED, (41,), 7.0) == ProcessExit(7.0, 41, None, None)
