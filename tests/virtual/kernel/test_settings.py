"""Background App Refresh, Low Power Mode and restrictions: what is stored, shown, allowed and told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.model.interfaces import Interface
from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel import settings as rules
from harness.virtual.kernel.installed import SETTINGS
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.settings import (
    LOW_POWER_CHANGED,
    REFRESH_CHANGED,
    AppRow,
    NoSuchSwitch,
    RefreshStatus,
    SettingChange,
    SettingKind,
    SettingLocked,
)
from tests.virtual.kernel.support import BUNDLE_ID, EPOCH_S, Bench

OFF, WIFI, ON = BackgroundRefresh
OTHER = "dev.harness.other"


def phone_with(tmp_path: Path, *modes: str) -> VirtualPhone:
    """A phone whose sample app has those background modes."""
    phone = Bench(tmp_path).phone
    app = phone.apps.get(BUNDLE_ID)
    assert app is not None
    phone.install(replace(app, background_modes=modes))
    return phone


def without_cellular(tmp_path: Path) -> VirtualPhone:
    spec = PhoneSpec("v", "0" * 24, "17.5", "iPad13,18", "21F90", cellular=False, epoch_s=EPOCH_S)
    return VirtualPhone(spec, tmp_path)


def test_every_rule_of_the_settings_says_where_it_is_from() -> None:
    named = {name: value for name, value in vars(rules).items() if name.isupper() and name != "SETTING_RULES"}
    told = {row.key: row.value for row in rules.SETTING_RULES}
    assert told == {name: value for name, value in named.items() if isinstance(value, int | str)}
    assert all(row.source for row in rules.SETTING_RULES)


def test_an_app_that_nobody_touched_refreshes(tmp_path: Path) -> None:
    settings = phone_with(tmp_path).settings
    assert (settings.background_refresh, settings.refreshes(BUNDLE_ID)) == (ON, True)
    assert settings.refresh_status(BUNDLE_ID) is RefreshStatus.AVAILABLE


def test_off_for_the_phone_is_off_for_every_app_and_by_wifi_only_is_not(tmp_path: Path) -> None:
    phone = phone_with(tmp_path)
    phone.settings.set_background_refresh(WIFI)
    assert phone.background_refresh_allowed(BUNDLE_ID)
    phone.settings.set_background_refresh(OFF)
    assert not phone.background_refresh_allowed(BUNDLE_ID)
    assert phone.settings.refresh_status(BUNDLE_ID) is RefreshStatus.DENIED


@pytest.mark.parametrize(
    ("position", "over_wifi", "over_cellular"), [(OFF, False, False), (WIFI, True, False), (ON, True, True)]
)
def test_the_position_says_over_which_interface_apps_refresh(
    tmp_path: Path, position: BackgroundRefresh, over_wifi: bool, over_cellular: bool
) -> None:
    settings = phone_with(tmp_path).settings
    settings.set_background_refresh(position)
    assert settings.refreshes_over(Interface.WIFI) is over_wifi
    assert settings.refreshes_over(Interface.CELLULAR) is over_cellular
    assert not settings.refreshes_over(None)


def test_a_phone_without_cellular_has_a_switch_of_two_positions(tmp_path: Path) -> None:
    settings = without_cellular(tmp_path).settings
    with pytest.raises(NoSuchSwitch):
        settings.set_background_refresh(WIFI)
    settings.set_background_refresh(OFF)
    assert settings.background_refresh is OFF


@pytest.mark.parametrize(
    ("modes", "listed"),
    [
        ((), False),
        (("audio", "location", "voip", "bluetooth-central"), False),
        (("fetch",), True),
        (("processing",), True),
        (("audio", "remote-notification"), True),
        (("newsstand-content",), True),
    ],
)
def test_only_some_background_modes_give_an_app_a_row(
    tmp_path: Path, modes: tuple[str, ...], listed: bool
) -> None:
    settings = phone_with(tmp_path, *modes).settings
    assert settings.has_row(BUNDLE_ID) is listed
    assert (BUNDLE_ID in [row.bundle_id for row in settings.rows()]) is listed


def test_an_app_s_own_switch_leaves_other_apps_alone(tmp_path: Path) -> None:
    settings = phone_with(tmp_path, "fetch").settings
    settings.set_app_refresh(BUNDLE_ID, False)
    assert (settings.refreshes(BUNDLE_ID), settings.refreshes(OTHER)) == (False, True)
    assert settings.rows() == (AppRow(BUNDLE_ID, "Sample", switch=False, greyed=False),)


def test_an_app_without_a_row_has_no_switch(tmp_path: Path) -> None:
    with pytest.raises(NoSuchSwitch, match="has no row"):
        phone_with(tmp_path, "audio").settings.set_app_refresh(BUNDLE_ID, False)


def test_off_for_the_phone_leaves_plain_rows_that_cannot_be_switched(tmp_path: Path) -> None:
    settings = phone_with(tmp_path, "fetch").settings
    settings.set_background_refresh(OFF)
    assert settings.rows() == (AppRow(BUNDLE_ID, "Sample", switch=None, greyed=False),)
    with pytest.raises(SettingLocked):
        settings.set_app_refresh(BUNDLE_ID, False)


def test_low_power_mode_denies_greys_and_shows_off_but_stores_nothing(tmp_path: Path) -> None:
    settings = phone_with(tmp_path, "fetch").settings
    settings.set_low_power(True)
    assert settings.refresh_status(BUNDLE_ID) is RefreshStatus.DENIED
    assert settings.refreshes(BUNDLE_ID)
    assert settings.rows() == (AppRow(BUNDLE_ID, "Sample", switch=False, greyed=True),)
    with pytest.raises(SettingLocked):
        settings.set_background_refresh(OFF)
    settings.set_low_power(False)
    assert settings.background_refresh is ON
    assert settings.rows() == (AppRow(BUNDLE_ID, "Sample", switch=True, greyed=False),)


@pytest.mark.parametrize(
    ("before", "after", "fed", "stays"),
    [(50, 80, True, False), (79, 100, True, False), (50, 79, True, True), (50, 80, False, True)],
)
def test_low_power_mode_ends_when_the_battery_is_charged_to_80_percent(
    tmp_path: Path, before: int, after: int, fed: bool, stays: bool
) -> None:
    phone = phone_with(tmp_path)
    phone.conditions.set_battery(before, external_power=fed)
    phone.settings.set_low_power(True)
    phone.conditions.set_battery(after)
    assert phone.settings.low_power is stays


def test_low_power_mode_can_be_switched_on_when_the_battery_is_full(tmp_path: Path) -> None:
    phone = phone_with(tmp_path)
    phone.settings.set_low_power(True)
    phone.conditions.set_battery(100, external_power=True)
    assert phone.settings.low_power


def test_restrictions_lock_everything_and_restrict_what_is_off(tmp_path: Path) -> None:
    settings = phone_with(tmp_path, "fetch").settings
    settings.set_restricted(True)
    assert settings.refresh_status(BUNDLE_ID) is RefreshStatus.AVAILABLE
    with pytest.raises(SettingLocked, match="restricted"):
        settings.set_app_refresh(BUNDLE_ID, False)
    settings.set_restricted(False)
    settings.set_app_refresh(BUNDLE_ID, False)
    settings.set_restricted(True)
    assert settings.refresh_status(BUNDLE_ID) is RefreshStatus.RESTRICTED


def test_every_change_is_told_once_and_posted(tmp_path: Path) -> None:
    phone = phone_with(tmp_path, "fetch")
    told: list[SettingChange] = []
    posted: list[str] = []
    phone.settings.observe(told.append)
    for name in (REFRESH_CHANGED, LOW_POWER_CHANGED):
        phone.darwin.observe(name, posted.append)
    for _ in range(2):
        phone.settings.set_app_refresh(BUNDLE_ID, False)
    for _ in range(2):
        phone.settings.set_background_refresh(OFF)
    for _ in range(2):
        phone.settings.set_low_power(True)
    assert told == [
        SettingChange(SettingKind.APP_REFRESH, BUNDLE_ID),
        SettingChange(SettingKind.BACKGROUND_REFRESH),
        SettingChange(SettingKind.LOW_POWER),
    ]
    assert posted == [REFRESH_CHANGED, REFRESH_CHANGED, LOW_POWER_CHANGED]


def test_settings_logs_a_change_that_is_made_in_it(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.settings.set_background_refresh(OFF)
    assert bench.lines("Preferences") == []
    bench.phone.user_launch(SETTINGS.bundle_id)
    bench.phone.settings.set_background_refresh(ON)
    assert bench.lines("Preferences") == ["setAutomaticAppUpdatesAllowed:[value BOOLValue]] 1"]


def test_settings_outlive_a_restart(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.phone.settings.set_background_refresh(OFF)
    bench.phone.reboot()
    bench.wait(60)
    assert bench.phone.settings.background_refresh is OFF
