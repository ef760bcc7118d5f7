"""What a person does to a phone's radios and in its Settings."""

from __future__ import annotations

from harness.model.settings import BackgroundRefresh
from harness.virtual.faults.target import Target, Verb
from harness.virtual.faults.words import Argument, FaultRefused, Given, Kind, UnknownWord

_SWITCH = (Argument("switch", Kind.SWITCH),)

_POSITIONS = {
    "off": BackgroundRefresh.OFF,
    "wifi": BackgroundRefresh.WIFI,
    "on": BackgroundRefresh.ON,
}

SETTING_VERBS: tuple[Verb, ...] = (
    Verb(
        "wifi",
        "Switch Wi-Fi on or off.",
        lambda on, given: on.phone.conditions.switch_wifi(_is_on(given)),
        _SWITCH,
    ),
    Verb(
        "wifi-in-range",
        "Bring the phone to a place with a Wi-Fi network that it joins, or to one without.",
        lambda on, given: on.phone.conditions.bring_wifi_in_range(_is_on(given)),
        _SWITCH,
    ),
    Verb("cellular", "Switch cellular data on or off.", lambda on, given: _cellular(on, given), _SWITCH),
    Verb(
        "airplane",
        "Switch airplane mode on or off; it takes Wi-Fi along, which can be put on again.",
        lambda on, given: on.phone.conditions.switch_airplane(_is_on(given)),
        _SWITCH,
    ),
    Verb(
        "refresh",
        "Set Background App Refresh: off, wifi or on for the phone; a bundle, then on or off, for an app.",
        lambda on, given: _refresh(on, given),
        (Argument("what", Kind.BUNDLE), Argument("switch", Kind.SWITCH, required=False)),
    ),
    Verb(
        "low-power",
        "Switch Low Power Mode on or off.",
        lambda on, given: on.phone.settings.set_low_power(_is_on(given)),
        _SWITCH,
    ),
    Verb(
        "restrict-refresh",
        "Lock Background App Refresh as it stands, as Screen Time does, or unlock it.",
        lambda on, given: on.phone.settings.set_restricted(_is_on(given)),
        _SWITCH,
    ),
)
"""By what is written first."""


def _is_on(given: Given) -> bool:
    return bool(given.switch("switch"))


def _cellular(on: Target, given: Given) -> None:
    if not on.phone.network.has_cellular:
        raise FaultRefused("it has no cellular radio", phone=on.name, fix="Give it one: cellular: true")
    on.phone.conditions.switch_cellular(_is_on(given))


def _refresh(on: Target, given: Given) -> None:
    what, switch = given.text("what"), given.switch("switch")
    if switch is not None:
        on.phone.settings.set_app_refresh(what, switch)
    elif what in _POSITIONS:
        on.phone.settings.set_background_refresh(_POSITIONS[what])
    else:
        fix = f"Write refresh {what} on, or refresh {what} off"
        raise UnknownWord(f"expected off, wifi or on, or an app and a switch, found {what!r}", fix=fix)
