"""Working a screen by an Appium server and its XCUITest driver."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from harness.drivers.ui.appium.client import Driver, FoundElement
from harness.drivers.ui.appium.session import AppiumSession
from harness.drivers.ui.backend import (
    SPRINGBOARD,
    AlertShown,
    AppOnScreen,
    Direction,
    Drag,
    Element,
    Locator,
    Rect,
    Using,
)
from harness.drivers.ui.runner import UiRunner
from harness.drivers.ui.wda.answers import APP_IN_FRONT, alert_of, app_in_front_of, app_state_of, rect_of
from harness.model.identity import PhoneIdentity

STRATEGIES: Mapping[Using, str] = {
    Using.ID: "accessibility id",
    Using.CLASS_CHAIN: "-ios class chain",
    Using.PREDICATE: "-ios predicate string",
    Using.CLASS_NAME: "class name",
}
"""How something is looked for -> Appium's word for it."""


class AppiumBackend:
    """One phone's screen; implements ``drivers.ui.backend.Backend``. Nothing is started before it is used.

    Args:
        server: gives the URL of the Appium server, having started one if need be.
        phone: whose screen it is.
        runner: serves WebDriverAgent; closed with this.
    """

    def __init__(self, server: Callable[[], Awaitable[str]], phone: PhoneIdentity, runner: UiRunner) -> None:
        self._phone = phone
        self._session = AppiumSession(server, phone, runner)

    async def ping(self) -> None:
        """Return when runner and session answer; a session that was lost is made anew."""
        await self.app_state(SPRINGBOARD)

    # Looking.

    async def find(self, locator: Locator, within: Element | None = None) -> Element | None:
        """The first element that fits, or ``None``; never ``None`` because the session is gone.

        The driver tells every failure of a search as a miss: a dead runner, a stale element, a tree that
        could not be read once. So a miss counts when runner, session and ``within`` are there, and a second
        look misses as well. Source: appium-and-wda.md §4.
        """
        found = await self._look(locator, within)
        if found:
            return found[0]
        await self._prove_there(within)
        return next(iter(await self._look(locator, within)), None)

    async def find_all(self, locator: Locator, within: Element | None = None) -> tuple[Element, ...]:
        """Every element that fits, in the order of the screen; none as ``find`` finds none."""
        found = await self._look(locator, within, every=True)
        if found:
            return found
        await self._prove_there(within)
        return await self._look(locator, within, every=True)

    async def attribute(self, element: Element, name: str) -> str | None:
        """An attribute of an element, as text."""
        return await self._session.ask(
            f"reading {name} of {element.found_by}", lambda driver: _of(driver, element).get_attribute(name)
        )

    async def rect(self, element: Element) -> Rect:
        """Where an element is."""
        doing = f"measuring {element.found_by}"
        place = await self._session.ask(doing, lambda driver: _of(driver, element).rect)
        return rect_of(place, self._phone.name, doing)

    async def window(self) -> Rect:
        """The whole screen."""
        doing = "measuring the screen"
        place = await self._session.ask(doing, lambda driver: driver.get_window_rect())
        return rect_of(place, self._phone.name, doing)

    async def source(self) -> str:
        """What is on the screen, as XML."""
        return await self._session.ask("reading the screen", lambda driver: driver.page_source)

    async def screenshot(self) -> bytes:
        """A picture of the screen: a PNG."""
        return await self._session.ask(
            "taking a picture of the screen", lambda driver: driver.get_screenshot_as_png()
        )

    async def alert(self) -> AlertShown | None:
        """The system alert that lies over all else, if there is one."""
        return await self._session.ask("looking for an alert", _alert)

    async def active_app(self) -> str:
        """Bundle identifier of the app in front; SpringBoard's at the home screen."""
        doing = "asking which app is in front"
        told = await self._mobile_ask(doing, "activeAppInfo")
        return app_in_front_of(told, self._phone.name, doing)

    async def app_state(self, bundle_id: str) -> AppOnScreen:
        """How far an app is."""
        doing = f"asking how far {bundle_id} is"
        number = await self._mobile_ask(doing, "queryAppState", bundleId=bundle_id)
        return app_state_of(number, self._phone.name, doing)

    async def is_locked(self) -> bool:
        """Whether the phone is locked."""
        return bool(await self._mobile_ask("looking whether the phone is locked", "isLocked"))

    # Touching.

    async def click(self, element: Element) -> None:
        """Tap the middle of an element."""
        await self._session.act(f"tapping {element.found_by}", lambda driver: _of(driver, element).click())

    async def tap_at(self, x: float, y: float) -> None:
        """Tap a point of the screen."""
        await self._mobile_act(f"tapping at {x:g}, {y:g}", "tap", x=x, y=y)

    async def swipe(self, element: Element, direction: Direction) -> None:
        """Swipe over an element."""
        await self._mobile_act(
            f"swiping {direction} over {element.found_by}",
            "swipe",
            elementId=element.id,
            direction=str(direction),
        )

    async def drag(self, drag: Drag) -> None:
        """Drag a finger over the screen."""
        await self._mobile_act(
            "dragging over the screen",
            "dragFromToWithVelocity",
            pressDuration=drag.press_s,
            holdDuration=drag.hold_s,
            velocity=drag.points_per_s,
            fromX=drag.start[0],
            fromY=drag.start[1],
            toX=drag.end[0],
            toY=drag.end[1],
        )

    async def press_alert(self, button: str) -> None:
        """Press a button of the system alert, by its label."""
        await self._mobile_act(f"pressing {button!r}", "alert", action="accept", buttonLabel=button)

    async def press(self, button: str) -> None:
        """Press a button of the phone: ``home``, ``volumeup``, ``volumedown``."""
        await self._mobile_act(f"pressing {button}", "pressButton", name=button)

    # Apps and the phone.

    async def launch(self, bundle_id: str) -> None:
        """Launch an app of the system, or bring it to the front; never the app under test."""
        await self._mobile_act(f"bringing {bundle_id} to the front", "activateApp", bundleId=bundle_id)

    async def terminate(self, bundle_id: str) -> bool:
        """End an app as UI automation does; whether it ran."""
        return bool(await self._mobile_act(f"ending {bundle_id}", "terminateApp", bundleId=bundle_id))

    async def look_at(self, bundle_id: str | None) -> None:
        """Have elements looked for in one app although another is in front; ``None`` for the one in front."""
        await self._session.settle({"defaultActiveApplication": bundle_id or APP_IN_FRONT})

    async def go_home(self) -> None:
        """Bring the home screen to the front."""
        await self._mobile_act("going home", "backgroundApp", seconds=-1)

    async def lock(self) -> None:
        """Lock the phone."""
        await self._mobile_act("locking the phone", "lock")

    async def unlock(self) -> None:
        """Unlock the phone, which asks for no passcode."""
        await self._mobile_act("unlocking the phone", "unlock")

    async def open_url(self, url: str, bundle_id: str | None = None) -> None:
        """Open a URL, with an app if one is named."""
        app = {"bundleId": bundle_id} if bundle_id else {}
        await self._mobile_act(f"opening {url}", "deepLink", url=url, **app)

    async def ask_siri(self, words: str) -> None:
        """Tell Siri something."""
        await self._mobile_act("telling Siri something", "siriCommand", text=words)

    async def close(self) -> None:
        """End the session; one that is gone is no error."""
        await self._session.close()

    async def _look(
        self, locator: Locator, within: Element | None, *, every: bool = False
    ) -> tuple[Element, ...]:
        found = await self._session.ask(f"looking for {locator}", _search(locator, within, every))
        return tuple(Element(id_, locator) for id_ in found)

    async def _prove_there(self, within: Element | None) -> None:
        # Whatever is read of an element that is not on the screen any more raises.
        if within is None:
            await self.ping()
        else:
            await self.attribute(within, "type")

    async def _mobile_ask(self, doing: str, command: str, **arguments: object) -> Any:
        return await self._session.ask(doing, _mobile(command, arguments))

    async def _mobile_act(self, doing: str, command: str, **arguments: object) -> Any:
        return await self._session.act(doing, _mobile(command, arguments))


