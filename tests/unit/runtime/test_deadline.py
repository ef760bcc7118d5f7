from __future__ import annotations

from harness.runtime.deadline import Deadline


class _Hand:
    def __init__(self) -> None:
        self.at_s = 100.0

    def __call__(self) -> float:
        return self.at_s


def test_what_is_left_shrinks_with_the_clock_and_never_below_zero() -> None:
    hand = _Hand()
    deadline = Deadline(10, hand)
    hand.at_s += 4
    assert (deadline.remaining_s, deadline.passed) == (6, False)
    hand.at_s += 60
    assert (deadline.remaining_s, deadline.passed) == (0, True)


def test_a_step_gets_its_own_limit_or_what_is_left() -> None:
    hand = _Hand()
    deadline = Deadline(10, hand)
    assert deadline.step_s(3) == 3
    hand.at_s += 8
    assert deadline.step_s(3) == 2
