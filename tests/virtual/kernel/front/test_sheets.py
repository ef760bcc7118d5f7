"""The cards of the app switcher and the notifications, as they are brought on the screen."""

from __future__ import annotations

from pathlib import Path

from harness.model.states import AppState
from harness.virtual.kernel.front.front import Shown
from tests.virtual.kernel.support import BUNDLE_ID, Bench

NOTES = "com.apple.mobilenotes"


def test_the_app_switcher_opens_at_the_newest_card_and_goes_no_further_than_the_oldest(
    tmp_path: Path,
) -> None:
    phone = Bench(tmp_path).phone
    for bundle_id in (BUNDLE_ID, NOTES):
        phone.user_launch(bundle_id)
    front = phone.front
    front.open_switcher()
    assert front.switcher_card == 0
    front.swipe_switcher(7)
    assert front.switcher_card == 1
    front.swipe_switcher(-1)
    assert front.switcher_card == 0
    front.swipe_switcher(1)
    front.swipe_card_away(BUNDLE_ID)
    assert front.switcher_card == 0
    front.swipe_card_away(NOTES)
    assert (front.cards, front.switcher_card) == ((), 0)


def test_notifications_lie_over_an_app_which_is_inactive_until_home_is_pressed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.front.open_notification_centre()
    assert (bench.phone.front.shown, bench.state) == (
        Shown.NOTIFICATION_CENTRE,
        AppState.FOREGROUND_INACTIVE,
    )
    bench.phone.press_home()
    assert (bench.phone.front.shown, bench.state) == (Shown.APP, AppState.FOREGROUND_ACTIVE)


def test_a_locked_phone_shows_its_notifications_already(tmp_path: Path) -> None:
    phone = Bench(tmp_path).phone
    phone.lock()
    phone.front.open_notification_centre()
    phone.unlock()
    assert phone.front.shown is Shown.HOME


def test_a_notification_lights_the_screen_of_a_phone_that_sleeps_and_leaves_it_locked(tmp_path: Path) -> None:
    phone = Bench(tmp_path).phone
    phone.go_to_sleep()
    phone.front.post_notification(BUNDLE_ID, "New", "")
    assert (phone.conditions.asleep, phone.locked) == (False, True)
