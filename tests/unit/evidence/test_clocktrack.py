"""From this host's time to the phone's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.clocktrack import DRIFT, ROUNDING_S, ClockTrack
from harness.model.time import Instant

FUZZ_S = 5 * ROUNDING_S


def track(*exchanges: tuple[float, float], error_s: float = 0.0) -> ClockTrack:
    made = ClockTrack()
    for host_s, phone_s in exchanges:
        made.add(host_s, host_s, Instant(phone_s, error_s))
    return made


def test_between_two_exchanges_a_real_clock_runs_straight() -> None:
    at = track((10, 1000), (20, 1010), error_s=0.01).place(12.5)
    assert at.at_s == pytest.approx(1002.5, abs=1e-3)
    assert 0.01 <= at.error_s <= 0.01 + DRIFT * 2.5 + FUZZ_S


def test_a_slow_exchange_profits_from_the_quick_ones_around_it() -> None:
    made = track((10, 1010), (30, 1030), error_s=0.001)
    made.add(19.0, 21.0, Instant(1020.0, 1.0))
    assert made.place(19.5).error_s < 0.003


def test_the_lopsidedness_of_a_round_trip_is_not_guessed() -> None:
    made = ClockTrack()
    for asked_s in (10.0, 20.0):
        # The phone read its clock just before the answer; the way there took all the time.
        made.add(asked_s, asked_s + 2.0, Instant(asked_s + 2.0 + 1000.0))
    at = made.place(15.0)
    assert at.earliest_s <= 1015.0 <= at.latest_s


class TestJumps:
    """A clock that does not run like ours."""

    def test_a_clock_that_was_set_is_two_clocks(self) -> None:
        made = track((10, 1000), (20, 1010), (30, 1620), (40, 1630), error_s=0.001)
        assert made.place(15).error_s < 0.01
        assert made.place(35).error_s < 0.01
        at = made.place(25)
        assert (at.earliest_s, at.latest_s) == pytest.approx((1009.999, 1620.001))

    def test_how_a_clock_runs_after_it_was_set_a_little_says_nothing_of_before(self) -> None:
        at = track((10, 1000), (20, 1010), (30, 1020.0035), error_s=0.001).place(11)
        assert at.earliest_s <= 1001.0 <= at.latest_s

    def test_a_clock_that_was_set_back_leaves_both_ends_possible(self) -> None:
        at = track((10, 1000), (20, 400)).place(12.5)
        assert (at.earliest_s, at.latest_s) == pytest.approx((400, 1000))

    def test_a_clock_that_jumps_is_not_believed_where_it_happened_to_run_straight(self) -> None:
        made = track((10, 1000), (20, 1600), (30, 1610), (40, 3000))
        at = made.place(25)
        assert (at.earliest_s, at.latest_s) == (1600, 1610)
        assert made.jumps

    @given(st.lists(st.tuples(st.floats(1, 10), st.floats(0, 1000)), min_size=1, max_size=8), st.data())
    def test_it_lies_between_the_readings_around_it_once_it_is_known_to_jump(
        self, steps: list[tuple[float, float]], data: st.DataObject
    ) -> None:
        host_s, phone_s = 2.0, 9000.0
        exchanges = [(0.0, 1000.0), (1.0, 5000.0), (host_s, phone_s)]
        for host_step, phone_step in steps:
            host_s, phone_s = host_s + host_step, phone_s + phone_step
            exchanges.append((host_s, phone_s))
        index = data.draw(st.integers(0, len(exchanges) - 2))
        (from_host, from_phone), (to_host, to_phone) = exchanges[index], exchanges[index + 1]
        at = track(*exchanges).place((from_host + to_host) / 2)
        assert at.earliest_s <= from_phone + FUZZ_S
        assert at.latest_s >= to_phone - FUZZ_S


@pytest.mark.parametrize("host_s", [9.9, 20.1])
def test_outside_the_exchanges_nothing_is_known(host_s: float) -> None:
    made = track((10, 1000), (20, 1010))
    assert not made.spans(host_s)
    with pytest.raises(ValueError, match="both sides"):
        made.place(host_s)


def test_without_an_exchange_nothing_is_known() -> None:
    made = ClockTrack()
    assert (made.offset, made.slope) == (None, None)
    with pytest.raises(ValueError, match="both sides"):
        made.place(1.0)


def test_exchanges_that_overlapped_may_come_in_either_order() -> None:
    assert track((20, 1010), (10, 1000)).place(15).at_s == pytest.approx(1005, abs=1e-3)


class Quartz:
    """A phone's clock that drifts within the bound, faster and slower as it likes."""

    def __init__(self, drifts: list[float]) -> None:
        self._drifts = drifts

    def at(self, host_s: float) -> float:
        """Phone time at a host time; each drift holds for ten seconds."""
        phone_s, done_s = 1_790_000_000.0 + host_s, 0.0
        for drift in self._drifts:
            part_s = min(max(host_s - done_s, 0.0), 10.0)
            phone_s += drift * part_s
            done_s += 10.0
        return phone_s


round_trips = st.lists(
    # time until the next, time there, time back, resolution of the phone's answer
    st.tuples(st.floats(0.01, 8), st.floats(0, 2), st.floats(0, 2), st.sampled_from([0.0, 0.001, 0.5])),
    min_size=2,
    max_size=12,
)


@given(st.lists(st.floats(-DRIFT, DRIFT), min_size=1, max_size=6), round_trips, st.floats(0, 1))
def test_the_true_moment_lies_in_the_placed_interval_whatever_the_drift_and_the_round_trips(
    drifts: list[float], trips: list[tuple[float, float, float, float]], where: float
) -> None:
    clock, made = Quartz(drifts), ClockTrack()
    host_s = 1.0
    answers: list[float] = []
    asks: list[float] = []
    for pause_s, there_s, back_s, error_s in trips:
        asked_s = host_s + pause_s
        host_s = asked_s + there_s + back_s
        # What it says may be off by its resolution, here always to the one side.
        made.add(asked_s, host_s, Instant(clock.at(asked_s + there_s) + error_s, error_s))
        answers.append(host_s)
        asks.append(asked_s)
    moment_s = answers[0] + where * (asks[-1] - answers[0])
    if not made.spans(moment_s):
        return
    at = made.place(moment_s)
    assert at.earliest_s - FUZZ_S <= clock.at(moment_s) <= at.latest_s + FUZZ_S
    assert not made.jumps
    offset, slope = made.offset, made.slope
    assert offset is not None
    assert slope is not None
    assert offset.low - FUZZ_S <= clock.at(host_s) - host_s <= offset.high + FUZZ_S
    assert 1 - DRIFT <= slope.low <= slope.high <= 1 + DRIFT


@given(st.floats(-DRIFT, DRIFT), st.floats(100, 10_000))
def test_the_slope_is_known_the_better_the_longer_two_clocks_were_compared(
    drift: float, span_s: float
) -> None:
    made = ClockTrack()
    for host_s in (0.0, span_s):
        made.add(host_s, host_s, Instant(1000.0 + host_s * (1 + drift), 0.001))
    slope = made.slope
    assert slope is not None
    assert slope.low - 1e-9 <= 1 + drift <= slope.high + 1e-9
    assert slope.error <= 0.0021 / span_s + FUZZ_S
