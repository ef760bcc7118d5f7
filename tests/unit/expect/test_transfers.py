"""Several files, uploads among them, and the way they went."""

from __future__ import annotations

import pytest

from harness.expect.question import judge
from harness.expect.transfer import ExpectTransfer
from harness.model.facts import HeldBack, Hindrance, Source, TransferPhase, Verb
from harness.model.interfaces import Interface
from harness.model.reasons import Outcome, Reason
from harness.model.time import Instant
from tests.unit.expect.asking import window
from tests.unit.expect.story import BUNDLE, NAME, Story, dead

WIFI, CELLULAR = Interface.WIFI, Interface.CELLULAR
OTHER = "p1.multipart"


def verdict(
    told: Story, *names: str, requests: int | None = 1, interface: Interface | None = None
) -> tuple[Outcome, Reason]:
    asked = ExpectTransfer(BUNDLE, window(told), names, requests, interface)
    found = judge(asked, told.evidence())
    return found.outcome, found.reason


def released() -> Story:
    return dead().released(at=6).delivered(at=7)


class TestSeveral:
    """Each of them must come, and none too often."""

    def test_all_that_came_pass(self) -> None:
        told = released().delivered(at=8, request=2, name=OTHER)
        assert verdict(told, NAME, OTHER) == (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)

    def test_one_that_did_not_come_fails(self) -> None:
        assert verdict(released(), NAME, OTHER) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_one_that_was_asked_for_again_fails(self) -> None:
        told = released().delivered(at=8, request=2, name=OTHER)
        for request in (2, 3):
            told.receipt(TransferPhase.STARTED, at=7 + request / 10, request=request, name=OTHER)
        assert verdict(told, NAME, OTHER) == (Outcome.FAILED, Reason.TRANSFER_DUPLICATE)


class TestOutOfSight:
    """A phone that restarts has its transfers broken, and nothing of its own tells why."""

    def test_a_file_that_did_not_come_while_the_phone_was_away_at_the_deadline_is_open(self) -> None:
        told = dead().released(at=6).cut(Source.STATE_STREAM, 7, None).cut(Source.SYSTEM_LOG, 7, None)
        assert verdict(told, NAME) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

    @pytest.mark.parametrize("seen", [Source.STATE_STREAM, Source.SYSTEM_LOG])
    def test_one_source_is_enough_to_see_it(self, seen: Source) -> None:
        lost = Source.SYSTEM_LOG if seen is Source.STATE_STREAM else Source.STATE_STREAM
        told = dead().released(at=6).cut(lost, 7, None)
        assert verdict(told, NAME) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_a_phone_that_is_back_before_the_deadline_could_have_had_it(self) -> None:
        told = dead().released(at=6).cut(Source.STATE_STREAM, 7, 9).cut(Source.SYSTEM_LOG, 7, 9)
        assert verdict(told, NAME) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_a_file_that_came_is_there_whatever_became_of_the_phone(self) -> None:
        told = released().cut(Source.STATE_STREAM, 6.5, None).cut(Source.SYSTEM_LOG, 6.5, None)
        assert verdict(told, NAME) == (Outcome.PASSED, Reason.PASS_CLAIMS_PROVEN)


class TestBackgroundRefreshOff:
    """It keeps the app asleep, and no transfer back."""

    def test_a_file_that_did_not_come_fails_although_it_is_off(self) -> None:
        told = dead().act(Verb.SET_BACKGROUND_REFRESH, 5.5, detail="off").released(at=6)
        assert verdict(told, NAME) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_a_file_that_did_not_come_when_it_was_switched_off_may_have_been_cancelled(self) -> None:
        told = dead().released(at=6)
        told.facts.append(HeldBack(at=Instant(7.0), source=Source.SYSTEM_LOG, why=Hindrance.UPDATES_OFF))
        assert verdict(told, NAME) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_BAR_OFF)


class TestTheWay:
    """By what they went, as the origin can tell of a virtual phone."""

    @pytest.mark.parametrize("way", Interface)
    def test_by_the_way_expected(self, way: Interface) -> None:
        told = dead().released(at=6).delivered(at=7, interface=way)
        assert verdict(told, NAME, interface=way)[0] is Outcome.PASSED

    def test_by_another_way(self) -> None:
        told = dead().released(at=6).delivered(at=7, interface=CELLULAR)
        assert verdict(told, NAME, interface=WIFI) == (Outcome.FAILED, Reason.TRANSFER_OTHER_WAY)

    def test_what_went_another_way_before_the_window_does_not_count(self) -> None:
        told = dead().requested(at=5.5, interface=WIFI).released(at=6)
        assert verdict(told.delivered(at=7, interface=CELLULAR), NAME, interface=CELLULAR, requests=None) == (
            Outcome.PASSED,
            Reason.PASS_CLAIMS_PROVEN,
        )

    def test_an_origin_that_cannot_tell_leaves_it_open(self) -> None:
        assert verdict(released(), NAME, interface=WIFI) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)
