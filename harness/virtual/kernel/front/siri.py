"""Siri: the few phrases it understands, by language, and what they do.

Guessed: every phrase but the English ones for Wi-Fi, which the documentation of Appium's driver for iOS has;
and that Siri says nothing about what it does not understand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.virtual.versions.row import Row, Standing

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class Wish(StrEnum):
    """What Siri can be asked for."""

    WIFI_ON = "wi-fi on"
    WIFI_OFF = "wi-fi off"
    LOW_POWER_ON = "low power mode on"
    LOW_POWER_OFF = "low power mode off"
    AIRPLANE_ON = "airplane mode on"
    AIRPLANE_OFF = "airplane mode off"


PHRASES: Mapping[str, Mapping[str, Wish]] = {
    "en": {
        "turn on wifi": Wish.WIFI_ON,
        "turn off wifi": Wish.WIFI_OFF,
        "turn on low power mode": Wish.LOW_POWER_ON,
        "turn off low power mode": Wish.LOW_POWER_OFF,
        "turn on airplane mode": Wish.AIRPLANE_ON,
        "turn off airplane mode": Wish.AIRPLANE_OFF,
    },
    "de": {
        "schalte wlan ein": Wish.WIFI_ON,
        "schalte wlan aus": Wish.WIFI_OFF,
        "schalte den stromsparmodus ein": Wish.LOW_POWER_ON,
        "schalte den stromsparmodus aus": Wish.LOW_POWER_OFF,
        "schalte den flugmodus ein": Wish.AIRPLANE_ON,
        "schalte den flugmodus aus": Wish.AIRPLANE_OFF,
    },
    "fr": {
        "active le wifi": Wish.WIFI_ON,
        "désactive le wifi": Wish.WIFI_OFF,
        "active le mode économie d'énergie": Wish.LOW_POWER_ON,
        "désactive le mode économie d'énergie": Wish.LOW_POWER_OFF,
        "active le mode avion": Wish.AIRPLANE_ON,
        "désactive le mode avion": Wish.AIRPLANE_OFF,
    },
}
"""Language -> phrase, spelt as ``_spelt`` does -> what is wished."""

_DOCUMENTED = ("turn on wifi", "turn off wifi")

PHRASE_RULES: tuple[Row, ...] = tuple(
    Row(f"{phrase} in {language}", wish.value, "§2.5: the driver's documentation", Standing.DOCUMENTED)
    if phrase in _DOCUMENTED
    else Row(f"{phrase} in {language}", wish.value, "from memory", Standing.GUESSED)
    for language, phrases in PHRASES.items()
    for phrase, wish in phrases.items()
)
"""Every phrase, where it is from and how far to trust it."""

_DONE: Mapping[Wish, Callable[[VirtualPhone], None]] = {
    Wish.WIFI_ON: lambda phone: phone.conditions.switch_wifi(True),
    Wish.WIFI_OFF: lambda phone: phone.conditions.switch_wifi(False),
    Wish.LOW_POWER_ON: lambda phone: phone.settings.set_low_power(True),
    Wish.LOW_POWER_OFF: lambda phone: phone.settings.set_low_power(False),
    Wish.AIRPLANE_ON: lambda phone: phone.conditions.switch_airplane(True),
    Wish.AIRPLANE_OFF: lambda phone: phone.conditions.switch_airplane(False),
}

_SAME_SPELLING = str.maketrans({"-": "", "\u2011": "", "\u2019": "'", ".": "", ",": ""})


def understood(words: str, language: str) -> Wish | None:
    """What is wished in a language; ``None`` for what Siri does not understand."""
    return PHRASES.get(language, {}).get(_spelt(words))


def fulfil(phone: VirtualPhone, wish: Wish) -> None:
    """Do what is wished."""
    _DONE[wish](phone)


def _spelt(words: str) -> str:
    """In small letters, without hyphens and stops, with one space between words."""
    return " ".join(words.casefold().translate(_SAME_SPELLING).split())
