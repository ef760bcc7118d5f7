"""Whether what a test did to the phone came to be."""

from __future__ import annotations

import pytest

from harness.expect.question import judge
from harness.expect.setup import DOWN_WITHIN_S, REFRESH, REFRESH_CHANGED
from harness.expect.transfer import ExpectTransfer
from harness.model.callbacks import Callback
from harness.model.facts import CONDITION, DarwinSeen, SettingRead, Source, Verb
from harness.model.interfaces import Interface
from harness.model.journal import ACKNOWLEDGED
from harness.model.reasons import Outcome, Reason
from harness.model.time import written
from tests.unit.expect.asking import answer, ask, callbacks, no_wake, relaunch, window
from tests.unit.expect.story import (
    ACT_S,
    BUNDLE,
    FOREIGN_NONCE,
    FOREIGN_SESSION,
    NAME,
    OLD,
    SESSION,
    Story,
    asleep,
    dead,
    relaunched,
    story,
    wakes,
)

ALL_LOST = "SlowNetwork100PctLoss"

NETWORK = {
    Reason.INVALID_WIFI_NOT_DOWN: (Verb.WIFI_OFF, Verb.WIFI_ON, ""),
    Reason.INVALID_SETTINGS_NOT_APPLIED: (Verb.INDUCE, Verb.STOP_INDUCING, ALL_LOST),
}

SPOILT = (Outcome.INVALID, Reason.INVALID_SETTINGS_NOT_APPLIED)

AFTER_S = DOWN_WITHIN_S + 0.5


def taken(reason: Reason, *, at: float = 6.0) -> Story:
    """The app is dead and its transfer under way, and the network is taken away."""
    verb, _, detail = NETWORK[reason]
    return dead().act(verb, at, detail=detail)


def given_back(told: Story, reason: Reason, *, at: float) -> Story:
    return told.act(NETWORK[reason][1], at)


