"""What Appium's XCUITest driver is to get out of WebDriverAgent, by the words of its own clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.virtual.kernel.front.front import Shown
from harness.virtual.kernel.front.pages import PageKind
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.screen import SPRINGBOARD
from tests.virtual.judges.tables.command import Act, nothing
from tests.virtual.rig import APP

CHAIN, PREDICATE, ID = "-ios class chain", "-ios predicate string", "accessibility id"

CELL = "XCUIElementTypeButton"
"""What a row of Settings is on the phone that is asked."""

GENERAL = f"**/{CELL}[`label == 'General'`]"


@dataclass(frozen=True)
class Ask:
    """One thing that a client of Appium asks for.

    Attributes:
        proves: the route by which the driver asks WebDriverAgent.
        how: as it is shown in the ledger.
        do: asks; Settings is in front. The driver is Appium's own client, which is without types.
        told: whether an answer is right.
        before: done to the phone first.
        then: what must be true of the phone afterwards.
    """

    proves: str
    how: str
    do: Callable[[Any], object]
    told: Callable[[Any], bool] = lambda _: True
    before: Act = nothing
    then: Callable[[VirtualPhone], bool] = lambda _: True


def mobile(name: str, /, **arguments: object) -> Callable[[Any], object]:
    """One of the driver's own commands."""
    return lambda driver: driver.execute_script(f"mobile: {name}", arguments)


def general(driver: Any) -> Any:
    """The row that leads to the page General."""
    return driver.find_element(CHAIN, GENERAL)


def in_front(phone: VirtualPhone) -> str:
    """Which app is; empty for none."""
    process = phone.springboard.front
    return process.bundle_id if process is not None else ""


def drag(driver: Any) -> None:
    """Up by 200 points."""
    driver.execute_script(
        "mobile: dragFromToForDuration", {"duration": 0.5, "fromX": 180, "fromY": 500, "toX": 180, "toY": 300}
    )


def drag_slowly(driver: Any) -> None:
    """Up from the bar, with a rest at the end."""
    size = driver.get_window_size()
    ways = {"fromX": 180, "fromY": size["height"] * 0.995, "toX": 180, "toY": size["height"] * 0.45}
    times = {"pressDuration": 0.1, "holdDuration": 1.0, "velocity": 400}
    driver.execute_script("mobile: dragFromToWithVelocity", {**ways, **times})


def show_alert(phone: VirtualPhone) -> None:
    """Show the alert of an app that asks for something."""
    # The table of faults, which has the words, is nothing that a judge needs to know of otherwise.
    from harness.virtual.faults.screen_verbs import ALERTS

    phone.front.alerts.show(ALERTS["permission"])


BUTTONS = ["Don’t Allow", "Allow"]

