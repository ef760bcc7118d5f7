"""Verdicts in pytest's report: a letter, a section, and how many of them real hardware has seen.

``report.outcome`` stays ``failed`` for failed, invalid and inconclusive alike, so that exit status,
``-x``, ``--lf``, JUnit and every other plugin see red. The verdict travels as an extra field, which
xdist carries as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError
from harness.plugins.fixtures import OTHERS, SESSION

if TYPE_CHECKING:
    from harness.api.session import TestSession
    from harness.model.verdict import Verdict

FIELD = "harness_verdicts"
"""Name of the extra field of a report."""

PROPERTY = "harness.verdict"
"""Name of the user property that a verdict is, in JUnit too: its outcome and its reason."""

LETTERS = {"invalid": ("I", "INVALID"), "inconclusive": ("?", "INCONCLUSIVE")}
"""Outcome -> letter and word, for those that pytest has no word for."""


DECIDED = "harness_outcome"
"""Name of the extra field of a report with the outcome of the verdict that the test failed by, or empty."""

UNMET = pytest.StashKey[tuple["Verdict", ...]]()
"""The verdicts that a test's call phase failed by."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """At the end of a test, fail it by the soft expectations that were not met.

    A test that fails by itself shows them too. One that skips itself fails: what was found wrong by then
    is not undone by that.
    """
    sessions = _sessions(item)
    if not sessions:
        return (yield)
    from harness.expect.story import ExpectationFailed, tell_all

    try:
        yield
    except (pytest.skip.Exception, pytest.xfail.Exception) as way_out:
        _fail_by_unmet(item, sessions, way_out)
        raise
    except (Exception, pytest.fail.Exception) as error:
        # Whatever ends the test goes on its way, with what was found before it.
        unmet = _take_unmet(sessions)
        hard = error.verdicts if isinstance(error, ExpectationFailed) else ()
        item.stash[UNMET] = (*hard, *unmet) if hard else ()
        if unmet:
            error.add_note(f"\nbefore that, softly:\n\n{tell_all(unmet)}")
        raise
    _fail_by_unmet(item, sessions)


def _sessions(item: pytest.Item) -> tuple[TestSession, ...]:
    """One for each phone of a test."""
    session = item.stash.get(SESSION, None)
    return (session, *item.stash.get(OTHERS, ())) if session is not None else ()


def _take_unmet(sessions: Sequence[TestSession]) -> tuple[Verdict, ...]:
    return tuple(verdict for session in sessions for verdict in session.take_unmet())


def _fail_by_unmet(
    item: pytest.Item, sessions: Sequence[TestSession], cause: BaseException | None = None
) -> None:
    from harness.expect.story import ExpectationFailed

    unmet = _take_unmet(sessions)
    item.stash[UNMET] = unmet
    if unmet:
        raise ExpectationFailed(*unmet) from cause


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the test's verdicts to its report; tell an error of the rack in one line."""
    report = yield
    sessions = _sessions(item)
    if sessions and call.when == "call":
        verdicts = [verdict for session in sessions for verdict in session.verdicts]
        setattr(report, FIELD, [_plain(verdict) for verdict in verdicts])
        setattr(report, DECIDED, _decided(item))
        told = [(PROPERTY, f"{verdict.outcome} {verdict.reason}") for verdict in verdicts]
        report.user_properties += told
        # The report of the teardown is made from the item's, and JUnit is written from that one.
        item.user_properties += told
        if report.failed:
            paths = [session.timeline.path for session in sessions if session.timeline.path]
            report.sections += [("timeline", str(path)) for path in paths]
    error = call.excinfo.value if call.excinfo is not None else None
    if isinstance(error, HarnessError):
        from harness.expect.plain import plain

        notes = "\n".join(getattr(error, "__notes__", ()))
        report.longrepr = plain(f"{type(error).__name__}: {error}{notes}", keep_lines=True)
    return report


def _decided(item: pytest.Item) -> str:
    from harness.expect.story import worst

    unmet = item.stash.get(UNMET, ())
    return worst(unmet).outcome.value if unmet else ""


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
    decided = getattr(report, DECIDED, "")
    if decided not in LETTERS:
        return None
    letter, word = LETTERS[decided]
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