@pytest.mark.parametrize("reason", NETWORK)
class TestTheNetworkThatWasTakenAway:
    """What comes through although nothing may."""

    def test_a_request_that_comes_in_shows_that_it_was_there(self, reason: Reason) -> None:
        told = taken(reason).requested(at=6 + AFTER_S, request=2)
        assert answer(told, no_wake()) == (Outcome.INVALID, reason)

    def test_so_it_does_for_what_is_asked_after_it_is_given_back(self, reason: Reason) -> None:
        told = taken(reason).requested(at=6 + AFTER_S, request=2)
        told = wakes(given_back(told, reason, at=20).delivered(at=21, request=2), at=22)
        assert answer(told, relaunch) == (Outcome.INVALID, reason)

    def test_a_radio_takes_a_moment_to_go_down(self, reason: Reason) -> None:
        told = taken(reason).requested(at=6 + DOWN_WITHIN_S / 2, request=2)
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_what_comes_when_it_is_given_back_shows_nothing(self, reason: Reason) -> None:
        told = given_back(taken(reason), reason, at=20).requested(at=20.01, request=2)
        told = wakes(told.delivered(at=21, request=2), at=22)
        assert answer(told, relaunch) == (Outcome.PASSED, Reason.PASS_RELAUNCHED)

    def test_an_act_that_no_answer_told_of_took_nothing_away_for_sure(self, reason: Reason) -> None:
        verb, _, detail = NETWORK[reason]
        told = dead().act(verb, 6, detail=detail, done=None).requested(at=6 + AFTER_S, request=2)
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_another_tests_requests_show_nothing_of_this_one(self, reason: Reason) -> None:
        told = taken(reason).delivered(at=6 + AFTER_S, nonce=FOREIGN_NONCE)
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_a_file_that_the_app_was_told_of_came_through(self, reason: Reason) -> None:
        told = taken(reason).delivered(at=7)
        told.line(Callback.DID_COMPLETE, at=8, session=SESSION)
        assert answer(told, no_wake()) == (Outcome.INVALID, reason)

    def test_so_does_one_that_it_was_told_of_while_the_clock_stood(self, reason: Reason) -> None:
        told = taken(reason).delivered(at=7)
        told.line(Callback.DID_COMPLETE, at=7, session=SESSION)
        assert answer(told, no_wake()) == (Outcome.INVALID, reason)

    def test_bytes_that_left_the_origin_may_be_in_a_buffer(self, reason: Reason) -> None:
        told = taken(reason).delivered(at=7)
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_a_transfer_that_ended_badly_did_not_come_through(self, reason: Reason) -> None:
        told = taken(reason).delivered(at=7)
        told.line(Callback.DID_COMPLETE, at=8, session=SESSION, detail={"code": -1009})
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_a_page_that_says_not_found_is_not_the_file(self, reason: Reason) -> None:
        told = taken(reason).delivered(at=7)
        told.line(Callback.DID_COMPLETE, at=8, session=SESSION, detail={"status": 404})
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_what_it_was_told_before_this_test_asked_for_anything_is_of_an_earlier_one(
        self, reason: Reason
    ) -> None:
        told = story().line(Callback.DID_COMPLETE, at=0.1, pid=OLD)
        verb, _, detail = NETWORK[reason]
        told = dead(told).act(verb, 6, detail=detail).delivered(at=7)
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_what_it_is_told_of_another_session_than_its_own_is_of_an_earlier_one(
        self, reason: Reason
    ) -> None:
        told = taken(reason).line(ACKNOWLEDGED, at=1.1, pid=OLD, session=SESSION).delivered(at=7)
        told.line(Callback.DID_COMPLETE, at=8, session=FOREIGN_SESSION)
        assert answer(told, no_wake())[0] is not Outcome.INVALID
        told.line(Callback.DID_COMPLETE, at=8.1, session=SESSION)
        assert answer(told, no_wake()) == (Outcome.INVALID, reason)

    def test_what_the_app_is_told_late_came_before(self, reason: Reason) -> None:
        told = dead().delivered(at=5.5)
        verb, _, detail = NETWORK[reason]
        told.act(verb, 6, detail=detail).delivered(at=7, request=2)
        told.line(Callback.DID_COMPLETE, at=8, session=SESSION)
        assert answer(told, no_wake())[0] is not Outcome.INVALID


def test_another_condition_than_the_loss_of_all_lets_requests_through() -> None:
    told = dead().act(Verb.INDUCE, 6, detail="SlowNetworkEdge").requested(at=20, request=2)
    assert answer(told, no_wake())[0] is not Outcome.INVALID


def test_a_request_by_cellular_is_a_leak_and_leaves_wifi_alone() -> None:
    told = dead().act(Verb.WIFI_OFF, 6).requested(at=20, request=2, interface=Interface.CELLULAR)
    assert answer(told, no_wake()) == (Outcome.INVALID, Reason.INVALID_CELLULAR_LEAK)


def test_a_phone_may_have_gone_over_to_cellular_before_it_answered() -> None:
    told = dead().act(Verb.WIFI_OFF, 6).requested(at=6.01, request=2, interface=Interface.CELLULAR)
    assert answer(told, no_wake()) == (Outcome.INVALID, Reason.INVALID_CELLULAR_LEAK)


def test_cellular_is_no_leak_where_it_is_asked_by_which_way_a_transfer_goes() -> None:
    told = dead().act(Verb.WIFI_OFF, 6).requested(at=20, request=2, interface=Interface.CELLULAR)
    told.delivered(at=21, request=2, interface=Interface.CELLULAR)
    asked = ExpectTransfer(BUNDLE, window(told), (NAME,), None, Interface.CELLULAR)
    assert judge(asked, told.evidence()).outcome is Outcome.PASSED


