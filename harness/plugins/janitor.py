"""What was put back on phones on the way, told: by whom a phone was left altered is not the test's fault.

It is put back before a test gets the phone, and when a phone is given back; what could not be is told, with
what a person does about it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.api.desk import Desk

FIELD = "harness_put_right"
"""Name of the extra field of a report, with a line for each thing that was put back or could not be."""

PROPERTY = "harness.put_right"
"""Name of the user property that such a line is, in JUnit too."""

DESK: pytest.StashKey[Desk] = pytest.StashKey()
"""This process's place at the farm, once it has one."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with each phase of a test what was put back in it; the run's end is the last test's teardown."""
    report = yield
    desk = item.config.stash.get(DESK, None)
    lines = [line for restored in desk.take_restored() for line in restored.lines()] if desk else []
    if lines:
        setattr(report, FIELD, lines)
        told = [(PROPERTY, line) for line in lines]
        report.user_properties += told
        # The report of the teardown is made from the item's, and JUnit is written from that one.
        item.user_properties += told
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """List what was put back, and what could not be."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    lines = [line for report in reports for line in getattr(report, FIELD, ())]
    if lines:
        terminalreporter.write_sep("-", "phones put right")
        for line in lines:
            terminalreporter.write_line(line)
