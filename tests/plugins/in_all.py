"""A test in every condition that a mark has, at once, and one that gets its phone afterwards."""

from __future__ import annotations

PHONES = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7", cellular: true, seed: 1}
"""

ALL = {
    "background_refresh": "wifi",
    "app_refresh": "off",
    "low_power": "on",
    "airplane": "on",
    "wifi": "off",
    "network": "SlowNetwork100PctLoss",
    "stands_in": True,
}

TESTS = f"""\
import pytest
from harness.api import NEVER
from harness.model.facts import SettingChanged
from harness.model.ladder import Toggle

TOGGLES = (
    Toggle.BACKGROUND_REFRESH, Toggle.APP_REFRESH, Toggle.LOW_POWER, Toggle.AIRPLANE_MODE, Toggle.WIFI
)

def in_force(device, app):
    told = app.do("probe").detail
    radios = device.settings.airplane_mode(), device.settings.wifi()
    return told["background_refresh"], told["low_power"], *radios

@pytest.mark.conditions(**{ALL!r})
def test_in_all(device, app, origin, timeline):
    assert [fact.toggle for fact in timeline.evidence().of(SettingChanged)] == list(TOGGLES)
    assert in_force(device, app) == ("denied", True, True, False)
    episode = origin.file("a.bin", size_bytes=10_000)
    app.launch()
    app.do("start-download", url=episode.url, id="a")
    app.expect_callback("didFinishDownloadingTo", count=NEVER, within_s=120)
    assert in_force(device, app) == ("denied", True, True, False)
    assert not origin.receipts

def test_after_all(device, app, origin):
    assert in_force(device, app) == ("available", False, False, True)
    assert device.settings.background_refresh() == "wifi and cellular"
    episode = origin.file("a.bin", size_bytes=10_000)
    app.launch()
    app.do("start-download", url=episode.url, id="a")
    app.expect_callback("didFinishDownloadingTo", within_s=60)
"""
