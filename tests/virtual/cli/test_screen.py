"""Commands that take the phone's screen: how apps are opened, left and ended, and what the log says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from harness.model.exits import ExitCause
from harness.model.states import AppState
from tests.virtual.cli.desk import Desk, running_desk

_APP = "dev.harness.downloader"
_DEVICES = """\
version: 1
devices:
  - {name: v-15, virtual: {ios: "15.8", model: "iPhone10,1", seed: 3}}
  - {name: v-18, virtual: {ios: "18.5", model: "iPhone14,5", seed: 3}}
"""
PHONES = ("v-15", "v-18")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with running_desk(tmp_path_factory.mktemp("desk"), _DEVICES) as desk:
        yield desk


@pytest.mark.parametrize("name", PHONES)
@pytest.mark.parametrize(
    ("way", "cause", "code"),
    [("user", ExitCause.USER_FORCE_QUIT, "0xDEADFA11"), ("term", ExitCause.AUTOMATION, "0xFBFBFBFB")],
)
def test_an_end_through_the_screen_is_proven_by_what_the_phone_recorded(
    desk: Desk, name: str, way: str, cause: ExitCause, code: str
) -> None:
    pid = desk.json("launch-app", _APP, "--phone", name)["pid"]
    told = desk.json("kill-app", _APP, "--as", way, "--phone", name)
    assert (told["pid"], told["gone"], told["cause"]) == (pid, True, cause)
    assert any(code in said for said in told["evidence"])
    assert desk.json("state", _APP, "--phone", name)["state"] == AppState.NOT_RUNNING


def test_an_end_that_the_log_is_silent_about_is_inconclusive(desk: Desk) -> None:
    desk.json("launch-app", _APP, "--phone", "v-18")
    desk.shell("--phone", "v-18", "log", "stall")
    try:
        done = desk.run("kill-app", _APP, "--as", "user", "--phone", "v-18", "--json")
    finally:
        desk.shell("--phone", "v-18", "log", "resume")
    told = json.loads(done.stdout)
    assert (done.returncode, told["gone"], told["cause"]) == (5, True, ExitCause.UNKNOWN)
    assert "the phone has not recorded user force quit" in done.stderr


def test_an_app_that_a_person_never_opened_cannot_be_swiped_away(desk: Desk) -> None:
    done = desk.run("kill-app", "dev.harness.courier", "--as", "user", "--phone", "v-18", "--json")
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["kind"], error["fix"]) == (3, "AppNotRunning", "Launch the app first.")


def test_an_app_is_opened_by_its_icon_and_left_by_home(desk: Desk) -> None:
    pid = desk.json("launch-app", _APP, "--by", "icon", "--phone", "v-18")["pid"]
    state = desk.json("state", _APP, "--phone", "v-18")
    assert (state["pid"], state["state"]) == (pid, AppState.FOREGROUND_ACTIVE)
    assert desk.json("background-app", _APP, "--by", "home", "--phone", "v-18")["opened"] is None
    assert desk.json("state", _APP, "--phone", "v-18")["state"] != AppState.FOREGROUND_ACTIVE


def test_an_app_is_opened_by_a_url(desk: Desk) -> None:
    desk.json("home", "--phone", "v-18")
    told = desk.json("open-url", _APP, "downloader://library", "--phone", "v-18")
    assert (told["done"], told["bundle_id"]) == ("open-url", _APP)
    assert desk.json("state", _APP, "--phone", "v-18")["state"] == AppState.FOREGROUND_ACTIVE


def test_a_locked_phone_says_so_until_it_is_unlocked(desk: Desk) -> None:
    desk.json("lock", "--phone", "v-15")
    refused = desk.run("home", "--phone", "v-15")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "locked" in refused.stderr
    desk.json("unlock", "--phone", "v-15")
    desk.json("home", "--phone", "v-15")


def test_what_siri_is_told_is_done_by_the_phone(desk: Desk) -> None:
    desk.json("siri", "turn off wifi", "--phone", "v-18")
    assert not desk.show("v-18")["wifi_on"]
    desk.json("siri", "turn on wifi", "--phone", "v-18")
    assert desk.show("v-18")["wifi_on"]


def test_what_the_app_does_not_show_cannot_be_tapped(desk: Desk) -> None:
    desk.json("launch-app", _APP, "--phone", "v-18")
    refused = desk.run("tap", _APP, "no-such-control", "--phone", "v-18")
    assert refused.returncode == 3
    assert "no-such-control" in refused.stderr
