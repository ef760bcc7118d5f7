"""The screen of virtual phones: each verb does to a phone what a finger does, in every shape of Settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from harness.drivers.ui.screen import PhoneScreen
from harness.errors import AppNotInstalled, AppNotRunning, DeviceLocked, ScreenUnexpected, SetupImpossible
from harness.model.settings import BackgroundRefresh
from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.ui.desk import KINDS, MANY, NEWS, QUIET, SETTINGS, Desk, Kind, at_desk

APP = DOWNLOADER.bundle_id

MOST_REQUESTS = 100
"""What one verb may ask of a phone: a real one takes some 100 ms for each."""

with_and_without_button = pytest.mark.parametrize("kind", [KINDS[0], KINDS[2]], ids=str)


# Settings that are one switch.


@dataclass(frozen=True)
class Switch:
    """A setting that is one switch: how it is read and set, how it stands in the phone, and at first."""

    read: Callable[[PhoneScreen], Awaitable[bool]]
    set: Callable[[PhoneScreen, bool], Awaitable[None]]
    position: Callable[[VirtualPhone], bool]
    at_first: bool


SWITCHES = {
    "wifi": Switch(PhoneScreen.wifi, PhoneScreen.set_wifi, lambda phone: phone.conditions.wifi_on, True),
    "airplane mode": Switch(
        PhoneScreen.airplane_mode,
        PhoneScreen.set_airplane_mode,
        lambda phone: phone.conditions.airplane,
        False,
    ),
    "low power": Switch(
        PhoneScreen.low_power, PhoneScreen.set_low_power, lambda phone: phone.settings.low_power, False
    ),
}


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_is_read_and_switched(name: str, each_kind: Kind) -> None:
    switch = SWITCHES[name]

    async def check(desk: Desk) -> None:
        assert await switch.read(desk.screen) is switch.at_first
        await switch.set(desk.screen, not switch.at_first)
        assert switch.position(desk.phone) is not switch.at_first
        assert await switch.read(desk.screen) is not switch.at_first

    at_desk(check, each_kind)


def test_what_was_switched_off_is_switched_on_again() -> None:
    async def check(desk: Desk) -> None:
        news = await desk.app(NEWS)
        for on in (False, True):
            await desk.screen.set_wifi(on)
            await desk.screen.set_app_refresh(news, on)
            assert desk.phone.conditions.wifi_on is on
            assert desk.phone.settings.refreshes(NEWS.bundle_id) is on

    at_desk(check)


def test_what_stands_as_wanted_is_not_touched() -> None:
    async def check(desk: Desk) -> None:
        changes: list[str] = []
        desk.phone.conditions.observe(changes.append)
        await desk.screen.set_wifi(True)
        assert changes == []

    at_desk(check)


# Background App Refresh of the whole phone.


def test_a_phone_with_cellular_has_three_positions_in_any_language(cellular_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        for value in (BackgroundRefresh.OFF, BackgroundRefresh.ON, BackgroundRefresh.WIFI):
            await desk.screen.set_background_refresh(value)
            assert desk.phone.settings.background_refresh is value
        assert await desk.screen.background_refresh() is value

    at_desk(check, cellular_kind)


def test_a_phone_without_cellular_has_a_switch(wifi_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        for value in (BackgroundRefresh.OFF, BackgroundRefresh.ON):
            await desk.screen.set_background_refresh(value)
            assert desk.phone.settings.background_refresh is value
        assert await desk.screen.background_refresh() is value

    at_desk(check, wifi_kind)


def test_a_phone_without_cellular_has_no_middle_position() -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(SetupImpossible, match="no cellular"):
            await desk.screen.set_background_refresh(BackgroundRefresh.WIFI)
        assert desk.phone.settings.background_refresh is BackgroundRefresh.ON

    at_desk(check, KINDS[7])


def test_in_low_power_mode_refresh_is_neither_read_nor_set(old_and_new_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(SetupImpossible, match="Low Power Mode is on"):
            await desk.screen.background_refresh()
        with pytest.raises(SetupImpossible, match="Low Power Mode is on"):
            await desk.screen.set_background_refresh(BackgroundRefresh.OFF)
        assert desk.phone.settings.background_refresh is BackgroundRefresh.ON
        assert desk.phone.front.shown is Shown.HOME

    at_desk(check, old_and_new_kind, prepare=lambda phone: phone.settings.set_low_power(True))


def test_a_restriction_is_told_from_low_power_mode(old_and_new_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(SetupImpossible, match="a restriction keeps people"):
            await desk.screen.set_background_refresh(BackgroundRefresh.OFF)

    at_desk(check, old_and_new_kind, prepare=lambda phone: phone.settings.set_restricted(True))


# Background App Refresh of one app.


def test_the_switch_of_one_app_is_read_and_set_and_no_other(each_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        settings, news = desk.phone.settings, await desk.app(NEWS)
        assert await desk.screen.app_refresh(news) is True
        await desk.screen.set_app_refresh(news, False)
        assert settings.refreshes(NEWS.bundle_id) is False
        assert settings.refreshes(APP) is True
        assert await desk.screen.app_refresh(news) is False

    at_desk(check, each_kind)


def test_a_row_far_down_the_list_is_scrolled_to(old_and_new_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        last = MANY[-1]
        await desk.screen.set_app_refresh(await desk.app(last), False)
        off = [app for app in MANY if not desk.phone.settings.refreshes(app.bundle_id)]
        assert off == [last]

    at_desk(check, old_and_new_kind, apps=MANY)


def test_an_app_without_an_eligible_mode_is_refused_before_anything_is_touched() -> None:
    async def check(desk: Desk) -> None:
        quiet = await desk.app(QUIET)
        for _ in range(2):
            with pytest.raises(SetupImpossible, match="its background modes are audio"):
                await desk.screen.set_app_refresh(quiet, False)
        assert desk.host.requests == 0

    at_desk(check)


def test_off_for_the_whole_phone_leaves_apps_without_switches_and_is_named(old_and_new_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(SetupImpossible, match="off for the whole phone"):
            await desk.screen.app_refresh(await desk.app(NEWS))

    at_desk(
        check,
        old_and_new_kind,
        prepare=lambda phone: phone.settings.set_background_refresh(BackgroundRefresh.OFF),
    )


def test_low_power_mode_is_named_where_an_app_has_no_switch(old_and_new_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(SetupImpossible, match="Low Power Mode is on"):
            await desk.screen.set_app_refresh(await desk.app(NEWS), False)

    at_desk(check, old_and_new_kind, prepare=lambda phone: phone.settings.set_low_power(True))


def test_a_restriction_is_named_where_an_app_has_a_grey_switch() -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(SetupImpossible, match="a restriction"):
            await desk.screen.set_app_refresh(await desk.app(NEWS), False)
        assert desk.phone.settings.refreshes(NEWS.bundle_id)

    at_desk(check, prepare=lambda phone: phone.settings.set_restricted(True))


def test_two_apps_of_one_name_are_told_apart_by_nobody_and_neither_is_touched() -> None:
    twin = AppBundle("com.example.other", "News", "1", "News", background_modes=("fetch",))

    async def check(desk: Desk) -> None:
        with pytest.raises(SetupImpossible, match=r"2 rows .* are called 'News'"):
            await desk.screen.set_app_refresh(await desk.app(NEWS), False)
        settings = desk.phone.settings
        assert settings.refreshes(NEWS.bundle_id)
        assert settings.refreshes(twin.bundle_id)

    at_desk(check, apps=(twin,))


def test_a_name_that_means_something_in_a_locator_is_a_name() -> None:
    odd = AppBundle("com.example.odd", 'Say "hi", \\ it\'s {name}', "1", "Odd", background_modes=("fetch",))

    async def check(desk: Desk) -> None:
        await desk.screen.set_app_refresh(await desk.app(odd), False)
        assert not desk.phone.settings.refreshes(odd.bundle_id)

    at_desk(check, apps=(odd,))


# What verbs about settings leave behind.


def test_a_settings_verb_leaves_the_home_screen_in_front_and_the_app_in_the_background() -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.tap_icon(APP)
        process = desk.phone.processes.of_bundle(APP)
        await desk.screen.set_wifi(False)
        assert desk.phone.front.shown is Shown.HOME
        assert desk.phone.processes.of_bundle(APP) is process

    at_desk(check)


def test_a_settings_verb_begins_at_the_root_whatever_was_open() -> None:
    def prepare(phone: VirtualPhone) -> None:
        phone.user_launch(SETTINGS)
        phone.front.open_url("App-prefs:General&path=AUTO_CONTENT_DOWNLOAD")

    async def check(desk: Desk) -> None:
        assert await desk.screen.wifi() is True

    at_desk(check, prepare=prepare)


@pytest.mark.parametrize("kind", [KINDS[0], KINDS[6]], ids=str)
def test_no_settings_verb_asks_more_of_a_phone_than_it_has_to(kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        news = await desk.app(NEWS)
        await desk.screen.go_home()
        for doing in (
            lambda: desk.screen.set_wifi(False),
            lambda: desk.screen.set_airplane_mode(True),
            lambda: desk.screen.set_app_refresh(news, False),
            lambda: desk.screen.set_background_refresh(BackgroundRefresh.OFF),
            lambda: desk.screen.set_low_power(True),
        ):
            before = desk.host.requests
            await doing()
            assert desk.host.requests - before <= MOST_REQUESTS

    at_desk(check, kind)


# The app switcher.


def test_an_app_that_is_swiped_away_is_force_quit(each_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.tap_icon(APP)
        await desk.screen.swipe_away(APP)
        assert desk.phone.processes.of_bundle(APP) is None
        assert desk.phone.springboard.force_quit == {APP}
        assert APP not in desk.phone.front.cards
        assert desk.phone.front.shown is Shown.HOME

    at_desk(check, each_kind)


@with_and_without_button
def test_one_that_does_not_run_has_a_card_still(kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        pid = await desk.host.pid_of(APP)
        assert pid is not None
        desk.phone.signal(pid, 9)
        await desk.screen.swipe_away(APP)
        assert desk.phone.springboard.force_quit == {APP}

    at_desk(check, kind, prepare=lambda phone: phone.user_launch(APP))


@with_and_without_button
def test_one_without_a_card_is_told_as_not_running(kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(AppNotRunning, match="no card of dev"):
            await desk.screen.swipe_away(APP)
        assert desk.phone.front.shown is Shown.HOME

    at_desk(check, kind, prepare=lambda phone: phone.user_launch(SETTINGS))


def test_a_card_that_is_not_on_the_screen_is_brought_in() -> None:
    def prepare(phone: VirtualPhone) -> None:
        for bundle_id in (APP, *(app.bundle_id for app in MANY)):
            phone.user_launch(bundle_id)

    async def check(desk: Desk) -> None:
        await desk.screen.swipe_away(APP)
        assert desk.phone.springboard.force_quit == {APP}

    at_desk(check, apps=MANY, prepare=prepare)


def test_home_that_was_pressed_just_before_does_not_keep_the_switcher_from_opening() -> None:
    """As by a verb whose runner went away between the two presses; each request takes the phone some time."""

    async def check(desk: Desk) -> None:
        passing: list[asyncio.Task[float]] = []

        def take_time() -> None:
            clock = desk.phone.clock
            passing.append(asyncio.create_task(clock.let_pass(clock.now_s + 0.5)))

        desk.host.on_request = take_time
        desk.phone.front.press_home()
        await desk.screen.swipe_away(APP)
        assert desk.phone.springboard.force_quit == {APP}
        await asyncio.gather(*passing)

    at_desk(check, KINDS[0], prepare=lambda phone: phone.user_launch(APP))


# The home screen, and what else brings an app to the front.


def test_an_icon_on_any_page_is_tapped(each_kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        last = MANY[-1].bundle_id
        await desk.screen.tap_icon(last)
        assert desk.phone.springboard.front is desk.phone.processes.of_bundle(last)
        await desk.screen.tap_icon(APP)
        assert desk.phone.springboard.front is desk.phone.processes.of_bundle(APP), "on a page to the left"

    at_desk(check, each_kind, apps=MANY)


def test_an_app_that_is_not_installed_has_no_icon_to_tap() -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(AppNotInstalled):
            await desk.screen.tap_icon("com.example.nowhere")

    at_desk(check)


def test_two_icons_of_one_name_are_not_guessed_between() -> None:
    twin = AppBundle("com.example.other", "News", "1", "News")

    async def check(desk: Desk) -> None:
        with pytest.raises(ScreenUnexpected, match="there are 2 of the icon of the app"):
            await desk.screen.tap_icon(NEWS.bundle_id)

    at_desk(check, apps=(twin,))


def test_terminating_is_told_once_the_process_is_gone() -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.terminate(APP)
        assert desk.phone.processes.of_bundle(APP) is None
        assert desk.phone.springboard.force_quit == set()

    at_desk(check, prepare=lambda phone: phone.user_launch(APP))


def test_a_url_is_opened_with_the_app() -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.open_url(APP, "harness-downloader://do?command=%7B%7D")
        assert desk.phone.springboard.front is desk.phone.processes.of_bundle(APP)

    at_desk(check)


def test_a_control_is_tapped_by_its_identifier() -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.tap(APP, "exit")
        assert desk.phone.processes.of_bundle(APP) is None

    at_desk(check, prepare=lambda phone: phone.user_launch(APP))


@pytest.mark.usefixtures("still_screen")
def test_a_control_that_is_not_there_is_told_with_what_is() -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(ScreenUnexpected, match="control 'nowhere' is not on the screen") as raised:
            await desk.screen.tap(APP, "nowhere")
        assert "probe" in str(raised.value)

    at_desk(check, prepare=lambda phone: phone.user_launch(APP))


def test_a_control_is_not_tapped_in_another_app() -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(ScreenUnexpected, match="Preferences is"):
            await desk.screen.tap(APP, "exit")

    at_desk(check, prepare=lambda phone: phone.user_launch(SETTINGS))


@pytest.mark.parametrize("before", ["home", "another app", "locked"])
def test_the_newest_notification_is_tapped_wherever_the_phone_is(before: str) -> None:
    def prepare(phone: VirtualPhone) -> None:
        phone.front.post_notification(NEWS.bundle_id, "Older", "of another app")
        phone.front.post_notification(APP, "Done", "Your episode is there")
        if before == "another app":
            phone.user_launch(SETTINGS)
        if before == "locked":
            phone.lock()

    async def check(desk: Desk) -> None:
        await desk.screen.tap_notification(APP)
        assert desk.phone.springboard.front is desk.phone.processes.of_bundle(APP)
        assert [one.bundle_id for one in desk.phone.front.notifications] == [NEWS.bundle_id]

    at_desk(check, prepare=prepare)


@pytest.mark.usefixtures("still_screen")
def test_no_notification_is_an_error() -> None:
    async def check(desk: Desk) -> None:
        with pytest.raises(ScreenUnexpected, match="notification of the app"):
            await desk.screen.tap_notification(APP)

    at_desk(check)


# The phone.


@with_and_without_button
def test_home_lock_and_unlock(kind: Kind) -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.go_home()
        assert desk.phone.front.shown is Shown.HOME
        await desk.screen.lock()
        assert desk.phone.locked
        await desk.screen.unlock()
        assert not desk.phone.locked

    at_desk(check, kind, prepare=lambda phone: phone.user_launch(APP))


def test_a_locked_phone_is_named_and_not_unlocked_on_the_side() -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.lock()
        with pytest.raises(DeviceLocked):
            await desk.screen.set_wifi(False)
        assert desk.phone.locked

    at_desk(check)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Turn off Wi-Fi"), ("de", "Schalte WLAN aus"), ("fr", "Désactive le Wi-Fi")],
)
def test_siri_is_told_and_sent_away(language: str, words: str) -> None:
    async def check(desk: Desk) -> None:
        await desk.screen.ask_siri(words)
        assert desk.phone.conditions.wifi_on is False
        assert desk.phone.front.shown is Shown.HOME

    at_desk(check, Kind("18.5", "iPhone15,4", language))


# Nothing of this is done to the app under test.


def test_no_verb_about_settings_or_other_apps_launches_or_ends_the_app() -> None:
    async def check(desk: Desk) -> None:
        process = desk.phone.processes.of_bundle(APP)
        assert process is not None
        await desk.screen.set_wifi(False)
        await desk.screen.set_app_refresh(await desk.app(DOWNLOADER), False)
        await desk.screen.swipe_away(NEWS.bundle_id)
        await desk.screen.close()
        assert desk.phone.processes.of_bundle(APP) is process

    def prepare(phone: VirtualPhone) -> None:
        phone.user_launch(APP)
        phone.user_launch(NEWS.bundle_id)

    at_desk(check, prepare=prepare)
