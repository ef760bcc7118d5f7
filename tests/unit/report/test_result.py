"""What a test came to: the worst of its verdicts, and never the rack's fault put down to the app."""

from __future__ import annotations

import pytest

from harness.report.collect import INTERRUPTED, Collector
from harness.report.result import CRASH, Blame, Left, Phase, message_of, result_of

PASSED, FAILED = "passed", "failed"


def phase(
    when: str,
    outcome: str = PASSED,
    blame: Blame = Blame.NONE,
    verdicts: tuple[str, ...] = (),
    message: str = "",
    left: Left | None = None,
) -> Phase:
    left = left or Left(blame=blame, verdicts=verdicts)
    return Phase("t.py::test", when, outcome, 100.0, 1.0, message, "gw0", (), left)


SETUP, CALL, TEARDOWN = phase("setup"), phase("call"), phase("teardown")


def red(when: str, blame: Blame, *verdicts: str) -> Phase:
    return phase(when, FAILED, blame, verdicts, message=f"{when} went wrong")


CASES = (
    ("all is well", (SETUP, CALL, TEARDOWN), ("passed", "call")),
    ("its own assertion", (SETUP, red("call", Blame.ASSERTION), TEARDOWN), ("failed", "call")),
    ("a verdict", (SETUP, red("call", Blame.ASSERTION, "invalid"), TEARDOWN), ("invalid", "call")),
    ("the worst", (SETUP, red("call", Blame.ASSERTION, "inconclusive", "failed")), ("failed", "call")),
    ("its own mistake", (SETUP, red("call", Blame.OTHER), TEARDOWN), ("failed", "call")),
    ("the rack in the call", (SETUP, red("call", Blame.HARNESS, "failed"), TEARDOWN), ("error", "call")),
    ("the rack before it", (red("setup", Blame.HARNESS), TEARDOWN), ("error", "setup")),
    ("a fixture's mistake", (red("setup", Blame.OTHER), TEARDOWN), ("error", "setup")),
    ("a fixture's expectation", (red("setup", Blame.ASSERTION, "inconclusive"),), ("inconclusive", "setup")),
    ("teardown alone", (SETUP, CALL, red("teardown", Blame.OTHER)), ("error", "teardown")),
    (
        "an expectation outranks teardown",
        (SETUP, red("call", Blame.ASSERTION, "inconclusive"), red("teardown", Blame.HARNESS)),
        ("inconclusive", "call"),
    ),
    ("skipped", (SETUP, phase("call", "skipped"), TEARDOWN), ("skipped", "call")),
    ("skipped at once", (phase("setup", "skipped"), TEARDOWN), ("skipped", "setup")),
    (
        "skipped, then broken",
        (phase("setup", "skipped"), red("teardown", Blame.OTHER)),
        ("error", "teardown"),
    ),
    ("a verdict that was looked at", (SETUP, phase("call", verdicts=("invalid",))), ("passed", "call")),
    ("died in the call", (SETUP, phase(CRASH, FAILED)), ("error", "call")),
    ("died before it", (phase(CRASH, FAILED),), ("error", "setup")),
    ("died after it", (SETUP, CALL, phase(CRASH, FAILED)), ("error", "teardown")),
    (
        "failed, then died",
        (SETUP, red("call", Blame.ASSERTION, "failed"), phase(CRASH, FAILED)),
        ("failed", "call"),
    ),
)


@pytest.mark.parametrize(
    ("phases", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_first_phase_that_did_not_pass_decides(
    phases: tuple[Phase, ...], expected: tuple[str, str]
) -> None:
    assert result_of(phases) == expected


def test_every_phase_that_went_wrong_is_told() -> None:
    phases = (SETUP, red("call", Blame.ASSERTION), red("teardown", Blame.OTHER))
    assert message_of(phases) == "call: call went wrong\n\nteardown: teardown went wrong"
    assert message_of(phases[:2]) == "call went wrong"


def test_phases_of_several_workers_become_attempts() -> None:
    collector = Collector()
    other = Phase("t.py::other", "setup", PASSED, 100.5, 1.0, worker="gw1")
    assert [collector.take(one) for one in (SETUP, other, CALL)] == [None, None, None]
    attempt = collector.take(TEARDOWN)
    assert attempt
    assert (attempt.nodeid, attempt.number, attempt.worker, len(attempt.phases)) == (
        "t.py::test",
        1,
        "gw0",
        3,
    )


def test_a_test_that_is_run_again_is_another_attempt() -> None:
    collector = Collector()
    for one in (SETUP, CALL):
        collector.take(one)
    first = collector.take(SETUP)
    assert first
    assert first.number == 1
    collector.take(CALL)
    second = collector.take(TEARDOWN)
    assert second
    assert (second.number, len(second.phases)) == (2, 3)


def test_what_a_dead_worker_told_before_is_known() -> None:
    collector = Collector()
    told = {"name": "v", "udid": "u", "ios": "16.7", "model": "m", "hardware": "virtual"}
    collector.take(phase("setup", left=Left(timeline="/t.jsonl", nonce="n", phone=told)))
    attempt = collector.take(phase(CRASH, FAILED, message="worker died"))
    assert attempt
    assert (attempt.left.timeline, attempt.left.nonce, attempt.crashed) == ("/t.jsonl", "n", True)
    assert attempt.phone
    assert attempt.phone.ios_major == 16


def test_what_a_run_was_interrupted_in_is_an_error() -> None:
    collector = Collector()
    collector.take(SETUP)
    (attempt,) = collector.interrupt(at_s=105.0)
    assert attempt.verdict == ("error", "call")
    assert attempt.message == INTERRUPTED
    assert attempt.duration_s == pytest.approx(5.0)
