"""What lies over the screen: alerts, Siri, notifications, and the question about UI automation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.states import AppState
from harness.virtual.kernel.front.alerts import Alert, AlertKind, NoSuchButton
from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.front.notifications import NoSuchNotification
from harness.virtual.kernel.front.siri import PHRASES, Wish
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.springboard import LaunchRefused
from tests.virtual.kernel.support import BUNDLE_ID, Bench

UPDATE = Alert(AlertKind.SOFTWARE_UPDATE, "Software Update", "iOS is available.", ("Install", "Later"))
BATTERY = Alert(AlertKind.LOW_BATTERY, "Low Battery", "20% of battery remaining.", ("Close",))


def test_an_alert_stays_over_the_app_until_a_button_of_it_is_pressed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    answers: list[str] = []
    bench.phone.user_launch(BUNDLE_ID)
    alerts = bench.phone.front.alerts
    alerts.show(UPDATE, answers.append)
    assert (alerts.showing, bench.state) == (UPDATE, AppState.FOREGROUND_INACTIVE)
    with pytest.raises(NoSuchButton, match="OK"):
        alerts.press("OK")
    alerts.press("Later")
    assert (alerts.showing, bench.state) == (None, AppState.FOREGROUND_ACTIVE)
    assert answers == ["Later"]


def test_the_newest_alert_is_on_top(tmp_path: Path) -> None:
    alerts = Bench(tmp_path).phone.front.alerts
    alerts.show(UPDATE)
    alerts.show(BATTERY)
    assert alerts.showing is BATTERY
    alerts.press("Close")
    assert alerts.showing is UPDATE


def test_an_app_opened_under_an_alert_is_inactive(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.front.alerts.show(UPDATE)
    bench.phone.launch(BUNDLE_ID)
    assert bench.state is AppState.FOREGROUND_INACTIVE
    bench.phone.front.alerts.press("Later")
    assert bench.state is AppState.FOREGROUND_ACTIVE


def test_a_restart_ends_alerts_and_tells_nobody_an_answer(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    answers: list[str] = []
    bench.phone.front.alerts.show(UPDATE, answers.append)
    bench.phone.reboot()
    assert bench.phone.front.alerts.showing is None
    assert answers == []


def test_a_runner_is_asked_about_only_where_that_was_asked_for(tmp_path: Path) -> None:
    front = Bench(tmp_path).phone.front
    front.automation.runner_started()
    assert front.automation.is_allowed
    assert front.alerts.showing is None
    front.automation.asks = True
    front.automation.runner_started()
    assert not front.automation.is_allowed
    shown = front.alerts.showing
    assert shown is not None
    assert shown.kind is AlertKind.ENABLE_UI_AUTOMATION
    front.alerts.press(shown.buttons[-1])
    assert front.automation.is_allowed


def test_a_phone_with_a_passcode_wants_it_for_ui_automation(tmp_path: Path) -> None:
    phone = Bench(tmp_path).phone
    phone.conditions.passcode = "1234"
    phone.front.automation.asks = True
    phone.front.automation.runner_started()
    shown = phone.front.alerts.showing
    assert shown is not None
    phone.front.alerts.press(shown.buttons[-1])
    assert not phone.front.alerts.enter_passcode("0000")
    assert not phone.front.automation.is_allowed
    assert phone.front.alerts.enter_passcode("1234")
    assert phone.front.automation.is_allowed
    assert phone.front.alerts.showing is None


def test_who_cancels_is_asked_again_by_the_next_runner(tmp_path: Path) -> None:
    front = Bench(tmp_path).phone.front
    front.automation.asks = True
    for _ in range(2):
        front.automation.runner_started()
        shown = front.alerts.showing
        assert shown is not None
        front.alerts.press(shown.buttons[0])
        assert not front.automation.is_allowed


def test_a_runner_that_starts_again_finds_the_question_still_open(tmp_path: Path) -> None:
    front = Bench(tmp_path).phone.front
    front.automation.asks = True
    front.automation.runner_started()
    front.automation.runner_started()
    front.alerts.press("Enable UI Automation")
    assert front.alerts.showing is None
    assert front.automation.is_allowed


def test_a_notification_opens_its_app_and_is_gone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    front = bench.phone.front
    front.post_notification(BUNDLE_ID, "old", "o")
    front.post_notification("com.apple.mobilenotes", "other", "n")
    front.post_notification(BUNDLE_ID, "new", "n")
    front.tap_notification(BUNDLE_ID)
    assert bench.state is AppState.FOREGROUND_ACTIVE
    assert [one.title for one in front.notifications] == ["other", "old"]


def test_no_notification_is_tapped_that_is_not_there(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with pytest.raises(NoSuchNotification, match=BUNDLE_ID):
        bench.phone.front.tap_notification(BUNDLE_ID)
    bench.phone.front.post_notification(BUNDLE_ID, "x", "y")
    bench.phone.uninstall(BUNDLE_ID)
    assert bench.phone.front.notifications == ()


def test_a_notification_on_the_lock_screen_opens_only_without_a_passcode(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    phone = bench.phone
    phone.conditions.passcode = "1234"
    phone.front.post_notification(BUNDLE_ID, "x", "y")
    phone.lock()
    with pytest.raises(LaunchRefused, match="locked"):
        phone.front.tap_notification(BUNDLE_ID)
    assert len(phone.front.notifications) == 1
    phone.conditions.passcode = None
    phone.front.tap_notification(BUNDLE_ID)
    assert (phone.locked, phone.front.shown) == (False, Shown.APP)


def test_siri_is_on_the_screen_until_home_is_pressed(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.user_launch(BUNDLE_ID)
    bench.phone.front.ask_siri("Turn off Wi\u2011Fi.")
    assert not bench.phone.conditions.wifi_on
    assert (bench.phone.front.shown, bench.state) == (Shown.SIRI, AppState.FOREGROUND_INACTIVE)
    bench.phone.press_home()
    assert (bench.phone.front.shown, bench.state) == (Shown.APP, AppState.FOREGROUND_ACTIVE)


@pytest.mark.parametrize("language", PHRASES)
def test_every_language_has_a_phrase_for_every_wish(tmp_path: Path, language: str) -> None:
    phone = Bench(tmp_path).phone
    phone.front.language = language
    assert set(PHRASES[language].values()) == set(Wish)
    said = {wish: words for words, wish in PHRASES[language].items()}
    phone.front.ask_siri(said[Wish.LOW_POWER_ON].upper())
    assert phone.settings.low_power
    phone.front.ask_siri(said[Wish.LOW_POWER_OFF])
    assert not phone.settings.low_power


def test_siri_understands_no_other_language_and_changes_nothing_then(tmp_path: Path) -> None:
    phone = Bench(tmp_path).phone
    phone.front.language = "de"
    phone.front.ask_siri("turn off wifi")
    assert phone.conditions.wifi_on
    with pytest.raises(ValueError, match="xx"):
        phone.front.language = "xx"


def test_what_a_computer_sets_through_lockdown_is_the_language_of_the_screen(tmp_path: Path) -> None:
    phone = VirtualPhone(replace(Bench(tmp_path / "a").phone.spec, language="fr"), tmp_path / "b")
    assert phone.front.language == "fr"
    phone.preferences.speak("de-AT")
    assert phone.front.language == "de"
    phone.preferences.speak("ja")
    assert phone.front.language == "en"


def test_siri_needs_a_network_and_an_unlocked_phone(tmp_path: Path) -> None:
    phone = Bench(tmp_path).phone
    phone.front.ask_siri("turn on airplane mode")
    phone.front.ask_siri("turn off airplane mode")
    assert phone.conditions.airplane, "nothing reaches Siri in airplane mode"
    phone.conditions.switch_airplane(False)
    phone.press_home()
    phone.lock()
    phone.front.ask_siri("turn off wifi")
    assert phone.conditions.wifi_on
    assert phone.front.shown is Shown.LOCK_SCREEN