ASKS: tuple[Ask, ...] = (
    Ask("POST /element", "find_element by class chain", general, lambda found: bool(found.id)),
    Ask(
        "POST /elements",
        "find_elements by predicate",
        lambda driver: driver.find_elements(PREDICATE, "label == 'General' AND visible == 1"),
        lambda found: len(found) > 0,
    ),
    Ask(
        "POST /element/:uuid/elements",
        "find_elements below an element",
        lambda driver: general(driver).find_elements(PREDICATE, "visible == 1"),
        lambda found: len(found) > 0,
    ),
    Ask(
        "POST /element/:uuid/element",
        "find_element below an element",
        lambda driver: driver.find_element("class name", "XCUIElementTypeApplication").find_element(
            CHAIN, GENERAL
        ),
        lambda found: bool(found.id),
    ),
    Ask(
        "GET /element/:uuid/attribute/:name",
        "get_attribute",
        lambda driver: general(driver).get_attribute("label"),
        lambda label: label == "General",
    ),
    Ask("GET /element/:uuid/text", "text", lambda on: general(on).text, lambda text: text == "General"),
    Ask("GET /element/:uuid/name", "tag_name", lambda on: general(on).tag_name, lambda name: name == CELL),
    Ask("GET /element/:uuid/rect", "rect", lambda on: general(on).rect, lambda rect: rect["height"] == 44),
    Ask("GET /element/:uuid/enabled", "is_enabled", lambda on: general(on).is_enabled(), bool),
    Ask("GET /element/:uuid/displayed", "is_displayed", lambda on: general(on).is_displayed(), bool),
    Ask(
        "GET /element/:uuid/selected", "is_selected", lambda on: general(on).is_selected(), lambda on: not on
    ),
    Ask(
        "POST /element/:uuid/click",
        "click",
        lambda driver: general(driver).click(),
        then=lambda phone: phone.front.settings.pages[-1].kind is PageKind.GENERAL,
    ),
    Ask("GET /source", "page_source", lambda driver: driver.page_source, lambda text: "General" in text),
    Ask(
        "GET /screenshot",
        "get_screenshot_as_png",
        lambda driver: driver.get_screenshot_as_png(),
        lambda data: data.startswith(b"\x89PNG"),
    ),
    Ask(
        "GET /window/rect", "get_window_size", lambda on: on.get_window_size(), lambda size: size["width"] > 0
    ),
    Ask(
        "GET /wda/screen", "mobile: deviceScreenInfo", mobile("deviceScreenInfo"), lambda of: of["scale"] == 3
    ),
    Ask(
        "POST /wda/apps/launch",
        "mobile: launchApp",
        mobile("launchApp", bundleId=APP.bundle_id, arguments=["-a"], environment={"B": "c"}),
        then=lambda phone: in_front(phone) == APP.bundle_id,
    ),
    Ask(
        "POST /wda/apps/activate",
        "mobile: activateApp",
        mobile("activateApp", bundleId=APP.bundle_id),
        then=lambda phone: in_front(phone) == APP.bundle_id,
    ),
    Ask(
        "POST /wda/apps/terminate",
        "mobile: terminateApp",
        mobile("terminateApp", bundleId=SETTINGS.bundle_id),
        bool,
        then=lambda phone: phone.processes.of_bundle(SETTINGS.bundle_id) is None,
    ),
    Ask(
        "POST /wda/apps/state",
        "mobile: queryAppState",
        mobile("queryAppState", bundleId=SETTINGS.bundle_id),
        lambda state: state == 4,
    ),
    Ask(
        "GET /wda/activeAppInfo",
        "mobile: activeAppInfo",
        mobile("activeAppInfo"),
        lambda told: told["bundleId"] == SETTINGS.bundle_id,
    ),
    Ask(
        "POST /wda/homescreen",
        "background_app(-1)",
        lambda driver: driver.background_app(-1),
        then=lambda phone: phone.front.shown is Shown.HOME,
    ),
    Ask(
        "POST /wda/deactivateApp",
        "mobile: backgroundApp {seconds: 1}",
        mobile("backgroundApp", seconds=1),
        then=lambda phone: in_front(phone) == SETTINGS.bundle_id,
    ),
    Ask(
        "POST /wda/pressButton",
        "mobile: pressButton",
        mobile("pressButton", name="home"),
        then=lambda phone: phone.front.shown is Shown.HOME,
    ),
    Ask(
        "POST /url",
        "mobile: deepLink",
        mobile("deepLink", url="prefs:root=WIFI"),
        then=lambda phone: in_front(phone) == SETTINGS.bundle_id,
    ),
    Ask(
        "POST /wda/siri/activate",
        "mobile: siriCommand",
        mobile("siriCommand", text="turn off wifi"),
        then=lambda phone: not phone.conditions.wifi_on,
    ),
    Ask("POST /wda/lock", "lock", lambda driver: driver.lock(), then=lambda phone: phone.locked),
    Ask("GET /wda/locked", "is_locked", lambda driver: driver.is_locked(), lambda locked: locked is False),
    Ask(
        "POST /wda/unlock",
        "unlock",
        lambda driver: driver.unlock(),
        before=lambda phone: phone.lock(),
        then=lambda phone: not phone.locked,
    ),
    Ask(
        "POST /wda/tap",
        "mobile: tap",
        lambda driver: driver.execute_script("mobile: tap", {"x": 5, "y": 5}),
        then=lambda phone: phone.front.shown is Shown.APP,
    ),
    Ask(
        "POST /wda/dragfromtoforduration",
        "mobile: dragFromToForDuration",
        drag,
        then=lambda phone: phone.front.settings.scrolled_points > 0,
    ),
    Ask(
        "POST /wda/pressAndDragWithVelocity",
        "mobile: dragFromToWithVelocity",
        drag_slowly,
        then=lambda phone: phone.front.shown is Shown.SWITCHER,
    ),
    Ask(
        "POST /wda/swipe",
        "mobile: swipe",
        mobile("swipe", direction="up"),
        then=lambda phone: phone.front.settings.scrolled_points > 0,
    ),
    Ask(
        "POST /wda/element/:uuid/swipe",
        "mobile: swipe over an element",
        lambda driver: mobile("swipe", direction="up", elementId=general(driver).id)(driver),
        then=lambda phone: phone.front.settings.scrolled_points > 0,
    ),
    Ask(
        "POST /actions",
        "swipe",
        lambda driver: driver.swipe(180, 500, 180, 300, 400),
        then=lambda phone: phone.front.settings.scrolled_points > 0,
    ),
    Ask(
        "GET /alert/text",
        "switch_to.alert.text",
        lambda driver: driver.switch_to.alert.text,
        lambda text: "Would Like to Send You Notifications" in text,
        before=show_alert,
    ),
    Ask(
        "GET /wda/alert/buttons",
        "mobile: alert {action: getButtons}",
        mobile("alert", action="getButtons"),
        lambda labels: labels == BUTTONS,
        before=show_alert,
    ),
    Ask(
        "POST /alert/accept",
        "mobile: alert {action: accept}",
        mobile("alert", action="accept", buttonLabel=BUTTONS[1]),
        before=show_alert,
        then=lambda phone: phone.front.alerts.showing is None,
    ),
    Ask(
        "POST /alert/dismiss",
        "switch_to.alert.dismiss",
        lambda driver: driver.switch_to.alert.dismiss(),
        before=show_alert,
        then=lambda phone: phone.front.alerts.showing is None,
    ),
    Ask(
        "POST /appium/settings",
        "update_settings",
        lambda driver: (
            driver.update_settings({"defaultActiveApplication": SPRINGBOARD}),
            driver.find_elements(CHAIN, GENERAL),
            driver.update_settings({"defaultActiveApplication": "auto"}),
        ),
        lambda told: told[1] == [],
    ),
    Ask(
        "GET /wda/batteryInfo", "mobile: batteryInfo", mobile("batteryInfo"), lambda told: told["level"] == 1
    ),
    Ask("GET /orientation", "orientation", lambda driver: driver.orientation, lambda way: way == "PORTRAIT"),
)
"""Everything, in an order that does not matter."""
