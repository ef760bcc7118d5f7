"""``harness set``: what is set stays, how is told, and how it was before is put back when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from harness.model.ladder import By, Fidelity
from tests.virtual.cli.desk import Desk, running_desk

_APP = "dev.harness.downloader"
_QUIET = "dev.harness.hog"
_DEVICES = """\
version: 1
devices:
  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3", seed: 3}}
  - {name: v-26, virtual: {ios: "26.0", model: "iPhone17,3", cellular: false, seed: 3}}
"""
PHONES = ("v-16", "v-26")


@pytest.fixture(scope="module")
def one_desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk"), _DEVICES) as desk:
        yield desk


@pytest.fixture
def desk(one_desk: Desk) -> Iterator[Desk]:
    yield one_desk
    one_desk.run("restore", "--all")


@pytest.mark.parametrize("name", PHONES)
def test_wifi_is_switched_without_the_screen_and_stays_off(desk: Desk, name: str) -> None:
    told = desk.json("set", "wifi", "off", "--phone", name)
    assert (told["by"], told["fidelity"]) == (By.CONFIGURATION_SERVICE, Fidelity.SAME)
    assert told["verified"] == "the phone answers after it has read the power back"
    assert (told["passed_over"], told["put_back"]) == ([], "wifi back to on")
    assert told["undo"] == f"harness restore --all --phone {name}"
    assert not desk.show(name)["wifi_on"]
    assert desk.json("set", "wifi", "--phone", name)["value"] == "off"


def test_how_to_undo_it_is_said_and_does_it(desk: Desk) -> None:
    told = desk.run("set", "wifi", "off", "--phone", "v-16").stdout
    command = told.rpartition("or harness ")[2].split()
    assert desk.run(*command).stdout == "v-16: put back: wifi back to on\n"
    assert desk.show("v-16")["wifi_on"]


@pytest.mark.parametrize(("name", "setting"), [("v-16", "airplane"), ("v-26", "low-power")])
def test_a_switch_of_settings_is_read_set_and_read_again(desk: Desk, name: str, setting: str) -> None:
    assert desk.json("set", setting, "--phone", name)["value"] == "off"
    told = desk.json("set", setting, "on", "--phone", name)
    assert (told["value"], told["by"]) == ("on", By.SETTINGS)
    assert told["put_back"].endswith(" back to off")
    assert desk.json("set", setting, "--phone", name)["value"] == "on"


def test_setting_it_back_by_hand_leaves_nothing_to_put_back(desk: Desk) -> None:
    desk.json("set", "low-power", "on", "--phone", "v-16")
    told = desk.json("set", "low-power", "off", "--phone", "v-16")
    assert (told["put_back"], told["undo"]) == (None, None)
    assert "nothing is to be put back" in desk.run("restore", "--all").stderr


def test_what_was_there_at_first_is_put_back_and_not_what_was_set_in_between(desk: Desk) -> None:
    desk.json("set", "background-refresh", "wifi", "--phone", "v-16")
    told = desk.json("set", "background-refresh", "off", "--phone", "v-16")
    assert told["put_back"] == "background-refresh back to wifi and cellular"
    desk.run("restore", "--all")
    assert desk.json("set", "background-refresh", "--phone", "v-16")["value"] == "on"


@pytest.mark.parametrize("name", PHONES)
def test_background_refresh_of_one_app_is_its_own_switch(desk: Desk, name: str) -> None:
    told = desk.json("set", "background-refresh", "off", "--app", _APP, "--phone", name)
    assert (told["setting"], told["bundle_id"], told["value"]) == ("app-refresh", _APP, "off")
    assert told["put_back"] == f"background-refresh of {_APP} back to on"
    assert desk.json("set", "background-refresh", "--app", _APP, "--phone", name)["value"] == "off"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("background-refresh", "off", "--app", _QUIET, "--phone", "v-16"), "row"),
        (("background-refresh", "wifi", "--phone", "v-26"), "cellular"),
    ],
)
def test_what_cannot_be_set_so_is_told_with_5_and_nothing_is_to_be_put_back(
    desk: Desk, words: tuple[str, ...], why: str
) -> None:
    done = desk.run("set", *words, "--json")
    assert done.returncode == 5
    error = json.loads(done.stdout)["error"]
    assert error["kind"] == "SetupImpossible"
    assert why in error["what"]
    assert "nothing is to be put back" in desk.run("restore", "--all").stderr


def test_low_power_mode_makes_background_refresh_grey_which_is_told_with_what_to_do(desk: Desk) -> None:
    desk.json("set", "low-power", "on", "--phone", "v-16")
    done = desk.run("set", "background-refresh", "off", "--phone", "v-16")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.endswith("Low Power Mode is on. Switch Low Power Mode off.\n")


def test_a_switch_that_ignores_fingers_may_stand_either_way_and_can_be_put_back(desk: Desk) -> None:
    desk.shell("--phone", "v-16", "ignore-switches", "on")
    try:
        done = desk.run("set", "low-power", "on", "--phone", "v-16")
        assert done.returncode == 3
        assert (
            "low-power may stand either way. harness restore --all --phone v-16 puts it back" in done.stderr
        )
    finally:
        desk.shell("--phone", "v-16", "mend")


def test_an_access_point_is_let_in_again_with_the_radio(desk: Desk) -> None:
    file = desk.directory / "ap.yaml"
    file.write_text(
        _DEVICES + "origin:\n  access_point: [sh, -c, 'echo {state} >> " + str(desk.directory / "ap") + "']\n"
    )
    desk.json("set", "wifi", "off", "--phone", "v-16", "--devices", str(file))
    assert not (desk.directory / "ap").exists()
    desk.json("set", "wifi", "on", "--phone", "v-16", "--devices", str(file))
    assert (desk.directory / "ap").read_text() == "on\n"
    assert desk.show("v-16")["wifi_on"]
