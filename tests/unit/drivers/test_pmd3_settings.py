from __future__ import annotations

import asyncio
from typing import Any, cast

from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

from harness.drivers.pmd3.settings import BATTERY, DEVELOPER_MODE, INTERNATIONAL, TOLD, read_settings
from harness.model.settings import SettingName


class _Lockdown:
    """A phone that answers questions about domains."""

    def __init__(self, domains: dict[str, Any], *, has_developer_mode: bool = True) -> None:
        self._domains = domains
        self.has_developer_mode = has_developer_mode
        self.asked: list[str | None] = []

    async def get_value(self, domain: str | None = None, key: str | None = None) -> Any:
        self.asked.append(domain)
        return self._domains.get(domain or "")


def _read(phone: _Lockdown) -> dict[str, str]:
    settings = asyncio.run(read_settings(cast("LockdownServiceProvider", phone)))
    return {setting.name: setting.value for setting in settings}


def test_every_name_can_be_produced() -> None:
    assert {row.name for row in TOLD} == set(SettingName)


def test_each_domain_is_asked_once() -> None:
    phone = _Lockdown({})
    assert _read(phone) == {}
    assert phone.asked == [None, BATTERY, INTERNATIONAL, DEVELOPER_MODE]


def test_what_the_phone_tells_in_another_form_is_left_out() -> None:
    odd = {"": {"PasswordProtected": "yes", "TimeZone": ""}, BATTERY: {"BatteryCurrentCapacity": True}}
    assert _read(_Lockdown(odd)) == {}
    assert _read(_Lockdown({"": None, BATTERY: [1], DEVELOPER_MODE: "on"})) == {}


def test_an_ios_without_developer_mode_is_not_asked_for_it() -> None:
    phone = _Lockdown({DEVELOPER_MODE: {"DeveloperModeStatus": False}}, has_developer_mode=False)
    assert _read(phone) == {}
    assert DEVELOPER_MODE not in phone.asked
