"""The screen of one phone by WebDriverAgent's own requests.

Source of the requests: appium-and-wda.md §2.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any, cast

from harness.drivers.ui.backend import (
    SPRINGBOARD,
    AlertShown,
    AppOnScreen,
    Direction,
    Drag,
    Element,
    Locator,
    Rect,
)
from harness.drivers.ui.runner import UiRunner
from harness.drivers.ui.wda.answers import (
    APP_IN_FRONT,
    alert_of,
    app_in_front_of,
    app_state_of,
    fields_of,
    rect_of,
    strange,
)
from harness.drivers.ui.wda.client import NO_ALERT, NO_ELEMENT, WdaRefusal, error_of
from harness.drivers.ui.wda.session import COMMAND_S, Request, WdaSession

ELEMENT_KEYS = ("element-6066-11e4-a52e-4f735466cecf", "ELEMENT")
"""Under which an element's identifier is told: the protocol's key, and that of older versions."""

SOURCE_S = 60.0
"""A screen that is full of rows takes a real phone long to write down."""


class WdaBackend:
    """One phone's screen; implements ``drivers.ui.backend.Backend``. Nothing is started before it is used.

    Args:
        runner: serves WebDriverAgent; lives on when this is closed.
        phone: the phone's name.
    """

    def __init__(self, runner: UiRunner, phone: str) -> None:
        self._phone = phone
        self._session = WdaSession(runner, phone)

    async def ping(self) -> None:
        """Return when runner and session answer; a session that was lost is made anew."""
        await self.app_state(SPRINGBOARD)

    # Looking.

    async def find(self, locator: Locator, within: Element | None = None) -> Element | None:
        """The first element that fits, or ``None``; never ``None`` because the session is gone."""
        try:
            found = await self._ask(_search("element", locator, within))
        except WdaRefusal as refusal:
            if refusal.word == NO_ELEMENT:
                return None
            raise self._error(refusal, f"looking for {locator}") from refusal
        return self._element(found, locator)

    async def find_all(self, locator: Locator, within: Element | None = None) -> tuple[Element, ...]:
        """Every element that fits, in the order of the screen."""
        found = await self._get(_search("elements", locator, within))
        return tuple(self._element(each, locator) for each in cast("list[Any]", found or []))

    async def attribute(self, element: Element, name: str) -> str | None:
        """An attribute; what is no text comes as text, and yes and no as ``true`` and ``false``."""
        value = await self._look(f"reading {name} of {element.found_by}", f"{_at(element)}/attribute/{name}")
        if isinstance(value, bool):
            return str(value).lower()
        return None if value is None else str(value)

    async def rect(self, element: Element) -> Rect:
        """Where it is."""
        doing = f"measuring {element.found_by}"
        return rect_of(await self._look(doing, f"{_at(element)}/rect"), self._phone, doing)

    async def window(self) -> Rect:
        """The whole screen."""
        doing = "measuring the screen"
        return rect_of(await self._look(doing, "window/rect"), self._phone, doing)

    async def source(self) -> str:
        """What is on the screen, as XML."""
        return str(await self._look("reading the screen", "source", within_s=SOURCE_S))

    async def screenshot(self) -> bytes:
        """A picture of the screen: a PNG."""
        return base64.b64decode(str(await self._look("taking a picture", "screenshot")))

    async def alert(self) -> AlertShown | None:
        """The system alert that lies over all else, if there is one."""
        try:
            text = await self._ask(_reading("reading the alert", "alert/text"))
            buttons = await self._ask(_reading("reading the alert's buttons", "wda/alert/buttons"))
        except WdaRefusal as refusal:
            if refusal.word == NO_ALERT:
                return None
            raise self._error(refusal, "reading the alert") from refusal
        return alert_of(text, buttons)

    async def active_app(self) -> str:
        """Bundle identifier of the app in front; SpringBoard's at the home screen."""
        doing = "asking which app is in front"
        return app_in_front_of(await self._look(doing, "wda/activeAppInfo"), self._phone, doing)

    async def app_state(self, bundle_id: str) -> AppOnScreen:
        """How far an app is."""
        doing = f"asking how far {bundle_id} is"
        number = await self._get(
            Request(doing, "POST", "wda/apps/state", {"bundleId": bundle_id}, looks=True)
        )
        return app_state_of(number, self._phone, doing)

    async def is_locked(self) -> bool:
        """Whether the phone is locked."""
        return bool(await self._look("asking whether it is locked", "wda/locked"))

    # Touching.

    async def click(self, element: Element) -> None:
        """Tap the middle of an element."""
        await self._do(f"tapping {element.found_by}", f"{_at(element)}/click")

    async def tap_at(self, x: float, y: float) -> None:
        """Tap a point of the screen."""
        await self._do(f"tapping at {x:g}, {y:g}", "wda/tap", {"x": x, "y": y})

    async def swipe(self, element: Element, direction: Direction) -> None:
        """Swipe over an element."""
        doing = f"swiping {direction} over {element.found_by}"
        await self._do(doing, f"wda/{_at(element)}/swipe", {"direction": str(direction)})

    async def drag(self, drag: Drag) -> None:
        """Drag a finger over the screen."""
        body = {
            "fromX": drag.start[0],
            "fromY": drag.start[1],
            "toX": drag.end[0],
            "toY": drag.end[1],
            "pressDuration": drag.press_s,
            "holdDuration": drag.hold_s,
            "velocity": drag.points_per_s,
        }
        takes_s = drag.press_s + drag.hold_s + math.dist(drag.start, drag.end) / drag.points_per_s
        await self._do("dragging", "wda/pressAndDragWithVelocity", body, within_s=COMMAND_S + takes_s)

    async def press_alert(self, button: str) -> None:
        """Press a button of the system alert, by its label."""
        await self._do(f"pressing {button!r} of the alert", "alert/accept", {"name": button})

    async def press(self, button: str) -> None:
        """Press a button of the phone: ``home``, ``volumeup``, ``volumedown``."""
        await self._do(f"pressing {button}", "wda/pressButton", {"name": button})

    # Apps and the phone.

    async def launch(self, bundle_id: str) -> None:
        """Launch an app of the system, or bring it to the front; never the app under test."""
        await self._do(f"bringing {bundle_id} to the front", "wda/apps/activate", {"bundleId": bundle_id})

    async def terminate(self, bundle_id: str) -> bool:
        """End an app as UI automation does; whether it ran."""
        return bool(await self._do(f"ending {bundle_id}", "wda/apps/terminate", {"bundleId": bundle_id}))

    async def look_at(self, bundle_id: str | None) -> None:
        """Have elements looked for in one app although another is in front; ``None`` for the one in front."""
        try:
            await self._session.settle({"defaultActiveApplication": bundle_id or APP_IN_FRONT})
        except WdaRefusal as refusal:
            raise self._error(refusal, f"looking at {bundle_id or 'the app in front'}") from refusal

    async def go_home(self) -> None:
        """Bring the home screen to the front."""
        await self._get(Request("going home", "POST", "wda/homescreen", {}, bare=True))

    async def lock(self) -> None:
        """Lock the phone."""
        await self._do("locking the phone", "wda/lock")

    async def unlock(self) -> None:
        """Unlock the phone, which asks for no passcode."""
        await self._do("unlocking the phone", "wda/unlock")

    async def open_url(self, url: str, bundle_id: str | None = None) -> None:
        """Open a URL, with an app if one is named."""
        body = {"url": url} | ({"bundleId": bundle_id} if bundle_id else {})
        await self._do(f"opening {url}", "url", body)

    async def ask_siri(self, words: str) -> None:
        """Tell Siri something."""
        await self._do(f"telling Siri {words!r}", "wda/siri/activate", {"text": words})

    async def close(self) -> None:
        """End the session; one that is gone is no error."""
        await self._session.close()

    # How it is asked.

    async def _ask(self, request: Request) -> Any:
        return await self._session.ask(request)

    async def _get(self, request: Request) -> Any:
        try:
            return await self._ask(request)
        except WdaRefusal as refusal:
            raise self._error(refusal, request.doing) from refusal

    async def _look(self, doing: str, path: str, *, within_s: float = COMMAND_S) -> Any:
        return await self._get(_reading(doing, path, within_s))

    async def _do(
        self, doing: str, path: str, body: Mapping[str, Any] | None = None, *, within_s: float = COMMAND_S
    ) -> Any:
        return await self._get(Request(doing, "POST", path, body or {}, within_s=within_s))

    # What came.

    def _element(self, value: Any, locator: Locator) -> Element:
        fields = fields_of(value)
        identifier = next((fields[key] for key in ELEMENT_KEYS if key in fields), None)
        if not isinstance(identifier, str):
            raise strange(value, self._phone, f"looking for {locator}")
        return Element(identifier, locator)

    def _error(self, refusal: WdaRefusal, doing: str) -> Exception:
        return error_of(refusal, self._phone, doing)


def _at(element: Element) -> str:
    return f"element/{element.id}"


def _reading(doing: str, path: str, within_s: float = COMMAND_S) -> Request:
    return Request(doing, "GET", path, looks=True, within_s=within_s)


def _search(what: str, locator: Locator, within: Element | None) -> Request:
    path = f"{_at(within)}/{what}" if within else what
    body = {"using": str(locator.using), "value": locator.value}
    return Request(f"looking for {locator}", "POST", path, body, looks=True)
