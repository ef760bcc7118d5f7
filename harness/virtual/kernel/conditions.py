"""What a phone is in the midst of: passcode, Developer Mode, image, radio, sleep, battery, heat.

Facts that people and circumstances set, and that every service may be asked for. Nothing here acts of
itself: who has to do something about a change observes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from harness.errors import HarnessError
from harness.virtual.kernel.subscription import Subscribers, Subscription
from harness.virtual.versions.presence import DEVELOPER_MODE


class NoDeveloperMode(HarnessError):
    """The phone's iOS has no Developer Mode to turn on or off."""


class Change(StrEnum):
    """What observers are told has changed."""

    PASSCODE = "passcode"
    LOCK = "lock"
    DEVELOPER_MODE = "developer mode"
    IMAGE = "image"
    WIFI = "wifi"
    CELLULAR = "cellular"
    SLEEP = "sleep"
    BATTERY = "battery"
    THERMAL = "thermal"
    POWER = "power"


class Thermal(StrEnum):
    """How hot the phone says it is; ``ProcessInfo.ThermalState`` has the same four."""

    NOMINAL = "nominal"
    FAIR = "fair"
    SERIOUS = "serious"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Battery:
    """How the battery stands.

    Attributes:
        percent: charge, 0 to 100.
        external_power: whether it is being fed.
        temperature_c: degrees Celsius.
    """

    percent: int = 100
    external_power: bool = True
    temperature_c: float = 29.0

    @property
    def is_full(self) -> bool:
        """Whether it is full and fed; that a full one which is not fed does not say so is guessed."""
        return self.external_power and self.percent == 100

    @property
    def is_charging(self) -> bool:
        """Whether its charge grows."""
        return self.external_power and self.percent < 100


class Conditions:
    """The conditions of one phone: unlocked for good, developed on, on Wi-Fi, awake, charged, cool.

    Args:
        ios_major: first number of the iOS version.

    Attributes:
        airplane: whether airplane mode is on.
        asleep: whether the phone sleeps: its screen is dark and its Wi-Fi rests.
        battery: how the battery stands.
        cellular_on: whether cellular data is switched on; means nothing on a phone without cellular.
        is_up: whether the phone runs; not while it boots.
        thermal: how hot it says it is.
        wifi_in_range: whether there is a Wi-Fi network that the phone joins.
        wifi_on: whether Wi-Fi is switched on.
    """

    def __init__(self, ios_major: int) -> None:
        self._has_developer_mode = DEVELOPER_MODE.holds_for(str(ios_major))
        self._passcode: str | None = None
        self._developer_mode = self._has_developer_mode
        self._image_mounted = True
        self._observers: Subscribers[str] = Subscribers()
        self._wifi_after_airplane = True
        self.airplane = False
        self.asleep = False
        self.battery = Battery()
        self.cellular_on = True
        self.is_up = True
        self.thermal = Thermal.NOMINAL
        self.wifi_in_range = True
        self.wifi_on = True

    def observe(self, callback: Callable[[str], None]) -> Subscription:
        """Tell ``callback`` which ``Change`` there was, after every later one."""
        return self._observers.add(callback)

    def tell(self, what: Change) -> None:
        """Tell the observers of a change. Called by the kernel."""
        self._observers.tell(what)

    @property
    def passcode(self) -> str | None:
        """The passcode; ``None`` when there is none."""
        return self._passcode

    @passcode.setter
    def passcode(self, passcode: str | None) -> None:
        self._passcode = passcode
        self.tell(Change.PASSCODE)

    @property
    def developer_mode(self) -> bool:
        """Whether Developer Mode is on; never on an iOS that has none."""
        return self._developer_mode

    @property
    def image_mounted(self) -> bool:
        """Whether the developer disk image is mounted."""
        return self._image_mounted

    @image_mounted.setter
    def image_mounted(self, mounted: bool) -> None:
        if mounted != self._image_mounted:
            self._image_mounted = mounted
            self.tell(Change.IMAGE)

    @property
    def serves_developers(self) -> bool:
        """Whether the services of the developer disk image are there.

        It takes the image, and Developer Mode where there is one. Source: Apple's documentation of
        Developer Mode; clients that look for either before they ask.
        """
        return self._image_mounted and (self._developer_mode or not self._has_developer_mode)

    @property
    def reaches_wifi(self) -> bool:
        """Whether the phone can be reached over Wi-Fi; that a phone asleep cannot is guessed."""
        return self.is_up and self.is_on_wifi and not self.asleep

    @property
    def is_on_wifi(self) -> bool:
        """Whether Wi-Fi is on and has joined a network."""
        return self.wifi_on and self.wifi_in_range

    def switch_wifi(self, on: bool) -> None:
        """Switch Wi-Fi on or off; that works in airplane mode, too."""
        self.wifi_on = on
        self.tell(Change.WIFI)

    def bring_wifi_in_range(self, in_range: bool) -> None:
        """Bring the phone to a place with a Wi-Fi network that it joins, or without one."""
        self.wifi_in_range = in_range
        self.tell(Change.WIFI)

    def switch_cellular(self, on: bool) -> None:
        """Switch cellular data on or off."""
        self.cellular_on = on
        self.tell(Change.CELLULAR)

    def switch_airplane(self, on: bool) -> None:
        """Switch airplane mode on or off; what it is already is no error.

        On takes Wi-Fi along, which can be switched on again by itself; off gives Wi-Fi back if it was on
        before. Source: Apple's user guide; that Wi-Fi goes the first time.
        """
        if on == self.airplane:
            return
        self.airplane = on
        if on:
            self._wifi_after_airplane, self.wifi_on = self.wifi_on, False
        else:
            self.wifi_on = self.wifi_on or self._wifi_after_airplane
        self.tell(Change.WIFI)
        self.tell(Change.CELLULAR)

    def fall_asleep(self) -> None:
        """Put the phone to sleep; one that sleeps already is no error."""
        self.asleep = True
        self.tell(Change.SLEEP)

    def wake_up(self) -> None:
        """Wake the phone; one that is awake already is no error."""
        self.asleep = False
        self.tell(Change.SLEEP)

    def set_battery(
        self, percent: int, *, external_power: bool | None = None, temperature_c: float | None = None
    ) -> None:
        """Set how the battery stands; what is not said stays.

        Raises:
            ValueError: the charge is not 0 to 100.
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"a charge is 0 to 100 percent, not {percent}")
        battery = replace(self.battery, percent=percent)
        if external_power is not None:
            battery = replace(battery, external_power=external_power)
        if temperature_c is not None:
            battery = replace(battery, temperature_c=temperature_c)
        self.battery = battery
        self.tell(Change.BATTERY)

    def heat(self, thermal: Thermal) -> None:
        """Make the phone as hot as it is to say it is."""
        self.thermal = thermal
        self.tell(Change.THERMAL)

    def turn_developer_mode(self, on: bool) -> None:
        """Turn Developer Mode on or off. The restart that a phone makes for it is the caller's to do.

        Raises:
            NoDeveloperMode: the phone's iOS has none.
        """
        if not self._has_developer_mode:
            raise NoDeveloperMode(f"Developer Mode is there from iOS {DEVELOPER_MODE.first[0]} on")
        self._developer_mode = on
        self.tell(Change.DEVELOPER_MODE)

    def mount_image(self) -> None:
        """Mount the developer disk image; one that is mounted already is no error."""
        self.image_mounted = True

    def unmount_image(self) -> None:
        """Unmount the developer disk image; none mounted is no error."""
        self.image_mounted = False
