"""Conditions of a mark: the phone is in them before the body begins, and out of them afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.runs import Place, Shared, shared_run, told_of_a_slip

PHONES = """\
version: 1
devices:
  - name: v-far
    virtual: {ios: "16.7", seed: 1, cellular: false}
  - name: v-near
    virtual: {ios: "16.7", seed: 2, cellular: true}
"""

TESTS = """\
import pytest
from harness.api import NEVER

FAR, NEAR = pytest.mark.device(name="v-far"), pytest.mark.device(name="v-near")

@FAR
@pytest.mark.conditions(low_power="on", background_refresh="off", airplane="on")
def test_settings(device):
    assert device.settings.low_power()
    assert device.settings.airplane_mode()

@FAR
@pytest.mark.conditions(background_refresh="off")
def test_refresh(device, app):
    assert device.settings.background_refresh() == "off"
    assert app.do("probe").detail["background_refresh"] == "denied"

@FAR
def test_after_settings(device):
    assert device.settings.background_refresh() == "wifi and cellular"
    assert not device.settings.low_power()
    assert not device.settings.airplane_mode()

@pytest.mark.conditions(app_refresh="off")
@FAR
class TestMarks:
    def test_of_the_class(self, app):
        assert app.do("probe").detail["background_refresh"] == "denied"

    @pytest.mark.conditions(app_refresh="on")
    def test_nearest_counts(self, app):
        assert app.do("probe").detail["background_refresh"] == "available"

def silence(app, since=None):
    app.expect_callback("didCompleteWithError", count=NEVER, within_s=30, since=since)

@FAR
@pytest.mark.conditions(wifi="off")
def test_far_origin(app, origin):
    app.launch()
    silence(app)

@NEAR
@pytest.mark.conditions(wifi="off")
def test_near_origin(app, origin):
    app.launch()
    silence(app)

@NEAR
@pytest.mark.conditions(wifi="off")
def test_near_origin_of_transfers_kept_from_cellular(app, origin):
    episode = origin.file("a.bin", size_bytes=10_000)
    app.launch()
    app.do("start-download", url=episode.url, id="a", cellular="no")
    silence(app)

@NEAR
@pytest.mark.conditions(wifi="off")
def test_nobody_tried(app):
    app.launch()
    silence(app)

@FAR
@pytest.mark.conditions(network="SlowNetwork100PctLoss")
def test_lossy(app, origin):
    episode = origin.file("a.bin", size_bytes=10_000)
    app.launch()
    app.do("start-download", url=episode.url, id="a")
    silence(app)

@FAR
@pytest.mark.conditions(network="NoSuchNetwork")
def test_impossible(app):
    raise AssertionError("ran without its conditions")

@FAR
@pytest.mark.scenario("S1")
@pytest.mark.conditions(network="NoSuchNetwork")
def test_impossible_story(app):
    raise AssertionError("ran without its conditions")
"""

OUTCOMES = {
    "PASSED": (
        "test_settings",
        "test_refresh",
        "test_after_settings",
        "TestMarks::test_of_the_class",
        "TestMarks::test_nearest_counts",
        "test_far_origin",
        "test_near_origin_of_transfers_kept_from_cellular",
        "test_lossy",
    ),
    "ERROR": ("test_impossible",),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    return shared_run(
        tmp_path_factory, "conditions", lambda path: Place(path, TESTS, PHONES).run("-n2", "-rA")
    )


@pytest.mark.parametrize(
    ("outcome", "test"), [(word, test) for word, tests in OUTCOMES.items() for test in tests]
)
def test_a_test_runs_in_its_conditions_or_not_at_all(told: Shared, outcome: str, test: str) -> None:
    lines = [line for line in told.ended.said.splitlines() if line.startswith(f"{outcome} test_it.py::")]
    assert any(line.split()[1] == f"test_it.py::{test}" for line in lines), told.ended.said


def test_an_origin_that_cellular_leads_to_makes_wifi_off_no_experiment(told: Shared) -> None:
    assert "INVALID test_it.py::test_near_origin - " in told.ended.said, told.ended.said
    assert "INVALID:cellular_leak" in told.ended.said


def test_where_nobody_tried_it_is_not_known(told: Shared) -> None:
    assert "INCONCLUSIVE test_it.py::test_nobody_tried - " in told.ended.said, told.ended.said
    assert "nobody has seen whether that leads to the origin" in told.ended.said


def test_a_story_whose_conditions_are_impossible_is_listed_and_not_told(told: Shared) -> None:
    assert "not on this phone: it knows no condition 'NoSuchNetwork': S1 (v-far)" in told.ended.said


MISTAKES = {
    "a condition": ("wify='off'", "device", "there is no condition 'wify'. Did you mean wifi?"),
    "a position": ("wifi='of'", "device", "wifi='of' is no position of a switch"),
    "a refresh": (
        "background_refresh='wife'",
        "device",
        "no position of Background App Refresh is named 'wife'",
    ),
    "no phone": ("wifi='off'", "tmp_path", "the test asks for none of device, app and origin"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_slip_in_a_mark_is_told_before_anything_runs(tmp_path: Path, what: str) -> None:
    words, asks, said = MISTAKES[what]
    assert said in told_of_a_slip(tmp_path, f"conditions({words})", asks, PHONES)
