"""What the history tells: rates per week, latencies against before, flaky tests apart from a flaky rack."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.history import LatencyRow, VerdictRow
from harness.report.trends import DAY_S, flaky, latency_trends, quantile, weeks

SUNDAY_S = datetime(2026, 11, 22, 23, 59, tzinfo=UTC).timestamp()


def verdict(
    result: str, at_s: float = SUNDAY_S, *, build: str = "b1", hardware: str = "virtual", ios: str = "16.7"
) -> VerdictRow:
    return VerdictRow("t", ios, hardware, "iPhone10,3", build, result, "", at_s)


def series(*results: str, build: str = "b1", hardware: str = "virtual") -> list[VerdictRow]:
    return [
        verdict(result, SUNDAY_S + number, build=build, hardware=hardware)
        for number, result in enumerate(results)
    ]


def test_a_week_begins_on_monday() -> None:
    told = weeks(
        [verdict("passed"), verdict("failed", SUNDAY_S + 120), verdict("passed", SUNDAY_S - 6 * DAY_S)]
    )
    assert [(week.week, week.passed, week.failed) for week in told] == [
        ("2026-11-16", 2, 0),
        ("2026-11-23", 0, 1),
    ]


def test_the_racks_faults_lower_no_pass_rate() -> None:
    (week,) = weeks(series("passed", "error", "inconclusive", "invalid"))
    assert (week.pass_rate, week.undecided) == (1.0, 3)
    (week,) = weeks(series("error"))
    assert week.pass_rate is None


def test_virtual_and_real_are_never_put_together() -> None:
    rows = series("passed", "passed") + series("failed", hardware="real")
    assert [(week.hardware, week.pass_rate) for week in weeks(rows)] == [("real", 0.0), ("virtual", 1.0)]
    assert flaky(rows) == ()


@pytest.mark.parametrize(
    ("results", "score"),
    [
        (("passed", "failed", "passed", "failed"), 1.0),
        (("passed", "passed", "passed", "failed", "failed"), 0.25),
        (("passed", "error", "failed", "inconclusive", "failed"), 0.5),
    ],
)
def test_what_alternates_is_flakier_than_what_broke(results: tuple[str, ...], score: float) -> None:
    (found,) = flaky(series(*results))
    assert found.score == pytest.approx(score)


def test_a_flaky_rack_makes_no_flaky_test() -> None:
    assert flaky(series("passed", "error", "inconclusive", "passed", "invalid")) == ()


def test_a_change_explains_a_change() -> None:
    assert flaky(series("passed", build="b1") + series("failed", build="b2")) == ()
    assert flaky([verdict("passed", ios="16.7"), verdict("failed", ios="18.0")]) == ()


def test_when_it_failed_last_and_how_often_it_was_not_decided() -> None:
    (found,) = flaky(series("failed", "passed", "error", "failed", "passed"))
    assert (found.passed, found.failed, found.undecided, found.last_failed_s) == (2, 2, 1, SUNDAY_S + 3)


def latency(latency_s: float, days_ago: float, *, ios: str = "16.7", hardware: str = "virtual") -> LatencyRow:
    return LatencyRow(
        "t", ios, hardware, "relaunch", latency_s, 0.01 * latency_s, SUNDAY_S - days_ago * DAY_S
    )


def test_latencies_are_compared_with_as_many_days_before() -> None:
    rows = [latency(4.0, 1), latency(2.0, 2), latency(1.0, 10), latency(1.5, 12), latency(99.0, 30)]
    (trend,) = latency_trends(rows, now_s=SUNDAY_S, days=7)
    assert (trend.count, trend.p50_s, trend.p95_s, trend.error_s) == (2, 2.0, 4.0, pytest.approx(0.04))
    assert (trend.p50_change_s, trend.p95_change_s) == (1.0, 2.5)


def test_without_a_before_there_is_no_change() -> None:
    (trend,) = latency_trends([latency(1.0, 1)], now_s=SUNDAY_S, days=7)
    assert (trend.p50_change_s, trend.p95_change_s) == (None, None)


def test_latencies_of_different_phones_are_apart() -> None:
    rows = [latency(1.0, 1), latency(2.0, 1, ios="18.0"), latency(3.0, 1, hardware="real")]
    told = latency_trends(rows, now_s=SUNDAY_S, days=7)
    assert [(one.ios, one.hardware, one.p50_s) for one in told] == [
        ("16.7", "real", 3.0),
        ("16.7", "virtual", 1.0),
        ("18.0", "virtual", 2.0),
    ]


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1.0))
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(values: list[float], share: float) -> None:
    told = quantile(values, share)
    assert told in values
    assert sum(value <= told for value in values) >= share * len(values) - 1e-9
    assert sum(value < told for value in values) < share * len(values) + 1e-9
