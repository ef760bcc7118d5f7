"""Was the app left alone, and was the file asked for only once?"""

from __future__ import annotations

import pytest

from harness.model.callbacks import Callback
from harness.model.facts import Fact, HeldBack, Hindrance, Source, WakeStep, WakeTold
from harness.model.reasons import Outcome, Reason
from harness.model.time import written
from tests.unit.expect.asking import answer, no_wake, transfer
from tests.unit.expect.story import (
    BUNDLE,
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
    woken_in_place,
)

LEFT_ALONE = (Outcome.PASSED, Reason.NOT_WOKEN_UNEXPLAINED)
OTHER_WAKE = (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_OTHER_WAKE)
BAR_OFF_SAID = "background updates are not enabled"
BAR_OFF, FORCE_QUIT = Reason.NOT_WOKEN_BAR_OFF, Reason.NOT_WOKEN_FORCE_QUIT


def told_by(told: Story, *said: Fact) -> Story:
    told.facts += said
    return told


def quit_by_user() -> Story:
    return asleep().ended("frontboard", 0xDEADFA11, at=5).released(at=6)


def foreign_wake(nonce: str) -> Story:
    told = waiting().started(at=8, pid=NEW)
    return told.line(Callback.HANDLE_EVENTS, at=8.2, session=FOREIGN_SESSION, nonce=nonce)


CASES: dict[str, tuple[Story, Reason | None, tuple[Outcome, Reason]]] = {
    "nothing ran": (waiting(), None, LEFT_ALONE),
    "nothing ran while it was suspended": (asleep().released(at=6), None, LEFT_ALONE),
    "never launched at all": (story().released(at=6), None, LEFT_ALONE),
    "it has a process, and the notice of its state is missing": (
        story().listed(at=1, pid=OLD).released(at=6),
        None,
        (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP),
    ),
    "relaunched": (relaunched(), None, (Outcome.FAILED, Reason.WOKEN_UNEXPECTEDLY)),
    "resumed": (woken_in_place(), None, (Outcome.FAILED, Reason.WOKEN_UNEXPECTEDLY)),
    "woken for another test": (foreign_wake(FOREIGN_NONCE), None, OTHER_WAKE),
    "woken for another test, under the nonce it was last told": (foreign_wake("n1"), None, OTHER_WAKE),
    "run for another test, by lines under its nonce alone": (
        waiting()
        .started(at=8, pid=NEW)
        .assertion(at=8.1, pid=NEW, held=True)
        .line(Callback.DID_COMPLETE, at=8.2, session=FOREIGN_SESSION, nonce=FOREIGN_NONCE),
        None,
        OTHER_WAKE,
    ),
    "prewarmed": (waiting().prewarmed(at=8), None, OTHER_WAKE),
    "opened by a person": (
        waiting().tapped(at=8, pid=NEW),
        None,
        (Outcome.INVALID, Reason.INVALID_FOREGROUNDED),
    ),
    "it ran all along": (
        story().launched(at=0.5).backgrounded(at=2).released(at=6),
        None,
        (Outcome.INVALID, Reason.INVALID_NOT_SUSPENDED),
    ),
    "delayed, which is not to be left alone for good": (
        waiting().delay_set(960, at=8),
        None,
        (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_RATE_LIMITED),
    ),
    "refused as claimed": (
        waiting().refused("background updates are not enabled", at=8),
        BAR_OFF,
        (Outcome.PASSED, BAR_OFF),
    ),
    "refused, and no reason claimed": (
        waiting().refused("background updates are not enabled", at=8),
        None,
        LEFT_ALONE,
    ),
    "refused by name": (
        dead().released(at=6).refused(BAR_OFF_SAID, at=8, client=BUNDLE),
        BAR_OFF,
        (Outcome.PASSED, BAR_OFF),
    ),
    "another app refused by name": (
        waiting().refused(BAR_OFF_SAID, at=8, client="com.example.other"),
        BAR_OFF,
        (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_UNEXPLAINED),
    ),
    "somebody refused, and nothing was due for this app": (
        dead().released(at=6).refused(BAR_OFF_SAID, at=8),
        BAR_OFF,
        (Outcome.INCONCLUSIVE, BAR_OFF),
    ),
    "two refused, for this reason and for another": (
        waiting().refused(BAR_OFF_SAID, at=8).refused("it's already connected", at=8.5),
        BAR_OFF,
        (Outcome.INCONCLUSIVE, BAR_OFF),
    ),
    "one refused, another woken": (
        told_by(
            waiting().refused(BAR_OFF_SAID, at=8),
            WakeTold(at=written(9), source=Source.SYSTEM_LOG, step=WakeStep.REQUESTED),
        ),
        BAR_OFF,
        (Outcome.INCONCLUSIVE, BAR_OFF),
    ),
    "somebody's updates were turned off": (
        told_by(waiting(), HeldBack(at=written(8), source=Source.SYSTEM_LOG, why=Hindrance.UPDATES_OFF)),
        BAR_OFF,
        (Outcome.INCONCLUSIVE, BAR_OFF),
    ),
    "another app delayed": (waiting().delay_set(960, at=8, client="com.example.other"), None, LEFT_ALONE),
    "quit by the user, as claimed": (quit_by_user(), FORCE_QUIT, (Outcome.PASSED, FORCE_QUIT)),
    "left alone for another reason than claimed": (
        quit_by_user(),
        BAR_OFF,
        (Outcome.INCONCLUSIVE, FORCE_QUIT),
    ),
    "nothing shows the reason claimed": (
        waiting(),
        BAR_OFF,
        (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_UNEXPLAINED),
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_absence_needs_proof_that_nothing_ran(what: str) -> None:
    told, because, expected = CASES[what]
    assert answer(told, no_wake(because)) == expected


@pytest.mark.parametrize("source", [Source.STATE_STREAM, Source.SYSTEM_LOG, Source.JOURNAL])
def test_absence_falls_with_any_of_its_sources(source: Source) -> None:
    assert answer(waiting().cut(source, 50, 51), no_wake()) == (
        Outcome.INCONCLUSIVE,
        Reason.INCONCLUSIVE_GAP,
    )
    assert answer(waiting().known_to(source, 100), no_wake())[1] is Reason.INCONCLUSIVE_DEADLINE


def test_what_runs_while_the_last_action_lasts_is_not_held_against_it() -> None:
    told = asleep().killed(at=5).line("last words", at=5.001, pid=500)
    assert answer(told, no_wake()) == LEFT_ALONE


class TestTransfers:
    """The origin's receipts."""

    def test_one_whole_delivery(self) -> None:
        told = asleep().released(at=6).delivered(at=7)
        assert answer(told, transfer) == (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)

    def test_a_second_request_fails_despite_a_gap_in_the_log(self) -> None:
        told = relaunched().requested(at=8.4, request=2).cut(Source.SYSTEM_LOG, 6, None)
        assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_DUPLICATE)

    def test_a_second_request_is_waited_for_until_the_deadline(self) -> None:
        told = asleep().released(at=6).delivered(at=7).known_to(Source.RECEIPT, 20)
        assert answer(told, transfer) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_DEADLINE)

    def test_a_second_request_at_the_edge_of_the_window_may_be_of_after_it(self) -> None:
        told = asleep().released(at=6).delivered(at=7)
        told.requested(at=transfer(told).window.deadline_s, request=2)
        assert answer(told, transfer) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_ORDER)

    def test_a_file_that_does_not_come(self) -> None:
        assert answer(asleep().released(at=6), transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)
