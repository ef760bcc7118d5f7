from __future__ import annotations

import pytest

from harness.config.devices import UiSpec
from harness.drivers.ui.ways import RUNNER, UiWay, UiWish, Via, way_to
from harness.model.identity import Hardware

OWN = UiSpec(wda_bundle_id="com.example.wda.xctrunner")
SERVER = "http://127.0.0.1:4723"
OTHER_SERVER = "http://mac.local:4723"
BY_SERVER = UiSpec(appium=SERVER)
KEPT_URL = "http://127.0.0.1:8100"
KEPT = UiSpec(wda_url=KEPT_URL)
KEPT_BY_SERVER = UiSpec(wda_url=KEPT_URL, appium=SERVER)

REAL, VIRTUAL = Hardware.REAL, Hardware.VIRTUAL


@pytest.mark.parametrize(
    ("hardware", "spec", "word", "url", "way"),
    [
        (VIRTUAL, None, None, None, UiWay(Via.WDA, RUNNER)),
        (REAL, None, None, None, None),
        (REAL, None, "wda", None, None),
        (REAL, OWN, None, None, UiWay(Via.WDA, "com.example.wda.xctrunner")),
        (REAL, OWN, "none", None, None),
        (VIRTUAL, None, "none", None, None),
        (REAL, BY_SERVER, None, None, UiWay(Via.APPIUM, RUNNER, SERVER)),
        (REAL, BY_SERVER, "wda", None, UiWay(Via.WDA, RUNNER)),
        (REAL, BY_SERVER, None, OTHER_SERVER, UiWay(Via.APPIUM, RUNNER, OTHER_SERVER)),
        (VIRTUAL, None, "appium", None, UiWay(Via.APPIUM, RUNNER)),
        (VIRTUAL, None, None, SERVER, UiWay(Via.APPIUM, RUNNER, SERVER)),
        (REAL, KEPT, None, None, UiWay(Via.WDA, RUNNER, None, KEPT_URL)),
        (REAL, KEPT, "appium", None, UiWay(Via.APPIUM, RUNNER, None, KEPT_URL)),
        (REAL, KEPT, "none", None, None),
        (REAL, KEPT_BY_SERVER, None, None, UiWay(Via.APPIUM, RUNNER, SERVER, KEPT_URL)),
        (REAL, KEPT_BY_SERVER, "wda", None, UiWay(Via.WDA, RUNNER, None, KEPT_URL)),
        (REAL, OWN, "appium", SERVER, UiWay(Via.APPIUM, "com.example.wda.xctrunner", SERVER)),
    ],
)
def test_the_command_line_says_by_what_and_devices_yaml_by_which_runner(
    hardware: Hardware, spec: UiSpec | None, word: str | None, url: str | None, way: UiWay | None
) -> None:
    assert way_to(hardware, spec, UiWish.parse(word, url)) == way
