"""Names of the settings and conditions that can be read back from a phone without its screen."""

from __future__ import annotations

from enum import StrEnum


class SettingName(StrEnum):
    """What ``Setting.name`` can be; the value's form is in the comment."""

    LOCKED = "locked"  # yes | no; by a passcode, so a phone without one never is
    DEVELOPER_MODE = "developer mode"  # on | off
    BATTERY_PERCENT = "battery percent"  # 0 to 100
    CHARGING = "charging"  # yes | no; no for one that is full
    TIME_ZONE = "time zone"  # such as Europe/Zurich
