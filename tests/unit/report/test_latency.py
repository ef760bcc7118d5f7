"""How long iOS took to wake the app: phone time, with its error, and only since a release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.reasons import Outcome, Reason
from harness.model.time import Instant
from harness.report.latency import latencies_of
from tests.unit.report.samples import APP, NONCE, PHONE_S, judged, wake_entries

PASSED = judged(Outcome.PASSED, Reason.PASS_RELAUNCHED)


def test_from_the_release_to_the_first_sign_of_the_new_process() -> None:
    (latency,) = latencies_of(wake_entries(PASSED), APP, NONCE)
    assert latency.kind == "relaunch"
    assert latency.latency_s == pytest.approx(2.5)
    assert latency.error_s == pytest.approx(0.03)


def test_a_resume_is_told_apart() -> None:
    (latency,) = latencies_of(wake_entries(judged(Outcome.PASSED, Reason.PASS_RESUMED)), APP, NONCE)
    assert (latency.kind, latency.latency_s) == ("resume", pytest.approx(2.5))


def test_a_wake_that_was_not_proven_has_none() -> None:
    last = judged(Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)
    assert latencies_of(wake_entries(last), APP, NONCE) == ()


def test_a_wake_since_something_else_tells_nothing_of_ios() -> None:
    last = replace(PASSED, since=Instant(PHONE_S + 5.0, 0.1))
    assert latencies_of(wake_entries(last), APP, NONCE) == ()
