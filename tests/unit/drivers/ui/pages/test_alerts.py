from __future__ import annotations

import asyncio

import pytest

from harness.drivers.ui.backend import AlertShown
from harness.drivers.ui.pages.alerts import MOST, Alerts
from harness.drivers.ui.pages.locators import locators_for
from harness.errors import RunnerFailed, ScreenChanged, ScreenUnexpected
from tests.unit.drivers.ui.pages.glass import Glass

_UPDATE = AlertShown("Software Update iOS 18.6 is available.", ("Install Now", "Later"))


def _clear(glass: Glass, notes: list[str] | None = None) -> bool:
    told: list[str] = [] if notes is None else notes
    return asyncio.run(Alerts(glass, locators_for("18.5").alerts, "desk-15", told.append).clear())


def test_nothing_over_the_screen_is_nothing_to_clear() -> None:
    assert _clear(Glass()) is False


def test_a_reminder_of_an_update_is_sent_away_and_noted() -> None:
    glass, notes = Glass(alerts=[_UPDATE]), list[str]()
    assert _clear(glass, notes) is True
    assert glass.pressed == ["Later"]
    assert len(notes) == 1
    assert "reminder of a software update" in notes[0]


@pytest.mark.parametrize(
    ("text", "buttons", "pressed"),
    [
        ("Softwareupdate iOS 18.6 ist verfügbar", ("Jetzt installieren", "Später"), "Später"),
        ("Low Battery 20% battery remaining", ("Low Power Mode", "Close"), "Close"),
        ("Trust This Computer?", ("Trust", "Don’t Trust"), "Don’t Trust"),
    ],
)
def test_known_alerts_are_known_by_their_words_and_never_change_a_setting(
    text: str, buttons: tuple[str, ...], pressed: str
) -> None:
    glass = Glass(alerts=[AlertShown(text, buttons)])
    _clear(glass)
    assert glass.pressed == [pressed]


def test_alerts_that_lie_over_one_another_all_go() -> None:
    glass = Glass(alerts=[_UPDATE, AlertShown("Low Battery", ("Close",))])
    _clear(glass)
    assert glass.pressed == ["Later", "Close"]


def test_as_many_as_are_sent_away_at_the_most_all_go() -> None:
    glass = Glass(alerts=[_UPDATE] * MOST)
    assert _clear(glass) is True
    assert glass.alerts == []


def test_an_alert_that_went_by_itself_is_no_failure_and_not_noted_as_pressed() -> None:
    class Fleeting(Glass):
        async def press_alert(self, button: str) -> None:
            self.alerts.clear()
            raise ScreenChanged("no such alert")

    notes = list[str]()
    assert _clear(Fleeting(alerts=[_UPDATE]), notes) is True
    assert notes == []


def test_an_alert_that_nobody_knows_is_told_with_its_buttons_and_left_alone() -> None:
    text = "“Downloader” Would Like to Send You Notifications"
    glass = Glass(alerts=[AlertShown(text, ("Don’t Allow", "Allow"))])
    with pytest.raises(ScreenUnexpected, match="Would Like to Send") as raised:
        _clear(glass)
    assert "'Don’t Allow', 'Allow'" in str(raised.value)
    assert raised.value.phone == "desk-15"
    assert glass.pressed == []


def test_a_known_alert_without_the_known_button_is_not_answered_by_another() -> None:
    glass = Glass(alerts=[AlertShown("Software Update", ("Install Now",))])
    with pytest.raises(ScreenUnexpected):
        _clear(glass)
    assert glass.pressed == []


@pytest.mark.parametrize("text", ["Enable UI Automation", "Enter Passcode"])
def test_what_only_a_person_can_give_says_what_to_do_by_hand(text: str) -> None:
    with pytest.raises(RunnerFailed, match=text) as raised:
        _clear(Glass(alerts=[AlertShown(text, ("Cancel",))]))
    assert raised.value.fix is not None
    assert "on the phone" in raised.value.fix


def test_an_alert_that_does_not_go_is_given_up() -> None:
    glass = Glass(alerts=[_UPDATE], presses_work=False)
    with pytest.raises(ScreenUnexpected, match="there is one still"):
        _clear(glass)
    assert len(glass.pressed) == MOST
