"""Transfers that ended with their app, which a background session's would not have done."""

from __future__ import annotations

import pytest

from harness.model.facts import Source, TransferPhase, Verb
from harness.model.reasons import Outcome, Reason
from tests.unit.expect.asking import answer, relaunch
from tests.unit.expect.story import Story, asleep, dead, story

AT_THE_APPS = (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)
OPEN = (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_SESSION_UNFINISHED)


def broken(told: Story, *, at: float = 5.02, request: int = 1) -> Story:
    return told.receipt(TransferPhase.BROKEN, at=at, request=request)


def test_a_transfer_that_broke_as_its_app_was_killed_was_the_apps_own() -> None:
    assert answer(broken(dead()).released(at=6), relaunch) == AT_THE_APPS


def test_one_that_goes_on_is_only_unfinished() -> None:
    assert answer(dead().released(at=6), relaunch) == OPEN


def test_one_that_broke_by_itself_may_be_tried_again() -> None:
    assert answer(broken(dead(), at=20).released(at=6), relaunch) == OPEN


def test_one_that_was_asked_for_again_is_somebodys() -> None:
    assert answer(broken(dead()).requested(at=30, request=2).released(at=6), relaunch) == OPEN


def test_another_of_the_test_that_goes_on_may_be_what_the_wake_waits_for() -> None:
    told = broken(dead(story().requested(at=1.1, request=2)))
    assert answer(told.released(at=6), relaunch) == OPEN


@pytest.mark.parametrize("verb", [Verb.WIFI_OFF, Verb.ORIGIN_REFUSE])
def test_what_the_test_cut_says_nothing_of_whose_it_was(verb: Verb) -> None:
    back = {Verb.WIFI_OFF: Verb.WIFI_ON, Verb.ORIGIN_REFUSE: Verb.ORIGIN_LISTEN}[verb]
    told = broken(dead().act(verb, 5.3), at=5.31).act(back, 5.6)
    assert answer(told.released(at=6), relaunch) == OPEN


def test_a_restart_of_the_phone_ends_every_connection() -> None:
    told = broken(dead().act(Verb.REBOOT, 5.2), at=5.21)
    assert answer(told.released(at=6), relaunch) == OPEN


def test_lost_receipts_may_have_been_of_another_request() -> None:
    told = broken(dead()).released(at=6).cut(Source.RECEIPT, 20, 30)
    assert answer(told, relaunch)[0] is Outcome.INCONCLUSIVE


def test_a_person_who_quits_the_app_ends_its_transfers_too() -> None:
    told = asleep().act(Verb.FORCE_QUIT, 5).ended("signal", 9, at=5.01)
    told = broken(told).released(at=6)
    assert answer(told, relaunch) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_FORCE_QUIT)
