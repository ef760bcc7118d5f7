"""A verdict as a person reads it."""

from __future__ import annotations

from harness.expect.story import ExpectationFailed, describe, tell
from harness.model.facts import Source, StateSeen
from harness.model.states import AppState
from harness.model.time import Instant
from tests.unit.expect.asking import ask, relaunch
from tests.unit.expect.story import BUNDLE, dead, relaunched


def test_a_failure_says_what_was_expected_and_found_and_what_almost_counted() -> None:
    told = tell(ask(dead().released(at=6).delivered(at=7).prewarmed(at=8), relaunch))
    first, *rest = told.splitlines()
    assert first == "FAILED NOT_WOKEN:UNEXPLAINED: not woken, and the phone gave no reason"
    assert rest[0].startswith(f"  expected: {BUNDLE} is relaunched for background URLSession events after")
    assert "✓ no debugger was attached" in told
    assert "✗ a new process of the app was started" in told
    assert "around it, not counted:" in told
    assert "why=DAS Prewarm launch" in told


def test_a_pass_shows_the_gap_it_stood_despite_of_and_no_near_misses() -> None:
    told = tell(ask(relaunched().cut(Source.SYSTEM_LOG, 6, 60), relaunch))
    assert told.startswith("PASSED PASS_RELAUNCHED")
    assert "gap: system log, cut by the test" in told
    assert "not counted" not in told


def test_the_error_of_a_failed_expectation_carries_its_verdict() -> None:
    verdict = ask(dead().released(at=6), relaunch)
    error = ExpectationFailed(verdict)
    assert error.verdict is verdict
    assert str(error) == tell(verdict)


def test_a_fact_is_told_relative_to_the_mark_with_its_error_when_that_matters() -> None:
    seen = StateSeen(
        at=Instant(12.5, 0.25),
        source=Source.STATE_STREAM,
        bundle_id=BUNDLE,
        pid=7,
        state=AppState.SUSPENDED,
    )
    assert describe(seen, 10.0) == "   +2.500±0.250 s  StateSeen pid=7 state=suspended  (state stream)"
