"""From this host's time to the phone's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.clocktrack import ClockTrack
from harness.model.time import Instant


def track(*exchanges: tuple[float, float], error_s: float = 0.0) -> ClockTrack:
    made = ClockTrack()
    for host_s, phone_s in exchanges:
        made.add(host_s, Instant(phone_s, error_s))
    return made


def test_between_two_exchanges_a_real_clock_runs_straight() -> None:
    at = track((10, 1000), (20, 1010), error_s=0.01).place(12.5)
    assert at == Instant(1002.5, 0.01)


def test_a_clock_that_jumps_says_only_between_what() -> None:
    at = track((10, 1000), (20, 1600), error_s=0.01).place(12.5)
    assert (at.earliest_s, at.latest_s) == pytest.approx((999.99, 1600.01))


def test_a_clock_that_was_set_back_leaves_both_ends_possible() -> None:
    at = track((10, 1000), (20, 400)).place(12.5)
    assert (at.earliest_s, at.latest_s) == pytest.approx((400, 1000))


@pytest.mark.parametrize("host_s", [9.9, 20.1])
def test_outside_the_exchanges_nothing_is_known(host_s: float) -> None:
    made = track((10, 1000), (20, 1010))
    assert not made.spans(host_s)
    with pytest.raises(ValueError, match="both sides"):
        made.place(host_s)


def test_without_an_exchange_nothing_is_known() -> None:
    with pytest.raises(ValueError, match="both sides"):
        ClockTrack().place(1.0)


def test_exchanges_that_overlapped_may_come_in_either_order() -> None:
    assert track((20, 1010), (10, 1000)).place(15) == Instant(1005)


@given(st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 1000)), min_size=1, max_size=8), st.data())
def test_the_true_moment_lies_within_the_bound_whatever_the_clock_did(
    steps: list[tuple[float, float]], data: st.DataObject
) -> None:
    """The phone's clock may stand and jump between exchanges as it likes, as long as it goes forward."""
    host_s, phone_s = 0.0, 5000.0
    exchanges = [(host_s, phone_s)]
    for host_step, phone_step in steps:
        host_s, phone_s = host_s + host_step, phone_s + phone_step
        exchanges.append((host_s, phone_s))
    index = data.draw(st.integers(0, len(steps) - 1))
    (from_host, from_phone), (to_host, to_phone) = exchanges[index], exchanges[index + 1]
    at = track(*exchanges).place((from_host + to_host) / 2)
    straight = 0.98 <= (to_phone - from_phone) / (to_host - from_host) <= 1.02
    reach = 0.0 if straight else (to_phone - from_phone) / 2
    assert at.latest_s >= (from_phone + to_phone) / 2 + reach - 1e-6
    assert at.earliest_s <= (from_phone + to_phone) / 2 - reach + 1e-6
