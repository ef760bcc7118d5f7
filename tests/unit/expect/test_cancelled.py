"""A transfer that was cancelled names who did it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.expect.cancelled import BY_SYSTEM, KNOWN
from harness.expect.fields import Fields
from harness.model.callbacks import Callback
from harness.model.journal import UNTOLD
from harness.model.reasons import Outcome, Reason
from tests.unit.expect.asking import Ask, answer, callbacks, transfer
from tests.unit.expect.story import FOREIGN_NONCE, FOREIGN_SESSION, SESSION, Story, dead

REASONS: dict[Reason, dict[str, object]] = {
    Reason.TRANSFER_CANCELLED_FORCE_QUIT: {"code": -999, "reason": 0},
    Reason.TRANSFER_CANCELLED_BAR_OFF: {"code": -999, "reason": 1},
    Reason.TRANSFER_CANCELLED_RESOURCES: {"code": -999, "reason": "2"},
    Reason.TRANSFER_CANCELLED_APP: {"code": -999},
}


def ended(detail: dict[str, object], *, session: str = SESSION) -> Story:
    told = dead().released(at=6)
    return told.line(Callback.DID_COMPLETE, at=8, session=session, detail=detail)


def outcome_of(reason: Reason) -> Outcome:
    return Outcome.FAILED if reason is Reason.TRANSFER_CANCELLED_APP else Outcome.INCONCLUSIVE


def asks(fields: Fields, callback: Callback = Callback.DID_COMPLETE) -> Ask:
    return lambda told: replace(callbacks(callback)(told), fields=fields)


def test_every_way_to_be_cancelled_is_tried() -> None:
    assert set(REASONS) == set(KNOWN)
    assert set(BY_SYSTEM.values()) < set(KNOWN)


@pytest.mark.parametrize("reason", REASONS)
class TestWhoCancelled:
    """By the reason beside the error."""

    def test_it_is_named_when_the_file_was_to_come(self, reason: Reason) -> None:
        asked = callbacks(Callback.DID_FINISH_DOWNLOADING)
        assert answer(ended(REASONS[reason]), asked) == (outcome_of(reason), reason)

    def test_it_is_named_when_the_task_was_to_end_well(self, reason: Reason) -> None:
        assert answer(ended(REASONS[reason]), asks(Fields(error="none"))) == (outcome_of(reason), reason)

    def test_it_is_named_when_the_origin_was_to_deliver(self, reason: Reason) -> None:
        assert answer(ended(REASONS[reason]), transfer) == (outcome_of(reason), reason)

    def test_it_can_be_what_is_expected(self, reason: Reason) -> None:
        assert answer(ended(REASONS[reason]), asks(Fields(cancelled=reason)))[0] is Outcome.PASSED

    def test_another_way_than_expected_is_no_excuse(self, reason: Reason) -> None:
        other = next(known for known in KNOWN if known is not reason)
        told = ended(REASONS[reason])
        assert answer(told, asks(Fields(cancelled=other))) == (Outcome.FAILED, Reason.CALLBACK_OTHERWISE)


def test_another_error_is_no_cancellation() -> None:
    told = ended({"code": -1001, "reason": 0})
    assert answer(told, asks(Fields(error="none"))) == (Outcome.FAILED, Reason.CALLBACK_OTHERWISE)


@pytest.mark.parametrize("reason", [UNTOLD, 7])
def test_an_app_is_not_blamed_for_a_cancellation_whose_reason_is_not_known(reason: object) -> None:
    told = ended({"code": -999, "reason": reason})
    outcome, blamed = answer(told, callbacks(Callback.DID_FINISH_DOWNLOADING))
    assert blamed not in KNOWN
    assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)
    assert not any(answer(told, asks(Fields(cancelled=one)))[0] is Outcome.PASSED for one in KNOWN)
    assert outcome is not Outcome.PASSED


def test_the_cancellation_of_another_session_says_nothing_of_this_one() -> None:
    told = ended({"code": -999, "reason": 0}, session=FOREIGN_SESSION)
    asked = callbacks(Callback.DID_FINISH_DOWNLOADING)
    assert answer(told, asked) == (Outcome.FAILED, Reason.CALLBACK_MISSING_DID_COMPLETE)


def test_the_cancellation_of_another_task_says_nothing_of_this_one() -> None:
    told = ended({"code": -999, "reason": 0})
    asked = asks(Fields(task="e42"), Callback.DID_FINISH_DOWNLOADING)
    assert answer(told, asked) == (Outcome.FAILED, Reason.CALLBACK_MISSING_DID_COMPLETE)


def test_what_another_test_had_cancelled_says_nothing_of_this_one() -> None:
    told = dead().released(at=6)
    told.line(Callback.DID_COMPLETE, at=8, nonce=FOREIGN_NONCE, detail={"code": -999, "reason": 0})
    assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)
