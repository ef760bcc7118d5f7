"""What names a wake's cause, for each reason that iOS has for running an app."""

from __future__ import annotations

import pytest

from harness.expect.causes import NAMINGS
from harness.expect.relaunch import ExpectRelaunch
from harness.expect.resume import ExpectResume
from harness.model.callbacks import Callback, WakeReason
from harness.model.facts import ActivityPhase, BackgroundActivity, Source, Verb
from harness.model.reasons import Outcome, Reason
from tests.unit.expect.asking import Ask, answer, no_wake, window
from tests.unit.expect.story import (
    BUNDLE,
    FOREIGN_NONCE,
    NEW,
    OLD,
    SESSION,
    WHOLE,
    Story,
    asleep,
    dead,
    relaunched,
    wakes,
)

OTHERS = (WakeReason.LOCATION, WakeReason.APP_REFRESH, WakeReason.PROCESSING)

CALLED_BY = {
    WakeReason.LOCATION: Callback.REGION_EXITED,
    WakeReason.APP_REFRESH: Callback.REFRESH_LAUNCHED,
    WakeReason.PROCESSING: Callback.PROCESSING_LAUNCHED,
}


def relaunch_for(reason: WakeReason) -> Ask:
    return lambda told: ExpectRelaunch(BUNDLE, window(told), reason, frozenset({SESSION}))


def resume_for(reason: WakeReason) -> Ask:
    return lambda told: ExpectResume(BUNDLE, window(told), OLD, reason, frozenset({SESSION}))


def ran(told: Story, *, at: float = 8, pid: int = NEW, requester: str = "") -> Story:
    """The app runs in the background, and sleeps again a second later."""
    return told.started(at=at, pid=pid, requester=requester).suspended(at=at + 1, pid=pid)


def moved() -> Story:
    return dead().act(Verb.MOVE, 6)


def test_every_reason_has_a_row() -> None:
    assert set(NAMINGS) == set(WakeReason)


@pytest.mark.parametrize("reason", OTHERS)
def test_what_the_app_was_called_by_and_a_process_prove_a_wake(reason: WakeReason) -> None:
    told = ran(moved()).line(CALLED_BY[reason], at=8.2)
    assert answer(told, relaunch_for(reason)) == (Outcome.PASSED, Reason.PASS_RELAUNCHED)


@pytest.mark.parametrize("reason", OTHERS)
def test_the_suspended_process_is_woken_for_any_reason(reason: WakeReason) -> None:
    told = asleep().act(Verb.MOVE, 6).resumed(at=8, pid=OLD).line(CALLED_BY[reason], at=8.2, pid=OLD)
    assert answer(told, resume_for(reason)) == (Outcome.PASSED, Reason.PASS_RESUMED)


@pytest.mark.parametrize("reason", OTHERS)
def test_a_wake_for_a_session_is_no_wake_for_another_reason(reason: WakeReason) -> None:
    assert answer(relaunched(), relaunch_for(reason))[0] is not Outcome.PASSED


@pytest.mark.parametrize("reason", OTHERS)
def test_a_wake_for_another_reason_is_none_for_a_session(reason: WakeReason) -> None:
    told = ran(dead().released(at=6).delivered(at=7)).line(CALLED_BY[reason], at=8.2)
    asked = relaunch_for(WakeReason.URL_SESSION)
    assert answer(told, asked) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


@pytest.mark.parametrize("reason", OTHERS)
def test_the_app_alone_proves_no_wake(reason: WakeReason) -> None:
    told = moved().line(CALLED_BY[reason], at=8.2)
    assert answer(told, relaunch_for(reason))[0] is not Outcome.PASSED


@pytest.mark.parametrize("reason", OTHERS)
def test_a_line_that_another_test_had_written_is_no_cause(reason: WakeReason) -> None:
    told = ran(moved()).line(CALLED_BY[reason], at=8.2, nonce=FOREIGN_NONCE)
    assert answer(told, relaunch_for(reason)) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_OTHER_WAKE)


def test_a_region_that_does_not_wake_the_app_is_its_fault_without_any_transfer() -> None:
    told = moved()
    assert answer(told, relaunch_for(WakeReason.LOCATION)) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


@pytest.mark.parametrize("reason", [WakeReason.APP_REFRESH, WakeReason.PROCESSING])
def test_a_task_that_is_not_run_is_nobodys_fault(reason: WakeReason) -> None:
    assert answer(moved(), relaunch_for(reason)) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_UNEXPLAINED)


def test_a_delay_of_nsurlsessiond_excuses_no_region() -> None:
    told = moved().delay_set(960, at=6.5)
    assert answer(told, relaunch_for(WakeReason.LOCATION)) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


def test_locationd_asking_for_the_app_names_the_region() -> None:
    told = ran(moved(), requester="locationd").line(Callback.DID_FINISH_LAUNCHING, at=8.2)
    assert answer(told, relaunch_for(WakeReason.LOCATION)) == (Outcome.PASSED, Reason.PASS_RELAUNCHED)


@pytest.mark.parametrize(
    ("activity", "reason"),
    [
        ("bgRefresh-dev.harness.worker.refresh", WakeReason.APP_REFRESH),
        ("bgProcessing-dev.harness.worker.db", WakeReason.PROCESSING),
    ],
)
def test_what_background_tasks_was_handed_tells_a_refresh_from_processing(
    activity: str, reason: WakeReason
) -> None:
    told = ran(moved()).line(Callback.DID_FINISH_LAUNCHING, at=8.1)
    told.log(BackgroundActivity, at=8.2, pid=NEW, activity=activity, phase=ActivityPhase.LAUNCHED)
    for asked in (WakeReason.APP_REFRESH, WakeReason.PROCESSING):
        expected = Outcome.PASSED if asked is reason else Outcome.INCONCLUSIVE
        assert answer(told, relaunch_for(asked))[0] is expected


def test_what_runningboardd_launched_a_process_for_names_the_task() -> None:
    told = moved().started(at=8, pid=NEW, why="bgRefresh-dev.harness.worker.refresh:1A2B3C", requester="")
    told.line(Callback.DID_FINISH_LAUNCHING, at=8.2)
    assert answer(told, relaunch_for(WakeReason.APP_REFRESH)) == (Outcome.PASSED, Reason.PASS_RELAUNCHED)
    assert answer(told, relaunch_for(WakeReason.PROCESSING))[0] is Outcome.INCONCLUSIVE


def test_dasd_asking_for_the_app_names_nothing() -> None:
    told = ran(moved(), requester="dasd").line(Callback.DID_FINISH_LAUNCHING, at=8.2)
    assert answer(told, relaunch_for(WakeReason.APP_REFRESH))[0] is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("reason", OTHERS)
def test_an_app_that_is_to_be_left_alone_is_not_woken_for_any_reason(reason: WakeReason) -> None:
    told = ran(dead()).line(CALLED_BY[reason], at=8.2)
    assert answer(told, no_wake()) == (Outcome.FAILED, Reason.WOKEN_UNEXPECTEDLY)


def test_the_origin_is_no_witness_of_a_region() -> None:
    told = dead().released(at=6).delivered(at=7)
    wakes(told, at=8, callbacks=(*WHOLE, Callback.REGION_EXITED))
    told.cut(Source.STATE_STREAM, 6, None).cut(Source.SYSTEM_LOG, 6, None)
    assert answer(told, relaunch_for(WakeReason.LOCATION))[0] is not Outcome.PASSED
