"""What can be done to who works the phone's screen, and what a person sees on it that no tool asked for."""

from __future__ import annotations

from collections.abc import Mapping

from harness.virtual.faults.target import Target, Verb
from harness.virtual.faults.words import Argument, FaultRefused, Given, Kind
from harness.virtual.kernel.front.alerts import Alert, AlertKind, NoSuchButton

_SWITCH = (Argument("switch", Kind.SWITCH),)

ALERTS: Mapping[str, Alert] = {
    "software-update": Alert(
        AlertKind.SOFTWARE_UPDATE,
        "Software Update",
        "A new version of iOS is ready to be installed.",
        ("Install Now", "Later"),
    ),
    "low-battery": Alert(
        AlertKind.LOW_BATTERY, "Low Battery", "20% battery remaining", ("Low Power Mode", "Close")
    ),
    "trust": Alert(
        AlertKind.TRUST,
        "Trust This Computer?",
        "Your settings and data will be accessible from this computer when connected.",
        ("Trust", "Don’t Trust"),
    ),
    "permission": Alert(
        AlertKind.PERMISSION,
        "“App” Would Like to Send You Notifications",
        "Notifications may include alerts, sounds, and icon badges.",
        ("Don’t Allow", "Allow"),
    ),
}
"""Name -> the alert, in English whatever the phone speaks; words and order of buttons are from memory."""

SCREEN_VERBS: tuple[Verb, ...] = (
    Verb(
        "runner crash",
        "Have the test runner crash amid its next request, or after that many more.",
        lambda on, given: on.phone.service_faults.screen.crash(given.count("after")),
        (Argument("after", Kind.COUNT, required=False),),
    ),
    Verb(
        "runner fail",
        "Have the test runner answer that many requests by an error 500.",
        lambda on, given: on.phone.service_faults.screen.fail(given.count("count", 1)),
        (Argument("count", Kind.COUNT, required=False, least=1),),
    ),
    Verb(
        "runner slow",
        "Have the test runner take that much phone time before each answer; 0 for none.",
        lambda on, given: _slow(on, given),
        (Argument("by_s", Kind.COUNT),),
    ),
    Verb(
        "runner lose-session",
        "Have switching Wi-Fi break every connection to the test runner, and its session.",
        lambda on, given: _lose_session(on, given),
        _SWITCH,
    ),
    Verb(
        "stale-elements",
        "Have elements of the screen be gone the next time they are used, or that many times.",
        lambda on, given: on.phone.service_faults.screen.make_stale(given.count("count", 1)),
        (Argument("count", Kind.COUNT, required=False, least=1),),
    ),
    Verb(
        "ignore-switches",
        "Have taps on switches do nothing, though they are answered as if they had.",
        lambda on, given: _ignore_switches(on, given),
        _SWITCH,
    ),
    Verb(
        "ask-automation",
        "Have the phone ask before the next test runner may work its screen; with a passcode, for that.",
        lambda on, given: _ask_automation(on, given),
        _SWITCH,
    ),
    Verb(
        "allow-automation",
        "Allow test runners to work the screen, as a person does at the phone.",
        lambda on, _: _allow_automation(on),
    ),
    Verb(
        "alert",
        "Show an alert of the system over everything.",
        lambda on, given: on.phone.front.alerts.show(ALERTS[given.text("about")]),
        (Argument("about", Kind.WORD, words=tuple(ALERTS)),),
    ),
    Verb(
        "press-alert",
        "Press a button of the alert that is shown, by its label.",
        lambda on, given: _press_alert(on, given.text("label")),
        (Argument("label"),),
    ),
)
"""By what is written first."""


def _slow(on: Target, given: Given) -> None:
    on.phone.service_faults.screen.slow_s = float(given.count("by_s"))


def _lose_session(on: Target, given: Given) -> None:
    on.phone.service_faults.screen.loses_session_on_wifi = bool(given.switch("switch"))


def _ignore_switches(on: Target, given: Given) -> None:
    on.phone.service_faults.screen.switches_ignore_taps = bool(given.switch("switch"))


def _ask_automation(on: Target, given: Given) -> None:
    on.phone.front.automation.asks = bool(given.switch("switch"))


def _allow_automation(on: Target) -> None:
    alerts, passcode = on.phone.front.alerts, on.phone.conditions.passcode
    shown = alerts.showing
    if shown is None or shown.kind is not AlertKind.ENABLE_UI_AUTOMATION:
        on.phone.front.automation.asks = False
    elif shown.asks_passcode and passcode is not None:
        alerts.enter_passcode(passcode)
    else:
        alerts.press(shown.buttons[-1])


def _press_alert(on: Target, label: str) -> None:
    shown = on.phone.front.alerts.showing
    try:
        on.phone.front.alerts.press(label)
    except NoSuchButton as error:
        there = f"its buttons are {', '.join(shown.buttons)}" if shown else "no alert is shown"
        raise FaultRefused(f"there is no button {label!r}: {there}", phone=on.name) from error
