"""What the test itself did, and has not undone by the deadline, is a reason for an app to wait."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.expect import guards
from harness.expect.callbacks import ExpectCallbacks
from harness.expect.deeds import DEEDS, spells_of
from harness.expect.fields import Fields
from harness.model.callbacks import Callback
from harness.model.facts import TransferPhase, Verb
from harness.model.reasons import Outcome, Reason
from harness.model.states import AppState
from tests.unit.expect.asking import answer, callbacks, no_wake, relaunch, resume, state, transfer
from tests.unit.expect.story import ACT_S, BUNDLE, NEW, OLD, Story, asleep, dead

ALL_LOST = "SlowNetwork100PctLoss"

TAKEN_AWAY: dict[str, tuple[Verb, str, Verb, Reason]] = {
    "Wi-Fi": (Verb.WIFI_OFF, "", Verb.WIFI_ON, Reason.NOT_WOKEN_WAITING_NETWORK),
    "packets": (Verb.INDUCE, ALL_LOST, Verb.STOP_INDUCING, Reason.NOT_WOKEN_WAITING_NETWORK),
    "the port": (Verb.ORIGIN_REFUSE, "", Verb.ORIGIN_LISTEN, Reason.NOT_WOKEN_SERVER_DOWN),
    "answers": (Verb.ORIGIN_IGNORE, "", Verb.ORIGIN_LISTEN, Reason.NOT_WOKEN_SERVER_DOWN),
    "good answers": (Verb.ORIGIN_ANSWERS, "captive-portal", Verb.ORIGIN_LISTEN, Reason.NOT_WOKEN_SERVER_DOWN),
}


def took(what: str, *, begun: Story | None = None, done: bool | None = True) -> Story:
    verb, detail, _, _ = TAKEN_AWAY[what]
    return (begun or dead()).act(verb, 6, detail=detail, done=done)


def an_error(told: Story) -> ExpectCallbacks:
    return replace(callbacks(Callback.DID_COMPLETE)(told), fields=Fields(error="any"))


@pytest.mark.parametrize("what", TAKEN_AWAY)
class TestWhatIsTakenAway:
    """In force at the deadline, it explains what did not come."""

    def test_a_wake_that_does_not_come_is_not_the_apps_fault(self, what: str) -> None:
        assert answer(took(what), relaunch) == (Outcome.INCONCLUSIVE, TAKEN_AWAY[what][3])

    def test_so_is_a_transfer(self, what: str) -> None:
        assert answer(took(what), transfer) == (Outcome.INCONCLUSIVE, TAKEN_AWAY[what][3])

    def test_so_are_its_callbacks(self, what: str) -> None:
        asked = callbacks(Callback.DID_COMPLETE)
        assert answer(took(what), asked) == (Outcome.INCONCLUSIVE, TAKEN_AWAY[what][3])

    def test_being_left_alone_for_it_passes(self, what: str) -> None:
        reason = TAKEN_AWAY[what][3]
        assert answer(took(what), no_wake(reason)) == (Outcome.PASSED, reason)

    def test_given_back_it_explains_nothing(self, what: str) -> None:
        told = took(what).act(TAKEN_AWAY[what][2], 10)
        assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_perhaps_given_back_it_explains_nothing(self, what: str) -> None:
        told = took(what)
        mark = told.mark
        told.act(TAKEN_AWAY[what][2], 10, done=None).mark = mark
        assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_refused_it_explains_nothing(self, what: str) -> None:
        told = took(what, begun=dead().released(at=5.5), done=False)
        assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_a_file_that_came_all_the_same_wakes_the_app(self, what: str) -> None:
        told = took(what).delivered(at=6.5)
        assert answer(told, relaunch) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


def test_an_error_that_does_not_come_while_wifi_is_off_is_the_apps_fault() -> None:
    assert answer(took("Wi-Fi"), an_error) == (Outcome.FAILED, Reason.CALLBACK_MISSING_DID_COMPLETE)


def an_error_of_anybody(told: Story) -> ExpectCallbacks:
    return replace(an_error(told), pid=0)


@pytest.mark.parametrize("what", TAKEN_AWAY)
def test_nor_does_it_excuse_an_app_that_is_never_run_to_be_told(what: str) -> None:
    assert answer(took(what), an_error_of_anybody)[0] is Outcome.FAILED


def test_the_network_and_the_server_are_told_apart() -> None:
    server_down = dead().act(Verb.ORIGIN_REFUSE, 6)
    assert answer(server_down, transfer) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_SERVER_DOWN)
    network_down_too = server_down.act(Verb.WIFI_OFF, 7)
    assert answer(network_down_too, transfer) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_WAITING_NETWORK)
    server_still_down = network_down_too.act(Verb.WIFI_ON, 8)
    assert answer(server_still_down, transfer) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_SERVER_DOWN)


def test_one_trouble_of_the_origin_takes_the_place_of_another_and_leaves_the_port_closed() -> None:
    told = dead().act(Verb.ORIGIN_IGNORE, 6).act(Verb.ORIGIN_ANSWERS, 7, detail="stall")
    evidence = told.evidence()
    (ignored,) = spells_of(evidence, next(deed for deed in DEEDS if deed.begins is Verb.ORIGIN_IGNORE), 60)
    assert ignored.ended is not None
    assert answer(told, transfer) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_SERVER_DOWN)
    closed = dead().act(Verb.ORIGIN_REFUSE, 6).act(Verb.ORIGIN_ANSWERS, 7, detail="stall")
    refused = spells_of(closed.evidence(), next(d for d in DEEDS if d.begins is Verb.ORIGIN_REFUSE), 60)
    assert [spell.ended for spell in refused] == [None]


class TestTheGate:
    """A request that the origin holds at the test's own wish."""

    def test_what_is_held_at_the_deadline_explains_itself(self) -> None:
        told = dead().held(at=5.5)
        assert answer(told, transfer) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_SESSION_UNFINISHED)
        told = dead().held(at=5.5)
        passed = (Outcome.PASSED, Reason.NOT_WOKEN_SESSION_UNFINISHED)
        assert answer(told, no_wake(Reason.NOT_WOKEN_SESSION_UNFINISHED)) == passed

    @pytest.mark.parametrize("phase", [TransferPhase.RELEASED, TransferPhase.BROKEN])
    def test_what_is_held_no_more_explains_nothing(self, phase: TransferPhase) -> None:
        told = dead().held(at=5.5).receipt(phase, at=7)
        assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)

    def test_what_is_held_explains_nothing_of_a_file_that_came(self) -> None:
        told = dead().held(at=5.5, request=2).released(at=6).delivered(at=7)
        assert answer(told, relaunch) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


