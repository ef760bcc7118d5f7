"""Verdicts in pytest's report: a letter, a section, and how many of them real hardware has seen.

``report.outcome`` stays ``failed`` for failed, invalid and inconclusive alike, so that exit status,
``-x``, ``--lf``, JUnit and every other plugin see red. The verdict travels as an extra field, which
xdist carries as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError
from harness.plugins.fixtures import SESSION

if TYPE_CHECKING:
    from harness.model.verdict import Verdict

FIELD = "harness_verdicts"
"""Name of the extra field of a report."""

PROPERTY = "harness.verdict"
"""Name of the user property that a verdict is, in JUnit too: its outcome and its reason."""

LETTERS = {"invalid": ("I", "INVALID"), "inconclusive": ("?", "INCONCLUSIVE")}
"""Outcome -> letter and word, for those that pytest has no word for."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the test's verdicts to its report; tell an error of the rack in one line."""
    report = yield
    session = item.stash.get(SESSION, None)
    if session is not None and call.when == "call":
        setattr(report, FIELD, [_plain(verdict) for verdict in session.verdicts])
        told = [(PROPERTY, f"{verdict.outcome} {verdict.reason}") for verdict in session.verdicts]
        report.user_properties += told
        # The report of the teardown is made from the item's, and JUnit is written from that one.
        item.user_properties += told
        if report.failed and session.timeline.path:
            report.sections.append(("timeline", str(session.timeline.path)))
    if call.excinfo is not None and isinstance(call.excinfo.value, HarnessError):
        report.longrepr = f"{type(call.excinfo.value).__name__}: {call.excinfo.value}"
    return report


def _plain(verdict: Verdict) -> dict[str, str]:
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value,
        "hardware": verdict.hardware.value,
        "question": verdict.question,
    }


def verdicts_of(report: Any) -> list[dict[str, str]]:
    """The verdicts that a report carries."""
    return getattr(report, FIELD, [])


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    """``I`` for an invalid experiment, ``?`` for an inconclusive one; both are failures to pytest."""
    if report.when != "call" or not report.failed:
        return None
    outcomes = [verdict["outcome"] for verdict in verdicts_of(report)]
    last = outcomes[-1] if outcomes else ""
    if last not in LETTERS:
        return None
    letter, word = LETTERS[last]
    return "failed", letter, word


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many verdicts there were of each kind, and how many of them on real hardware."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    verdicts = [verdict for report in reports for verdict in verdicts_of(report)]
    if not verdicts:
        return
    outcomes = Counter(verdict["outcome"] for verdict in verdicts)
    hardware = Counter(verdict["hardware"] for verdict in verdicts)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()))
    terminalreporter.write_sep("-", "verdicts")
    terminalreporter.write_line(counted)
    terminalreporter.write_line(
        f"on real phones: {hardware.get('real', 0)}, on virtual phones: {hardware.get('virtual', 0)}"
    )