def test_a_request_by_wifi_is_no_leak() -> None:
    told = dead().act(Verb.WIFI_OFF, 6).requested(at=20, request=2, interface=Interface.WIFI)
    assert answer(told, no_wake()) == (Outcome.INVALID, Reason.INVALID_WIFI_NOT_DOWN)


def test_a_request_by_cellular_while_wifi_is_on_is_no_leak() -> None:
    told = dead().requested(at=5.5, request=2, interface=Interface.CELLULAR).act(Verb.WIFI_OFF, 6)
    assert answer(told, no_wake())[0] is not Outcome.INVALID


def probed(told: Story, *, at: float, **says: object) -> Story:
    return told.line("acknowledged", at=at, pid=OLD, detail=says)


class TestSettings:
    """What the app or the phone reads, against what the test set."""

    @pytest.mark.parametrize(
        ("verb", "detail", "says"),
        [
            (Verb.SET_BACKGROUND_REFRESH, "off", {"background_refresh": "available"}),
            (Verb.SET_BACKGROUND_REFRESH, f"off for {BUNDLE}", {"background_refresh": "available"}),
            (Verb.SET_BACKGROUND_REFRESH, "wifi and cellular", {"background_refresh": "denied"}),
            (Verb.SET_BACKGROUND_REFRESH, f"on for {BUNDLE}", {"background_refresh": "restricted"}),
            (Verb.SET_LOW_POWER, "on", {"low_power": False}),
            (Verb.SET_LOW_POWER, "off", {"low_power": True}),
        ],
    )
    def test_a_probe_that_says_otherwise_makes_the_experiment_invalid(
        self, verb: Verb, detail: str, says: dict[str, object]
    ) -> None:
        told = probed(asleep().act(verb, 4, detail=detail), at=5, **says)
        asked = callbacks(Callback.DID_COMPLETE, pid=0)
        assert answer(told, asked) == (Outcome.INVALID, Reason.INVALID_SETTINGS_NOT_APPLIED)

    @pytest.mark.parametrize(
        ("verb", "detail", "says"),
        [
            (Verb.SET_BACKGROUND_REFRESH, "off", {"background_refresh": "denied"}),
            (Verb.SET_BACKGROUND_REFRESH, "off for another.app", {"background_refresh": "available"}),
            (Verb.SET_BACKGROUND_REFRESH, "wifi", {"background_refresh": "available"}),
            (Verb.SET_BACKGROUND_REFRESH, "wifi", {"background_refresh": "denied", "low_power": True}),
            (Verb.SET_LOW_POWER, "on", {"low_power": True, "background_refresh": "denied"}),
            (Verb.SET_LOW_POWER, "on", {}),
        ],
    )
    def test_a_probe_that_says_so_or_nothing_leaves_it_valid(
        self, verb: Verb, detail: str, says: dict[str, object]
    ) -> None:
        told = probed(asleep().act(verb, 4, detail=detail), at=5, **says)
        assert answer(told, callbacks(Callback.DID_COMPLETE, pid=0))[0] is not Outcome.INVALID

    def test_a_probe_from_before_says_nothing(self) -> None:
        told = probed(asleep(), at=3.5, background_refresh="available")
        told.act(Verb.SET_BACKGROUND_REFRESH, 4, detail="off")
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_a_probe_while_the_setting_is_made_says_nothing(self) -> None:
        told = asleep().act(Verb.SET_BACKGROUND_REFRESH, 4, detail="off")
        told = probed(told, at=4 + ACT_S / 2, background_refresh="available")
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_on_again_for_all_leaves_an_app_off_that_was_put_off_alone(self) -> None:
        told = asleep().act(Verb.SET_BACKGROUND_REFRESH, 4, detail=f"off for {BUNDLE}")
        told.act(Verb.SET_BACKGROUND_REFRESH, 5, detail="wifi and cellular")
        assert answer(probed(told, at=6, background_refresh="denied"), no_wake())[0] is not Outcome.INVALID

    def test_a_reading_of_the_phone_counts_as_a_probe_does(self) -> None:
        told = relaunched().act(Verb.SET_LOW_POWER, 20, detail="on")
        read = SettingRead(at=written(21), source=Source.SETTINGS, name="low power mode", value="off")
        told.facts.append(read)
        verdict = ask(told, no_wake())
        assert verdict.reason is Reason.INVALID_SETTINGS_NOT_APPLIED
        assert read in verdict.guards[0].facts


