"""What a phone tells of its settings and conditions without its screen.

All of it comes from lockdown, over the connection that is open anyway: one question per domain. What the
phone does not tell is left out. Not told, and by whom one would expect it:

- Wi-Fi: diagnostics_relay has ``WiFi: Active``, which is ``NO`` on phones that are on Wi-Fi too (source:
  public issue threads of libimobiledevice), and no public client knows an entry of the IORegistry that says.
- Low Power Mode: it is the state of the Darwin notification ``com.apple.system.lowpowermode``, and
  notification_proxy tells states from iOS 27.2 on. That it was switched is relayed as that notification.
- Whether there is a passcode, while the phone is unlocked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from harness.model.raw import Setting
from harness.model.settings import SettingName

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider


def _on_off(value: Any) -> str | None:
    return ("on" if value else "off") if isinstance(value, bool) else None


def _yes_no(value: Any) -> str | None:
    return ("yes" if value else "no") if isinstance(value, bool) else None


def _number(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


@dataclass(frozen=True)
class Told:
    """Where lockdown tells a setting.

    Attributes:
        name: which setting.
        domain: lockdown's domain; empty for the root.
        key: within it.
        text: makes the setting's value of lockdown's; ``None`` where that is none.
    """

    name: SettingName
    domain: str
    key: str
    text: Callable[[Any], str | None]


BATTERY = "com.apple.mobile.battery"
DEVELOPER_MODE = "com.apple.security.mac.amfi"
INTERNATIONAL = "com.apple.international"

TOLD: tuple[Told, ...] = (
    # Whether it is locked, not whether it could be. Source: public issue threads of libimobiledevice.
    Told(SettingName.LOCKED, "", "PasswordProtected", _yes_no),
    Told(SettingName.TIME_ZONE, "", "TimeZone", _text),
    Told(SettingName.BATTERY_PERCENT, BATTERY, "BatteryCurrentCapacity", _number),
    Told(SettingName.CHARGING, BATTERY, "BatteryIsCharging", _yes_no),
    Told(SettingName.LANGUAGE, INTERNATIONAL, "Language", _text),
    Told(SettingName.DEVELOPER_MODE, DEVELOPER_MODE, "DeveloperModeStatus", _on_off),
)
"""Every setting that can be read back; source of domains and keys: public clients of lockdown."""


async def read_settings(provider: LockdownServiceProvider) -> tuple[Setting, ...]:
    """What the phone tells, in the order of the table."""
    domains: dict[str, Mapping[str, Any]] = {}
    for domain in dict.fromkeys(row.domain for row in TOLD):
        if domain != DEVELOPER_MODE or provider.has_developer_mode:
            domains[domain] = _values(await provider.get_value(domain or None))
    return tuple(_settings(domains))


def _values(answer: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}


def _settings(domains: Mapping[str, Mapping[str, Any]]) -> Iterator[Setting]:
    for row in TOLD:
        value = row.text(domains.get(row.domain, {}).get(row.key))
        if value is not None:
            yield Setting(row.name, value)
