"""What Siri is told, in the phone's language.

Guessed but for the English words, which the documentation of Appium's driver for iOS has.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.capabilities import Phone
from harness.model.settings import SettingName

WIFI_WORDS: Mapping[str, Mapping[bool, str]] = {
    "en": {True: "turn on wifi", False: "turn off wifi"},
    "de": {True: "Schalte WLAN ein", False: "Schalte WLAN aus"},
    "fr": {True: "Active le Wi-Fi", False: "Désactive le Wi-Fi"},
}
"""Language -> whether Wi-Fi is to be on -> what to say."""


async def language_of(phone: Phone) -> str:
    """The language that a phone speaks, without its region, such as ``pt``; empty where it does not tell."""
    told = {setting.name: setting.value for setting in await phone.settings()}
    return told.get(SettingName.LANGUAGE, "").partition("-")[0].partition("_")[0]
