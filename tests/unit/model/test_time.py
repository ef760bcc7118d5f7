"""Instants: an order closer than the errors cannot be told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.time import Instant, Order


@pytest.mark.parametrize(
    ("one", "other", "order"),
    [
        (Instant(1.0, 0.1), Instant(2.0, 0.1), Order.BEFORE),
        (Instant(2.0, 0.1), Instant(1.0, 0.1), Order.AFTER),
        (Instant(1.0, 0.6), Instant(2.0, 0.6), Order.CANNOT_TELL),
        (Instant(1.0), Instant(1.0), Order.CANNOT_TELL),
        (Instant(1.0, 0.5), Instant(2.0, 0.5), Order.CANNOT_TELL),
    ],
)
def test_an_order_closer_than_the_errors_cannot_be_told(one: Instant, other: Instant, order: Order) -> None:
    assert one.order(other) is order


instants = st.builds(Instant, st.floats(-1e9, 1e9), st.floats(0, 1e3))


@given(instants, instants)
def test_what_one_says_of_the_other_the_other_says_of_the_one(one: Instant, other: Instant) -> None:
    opposite = {Order.BEFORE: Order.AFTER, Order.AFTER: Order.BEFORE}
    assert other.order(one) is opposite.get(one.order(other), Order.CANNOT_TELL)


@given(instants, instants, st.floats(0, 1), st.floats(0, 1))
def test_an_order_that_is_told_holds_for_all_that_the_two_can_have_been(
    one: Instant, other: Instant, where_one: float, where_other: float
) -> None:
    first_s = min(one.earliest_s + where_one * 2 * one.error_s, one.latest_s)
    second_s = min(other.earliest_s + where_other * 2 * other.error_s, other.latest_s)
    if one.order(other) is Order.BEFORE:
        assert first_s < second_s
