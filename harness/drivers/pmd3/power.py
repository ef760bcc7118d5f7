"""A phone's battery, as lockdown and the IORegistry tell of it.

Lockdown tells the charge at any time after pairing. Warmth and cycles are in the entry ``AppleSmartBattery``
of the IORegistry, which diagnostics_relay reads out, from the first unlock after a boot on (source: public
issue threads of libimobiledevice). ``Temperature`` is in hundredths of a degree Celsius (source: public
clients that show it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

BATTERY_DOMAIN = "com.apple.mobile.battery"
BATTERY_ENTRY = "AppleSmartBattery"
HUNDREDTHS = 100


@dataclass(frozen=True)
class Charge:
    """How full a phone's battery is.

    Attributes:
        percent: 0 to 100; ``None`` when the phone does not tell.
        is_fed: whether it gets power from outside; ``None`` when the phone does not tell.
    """

    percent: int | None
    is_fed: bool | None


@dataclass(frozen=True)
class BatteryEntry:
    """What the IORegistry has of a phone's battery.

    Attributes:
        temperature_c: how warm it is, in degrees Celsius; ``None`` when it is not told.
        cycles: how often it was charged, in whole charges; ``None`` when it is not told.
    """

    temperature_c: float | None
    cycles: int | None


async def read_charge(provider: LockdownServiceProvider) -> Charge:
    """What lockdown tells of the battery."""
    answer: object = await provider.get_value(BATTERY_DOMAIN)
    fields = cast("dict[str, Any]", answer) if isinstance(answer, dict) else dict[str, Any]()
    fed = fields.get("ExternalConnected")
    return Charge(
        percent=_whole(fields.get("BatteryCurrentCapacity")),
        is_fed=fed if isinstance(fed, bool) else None,
    )


async def read_battery_entry(provider: LockdownServiceProvider) -> BatteryEntry:
    """What the IORegistry tells of the battery."""
    from pymobiledevice3.services.diagnostics import DiagnosticsService

    async with DiagnosticsService(provider) as diagnostics:
        fields: Mapping[str, Any] = await diagnostics.ioregistry(name=BATTERY_ENTRY) or {}
    return parse_battery_entry(fields)


def parse_battery_entry(fields: Mapping[str, Any]) -> BatteryEntry:
    """A battery's entry of the IORegistry."""
    hundredths = _whole(fields.get("Temperature"))
    return BatteryEntry(
        temperature_c=None if hundredths is None else hundredths / HUNDREDTHS,
        cycles=_whole(fields.get("CycleCount")),
    )


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
