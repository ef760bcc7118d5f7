"""Was the app woken for its session, and what is it when it was not?"""

from __future__ import annotations

import pytest

from harness.model.callbacks import Callback
from harness.model.facts import Source
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from tests.unit.expect.asking import Ask, answer, ask, relaunch, resume
from tests.unit.expect.story import (
    FOREIGN_NONCE,
    FOREIGN_SESSION,
    NEW,
    OLD,
    Story,
    asleep,
    dead,
    relaunched,
    story,
    waiting,
    wakes,
    woken_in_place,
)

BAR_OFF = "background updates are not enabled"
EVENTS_OFF = "sessionSendsLaunchEvents is NO"


def launched_in_the_window() -> Story:
    told = waiting()
    release = told.mark
    told.launched(at=8, pid=NEW).mark = release
    return told


def foreign_wake() -> Story:
    """The app is woken for a session of another test, while its own file is there too."""
    told = waiting().started(at=8, pid=NEW)
    return told.line(
        Callback.HANDLE_EVENTS, at=8.2, pid=NEW, session=FOREIGN_SESSION, nonce=FOREIGN_NONCE
    ).suspended(at=9, pid=NEW)


CASES: dict[str, tuple[Story, Ask, Outcome, Reason]] = {
    "a new process runs for the session": (relaunched(), relaunch, Outcome.PASSED, Reason.PASS_RELAUNCHED),
    "the suspended process runs again": (woken_in_place(), resume, Outcome.PASSED, Reason.PASS_RESUMED),
    "nothing happens and the phone gives no reason": (
        waiting(),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "nothing happens to the suspended app either": (
        asleep().released(at=6).delivered(at=7),
        resume,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "a prewarm is no wake": (
        waiting().prewarmed(at=8),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "a prewarm in which the app writes a line is no wake": (
        waiting().prewarmed(at=8).line(Callback.DID_FINISH_LAUNCHING, at=8.1),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "a person taps the icon": (
        waiting().tapped(at=8, pid=NEW),
        relaunch,
        Outcome.INVALID,
        Reason.INVALID_FOREGROUNDED,
    ),
    "a person taps the icon before iOS would have woken the app": (
        wakes(waiting().tapped(at=8, pid=NEW), at=20),
        relaunch,
        Outcome.INVALID,
        Reason.INVALID_FOREGROUNDED,
    ),
    "the icon's process handles the session's events": (
        waiting().tapped(at=8, pid=NEW).called(Callback.HANDLE_EVENTS, at=8.3, pid=NEW),
        relaunch,
        Outcome.INVALID,
        Reason.INVALID_FOREGROUNDED,
    ),
    "a person opens the woken app later": (
        relaunched().state(AppState.FOREGROUND_ACTIVE, at=40, pid=NEW),
        relaunch,
        Outcome.PASSED,
        Reason.PASS_RELAUNCHED,
    ),
    "the harness launches the app in the window": (
        launched_in_the_window(),
        relaunch,
        Outcome.INVALID,
        Reason.INVALID_FOREGROUNDED,
    ),
    "the fifth wake is delayed beyond the deadline": (
        dead().delay_set(960, at=5.5).released(at=6).delivered(at=7),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.NOT_WOKEN_RATE_LIMITED,
    ),
    "a delay set in the window runs on past its end": (
        waiting().delay_set(119, at=8),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.NOT_WOKEN_RATE_LIMITED,
    ),
    "a delay that ends within the window is no excuse": (
        dead().delay_set(60, at=5.5).released(at=6).delivered(at=7),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "a delay that the launch put back is no excuse": (
        waiting(story().delay_set(960, at=0.1)),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "Background App Refresh is off": (
        waiting().refused(BAR_OFF, at=8),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.NOT_WOKEN_BAR_OFF,
    ),
    "the app does not want to be launched": (
        waiting().refused(EVENTS_OFF, at=8),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF,
    ),
    "somebody does not want to be launched, and nothing was due for this app": (
        dead().released(at=6).refused(EVENTS_OFF, at=8),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.NOT_WOKEN_SESSION_UNFINISHED,
    ),
    "another app does not want to be launched": (
        waiting().refused(EVENTS_OFF, at=8, client="com.example.other"),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "the app was quit in the app switcher": (
        asleep().ended("frontboard", 0xDEADFA11, at=5).released(at=6).delivered(at=7),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.NOT_WOKEN_FORCE_QUIT,
    ),
    "the file was never delivered": (
        dead().released(at=6),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.NOT_WOKEN_SESSION_UNFINISHED,
    ),
    "a session of another test woke it": (
        foreign_wake(),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.INCONCLUSIVE_OTHER_WAKE,
    ),
    "a session of another test woke it first, then its own": (
        foreign_wake().called(Callback.HANDLE_EVENTS, at=8.5),
        relaunch,
        Outcome.PASSED,
        Reason.PASS_RELAUNCHED,
    ),
    "the process was resumed where a relaunch was expected": (
        woken_in_place(),
        relaunch,
        Outcome.INVALID,
        Reason.NOT_WOKEN_ALREADY_CONNECTED,
    ),
    "the process died of memory where a resume was expected": (
        asleep().released(at=6).delivered(at=7).ended("jetsam", 4, at=7.5),
        resume,
        Outcome.INCONCLUSIVE,
        Reason.KILLED_JETSAM,
    ),
    "the process crashed where a resume was expected": (
        asleep().released(at=6).delivered(at=7).ended("signal", 11, at=7.5),
        resume,
        Outcome.FAILED,
        Reason.KILLED_CRASH,
    ),
    "the process list alone shows no resume": (
        asleep().released(at=6).delivered(at=7).asked_to_open(at=8).listed(at=9, pid=OLD),
        resume,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "the app was not suspended at the release": (
        wakes(asleep().resumed(at=4).released(at=6).delivered(at=7), at=8, pid=OLD),
        resume,
        Outcome.INVALID,
        Reason.INVALID_NOT_SUSPENDED,
    ),
    "it was woken before the release": (
        wakes(dead(), at=5.5).released(at=8).delivered(at=9),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
    "lines under another test's nonce are no witness of this one's wake": (
        dead()
        .released(at=6)
        .started(at=8, pid=NEW)
        .assertion(at=8.1, pid=NEW, held=True)
        .line(Callback.DID_COMPLETE, at=8.2, session=FOREIGN_SESSION, nonce=FOREIGN_NONCE),
        relaunch,
        Outcome.INCONCLUSIVE,
        Reason.INCONCLUSIVE_OTHER_WAKE,
    ),
    "stale lines of an earlier test are no wake": (
        dead()
        .line(Callback.HANDLE_EVENTS, at=0.2, session=FOREIGN_SESSION, nonce=FOREIGN_NONCE)
        .released(at=6)
        .delivered(at=7),
        relaunch,
        Outcome.FAILED,
        Reason.NOT_WOKEN_UNEXPLAINED,
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_a_wake_is_judged_by_what_was_seen(what: str) -> None:
    told, question, outcome, reason = CASES[what]
    assert answer(told, question) == (outcome, reason)


class TestLostEvidence:
    """What a gap makes unknown, and what it leaves standing."""

    def test_the_log_alone_cut_leaves_the_wake_proven_and_shows_the_gap(self) -> None:
        verdict = ask(relaunched().cut(Source.SYSTEM_LOG, 5.5, 60), relaunch)
        assert (verdict.outcome, verdict.reason) == (Outcome.PASSED, Reason.PASS_RELAUNCHED)
        assert [gap.source for gap in verdict.gaps] == [Source.SYSTEM_LOG]

    def test_the_journal_cut_leaves_the_wake_proven_by_phone_and_network(self) -> None:
        told = relaunched(story(marks=False)).cut(Source.JOURNAL, 5.5, 60)
        assert answer(told, relaunch) == (Outcome.PASSED, Reason.PASS_RELAUNCHED)

    @pytest.mark.parametrize(("told", "question"), [(relaunched(), relaunch), (woken_in_place(), resume)])
    def test_every_source_cut_in_the_window_is_inconclusive(self, told: Story, question: Ask) -> None:
        for source in (Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL):
            told.cut(source, 5.5, 200)
        assert answer(told, question) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

    @pytest.mark.parametrize("source", [Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL])
    def test_no_wake_is_not_failed_while_a_source_lags_behind_the_deadline(self, source: Source) -> None:
        told = waiting()
        told.known_to(source, told.mark.at.latest_s + 120 - 8)
        assert answer(told, relaunch) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_DEADLINE)

    def test_a_guard_unknown_makes_a_failed_claim_inconclusive(self) -> None:
        told = waiting().cut(Source.STATE_STREAM, 2.5, 5.5).cut(Source.SYSTEM_LOG, 2.5, 5.5)
        verdict = ask(told, relaunch)
        assert verdict.claims[0].reason is Reason.NOT_WOKEN_UNEXPLAINED
        assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

    def test_two_facts_of_one_class_do_not_prove_a_wake(self) -> None:
        told = dead().released(at=6).started(at=8, pid=NEW).assertion(at=8.1, pid=NEW, held=True)
        assert answer(told, relaunch)[0] is Outcome.INCONCLUSIVE

    def test_a_file_that_came_whole_only_afterwards_does_not_bear_witness_to_the_wake(self) -> None:
        told = dead().released(at=6).started(at=8, pid=NEW).suspended(at=9, pid=NEW).delivered(at=30)
        assert answer(told, relaunch) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)

    def test_a_file_of_another_test_does_not_bear_witness_to_the_wake(self) -> None:
        told = dead().released(at=6).delivered(at=7, nonce=FOREIGN_NONCE).started(at=8, pid=NEW)
        assert answer(told, relaunch) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_SESSION_UNFINISHED)

    @pytest.mark.parametrize(
        ("said", "outcome"),
        [("background", Outcome.PASSED), ("", Outcome.INCONCLUSIVE), ("inactive", Outcome.INVALID)],
    )
    def test_with_the_phone_silent_the_apps_own_lines_tell_whether_it_was_opened(
        self, said: str, outcome: Outcome
    ) -> None:
        told = waiting(story(marks=False)).line(Callback.DID_FINISH_LAUNCHING, at=8, state=said)
        told.called(Callback.HANDLE_EVENTS, at=8.2)
        told.cut(Source.STATE_STREAM, 5.5, 200).cut(Source.SYSTEM_LOG, 5.5, 200)
        assert answer(told, relaunch)[0] is outcome
