"""What every backend does to a phone, as the phone's kernel sees it; the same whichever passes it on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from harness.drivers.ui.backend import AlertShown, AppOnScreen, Direction, Drag, Element, Locator, Rect, Using
from harness.drivers.ui.ways import RUNNER, UiWay, Via
from harness.errors import ScreenUnexpected
from harness.virtual.kernel.front.alerts import Alert, AlertKind
from harness.virtual.kernel.front.front import Shown
from tests.virtual.ui.bench import NOTEPAD, SETTINGS, SPRINGBOARD, Worked, work

BOTH = [Via.WDA, pytest.param(Via.APPIUM, marks=pytest.mark.judge("appium"))]

NOWHERE = Locator(Using.ID, "nowhere")
FIRST, SECOND = Locator(Using.ID, "first"), Locator(Using.ID, "second")
BUTTONS = Locator(Using.CLASS_NAME, "XCUIElementTypeButton")

Run = Callable[[Callable[[Worked], Awaitable[None]]], None]


@pytest.fixture(params=BOTH)
def way(request: pytest.FixtureRequest) -> UiWay:
    """How the screen is worked."""
    if request.param is Via.WDA:
        return UiWay()
    return UiWay(Via.APPIUM, RUNNER, request.getfixturevalue("appium").url)


@pytest.fixture
def on_screen(way: UiWay) -> Run:
    """Runs a check on a phone whose screen is worked in that way."""
    return lambda check: work(check, way)


# Looking.


@pytest.mark.parametrize(
    "locator",
    [
        Locator(Using.ID, "second"),
        Locator(Using.CLASS_CHAIN, "**/XCUIElementTypeButton[2]"),
        Locator(Using.PREDICATE, "label == 'Second'"),
    ],
)
def test_something_is_found_by_each_way_of_looking(on_screen: Run, locator: Locator) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        found = await on.backend.find(locator)
        assert found is not None
        assert found.found_by == locator
        assert await on.backend.attribute(found, "name") == "second"

    on_screen(check)


def test_what_is_not_there_is_a_miss(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        assert await on.backend.find(NOWHERE) is None
        assert await on.backend.find_all(NOWHERE) == ()

    on_screen(check)


def test_everything_that_fits_comes_in_the_order_of_the_screen(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        found = await on.backend.find_all(BUTTONS)
        assert [await on.backend.attribute(each, "label") for each in found] == ["First", "Second"]

    on_screen(check)


def test_within_an_element_only_what_is_in_it_is_found(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        await on.backend.launch(SETTINGS)
        cells = await on.backend.find_all(Locator(Using.CLASS_NAME, "XCUIElementTypeCell"))
        switches = Locator(Using.CLASS_NAME, "XCUIElementTypeSwitch")
        first, second, *_ = cells  # airplane mode, and Wi-Fi, whose switch is on a page of its own
        assert len(await on.backend.find_all(switches, first)) == 1
        assert await on.backend.find(switches, first) is not None
        assert await on.backend.find(switches, second) is None

    on_screen(check)


def test_attributes_are_told_as_text(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        await on.backend.launch(SETTINGS)
        switch = await on.shown("**/XCUIElementTypeSwitch[1]", Using.CLASS_CHAIN)
        read = on.backend.attribute
        assert await read(switch, "value") == "0"
        on.phone.conditions.switch_airplane(True)
        assert await read(await on.shown("**/XCUIElementTypeSwitch[1]", Using.CLASS_CHAIN), "value") == "1"
        assert await read(switch, "type") == "XCUIElementTypeSwitch"
        assert await read(switch, "enabled") == "true"
        assert await read(switch, "visible") == "true"

    on_screen(check)


def test_places_are_in_points(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        assert await on.backend.window() == Rect(0, 0, 375, 812)
        first = await on.backend.rect(await on.shown("first"))
        second = await on.backend.rect(await on.shown("second"))
        assert second.y == first.y + first.height
        assert first.width == 375

    on_screen(check)


def test_the_screen_is_read_as_xml_and_seen_as_a_picture(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        source = await on.backend.source()
        assert source.lstrip().startswith("<")
        assert 'name="second"' in source
        assert (await on.backend.screenshot()).startswith(b"\x89PNG\r\n\x1a\n")

    on_screen(check)


def test_without_an_alert_there_is_none_and_with_one_its_buttons_are_pressed(on_screen: Run) -> None:
    pressed: list[str] = []

    async def check(on: Worked) -> None:
        assert await on.backend.alert() is None
        nag = Alert(AlertKind.SOFTWARE_UPDATE, "Update", "iOS is ready.", ("Install Now", "Later"))
        on.phone.front.alerts.show(nag, pressed.append)
        shown = await on.backend.alert()
        assert isinstance(shown, AlertShown)
        assert "Update" in shown.text
        assert "iOS is ready." in shown.text
        assert shown.buttons == ("Install Now", "Later")
        await on.backend.press_alert("Later")
        assert await on.backend.alert() is None
        assert pressed == ["Later"]

    on_screen(check)


# Apps.


def test_the_app_in_front_is_known(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        assert await on.backend.active_app() == SPRINGBOARD
        on.phone.user_launch(NOTEPAD)
        assert await on.backend.active_app() == NOTEPAD

    on_screen(check)


def test_how_far_an_app_is_is_told(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        assert await on.backend.app_state(NOTEPAD) is AppOnScreen.NOT_RUNNING
        on.phone.user_launch(NOTEPAD)
        assert await on.backend.app_state(NOTEPAD) is AppOnScreen.FOREGROUND
        on.phone.front.press_home()
        assert await on.backend.app_state(NOTEPAD) is AppOnScreen.BACKGROUND

    on_screen(check)


def test_an_app_of_the_system_is_launched_brought_back_and_ended(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        await on.backend.launch(SETTINGS)
        first = on.phone.processes.of_bundle(SETTINGS)
        await on.backend.go_home()
        await on.backend.launch(SETTINGS)
        assert on.phone.processes.of_bundle(SETTINGS) is first, "it was brought back, not launched anew"
        assert on.phone.front.shown is Shown.APP
        assert await on.backend.terminate(SETTINGS) is True
        assert on.phone.processes.of_bundle(SETTINGS) is None
        assert await on.backend.terminate(SETTINGS) is False

    on_screen(check)


def test_another_app_than_the_one_in_front_is_looked_at(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        await on.backend.look_at(SPRINGBOARD)
        assert await on.backend.find(FIRST) is None
        await on.backend.look_at(None)
        assert await on.backend.find(FIRST) is not None

    on_screen(check)


def test_a_url_is_opened_with_the_app_that_is_named_or_that_takes_it(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        await on.backend.open_url("notepad://one", NOTEPAD)
        await on.backend.open_url("notepad://two")
        assert on.notes == ["notepad://one", "notepad://two"]
        assert on.phone.springboard.front is on.phone.processes.of_bundle(NOTEPAD)

    on_screen(check)


# Touching.


def test_a_tap_on_an_element_reaches_the_app(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        await on.backend.click(await on.shown("second"))
        assert on.notes == ["second"]

    on_screen(check)


def test_a_tap_on_a_point_reaches_what_is_there(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        rect = await on.backend.rect(await on.shown("first"))
        await on.backend.tap_at(*rect.centre)
        await on.backend.tap_at(rect.centre[0], 700)  # where nothing is
        assert on.notes == ["first"]

    on_screen(check)


def test_an_element_whose_screen_is_gone_is_stale_and_nothing_is_tapped(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        button = await on.shown("first")
        on.phone.front.press_home()
        with pytest.raises(ScreenUnexpected):
            await on.backend.click(button)
        assert on.notes == []

    on_screen(check)


def test_an_app_is_swiped_out_of_the_switcher_that_a_drag_opens(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        screen = await on.backend.window()
        middle = screen.width / 2
        drag = Drag((middle, screen.height * 0.995), (middle, screen.height * 0.45), 0.1, 1.0, 300)
        await on.backend.drag(drag)
        assert on.phone.front.shown is Shown.SWITCHER
        await on.backend.look_at(SPRINGBOARD)
        card = await on.shown(f"name BEGINSWITH 'card:{NOTEPAD}:'", Using.PREDICATE)
        await on.backend.swipe(card, Direction.UP)
        assert on.phone.processes.of_bundle(NOTEPAD) is None

    on_screen(check)


# The phone.


@pytest.mark.parametrize("by_button", [False, True])
def test_the_home_screen_comes_to_the_front(on_screen: Run, by_button: bool) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        await (on.backend.press("home") if by_button else on.backend.go_home())
        assert on.phone.front.shown is Shown.HOME

    on_screen(check)


def test_the_phone_is_locked_and_unlocked(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        assert await on.backend.is_locked() is False
        await on.backend.lock()
        assert on.phone.locked
        assert await on.backend.is_locked() is True
        await on.backend.unlock()
        assert not on.phone.locked

    on_screen(check)


def test_siri_is_told_something(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        await on.backend.ask_siri("turn off Wi-Fi")
        assert not on.phone.conditions.wifi_on
        assert on.phone.front.shown is Shown.SIRI

    on_screen(check)


# The session.


def test_looking_at_a_phone_launches_kills_and_moves_nothing(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        pid = on.phone.user_launch(NOTEPAD)
        before = {process.pid for process in on.phone.processes}
        await on.backend.ping()
        await on.backend.find(FIRST)
        await on.backend.source()
        await on.backend.close()
        await on.runner.close()
        assert {process.pid for process in on.phone.processes} == before
        assert on.phone.front.shown is Shown.APP
        assert on.phone.springboard.front is on.phone.processes.get(pid)

    on_screen(check)


def test_elements_of_a_session_that_was_lost_are_not_mistaken_for_others(on_screen: Run) -> None:
    async def check(on: Worked) -> None:
        on.phone.user_launch(NOTEPAD)
        before = await on.shown("first")
        on.do("runner crash")
        await on.backend.ping()
        with pytest.raises(ScreenUnexpected):
            await on.backend.click(Element(before.id, before.found_by))
        assert on.notes == []
        await on.backend.click(await on.shown("first"))
        assert on.notes == ["first"]

    on_screen(check)
