"""Settings of a phone: the names of those that it tells without its screen, and the words of those it has."""

from __future__ import annotations

from enum import StrEnum


class SettingName(StrEnum):
    """What ``Setting.name`` can be; the value's form is in the comment."""

    LOCKED = "locked"  # yes | no; by a passcode, so a phone without one never is
    DEVELOPER_MODE = "developer mode"  # on | off
    BATTERY_PERCENT = "battery percent"  # 0 to 100
    CHARGING = "charging"  # yes | no; no for one that is full
    TIME_ZONE = "time zone"  # such as Europe/Zurich
    LANGUAGE = "language"  # such as en, or pt-BR


class BackgroundRefresh(StrEnum):
    """The positions of Background App Refresh for the whole phone; one without cellular has no middle one."""

    OFF = "off"
    WIFI = "wifi"
    ON = "wifi and cellular"
