"""What two sources show of one and the same instant cannot be put in order."""

from __future__ import annotations

from harness.evidence.view import Coverage, Evidence
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.guards import kill_was_right, no_debugger, was_suspended
from harness.expect.question import Window, judge
from harness.model.callbacks import Callback
from harness.model.facts import ActionTaken, CallbackSeen, Fact, Mark, ProcessEnded, Source, StateSeen, Verb
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.time import Instant, written
from harness.model.verdict import Truth

APP = "dev.harness.downloader"
STATES, LOG = Source.STATE_STREAM, Source.SYSTEM_LOG


def seen(at_s: float, source: Source, state: AppState) -> StateSeen:
    return StateSeen(at=Instant(at_s, 0.000_002), source=source, bundle_id=APP, pid=7, state=state)


def ended(at_s: float, code: int, pid: int = 7) -> ProcessEnded:
    return ProcessEnded(at=Instant(at_s), source=LOG, bundle_id=APP, pid=pid, domain="signal", code=code)


def known(*facts: Fact) -> Evidence:
    covered = {source: Coverage(0, 100) for source in (STATES, LOG, Source.JOURNAL)}
    return Evidence(tuple(sorted(facts, key=lambda fact: fact.at.at_s)), coverage=covered)


KILL = ActionTaken(at=Instant(20), source=Source.HARNESS, bundle_id=APP, pid=7, verb=Verb.KILL)


def truth_of_kill(*facts: Fact) -> Truth:
    return kill_was_right(known(*facts, KILL, ended(20, 9)), KILL).truth


def test_a_source_is_in_order_even_within_an_instant() -> None:
    opened = (seen(10, STATES, AppState.SUSPENDED), seen(10, STATES, AppState.FOREGROUND_ACTIVE))
    assert truth_of_kill(*opened) is Truth.FALSE
    assert truth_of_kill(*reversed(opened)) is Truth.TRUE


def test_a_log_that_lags_does_not_outdate_the_state_stream() -> None:
    facts = (seen(10, STATES, AppState.FOREGROUND_ACTIVE), seen(10.000_001, LOG, AppState.SUSPENDED))
    assert truth_of_kill(*facts) is Truth.UNKNOWN
    assert was_suspended(known(*facts), APP, Instant(20)).truth is Truth.UNKNOWN


def test_what_is_surely_later_counts_whichever_source_shows_it() -> None:
    facts = (seen(10, STATES, AppState.FOREGROUND_ACTIVE), seen(11, LOG, AppState.SUSPENDED))
    assert truth_of_kill(*facts) is Truth.TRUE
    assert was_suspended(known(*facts), APP, Instant(20)).truth is Truth.TRUE


def test_running_in_the_very_instant_of_the_mark_is_no_proof_of_having_run_before_it() -> None:
    facts = (seen(10, STATES, AppState.SUSPENDED), seen(20, STATES, AppState.BACKGROUND_RUNNING))
    assert was_suspended(known(*facts), APP, Instant(20)).truth is Truth.UNKNOWN
    assert was_suspended(known(*facts), APP, Instant(20.1)).truth is Truth.FALSE


def verdict_after(*ends: ProcessEnded, pid: int = 7) -> tuple[Outcome, Reason]:
    window = Window(Mark(Instant(5), "release"), 50)
    question = ExpectCallbacks(APP, window, (Callback.DID_COMPLETE,), "s", pid)
    verdict = judge(question, known(*ends))
    return verdict.outcome, verdict.reason


def test_a_crash_is_why_a_callback_did_not_come() -> None:
    crashed = (Outcome.FAILED, Reason.KILLED_CRASH)
    assert verdict_after(ended(10, 6)) == crashed
    assert verdict_after(ended(10, 6), pid=0) == crashed


def test_another_process_or_an_earlier_one_is_no_reason() -> None:
    missing = (Outcome.FAILED, Reason.CALLBACK_MISSING_DID_COMPLETE)
    assert verdict_after(ended(10, 6, pid=8)) == missing
    assert verdict_after(ended(4, 6), pid=0) == missing


def untraced(line_s: float, log_from_s: float) -> Truth:
    """Whether no debugger was attached, by a line of the app and a log that is watched from a moment on."""
    line = CallbackSeen(
        at=written(line_s),
        source=Source.JOURNAL,
        bundle_id=APP,
        pid=7,
        name=Callback.DID_BECOME_ACTIVE,
        seq=1,
    )
    known_to = Evidence((line,), coverage={LOG: Coverage(log_from_s, 100)})
    return no_debugger(known_to, APP, line_s, 50).truth


def test_an_app_that_is_launched_in_the_instant_the_log_is_watched_from_was_not_debugged_before() -> None:
    assert untraced(line_s=10, log_from_s=10) is Truth.TRUE
    assert untraced(line_s=10, log_from_s=10.01) is Truth.UNKNOWN