def test_a_tap_on_the_icon_is_a_launch() -> None:
    told = dead().act(Verb.TAP_ICON, 10)
    assert guards.last_kill(told.evidence(), BUNDLE, 20) is None
    tapped = guards.last_launch(told.evidence(), BUNDLE, 20)
    assert tapped is not None
    assert tapped.verb is Verb.TAP_ICON
    foreground = guards.not_foregrounded(told.evidence(), BUNDLE, 6, 20)
    assert foreground.reason is Reason.INVALID_FOREGROUNDED


@pytest.mark.parametrize("verb", [Verb.TAP_ICON, Verb.FORCE_QUIT, Verb.REBOOT])
def test_what_such_an_act_brings_about_is_waited_for(verb: Verb) -> None:
    told = asleep().act(verb, 5)
    told.state(AppState.NOT_RUNNING, at=5.5, pid=OLD)
    assert answer(told, state(AppState.SUSPENDED))[0] is not Outcome.PASSED


class TestForceQuit:
    """Swiping a card away sets the flag, also of an app that does not run."""

    def quit_dead(self) -> Story:
        return dead().act(Verb.FORCE_QUIT, 6).delivered(at=7)

    def test_an_app_without_a_process_was_quit_all_the_same(self) -> None:
        passed = (Outcome.PASSED, Reason.NOT_WOKEN_FORCE_QUIT)
        assert answer(self.quit_dead(), no_wake(Reason.NOT_WOKEN_FORCE_QUIT)) == passed

    def test_a_wake_that_does_not_come_is_not_the_apps_fault(self) -> None:
        assert answer(self.quit_dead(), relaunch) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_FORCE_QUIT)

    @pytest.mark.parametrize("verb", [Verb.LAUNCH, Verb.TAP_ICON])
    def test_the_next_launch_by_hand_clears_the_flag(self, verb: Verb) -> None:
        told = self.quit_dead().act(verb, 10).tapped(at=10.01, pid=NEW).suspended(at=12, pid=NEW)
        told.killed(at=13, pid=NEW).released(at=14).delivered(at=15, request=2)
        assert answer(told, relaunch) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)

    def test_so_does_a_person_who_opens_it(self) -> None:
        told = self.quit_dead().state(AppState.FOREGROUND_ACTIVE, at=10, pid=NEW)
        told.state(AppState.SUSPENDED, at=12, pid=NEW).killed(at=13, pid=NEW)
        told.released(at=14).delivered(at=15, request=2)
        assert answer(told, relaunch) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)

    def test_a_swipe_that_was_refused_set_none(self) -> None:
        told = dead().released(at=5.5).act(Verb.FORCE_QUIT, 6, done=False).delivered(at=7)
        assert answer(told, relaunch) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


