"""Did the app's process end, and for the cause expected?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.expect.ended import ExpectExit
from harness.expect.question import is_open, judge
from harness.expect.stored import from_text, to_text
from harness.model.callbacks import Callback
from harness.model.exits import ExitCause
from harness.model.facts import Source, Verb
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from harness.model.time import Instant
from tests.unit.expect.asking import answer, window
from tests.unit.expect.story import BUNDLE, NEW, OLD, Story, asleep, story

PASSED = (Outcome.PASSED, Reason.PASS_EXITED)
OPEN = (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)
LATE = (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_DEADLINE)
DEBUGGED = (Outcome.INVALID, Reason.INVALID_DEBUGGER)
WATCHDOG = 0x8BADF00D


def exits(cause: ExitCause, within_s: float = 60.0) -> Callable[[Story], ExpectExit]:
    return lambda told: ExpectExit(BUNDLE, window(told, within_s), cause)


def running() -> Story:
    """An app that was opened at 0.5, and is in front."""
    return story().launched(at=0.5).told(at=1)


ENDINGS: dict[str, tuple[Story, ExitCause, tuple[Outcome, Reason]]] = {
    "the crash that was expected": (running().ended("signal", 6, at=5), ExitCause.CRASH, PASSED),
    "the exit that was expected": (running().ended("voluntary", 3, at=5), ExitCause.VOLUNTARY, PASSED),
    "our own kill": (asleep().killed(at=5), ExitCause.OUR_KILL, PASSED),
    "any watchdog, and one came": (
        running().ended("runningboard", 0x2182BAD2, at=35),
        ExitCause.WATCHDOG,
        PASSED,
    ),
    "one watchdog, and the phone does not say which": (
        running().ended("frontboard", WATCHDOG, at=5),
        ExitCause.LAUNCH_WATCHDOG,
        LATE,
    ),
    "one watchdog, and another came": (
        running().ended("runningboard", 0x2182BAD2, at=35),
        ExitCause.LAUNCH_WATCHDOG,
        (Outcome.FAILED, Reason.KILLED_WATCHDOG),
    ),
    "an exit, and it crashed": (
        running().ended("signal", 11, at=5),
        ExitCause.VOLUNTARY,
        (Outcome.FAILED, Reason.KILLED_CRASH),
    ),
    "a crash, and it left by itself": (
        running().ended("voluntary", 0, at=5),
        ExitCause.CRASH,
        (Outcome.FAILED, Reason.EXIT_OTHER_CAUSE),
    ),
    "a crash, and memory ran out first": (
        running().ended("jetsam", 4, at=5),
        ExitCause.CRASH,
        (Outcome.INCONCLUSIVE, Reason.KILLED_JETSAM),
    ),
    "a crash, and a person swiped it away first": (
        running().ended("frontboard", 0xDEADFA11, at=5),
        ExitCause.CRASH,
        (Outcome.INVALID, Reason.KILLED_USER),
    ),
    "a jetsam, and the harness was first": (
        asleep().killed(at=5),
        ExitCause.JETSAM,
        (Outcome.INCONCLUSIVE, Reason.KILLED_SIGNAL),
    ),
    "it runs on": (running(), ExitCause.CRASH, (Outcome.FAILED, Reason.NOT_EXITED)),
    "it ended before the mark": (
        asleep().ended("signal", 6, at=4).act(Verb.LAUNCH, 5).resumed(at=5.1, pid=NEW),
        ExitCause.CRASH,
        (Outcome.FAILED, Reason.NOT_EXITED),
    ),
    "it ended after the deadline": (
        running().ended("signal", 6, at=90),
        ExitCause.CRASH,
        (Outcome.FAILED, Reason.NOT_EXITED),
    ),
    "it runs on, and a source was lost": (running().cut(Source.STATE_STREAM, 20, 21), ExitCause.CRASH, OPEN),
    "it runs on, and the log lags": (running().known_to(Source.SYSTEM_LOG, 30), ExitCause.CRASH, LATE),
    "how it ended was lost with the log": (
        running().ended("signal", 6, at=5).absent(at=6).cut(Source.SYSTEM_LOG, 4, 6),
        ExitCause.CRASH,
        OPEN,
    ),
    "that it ended is shown by one source alone": (
        running().ended("signal", 6, at=5).cut(Source.STATE_STREAM, 4, 6),
        ExitCause.CRASH,
        OPEN,
    ),
    "our kill, which one source alone shows to have ended it": (
        asleep().killed(at=5).cut(Source.STATE_STREAM, 4, 6),
        ExitCause.OUR_KILL,
        OPEN,
    ),
    "one source alone, and the app's next process": (
        running()
        .ended("signal", 6, at=5)
        .cut(Source.STATE_STREAM, 4, 6)
        .line(Callback.DID_FINISH_LAUNCHING, at=8, pid=NEW),
        ExitCause.CRASH,
        PASSED,
    ),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_an_end_is_judged_by_its_cause(what: str) -> None:
    told, cause, expected = ENDINGS[what]
    assert answer(told, exits(cause)) == expected


def test_an_end_that_only_may_lie_in_the_window_is_left_open() -> None:
    told = running().listed(at=0.2, pid=OLD)
    told.facts = [known for known in told.facts if known.at.at_s < 0.3]
    told.act(Verb.LAUNCH, 5).absent(at=9)
    assert answer(told, exits(ExitCause.CRASH))[0] is Outcome.INCONCLUSIVE


def test_a_cause_that_is_still_open_may_be_told_by_a_later_report() -> None:
    told = running().state(AppState.NOT_RUNNING, at=5, pid=OLD)
    assert is_open(judge(exits(ExitCause.CRASH)(told), told.evidence()))


def test_the_first_end_in_the_window_is_the_one() -> None:
    told = running().ended("signal", 6, at=5)
    told.resumed(at=6, pid=NEW).ended("voluntary", 0, at=7, pid=NEW)
    assert answer(told, exits(ExitCause.CRASH)) == PASSED
    assert answer(told, exits(ExitCause.VOLUNTARY))[0] is Outcome.FAILED


class TestDebugger:
    """A debugger stops the watchdogs, and spoils an experiment about one."""

    def test_no_watchdog_comes_while_one_is_attached(self) -> None:
        told = story().launched(at=0.5).debugger(at=0.8, attached=True).told(at=1)
        assert answer(told, exits(ExitCause.WATCHDOG)) == DEBUGGED
        assert answer(told, exits(ExitCause.LOCK_HELD)) == DEBUGGED

    def test_it_holds_an_app_that_crashes(self) -> None:
        told = story().launched(at=0.5).debugger(at=0.8, attached=True).told(at=1)
        assert answer(told, exits(ExitCause.CRASH)) == DEBUGGED

    def test_a_crash_that_came_needs_no_such_guard(self) -> None:
        told = story().launched(at=0.5).debugger(at=0.8, attached=True).told(at=1)
        assert answer(told.ended("signal", 6, at=5), exits(ExitCause.CRASH)) == PASSED

    def test_a_watchdog_that_struck_says_by_itself_that_there_was_none(self) -> None:
        told = story(journal=False, marks=False).launched(at=0.5).ended("frontboard", WATCHDOG, at=20)
        assert answer(told, exits(ExitCause.WATCHDOG)) == PASSED

    def test_one_that_was_seen_spoils_it_even_when_the_watchdog_struck(self) -> None:
        told = story().launched(at=0.5).debugger(at=0.8, attached=True)
        assert answer(told.ended("frontboard", WATCHDOG, at=20), exits(ExitCause.WATCHDOG)) == DEBUGGED

    def test_a_watchdog_that_did_not_come_is_no_failure_of_an_app_that_does_not_speak(self) -> None:
        told = story(journal=False, marks=False).launched(at=0.5)
        assert answer(told, exits(ExitCause.WATCHDOG))[0] is Outcome.INCONCLUSIVE


def test_what_was_overruled_is_among_the_findings() -> None:
    told = asleep().ended("jetsam", 4, at=5).kill_too_late(at=5.0)
    verdict = judge(ExpectExit(BUNDLE, window(told), ExitCause.JETSAM), told.evidence())
    assert verdict.outcome is Outcome.PASSED
    assert {known.source for known in verdict.claims[1].facts} >= {Source.SYSTEM_LOG, Source.STATE_STREAM}


def test_the_question_comes_back_from_where_it_was_stored() -> None:
    question = exits(ExitCause.LOCK_HELD)(running())
    assert from_text(to_text(question)) == question


def test_the_question_tells_what_it_asks() -> None:
    told = running()
    assert str(exits(ExitCause.JETSAM)(told)) == f"{BUNDLE} ends after do, cause: jetsam"


def test_an_end_at_the_mark_s_own_instant_counts() -> None:
    told = asleep().killed(at=5)
    assert told.mark.at == Instant(5.01, 0.01)
    assert answer(told, exits(ExitCause.OUR_KILL)) == PASSED
