"""What a phone is in the midst of, and what a computer may change about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.virtual.kernel.conditions import Battery, Change, Conditions, NoDeveloperMode, Thermal
from harness.virtual.kernel.preferences import ROWS, Preferences, preference
from tests.virtual.kernel.support import Bench


def test_every_verb_tells_the_observers_what_has_changed() -> None:
    conditions = Conditions(17)
    told: list[str] = []
    subscription = conditions.observe(told.append)
    conditions.switch_wifi(False)
    conditions.fall_asleep()
    conditions.wake_up()
    conditions.set_battery(20, external_power=False)
    conditions.heat(Thermal.SERIOUS)
    conditions.turn_developer_mode(False)
    conditions.unmount_image()
    conditions.mount_image()
    conditions.passcode = "1234"
    assert told == [
        Change.WIFI,
        Change.SLEEP,
        Change.SLEEP,
        Change.BATTERY,
        Change.THERMAL,
        Change.DEVELOPER_MODE,
        Change.IMAGE,
        Change.IMAGE,
        Change.PASSCODE,
    ]
    subscription.close()
    conditions.switch_wifi(True)
    assert len(told) == 9


def test_mounting_what_is_mounted_is_no_change() -> None:
    conditions = Conditions(17)
    told: list[str] = []
    conditions.observe(told.append)
    conditions.mount_image()
    assert told == []


def test_what_is_not_said_of_the_battery_stays() -> None:
    conditions = Conditions(17)
    conditions.set_battery(40, external_power=False, temperature_c=35.0)
    conditions.set_battery(39)
    assert conditions.battery == Battery(39, external_power=False, temperature_c=35.0)
    for percent in (-1, 101):
        with pytest.raises(ValueError, match=str(percent)):
            conditions.set_battery(percent)


@pytest.mark.parametrize(
    ("major", "image", "mode", "serves"),
    [
        (15, True, None, True),
        (15, False, None, False),
        (16, True, True, True),
        (16, True, False, False),
        (17, False, True, False),
    ],
)
def test_developers_are_served_with_the_image_and_with_developer_mode_where_there_is_one(
    major: int, image: bool, mode: bool | None, serves: bool
) -> None:
    conditions = Conditions(major)
    conditions.image_mounted = image
    if mode is not None:
        conditions.turn_developer_mode(mode)
    assert conditions.serves_developers is serves


def test_before_ios_16_there_is_no_developer_mode_to_turn_on() -> None:
    conditions = Conditions(15)
    assert not conditions.developer_mode
    with pytest.raises(NoDeveloperMode):
        conditions.turn_developer_mode(True)


@pytest.mark.parametrize(
    ("wifi", "asleep", "up"), [(False, False, True), (True, True, True), (True, False, False)]
)
def test_a_phone_is_out_of_reach_without_wifi_asleep_and_down(wifi: bool, asleep: bool, up: bool) -> None:
    conditions = Conditions(17)
    assert conditions.reaches_wifi
    conditions.wifi_on, conditions.asleep, conditions.is_up = wifi, asleep, up
    assert not conditions.reaches_wifi


def test_the_phone_and_its_conditions_tell_the_same(tmp_path: Path) -> None:
    phone = Bench(tmp_path).phone
    phone.image_mounted = False
    phone.conditions.turn_developer_mode(False)
    assert not phone.conditions.image_mounted
    assert not phone.developer_mode
    phone.lock()
    assert not phone.locked_by_passcode
    phone.conditions.passcode = "1234"
    assert phone.locked_by_passcode
    phone.unlock()
    assert not phone.locked_by_passcode


def test_a_preference_is_what_it_was_set_to_until_it_is_reset() -> None:
    preferences = Preferences("desk")
    row = preference("", "DeviceName")
    assert row is not None
    told: list[str] = []
    preferences.observe(lambda changed: told.append(changed.key))
    assert preferences.device_name == "desk"
    preferences.set(row, "shelf")
    assert preferences.domain("")["DeviceName"] == "shelf"
    preferences.reset(row)
    assert preferences.device_name == "desk"
    assert told == ["DeviceName", "DeviceName"]


def test_truth_becomes_what_the_preference_is_kept_as() -> None:
    preferences = Preferences("desk")
    zoom = preference("com.apple.Accessibility", "ZoomTouchEnabledByiTunes")
    wifi = preference("com.apple.mobile.wireless_lockdown", "EnableWifiConnections")
    assert zoom is not None
    assert wifi is not None
    preferences.set(zoom, True)
    preferences.set(wifi, 0)
    assert type(preferences.value(zoom.domain, zoom.key)) is int
    assert preferences.wifi_connections is False


def test_every_preference_says_who_sets_it_and_has_the_type_it_is_set_to() -> None:
    assert all(row.source for row in ROWS)
    assert all(row.default is None or type(row.default) is row.kind for row in ROWS)
    assert len({(row.domain, row.key) for row in ROWS}) == len(ROWS)


def test_another_language_restarts_springboard_which_says_when_it_is_ready(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before = bench.phone.processes.named("SpringBoard")
    row = preference("com.apple.international", "Language")
    assert before is not None
    assert row is not None
    ready: list[str] = []
    bench.phone.darwin.observe("com.apple.springboard.finishedstartup", ready.append)
    bench.phone.preferences.set(row, "de")
    assert bench.phone.processes.named("SpringBoard") is None
    bench.wait(bench.phone.rules.daemon_respawn_s + 0.1)
    after = bench.phone.processes.named("SpringBoard")
    assert after is not None
    assert after.pid != before.pid
    assert len(ready) == 1


def test_a_lock_and_an_unlock_are_announced(tmp_path: Path) -> None:
    phone = Bench(tmp_path).phone
    heard: list[str] = []
    told: list[str] = []
    phone.darwin.observe("com.apple.springboard.lockstate", heard.append)
    phone.conditions.observe(told.append)
    phone.lock()
    phone.unlock()
    assert len(heard) == 2
    assert told == [Change.LOCK, Change.LOCK]
