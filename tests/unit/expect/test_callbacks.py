"""Did the app's callbacks run, and what is it when one is missing?"""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.expect.callbacks import ExpectCallbacks
from harness.expect.fields import exactly
from harness.model.callbacks import Callback
from harness.model.facts import Source
from harness.model.reasons import Outcome, Reason
from tests.unit.expect.asking import answer, ask, callbacks
from tests.unit.expect.story import (
    FOREIGN_NONCE,
    FOREIGN_SESSION,
    NEW,
    SESSION,
    WHOLE,
    Story,
    dead,
    relaunched,
    story,
    wakes,
)


def without(*missing: Callback) -> Story:
    """The app is woken and gets all callbacks but these."""
    came = tuple(callback for callback in WHOLE if callback not in missing)
    return wakes(dead().released(at=6).delivered(at=7), at=8, callbacks=came)


def bare(*, delivered: bool = True) -> Story:
    told = dead().released(at=6)
    told = told.delivered(at=7) if delivered else told
    return told.started(at=8, pid=NEW).assertion(at=8.02, pid=NEW, held=True)


def unfinished(told: Story) -> Story:
    """The app sleeps, its handler uncalled, when the budget of the wake is over."""
    return told.assertion(at=38.1, pid=NEW, held=False).suspended(at=38.2, pid=NEW)


OTHER = f"{SESSION}.other"
IN_ORDER = tuple(reversed(WHOLE))

