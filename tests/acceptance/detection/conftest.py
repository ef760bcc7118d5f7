"""How many cases were told how fast, at the end of the run."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import cast

import pytest

CASES = "detection cases"
"""Property of a test's report: what ``Told`` is."""

Told = tuple[str, int, float]
"""The way stories were told, how many, and how many seconds of wall time that took."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    cases: Counter[str] = Counter()
    took_s: defaultdict[str, float] = defaultdict(float)
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        properties = cast("list[tuple[str, object]]", report.user_properties)
        for way, count, seconds in (cast("Told", told) for name, told in properties if name == CASES):
            cases[way] += count
            took_s[way] += seconds
    for way, count in cases.items():
        rate = count / took_s[way] if took_s[way] else 0.0
        terminalreporter.write_line(f"detection {way}: {count} cases, {rate:.1f} cases/s in each process")