class TestBackgroundRefresh:
    """Off by the test's own act, for all apps or for this one."""

    def put(self, *details: str) -> Story:
        told = dead()
        for number, detail in enumerate(details):
            told.act(Verb.SET_BACKGROUND_REFRESH, 5.5 + number / 10, detail=detail)
        return told.released(at=6).delivered(at=7)

    @pytest.mark.parametrize(
        "details", [("off",), (f"off for {BUNDLE}",), ("off", f"on for {BUNDLE}"), ("off", "on for other")]
    )
    def test_off_it_is_the_reason(self, details: tuple[str, ...]) -> None:
        told = self.put(*details)
        assert answer(told, relaunch) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_BAR_OFF)

    def test_left_alone_for_it_an_app_passes_once_something_says_that_it_is_off(self) -> None:
        passed, off = (Outcome.PASSED, Reason.NOT_WOKEN_BAR_OFF), no_wake(Reason.NOT_WOKEN_BAR_OFF)
        refused = self.put("off").refused("background updates are not enabled", at=8)
        assert answer(refused, off) == passed
        assert answer(self.put("off"), off) == (Outcome.INCONCLUSIVE, Reason.INCONCLUSIVE_GAP)

    @pytest.mark.parametrize(
        "details",
        [
            ("off for other",),
            ("off", "wifi"),
            (f"off for {BUNDLE}", "back to on"),
            (f"off for {BUNDLE}", f"on for {BUNDLE}"),
        ],
    )
    def test_on_it_is_none(self, details: tuple[str, ...]) -> None:
        assert answer(self.put(*details), relaunch) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


def test_low_power_mode_by_the_tests_own_act_is_a_reason() -> None:
    told = asleep().act(Verb.SET_LOW_POWER, 4, detail="on").released(at=6).delivered(at=7)
    assert answer(told, resume) == (Outcome.INCONCLUSIVE, Reason.NOT_WOKEN_LOW_POWER)
    told.act(Verb.SET_LOW_POWER, 8, detail="off")
    told.mark = asleep().released(at=6).mark
    assert answer(told, resume) == (Outcome.FAILED, Reason.NOT_WOKEN_UNEXPLAINED)


@pytest.mark.parametrize("after_s", [ACT_S / 2, ACT_S])
def test_wifi_that_is_on_again_when_the_window_begins_hinders_nothing(after_s: float) -> None:
    told = dead().act(Verb.WIFI_OFF, 6)
    told.read("wifi", "off", at=6.01).act(Verb.WIFI_ON, 20).read("wifi", "on", at=20 + after_s)
    assert answer(told, transfer) == (Outcome.FAILED, Reason.TRANSFER_INCOMPLETE)
