"""What the history tells: how often tests pass, how fast iOS wakes the app, and which tests are flaky.

Theory. A test is flaky when the same thing was both green and red: the same test, on the same iOS, model
and hardware, of the same build. Only *passed* and *failed* say something about the app, so only they count:
an inconclusive or invalid test and an error are the rack's doing, and are counted beside. The score is the
share of neighbouring runs that changed sides: a test that broke once and stayed red scores low, one that
alternates scores 1. Virtual and real phones are never put together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TypeVar

from harness.report.history import LatencyRow, VerdictRow

DAY_S = 86_400.0

T = TypeVar("T")
K = TypeVar("K")


@dataclass(frozen=True)
class Week:
    """How the tests of one week came out.

    Attributes:
        week: its Monday, in UTC, such as ``2026-11-16``.
        hardware: ``real`` or ``virtual``.
        passed: attempts that passed.
        failed: attempts that failed.
        undecided: attempts that said nothing of the app: invalid, inconclusive, error.
    """

    week: str
    hardware: str
    passed: int
    failed: int
    undecided: int

    @property
    def pass_rate(self) -> float | None:
        """Share of passes among the attempts that said something of the app; ``None`` without any."""
        decided = self.passed + self.failed
        return self.passed / decided if decided else None


@dataclass(frozen=True)
class LatencyTrend:
    """How long wakes took in the last days, and in as many before.

    Attributes:
        test: pytest's name of the test.
        ios: version of iOS.
        hardware: ``real`` or ``virtual``.
        kind: ``relaunch`` or ``resume``.
        count: wakes in the last days.
        p50_s: half of them took no longer, phone time.
        p95_s: 95 % of them took no longer.
        error_s: the greatest error of one of them.
        p50_change_s: against the days before; ``None`` when there was none.
        p95_change_s: likewise.
    """

    test: str
    ios: str
    hardware: str
    kind: str
    count: int
    p50_s: float
    p95_s: float
    error_s: float
    p50_change_s: float | None
    p95_change_s: float | None


@dataclass(frozen=True)
class Flaky:
    """A test that was both green and red without a change.

    Attributes:
        test: pytest's name of the test.
        ios: version of iOS.
        model: product type.
        hardware: ``real`` or ``virtual``.
        build: what was tested, or empty.
        passed: how often it passed.
        failed: how often it failed.
        undecided: how often it was inconclusive, invalid or an error; no part of the score.
        score: from just above 0 to 1.
        last_failed_s: when it failed last, seconds since 1970.
    """

    test: str
    ios: str
    model: str
    hardware: str
    build: str
    passed: int
    failed: int
    undecided: int
    score: float
    last_failed_s: float


def weeks(rows: Iterable[VerdictRow]) -> tuple[Week, ...]:
    """Weeks in order, each once per hardware."""
    grouped = _grouped(rows, lambda row: (_monday(row.at_s), row.hardware))
    return tuple(Week(*key, *_counts(grouped[key])) for key in sorted(grouped))


def _monday(at_s: float) -> str:
    day = datetime.fromtimestamp(at_s, UTC)
    return datetime.fromtimestamp(at_s - day.weekday() * DAY_S, UTC).date().isoformat()


def _counts(rows: Sequence[VerdictRow]) -> tuple[int, int, int]:
    results = [row.result for row in rows]
    passed, failed = results.count("passed"), results.count("failed")
    return passed, failed, len(results) - passed - failed


def latency_trends(rows: Iterable[LatencyRow], *, now_s: float, days: float) -> tuple[LatencyTrend, ...]:
    """Latencies of the last days per test, iOS, hardware and kind, against as many days before.

    Args:
        rows: of any age.
        now_s: the end of the last days, seconds since 1970.
        days: how many.
    """
    edge_s, start_s = now_s - days * DAY_S, now_s - 2 * days * DAY_S
    grouped = _grouped(rows, lambda row: (row.test, row.ios, row.hardware, row.kind))
    trends: list[LatencyTrend] = []
    for key in sorted(grouped):
        now = [row for row in grouped[key] if row.at_s > edge_s]
        before = [row.latency_s for row in grouped[key] if start_s < row.at_s <= edge_s]
        if now:
            took = [row.latency_s for row in now]
            error_s = max(row.error_s for row in now)
            p50, p95 = quantile(took, 0.5), quantile(took, 0.95)
            changes = (p50 - quantile(before, 0.5), p95 - quantile(before, 0.95)) if before else (None, None)
            trends.append(LatencyTrend(*key, len(now), p50, p95, error_s, *changes))
    return tuple(trends)


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that so large a share of the values do not exceed.

    Args:
        values: at least one.
        share: above 0, up to 1.
    """
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def flaky(rows: Iterable[VerdictRow]) -> tuple[Flaky, ...]:
    """Tests that were both green and red without a change, the worst first."""
    grouped = _grouped(rows, lambda row: (row.test, row.ios, row.model, row.hardware, row.build))
    found = [one for key, same in grouped.items() if (one := _flaky(key, same))]
    return tuple(sorted(found, key=lambda one: (-one.score, -one.last_failed_s)))


def _flaky(key: tuple[str, str, str, str, str], rows: Sequence[VerdictRow]) -> Flaky | None:
    passed, failed, undecided = _counts(rows)
    if not passed or not failed:
        return None
    decided = sorted((row for row in rows if row.result in ("passed", "failed")), key=lambda row: row.at_s)
    changed = sum(before.result != after.result for before, after in pairwise(decided))
    last_s = max(row.at_s for row in decided if row.result == "failed")
    return Flaky(*key, passed, failed, undecided, changed / (len(decided) - 1), last_s)


def _grouped(rows: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    grouped: dict[K, list[T]] = {}
    for row in rows:
        grouped.setdefault(key(row), []).append(row)
    return grouped
