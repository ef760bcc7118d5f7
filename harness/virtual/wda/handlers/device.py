"""The phone itself: its screen, buttons, lock, battery and Siri."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping

from harness.virtual.kernel.conditions import Thermal
from harness.virtual.wda import acts
from harness.virtual.wda.attributes import rect_of
from harness.virtual.wda.call import Call, Route
from harness.virtual.wda.layout import layout_of
from harness.virtual.wda.replies import Refusal, Trouble
from harness.virtual.wda.source import json_of, xml_of

_THERMAL_STATES = tuple(Thermal)
"""In the order of ``ProcessInfo.ThermalState``'s numbers."""

_UNPLUGGED, _CHARGING, _FULL = 1, 2, 3
"""``UIDevice.BatteryState``."""

_VENDOR = uuid.UUID("8f6c1d6e-0b0c-4a7e-9a6d-3f2d5c1b7e90")
"""Who made the runner; with the phone it makes ``UIDevice.identifierForVendor``, different on each phone."""


def _window_rect(call: Call) -> object:
    return rect_of(call.screen.window)


def _window_size(call: Call) -> object:
    return _size(call.screen.window.width, call.screen.window.height)


def _screen(call: Call) -> object:
    layout = layout_of(call.phone)
    return {
        "screenSize": _size(layout.window.width, layout.window.height),
        "statusBarSize": _size(layout.status_bar.width, layout.status_bar.height),
        "displayId": 1,
        "scale": call.phone.screen.panel.scale,
    }


def _size(width: float, height: float) -> dict[str, int]:
    return {"width": round(width), "height": round(height)}


def _source(call: Call) -> object:
    kind = call.query.get("format", "xml").lower()
    if kind not in ("xml", "json"):
        raise Refusal(Trouble.INVALID_ARGUMENT, f"Unknown source format '{kind}'.")
    excluded = frozenset(call.query.get("excluded_attributes", "").split(","))
    app, root = call.screen.app_for(call.session), call.screen.looked_at(call.session)
    return xml_of(root, app, excluded) if kind == "xml" else json_of(root)


def _screenshot(call: Call) -> object:
    return base64.b64encode(call.phone.screen.png()).decode()


def _orientation(_call: Call) -> object:
    return "PORTRAIT"


def _set_orientation(call: Call) -> object:
    # Guessed: a virtual phone lies in its rack upright, and its screens have no other shape.
    if call.optional_text("orientation") != "PORTRAIT":
        raise Refusal(Trouble.UNKNOWN_ERROR, "Unable To Rotate Device")


def _go_home(call: Call) -> object:
    acts.go_home(call.phone)


def _press_button(call: Call) -> object:
    press = BUTTONS.get(call.text("name").lower())
    if press is None:
        what = f"The button '{call.text('name')}' is not supported. The device under test only supports "
        raise Refusal(Trouble.UNKNOWN_ERROR, f"{what}the following buttons: {sorted(BUTTONS)}")
    press(call)


def _press_home(call: Call) -> None:
    # On a phone without the button XCTest makes the same event, which wakes and goes home; guessed.
    call.phone.conditions.wake_up()
    call.phone.press_home()


def _press_volume(call: Call) -> None:
    call.phone.conditions.wake_up()


BUTTONS: Mapping[str, Callable[[Call], None]] = {
    "home": _press_home,
    "volumedown": _press_volume,
    "volumeup": _press_volume,
}
"""Button -> what pressing it does; how loud a virtual phone is it does not know."""


def _lock(call: Call) -> object:
    call.phone.go_to_sleep()


def _unlock(call: Call) -> object:
    call.phone.conditions.wake_up()
    if call.phone.locked_by_passcode:
        what = "Timed out while waiting until the screen gets unlocked"
        raise Refusal(Trouble.UNKNOWN_ERROR, what)
    call.phone.unlock()


def _locked(call: Call) -> object:
    return call.phone.locked


def _ask_siri(call: Call) -> object:
    call.phone.front.ask_siri(call.text("text"))


def _battery(call: Call) -> object:
    battery = call.phone.conditions.battery
    fed = _FULL if battery.is_full else _CHARGING
    return {"level": battery.percent / 100, "state": fed if battery.external_power else _UNPLUGGED}


def _device(call: Call) -> object:
    conditions, spec = call.phone.conditions, call.phone.spec
    return {
        "name": spec.name,
        "model": "iPhone",
        "uuid": str(uuid.uuid5(_VENDOR, spec.udid)).upper(),
        "currentLocale": call.phone.front.language,
        "timeZone": "GMT",
        "userInterfaceIdiom": 0,
        "userInterfaceStyle": "light",
        "isSimulator": False,
        "thermalState": _THERMAL_STATES.index(conditions.thermal),
    }


ROUTES: tuple[Route, ...] = (
    Route("GET", "/window/size", _window_size, without_session=True),
    Route("GET", "/window/rect", _window_rect),
    Route("GET", "/wda/screen", _screen, without_session=True),
    Route("GET", "/source", _source, without_session=True),
    Route("GET", "/screenshot", _screenshot, without_session=True, at_once=True),
    Route("GET", "/orientation", _orientation, without_session=True),
    Route("POST", "/orientation", _set_orientation, without_session=True),
    Route("POST", "/wda/homescreen", _go_home, with_session=False, without_session=True),
    Route("POST", "/wda/pressButton", _press_button),
    Route("POST", "/wda/lock", _lock, without_session=True),
    Route("POST", "/wda/unlock", _unlock, without_session=True),
    Route("GET", "/wda/locked", _locked, without_session=True),
    Route("POST", "/wda/siri/activate", _ask_siri),
    Route("GET", "/wda/batteryInfo", _battery),
    Route("GET", "/wda/device/info", _device, without_session=True),
)
"""The phone."""
