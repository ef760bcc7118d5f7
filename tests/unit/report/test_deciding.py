"""Which verdict decides a test: one answer, whoever tells it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.expect.story import worst
from harness.model.reasons import WORST_FIRST, ClaimKind, Outcome, Reason
from harness.model.run import deciding
from harness.model.time import Instant
from harness.model.verdict import Verdict
from harness.report.ctrf import ctrf
from harness.report.junit import write_junit
from harness.report.page.index import run_index
from harness.report.result import Blame, Left, Phase, phase_result
from harness.report.run import TestRecord
from harness.report.summary import summary
from tests.unit.report.samples import judged, record, run_of

FIRST, LAST = Reason.KILLED_WATCHDOG, Reason.NOT_WOKEN_UNEXPLAINED


def twice(outcome: Outcome, first: Reason, last: Reason) -> TestRecord:
    """A test with two verdicts of one outcome."""
    told = record(outcome.value)
    return replace(told, entries=(judged(outcome, first), judged(outcome, last)))


def junit_said(told: TestRecord, path: Path) -> str:
    write_junit(run_of(told), path)
    failure = ElementTree.parse(path).getroot().find(".//failure")
    assert failure is not None
    return failure.get("message", "")


def test_what_failed_first_decides_in_every_export(tmp_path: Path) -> None:
    told = twice(Outcome.FAILED, FIRST, LAST)
    (row,) = run_index(run_of(told))["tests"]
    (test,) = ctrf(run_of(told))["results"]["tests"]
    assert (row["reason"], test["extra"]["reason"]) == (FIRST, FIRST)
    assert junit_said(told, tmp_path / "junit.xml").startswith(f"failed {FIRST}")
    said = summary(run_of(told)).replace("\\", "")
    assert (FIRST in said, LAST in said) == (True, False)


def test_what_passed_last_decides_in_every_export() -> None:
    told = twice(Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN, Reason.PASS_RELAUNCHED)
    (row,) = run_index(run_of(told))["tests"]
    (test,) = ctrf(run_of(told))["results"]["tests"]
    assert row["reason"] == test["extra"]["reason"] == Reason.PASS_RELAUNCHED
    assert "PASS_RELAUNCHED" in summary(run_of(told)).replace("\\", "")


def test_a_verdict_of_another_outcome_decides_nothing() -> None:
    assert deciding([judged(Outcome.FAILED, FIRST)], "error") is None


def verdict(outcome: Outcome) -> Verdict:
    at = Instant(0.0)
    return Verdict(outcome, FIRST, "it", ClaimKind.FACT, (), (), (at, at))


@pytest.mark.parametrize("other", WORST_FIRST)
@pytest.mark.parametrize("one", WORST_FIRST)
def test_the_worst_is_the_same_to_the_terminal_and_to_the_report(one: Outcome, other: Outcome) -> None:
    left = Left(blame=Blame.ASSERTION, verdicts=(one.value, other.value))
    phase = Phase("a.py::test_a", "call", "failed", 0.0, 0.0, left=left)
    assert phase_result(phase) == worst((verdict(one), verdict(other))).outcome
