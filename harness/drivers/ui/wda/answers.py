"""What WebDriverAgent answers, read into the words of a backend; the same whoever passed it on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from harness.drivers.ui.backend import AlertShown, AppOnScreen, Rect
from harness.errors import ScreenUnexpected

APP_IN_FRONT = "auto"
"""What WebDriverAgent calls the app in front, as the one that elements are looked for in."""

APP_STATES: Mapping[int, AppOnScreen] = {
    0: AppOnScreen.NOT_RUNNING,
    1: AppOnScreen.NOT_RUNNING,
    2: AppOnScreen.BACKGROUND,
    3: AppOnScreen.BACKGROUND,
    4: AppOnScreen.FOREGROUND,
}
"""XCTest's numbers for the state of an app; 0 is one that it knows nothing of."""


def fields_of(value: object) -> dict[str, Any]:
    """The fields of an object; none of anything else."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def app_state_of(value: object, phone: str, doing: str) -> AppOnScreen:
    """How far an app is.

    Args:
        value: what was answered.
        phone: the phone's name.
        doing: what was being done, for messages.

    Raises:
        ScreenUnexpected: it is no state.
    """
    if not isinstance(value, int) or value not in APP_STATES:
        raise strange(value, phone, doing)
    return APP_STATES[value]


def rect_of(value: object, phone: str, doing: str) -> Rect:
    """A rectangle, in points; arguments and errors as with ``app_state_of``."""
    fields = fields_of(value)
    try:
        return Rect(*(float(fields[key]) for key in ("x", "y", "width", "height")))
    except (KeyError, TypeError, ValueError) as error:
        raise strange(value, phone, doing) from error


def app_in_front_of(value: object, phone: str, doing: str) -> str:
    """Bundle identifier of the app in front; arguments and errors as with ``app_state_of``."""
    bundle_id = fields_of(value).get("bundleId")
    if not isinstance(bundle_id, str) or not bundle_id:
        raise strange(value, phone, doing)
    return bundle_id


def alert_of(text: object, buttons: object) -> AlertShown:
    """An alert, of its text and of the labels of its buttons."""
    labels = cast("list[object]", buttons) if isinstance(buttons, list) else []
    return AlertShown(str(text or ""), tuple(str(label) for label in labels))


def strange(value: object, phone: str, doing: str) -> ScreenUnexpected:
    """What to raise for an answer that cannot be read."""
    return ScreenUnexpected(
        f"{doing} was answered with {value!r}",
        phone=phone,
        fix="Install a newer WebDriverAgent on the phone.",
    )