def _mobile(command: str, arguments: Mapping[str, object]) -> Callable[[Driver], Any]:
    return lambda driver: driver.execute_script(f"mobile: {command}", dict(arguments))


def _search(locator: Locator, within: Element | None, every: bool) -> Callable[[Driver], tuple[str, ...]]:
    strategy = STRATEGIES[locator.using]

    def search(driver: Driver) -> tuple[str, ...]:
        place = driver if within is None else _of(driver, within)
        if every:
            return tuple(found.id for found in place.find_elements(strategy, locator.value))
        return _first(place, strategy, locator.value)

    return search


def _first(place: Driver | FoundElement, strategy: str, value: str) -> tuple[str, ...]:
    from selenium.common.exceptions import NoSuchElementException

    try:
        return (place.find_element(strategy, value).id,)
    except NoSuchElementException:
        return ()


def _alert(driver: Driver) -> AlertShown | None:
    from selenium.common.exceptions import NoAlertPresentException

    try:
        text: object = driver.execute("w3cGetAlertText").get("value")
        buttons: object = driver.execute_script("mobile: alert", {"action": "getButtons"})
    except NoAlertPresentException:
        return None
    return alert_of(text, buttons)


def _of(driver: Driver, element: Element) -> FoundElement:
    return driver.create_web_element(element.id)
