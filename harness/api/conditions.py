"""What a test asks of its phone before it begins: the words of ``@pytest.mark.conditions(...)``.

They are put in one order, whatever order they are written in. Background App Refresh comes before Low Power
Mode, in which its switches are grey; and for the whole phone before for the app, whose row has no switch
while it is off for the phone. The network comes last, since nothing else has to be done without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import TYPE_CHECKING

from harness.api.changes import OFF, ON
from harness.api.words import word
from harness.errors import ConfigError
from harness.model.rungs import Rung
from harness.model.settings import BackgroundRefresh

if TYPE_CHECKING:
    from harness.api.device import Device


@dataclass(frozen=True)
class Conditions:
    """Conditions; ``None`` and empty for what is left as it is.

    Attributes:
        background_refresh: Background App Refresh for the whole phone.
        app_refresh: Background App Refresh for the app under test.
        low_power: Low Power Mode.
        airplane: airplane mode.
        wifi: Wi-Fi.
        network: a condition of the network that the phone simulates, as it names it.
        stands_in: whether 100 % loss will do where nothing takes Wi-Fi away.
    """

    background_refresh: BackgroundRefresh | None = None
    app_refresh: bool | None = None
    low_power: bool | None = None
    airplane: bool | None = None
    wifi: bool | None = None
    network: str = ""
    stands_in: bool = False

    @property
    def takes_wifi(self) -> bool:
        """Whether the phone is to be without Wi-Fi."""
        return self.wifi is False

    @property
    def rungs(self) -> tuple[Rung, ...]:
        """What a phone must offer for what has one way only; for Wi-Fi there are several."""
        by_screen = (self.background_refresh, self.app_refresh, self.low_power, self.airplane)
        needs_screen = any(one is not None for one in by_screen)
        screens = (Rung.SETTINGS_SCREENS,) if needs_screen else ()
        return (*screens, *((Rung.NETWORK_CONDITION,) if self.network else ()))

    def apply(self, device: Device) -> None:
        """Put the phone into them.

        Raises:
            CapabilityMissing: nothing here does one of them.
            SetupImpossible: this phone or this app cannot be set so.
            SettingNotApplied: one was set, and does not read back.
        """
        if self.background_refresh is not None:
            device.settings.set_background_refresh(self.background_refresh)
        if self.app_refresh is not None:
            device.settings.set_app_refresh(self.app_refresh)
        if self.low_power is not None:
            device.settings.set_low_power(self.low_power)
        if self.airplane is not None:
            device.settings.set_airplane_mode(self.airplane)
        self._apply_to_network(device)

    def _apply_to_network(self, device: Device) -> None:
        if self.takes_wifi:
            device.network.wifi_off(stands_in=self.stands_in)
        elif self.wifi:
            device.network.wifi_on()
        if self.network:
            device.network.induce(self.network)


def parse_conditions(told: Mapping[str, object]) -> Conditions:
    """The conditions that a mark names.

    Args:
        told: by the names of ``Conditions``; ``"on"`` and ``"off"`` for a switch.

    Raises:
        ConfigError: there is no such condition or position; names the nearest one.
    """
    known = [field.name for field in fields(Conditions)]
    unknown = next((name for name in told if name not in known), None)
    if unknown is not None:
        near = get_close_matches(unknown, known, n=1, cutoff=0.5)
        fix = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
        raise ConfigError(f"there is no condition {unknown!r}", fix=fix)
    refresh = told.get("background_refresh")
    return Conditions(
        None
        if refresh is None
        else word(BackgroundRefresh, str(refresh), "position of Background App Refresh"),
        _switch(told, "app_refresh"),
        _switch(told, "low_power"),
        _switch(told, "airplane"),
        _switch(told, "wifi"),
        str(told.get("network") or ""),
        bool(told.get("stands_in", False)),
    )


def _switch(told: Mapping[str, object], name: str) -> bool | None:
    value = told.get(name)
    if value is None or isinstance(value, bool):
        return value
    if value not in (ON, OFF):
        raise ConfigError(f"{name}={value!r} is no position of a switch", fix=f"Write {name}='on' or 'off'.")
    return value == ON
