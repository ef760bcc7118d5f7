"""A verdict as a person reads it."""

from __future__ import annotations

from dataclasses import replace

from harness.expect.ended import ExpectExit
from harness.expect.question import judge
from harness.expect.rows import WIDTH, rows_of
from harness.expect.story import ExpectationFailed, tell
from harness.model.exits import ExitCause
from harness.model.facts import Source, StateSeen, Verb
from harness.model.reasons import MEANINGS, Outcome
from harness.model.states import AppState
from harness.model.time import Instant
from harness.model.verdict import NOTHING_AROUND, Truth
from tests.unit.expect.asking import ask, relaunch, state, window
from tests.unit.expect.story import BUNDLE, NEW, OLD, asleep, dead, relaunched


def test_a_failure_says_what_was_expected_and_found_and_what_almost_counted() -> None:
    told = tell(ask(dead().released(at=6).delivered(at=7).prewarmed(at=8), relaunch))
    first, *rest = told.splitlines()
    assert first == "FAILED NOT_WOKEN:UNEXPLAINED: not woken, and the phone gave no reason"
    assert rest[0].startswith(f"  expected: {BUNDLE} is relaunched for background URLSession events after")
    assert "✓ no debugger was attached" in told
    assert "✗ a new process of the app was started" in told
    assert "almost counted:" in told
    assert "why=DAS Prewarm launch" in told
    assert "    a prewarm is no wake:" in told


def test_what_is_judged_while_it_is_waited_for_collects_nothing_for_a_reader() -> None:
    told = dead().released(at=6).delivered(at=7)
    silent = judge(relaunch(told), told.evidence(), told=False)
    assert silent.backdrop == NOTHING_AROUND
    assert replace(ask(told, relaunch), backdrop=NOTHING_AROUND) == silent


def test_a_failure_says_why_it_is_no_less() -> None:
    told = tell(ask(dead().released(at=6).delivered(at=7), relaunch))
    assert "all 3 guards hold; the phone gave no reason of its own" in told
    assert "had passed the deadline: journal, receipt, state stream, system log" in told


def test_a_guard_that_is_false_is_why_nothing_was_judged() -> None:
    told = tell(ask(dead().released(at=6).delivered(at=7).tapped(at=8, pid=NEW), relaunch))
    assert "why invalid: a guard is proven false, so no claim was judged" in told


def test_a_claim_that_something_else_came_in_place_of_is_why_it_is_invalid() -> None:
    quit_by_hand = asleep().released(at=4).ended("frontboard", 0xDEADFA11, at=5)
    verdict = ask(quit_by_hand, lambda told: ExpectExit(BUNDLE, window(told), ExitCause.OUR_KILL))
    assert verdict.outcome is Outcome.INVALID
    assert all(guard.truth is Truth.TRUE for guard in verdict.guards)
    told = tell(verdict)
    assert "a guard is proven false" not in told
    assert "why invalid and not failed: what came in its place" in told
    assert f"    the cause was: our kill: {MEANINGS[verdict.reason].sentence}" in told


def test_an_action_without_an_answer_is_told_as_one() -> None:
    told = (
        asleep().act(Verb.KILL, 5, OLD, done=None).ended("signal", 9, at=5.5).released(at=6).delivered(at=7)
    )
    assert "kill (no answer: it may have been done, or not)" in tell(ask(told, relaunch))


def test_an_open_question_says_how_far_each_source_had_come() -> None:
    told = tell(ask(dead().released(at=6).delivered(at=7).known_to(Source.SYSTEM_LOG, 118.0), relaunch))
    assert "why inconclusive and not failed:" in told
    assert "system log had come to +112.0 s only" in told


def test_what_went_on_around_it_is_a_table_with_what_counted_marked() -> None:
    told = tell(ask(dead().released(at=6).delivered(at=7), relaunch)).splitlines()
    start = told.index("  around it, in seconds from the mark (* counted):")
    table = told[start + 1 :]
    assert any(line.startswith("  *") and "action" in line and "kill" in line for line in table)
    assert any("(state stream, system log)" in line and "suspended" in line for line in table)
    assert len([line for line in table if " s  " in line]) <= 25 + 8


def test_a_line_of_a_hostile_app_is_shown_in_one_line_and_obeys_nothing() -> None:
    told = dead().released(at=6).delivered(at=7)
    told.line("\x1b[31mred\n\u202eevil" + "A" * 60_000, at=8, pid=NEW)
    story = tell(ask(told, relaunch))
    assert "\\x1b[31mred\\n\\u202eevil" in story
    assert all(len(line) <= WIDTH and line.isprintable() for line in story.splitlines())


def test_a_pass_shows_the_gap_it_stood_despite_of_and_no_near_misses() -> None:
    told = tell(ask(relaunched().cut(Source.SYSTEM_LOG, 6, 60), relaunch))
    assert told.startswith("PASSED PASS_RELAUNCHED")
    assert "system log: cut by the test, until +53.990 s" in told
    assert "almost counted" not in told


def test_a_pass_owns_up_to_a_gap_of_a_source_that_it_never_asked() -> None:
    verdict = ask(asleep().cut(Source.RECEIPT, 2.5, 2.8), state(AppState.SUSPENDED))
    assert verdict.outcome is Outcome.PASSED
    assert [gap.source for gap in verdict.gaps] == [Source.RECEIPT]


def test_the_error_of_a_failed_expectation_carries_its_verdict() -> None:
    verdict = ask(dead().released(at=6), relaunch)
    error = ExpectationFailed(verdict)
    assert error.verdict is verdict
    assert str(error) == tell(verdict)


def test_a_fact_is_told_relative_to_the_mark_with_its_error_when_that_matters() -> None:
    seen = StateSeen(
        at=Instant(12.5, 0.25), source=Source.STATE_STREAM, bundle_id=BUNDLE, pid=7, state=AppState.SUSPENDED
    )
    (row,) = rows_of((seen,), 10.0, counted=(seen,))
    assert row.told() == "  *  +2.500±0.250 s  state      pid 7     suspended (state stream)"


def test_several_that_were_collected_are_told_by_number_and_named_by_the_worst() -> None:
    open_one = ask(dead().released(at=6), relaunch)
    failed = ask(dead().released(at=6).delivered(at=7), relaunch)
    error = ExpectationFailed(open_one, failed)
    assert error.verdict is failed
    assert str(error).startswith("2 expectations did not pass\n\n1. INCONCLUSIVE")
    assert "\n\n2. FAILED" in str(error)
