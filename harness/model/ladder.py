"""The ways in which a setting can be changed: a ladder of steps for each, the most faithful first.

A step that a phone does not offer is passed over, and the next one is tried. A step counts only when what it
did was read back in the way that its row says; one that was taken and cannot be verified ends the attempt as
an error, because the phone may stand either way. Which step was taken, and which were passed over and why,
is in the timeline and in the report.

Sources: background-execution.md §2.5 and §2.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Toggle(StrEnum):
    """What can be changed."""

    WIFI = "wifi"
    AIRPLANE_MODE = "airplane"
    BACKGROUND_REFRESH = "background-refresh"
    APP_REFRESH = "app-refresh"
    LOW_POWER = "low-power"


class By(StrEnum):
    """By what it is changed."""

    CONFIGURATION_SERVICE = "the configuration service"
    SETTINGS = "the screens of Settings"
    SIRI = "Siri"
    ACCESS_POINT = "the access point"
    ALL_LOST = "100 % loss"


class Fidelity(StrEnum):
    """How near a step comes to what a person does."""

    SAME = "the same as by hand"
    STANDS_IN = "something else, in its place"


@dataclass(frozen=True)
class Step:
    """One step of a ladder.

    Attributes:
        by: by what.
        fidelity: how near it comes to what a person does.
        does: what it really does.
        breaks: what it may break on the way; empty for nothing that is known.
        verified: how it is read back.
    """

    by: By
    fidelity: Fidelity
    does: str
    breaks: str
    verified: str


_BY_HAND = Step(
    By.SETTINGS,
    Fidelity.SAME,
    "a finger on the switch",
    "Settings comes to the front",
    "the switch is read again after its page was left and opened anew",
)

LADDERS: Mapping[Toggle, tuple[Step, ...]] = {
    Toggle.WIFI: (
        Step(
            By.CONFIGURATION_SERVICE,
            Fidelity.SAME,
            "the radio's power is switched, as mobile device management does it",
            "whatever reaches the phone over Wi-Fi",
            "the phone answers after it has read the power back",
        ),
        Step(
            By.SETTINGS,
            Fidelity.SAME,
            "a finger on the switch of the Wi-Fi page",
            "whatever reaches the phone over Wi-Fi; some phones drop connections by cable as well",
            "the switch is read again after its page was left and opened anew",
        ),
        Step(
            By.SIRI,
            Fidelity.SAME,
            "Siri is told in the phone's language",
            "needs the network for some phones; leaves Siri in front until Home is pressed",
            "the switch of the Wi-Fi page is read",
        ),
        Step(
            By.ACCESS_POINT,
            Fidelity.STANDS_IN,
            "the command of `origin.access_point` keeps the phone off the network; its switch stays on",
            "nothing on the phone",
            "the command's exit status; the phone itself is not asked",
        ),
        Step(
            By.ALL_LOST,
            Fidelity.STANDS_IN,
            "the phone stays associated, and loses every packet on every interface",
            "ends with the connection of the developer tools that asked for it",
            "the phone lists the condition as active",
        ),
    ),
    Toggle.AIRPLANE_MODE: (_BY_HAND,),
    Toggle.BACKGROUND_REFRESH: (_BY_HAND,),
    Toggle.APP_REFRESH: (_BY_HAND,),
    Toggle.LOW_POWER: (_BY_HAND,),
}
"""Toggle -> its steps, in the order in which they are tried."""
