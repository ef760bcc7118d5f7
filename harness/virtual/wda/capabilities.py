"""Capabilities of a new session, merged as W3C WebDriver says.

Of ``firstMatch`` the first object that does not contradict ``alwaysMatch`` counts; a client may send either
alone (pymobiledevice3 the one, Appium the other: appium-and-wda.md §4). ``appium:`` before a name is taken
off, but not before a standard one.

Source: W3C WebDriver §7.2; WebDriverAgent 16 itself (FBProtocolHelpers.m).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from harness.virtual.wda.replies import Refusal, Trouble

_PREFIX = "appium:"

_STANDARD = frozenset(
    {
        "browserName",
        "browserVersion",
        "platformName",
        "acceptInsecureCerts",
        "pageLoadStrategy",
        "proxy",
        "setWindowRect",
        "timeouts",
        "unhandledPromptBehavior",
    }
)

Capabilities = Mapping[str, object]


def merged(capabilities: object) -> Capabilities:
    """What a client asks for.

    Args:
        capabilities: as it stands in the request.

    Raises:
        Refusal: ``session not created``; it is no object, or nothing of ``firstMatch`` goes with the rest.
    """
    if not isinstance(capabilities, dict):
        raise _refusal("'capabilities' is mandatory to create a new session")
    asked = cast("dict[str, object]", capabilities)
    always = _plain(asked.get("alwaysMatch", {}))
    for each in _first(asked):
        one = _plain(each)
        if not always.keys() & one.keys():
            return {**always, **one}
    raise _refusal("properties of 'firstMatch' should not exist in 'alwaysMatch', too")


def _first(asked: Capabilities) -> list[object]:
    first = asked.get("firstMatch")
    if first is None:
        return [dict[str, object]()]
    if not isinstance(first, list) or not first:
        raise _refusal("'firstMatch' field must be an array with at least one object")
    return cast("list[object]", first)


def _plain(group: object) -> Capabilities:
    if not isinstance(group, dict):
        raise _refusal(f"capabilities are expected to be an object, not {group!r}")
    named = cast("dict[str, object]", group)
    wrong = [name for name in named if name.startswith(_PREFIX) and name[len(_PREFIX) :] in _STANDARD]
    if wrong:
        raise _refusal(f"The capabilities {wrong} are standard and should not have the '{_PREFIX}' prefix")
    return {name.removeprefix(_PREFIX): value for name, value in named.items()}


def _refusal(message: str) -> Refusal:
    return Refusal(Trouble.SESSION_NOT_CREATED, message)