class TestAConditionThatIsHeld:
    """It ends with the connection that asked for it, and what came after that had a network."""

    def induced(self) -> Story:
        return dead().act(Verb.INDUCE, 6, detail=ALL_LOST)

    def test_that_it_lasts_contradicts_nothing(self) -> None:
        told = self.induced().read(CONDITION, ALL_LOST, at=20)
        assert answer(told, no_wake())[0] is not Outcome.INVALID

    def test_that_it_is_over_spoils_the_experiment(self) -> None:
        assert answer(self.induced().read(CONDITION, "none", at=20), no_wake()) == SPOILT

    def test_so_does_another_in_its_place(self) -> None:
        told = dead().act(Verb.INDUCE, 6, detail="SlowNetworkEdge").read(CONDITION, "SlowNetworkWiFi", at=20)
        assert answer(told, relaunch) == SPOILT

    def test_that_nobody_could_say_leaves_it_open(self) -> None:
        told = self.induced().read(CONDITION, "unknown", at=20)
        assert answer(told, relaunch) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

    def test_what_is_read_once_it_was_ended_shows_nothing(self) -> None:
        told = given_back(self.induced(), Reason.INVALID_SETTINGS_NOT_APPLIED, at=10)
        assert answer(told.read(CONDITION, "none", at=20), no_wake())[0] is not Outcome.INVALID


class TestSomebodyElseChangesBackgroundRefresh:
    """The phone posts every change of it, and not which."""

    def told_of(self, detail: str, *, at: float) -> Story:
        told = dead().act(Verb.SET_BACKGROUND_REFRESH, 5.5, detail=detail)
        told.facts.append(DarwinSeen(at=written(at), source=Source.DARWIN, name=REFRESH_CHANGED))
        return told

    def test_while_it_is_off_for_all_it_can_only_have_been_switched_on(self) -> None:
        assert answer(self.told_of("off", at=20), relaunch) == SPOILT

    def test_else_it_may_have_been_another_apps_switch(self) -> None:
        told = self.told_of(f"off for {BUNDLE}", at=20)
        assert answer(told, relaunch) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_ORDER)

    def test_that_of_the_tests_own_act_comes_while_it_lasts(self) -> None:
        assert answer(self.told_of("off", at=5.5), relaunch)[0] is not Outcome.INVALID

    def test_a_change_from_before_is_none_of_it(self) -> None:
        assert answer(self.told_of("off", at=2), relaunch)[0] is not Outcome.INVALID


def test_a_reading_that_it_is_on_contradicts_that_it_is_off_for_all() -> None:
    told = dead().act(Verb.SET_BACKGROUND_REFRESH, 5.5, detail="off").read(REFRESH, "wifi", at=20)
    assert answer(told, relaunch) == SPOILT


def test_what_comes_through_in_airplane_mode_spoils_the_experiment() -> None:
    told = dead().act(Verb.SET_AIRPLANE_MODE, 6, detail="on")
    told.requested(at=6 + AFTER_S, request=2, interface=Interface.CELLULAR)
    assert answer(told, no_wake()) == SPOILT


def test_with_wifi_on_again_airplane_mode_takes_nothing_away() -> None:
    told = dead().act(Verb.SET_AIRPLANE_MODE, 6, detail="on").act(Verb.WIFI_ON, 8)
    assert answer(told.requested(at=12, request=2), no_wake())[0] is not Outcome.INVALID
