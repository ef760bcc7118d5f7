"""Names of the settings and conditions that can be read back from a phone without its screen."""

from __future__ import annotations

from enum import StrEnum


class SettingName(StrEnum):
    """What ``Setting.name`` can be; the value's form is in the comment."""

    WIFI = "wifi"  # on | off
    WIFI_NETWORK = "wifi network"  # a name, or none
    AIRPLANE_MODE = "airplane mode"  # on | off; told by the log only
    LOW_POWER_MODE = "low power mode"  # on | off
    PASSCODE = "passcode"  # set | none
    LOCKED = "locked"  # yes | no
    DEVELOPER_MODE = "developer mode"  # on | off
    BATTERY_PERCENT = "battery percent"  # 0 to 100
    CHARGING = "charging"  # yes | no
    TIME_ZONE = "time zone"  # such as Europe/Zurich
