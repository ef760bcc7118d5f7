"""What goes wrong with a screen in a run is told as what it is, and the phone is as it was afterwards.

A setting that cannot be applied is no fault of the app, and is not told as a failed test of it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.plugins.runs import Ended, Place, Shared, shared_run

ONE_PHONE = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7", cellular: true, seed: 1}
"""

SHELL = """\
import json

from harness.config.places import racks_dir
from harness.model.states import AppState
from harness.virtual.control_client import open_control
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import fields_of


def shell(line):
    (rack,) = racks_dir().glob("*.json")
    with open_control(json.loads(rack.read_text())["control"]) as control:
        return control.ask(fields_of(line.split(), GRAMMAR))


def stands():
    told = shell("show")
    return told["wifi_on"], told["airplane"], told["low_power"], told["background_refresh"]


"""

TESTS = """\
def test_ignored(device):
    shell("ignore-switches on")
    device.settings.set_low_power(True)

def test_after_ignored(device):
    shell("mend")
    assert stands() == (True, False, False, "wifi and cellular")

def test_crash_while_looking(device, app):
    app.launch()
    device.settings.low_power()
    app.launch()
    shell("runner crash")
    app.force_quit()
    app.expect_state(AppState.NOT_RUNNING, within_s=30)

def test_crash_while_touching(device, app):
    app.launch()
    device.settings.low_power()
    app.launch()
    shell("runner crash after=4")
    app.force_quit()

def test_wifi_by_settings(device):
    shell("refuse-service com.apple.mobile.MCInstall")
    shell("runner lose-session on")
    device.network.wifi_off()
    assert stands() == (False, False, False, "wifi and cellular")

def test_after_all(device):
    shell("mend")
    assert stands() == (True, False, False, "wifi and cellular")
"""

LEFT_ALTERED = """\
def test_leaves_it(device):
    device.settings.set_low_power(True)
    shell("ignore-switches on")

def test_next(device):
    pass
"""

ENDED = {
    "test_ignored": ("error", "SettingNotApplied: v-16: a switch was to be on: it read off before"),
    "test_after_ignored": ("passed", ""),
    "test_crash_while_looking": ("passed", ""),
    "test_crash_while_touching": ("error", "RunnerFailed: v-16: dragging was cut off"),
    "test_wifi_by_settings": ("passed", ""),
    "test_after_all": ("passed", ""),
}
"""Test -> its verdict, and how its message begins."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    def run(path: Path) -> Ended:
        return Place(path, SHELL + TESTS, ONE_PHONE).run("--report=out")

    return shared_run(tmp_path_factory, "ui-faults", run)


@pytest.mark.parametrize("test", ENDED)
def test_a_fault_of_the_screen_is_got_over_or_told_as_an_error_and_never_as_the_apps(
    told: Shared, test: str
) -> None:
    tests = json.loads((told.path / "out" / "ctrf.json").read_text())["results"]["tests"]
    (one,) = [each for each in tests if each["name"] == test]
    verdict, begins = ENDED[test]
    assert one["extra"]["verdict"] == verdict, told.ended.said
    assert one.get("message", "").startswith(begins)


def test_a_phone_that_cannot_be_put_back_is_given_to_nobody_and_says_what_to_do_by_hand(
    tmp_path: Path,
) -> None:
    ended = Place(tmp_path, SHELL + LEFT_ALTERED, ONE_PHONE).run()
    for words in (
        "ERROR at teardown of test_leaves_it",
        "SettingNotApplied: v-16: a switch was to be off: it read on before",
        "ERROR at setup of test_next",
        "DeviceQuarantined: too few phones are in rotation",
        "v-16: out of rotation for ",
        "By hand: Open Settings > Battery and switch Low Power Mode off",
    ):
        assert words in ended.said
