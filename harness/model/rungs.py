"""What a story needs of a phone beyond launching, signalling and watching an app.

A rung is a way to do one thing that not every phone has, or that the harness does not have to every phone.
A story that needs a rung which is not there is not told there, and says which one is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Rung(StrEnum):
    """One way to do something to a phone."""

    DEBUGGER = "a debugserver that attaches to the app"
    WIFI = "switching Wi-Fi off"
    NETWORK_CONDITION = "inducing a bad network"
    LOCATION = "simulating a location"
    UPGRADE = "installing another version over the app"
    REBOOT = "restarting the phone"
    MEMORY_PRESSURE = "an app that uses up the memory"
    APP_SWITCHER = "the app switcher"
    HOME_SCREEN = "tapping an icon on the home screen"
    SETTINGS_SCREENS = "the screens of the Settings app"
    AUTOMATION = "ending the app as UI automation does"
    VIRTUAL_CLOCK = "a clock that runs ahead"
    CONTINUED_PROCESSING = "continued processing tasks, from iOS 26 on"
    CELLULAR = "a cellular radio"
    OPEN_URL = "opening a URL"
    TAP = "tapping in the app"
    SIRI = "Siri"
    LOCK = "locking and unlocking the phone"
    NOTIFICATIONS = "tapping a notification"
    UNPLUGGED = "a phone on its battery, reached by Wi-Fi"


SINCE: Mapping[Rung, int] = {Rung.CONTINUED_PROCESSING: 26}
"""Rungs that came with an iOS, and the first that has them. Source: background-execution.md §1.10."""