CASES: dict[str, tuple[Story, Outcome, Reason]] = {
    "all came": (relaunched(), Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN),
    "others among them": (
        relaunched().line("note", at=8.21, session=SESSION),
        Outcome.PASSED,
        Reason.PASS_CLAIMS_PROVEN,
    ),
    "an app that was woken may not remember the nonce": (
        bare()
        .line(Callback.HANDLE_EVENTS, at=8.1, session=SESSION, nonce="")
        .called(*WHOLE[1:], at=8.2)
        .suspended(at=9, pid=NEW),
        Outcome.PASSED,
        Reason.PASS_CLAIMS_PROVEN,
    ),
    "the app was never told of its finished file": (
        without(Callback.DID_FINISH_DOWNLOADING, Callback.DID_COMPLETE),
        Outcome.FAILED,
        Reason.ORPHANED,
    ),
    "the journal is silent though the file is delivered": (
        bare().suspended(at=9, pid=NEW),
        Outcome.FAILED,
        Reason.ORPHANED,
    ),
    "the task's callbacks are missing and so is the file": (
        bare(delivered=False).called(Callback.HANDLE_EVENTS, at=8.2).suspended(at=9, pid=NEW),
        Outcome.FAILED,
        Reason.CALLBACK_MISSING_DID_COMPLETE,
    ),
    "handleEvents is not there, the task's callbacks are": (
        without(Callback.HANDLE_EVENTS),
        Outcome.FAILED,
        Reason.CALLBACK_MISSING_HANDLE_EVENTS,
    ),
    "didFinishEvents is not there": (
        without(Callback.DID_FINISH_EVENTS),
        Outcome.FAILED,
        Reason.CALLBACK_MISSING_DID_FINISH_EVENTS,
    ),
    "the completion handler was never called": (
        unfinished(bare().called(*WHOLE[:-1], at=8.2)),
        Outcome.FAILED,
        Reason.CALLBACK_MISSING_COMPLETION_HANDLER,
    ),
    "the completion handler is said to be called, and the budget runs out all the same": (
        unfinished(bare().called(*WHOLE, at=8.2)),
        Outcome.INCONCLUSIVE,
        Reason.INCONCLUSIVE_DEADLINE,
    ),
    "a callback came twice": (
        relaunched().called(Callback.DID_COMPLETE, at=8.5),
        Outcome.FAILED,
        Reason.CALLBACK_DUPLICATE,
    ),
    "the order is another": (
        bare().called(*IN_ORDER, at=8.2).suspended(at=9, pid=NEW),
        Outcome.FAILED,
        Reason.CALLBACK_OUT_OF_ORDER,
    ),
    "all came in another session": (
        bare().called(*WHOLE, at=8.2, session=OTHER).suspended(at=9, pid=NEW),
        Outcome.FAILED,
        Reason.CALLBACK_WRONG_SESSION,
    ),
    "another session's came besides": (
        bare()
        .called(*WHOLE, at=8.1, session=OTHER)
        .called(*WHOLE, at=8.2)
        .assertion(at=8.3, pid=NEW, held=False)
        .suspended(at=9, pid=NEW),
        Outcome.PASSED,
        Reason.PASS_CLAIMS_PROVEN,
    ),
    "only stale lines of an earlier test": (
        bare()
        .line(Callback.HANDLE_EVENTS, at=8.1, session=FOREIGN_SESSION, nonce=FOREIGN_NONCE)
        .suspended(at=9, pid=NEW),
        Outcome.FAILED,
        Reason.ORPHANED,
    ),
    "the process died of memory in the middle": (
        bare().called(Callback.HANDLE_EVENTS, at=8.2).ended("jetsam", 4, at=8.3, pid=NEW),
        Outcome.INCONCLUSIVE,
        Reason.KILLED_JETSAM,
    ),
    "the process died of memory when it slept again": (
        without(Callback.COMPLETION_HANDLER).ended("jetsam", 4, at=60, pid=NEW),
        Outcome.FAILED,
        Reason.CALLBACK_MISSING_COMPLETION_HANDLER,
    ),
    "the process crashed in the middle": (
        bare().called(*WHOLE[:-1], at=8.2).ended("signal", 11, at=8.5, pid=NEW),
        Outcome.FAILED,
        Reason.KILLED_CRASH,
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_callbacks_are_judged_by_the_apps_own_testimony(what: str) -> None:
    told, outcome, reason = CASES[what]
    assert answer(told, callbacks()) == (outcome, reason)


def test_a_callback_of_no_session_is_not_looked_for_in_one() -> None:
    question = callbacks(Callback.DID_FINISH_LAUNCHING, Callback.HANDLE_EVENTS)
    assert answer(relaunched(), question) == (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)


def test_the_wrong_session_is_not_called_before_the_deadline() -> None:
    told = bare().called(Callback.HANDLE_EVENTS, at=8.2, session=OTHER)
    for source in (Source.JOURNAL, Source.SYSTEM_LOG, Source.STATE_STREAM):
        told.known_to(source, 8.5)
    assert answer(told, callbacks())[0] is Outcome.INCONCLUSIVE


class TestLostEvidence:
    """A journal that is cut, and marks in the log that make up for it."""

    def test_the_journal_cut_is_inconclusive_without_marks(self) -> None:
        told = relaunched(story(marks=False)).cut(Source.JOURNAL, 8, 9)
        assert answer(told, callbacks()) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

    def test_the_journal_cut_is_made_up_for_by_marks_in_a_whole_log(self) -> None:
        assert answer(relaunched().cut(Source.JOURNAL, 8, 9), callbacks())[0] is Outcome.PASSED

    def test_a_missing_callback_is_open_until_the_journal_was_read_after_the_deadline(self) -> None:
        told = without(Callback.DID_FINISH_EVENTS)
        told.known_to(Source.JOURNAL, 20)
        assert answer(told, callbacks()) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_DEADLINE)

    def test_the_second_call_lost_with_the_journal_does_not_make_it_pass(self) -> None:
        told = wakes(dead(story(marks=False)).released(at=6).delivered(at=7), at=8)
        told.called(Callback.DID_FINISH_DOWNLOADING, at=8.225).cut(Source.JOURNAL, 8.224, 8.226)
        assert answer(told, callbacks())[0] is Outcome.INCONCLUSIVE

    def test_the_handler_needs_an_effect_on_the_phone(self) -> None:
        told = relaunched().cut(Source.SYSTEM_LOG, 8.25, 40).cut(Source.STATE_STREAM, 8.25, 40)
        verdict = ask(told, callbacks())
        assert (verdict.outcome, verdict.reason) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

    def test_the_log_alone_cut_leaves_the_suspension_as_the_effect(self) -> None:
        assert answer(relaunched().cut(Source.SYSTEM_LOG, 6, 40), callbacks())[0] is Outcome.PASSED


class TestTooFew:
    """A count that is not reached tells how far it came."""

    def posted(self, times: int) -> Story:
        told = dead().released(at=6).delivered(at=7)
        for number in range(times):
            told.line(Callback.NOTIFICATION_POSTED, at=8 + number, pid=NEW)
        return told

    @pytest.mark.parametrize("times", [0, 1, 2])
    def test_fewer_are_told_as_a_rate(self, times: int) -> None:
        verdict = ask(self.posted(times), thrice)
        assert (verdict.outcome, verdict.reason) == (Outcome.FAILED, Reason.CALLBACK_TOO_FEW)
        assert f"{times} of 3" in verdict.claims[0].note

    def test_as_many_pass(self) -> None:
        assert ask(self.posted(3), thrice).outcome is Outcome.PASSED


def thrice(told: Story) -> ExpectCallbacks:
    return replace(callbacks(Callback.NOTIFICATION_POSTED, pid=0)(told), count=exactly(3))
