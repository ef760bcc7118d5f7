"""Stories in which the phone is altered, told through Appium on the phones of the shipped devices.yaml.

The main job tells them without a server in between. Here each is told on every iOS before 17, or
on every one from it on; with ``--every-version`` on all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.plugins import in_all
from tests.plugins.runs import Place

pytestmark = pytest.mark.judge("appium")

ROOT = Path(__file__).parents[3]

STORIES = {
    "test_background_refresh": "<17",
    "test_force_quit": ">=17",
    "test_server_down": ">=17",
    "test_without_wifi": "<17",
}
"""File -> the versions on which its stories are told by default: S68 to S70, S62 to S65, and S5 to S7."""

ON_EACH_PHONE = """
import importlib
import pytest

def on_each_phone(test, versions):
    own = [mark for mark in test.pytestmark if mark.name == "device"]
    asked = {key: value for mark in own for key, value in mark.kwargs.items()}
    test.pytestmark = [mark for mark in test.pytestmark if mark.name != "device"]
    both = ",".join([versions, *([asked["ios"]] if "ios" in asked else [])])
    return pytest.mark.device(**asked | {"ios": both, "each": "ios"})(test)

for name, versions in STORIES.items():
    module = importlib.import_module(f"harness.scenarios.{name}")
    globals().update(
        {
            each: on_each_phone(test, versions)
            for each, test in vars(module).items()
            if each.startswith("test_")
        }
    )
"""

VERSIONS = ("15.8", "16.7", "18.5", "26.0")
"""Of the phones of devices.yaml, as their tests are named."""


def test_stories_are_told_the_same_through_a_server(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    is_every = bool(pytestconfig.getoption("--every-version"))
    stories = dict.fromkeys(STORIES, ">=15") if is_every else STORIES
    place = Place(tmp_path, f"STORIES = {stories!r}\n{ON_EACH_PHONE}", shipped_phones())
    ended = place.run("-n2", "--ui=appium", "--report=told", "--junitxml=outcomes.xml")
    assert ended.status == 0, ended.said
    passed = outcomes(tmp_path / "outcomes.xml")
    assert [version for version in VERSIONS if not any(version in each for each in passed)] == []
    worked = phones_worked((tmp_path / "told" / "appium.log").read_text())
    assert worked == len(VERSIONS), "every phone's screen was worked through the one server"


def test_every_condition_at_once_is_kept_and_put_back_through_a_server(tmp_path: Path) -> None:
    ended = Place(tmp_path, in_all.TESTS, in_all.PHONES).run("--ui=appium", "--report=told")
    assert ended.status == 0, ended.said
    assert "2 passed" in ended.said, ended.said
    assert phones_worked((tmp_path / "told" / "appium.log").read_text()) == 1


def shipped_phones() -> str:
    """The shipped devices.yaml, for a run elsewhere."""
    return (ROOT / "devices.yaml").read_text().replace("harness/scenarios", str(ROOT / "harness/scenarios"))


def outcomes(report: Path) -> set[str]:
    """Names of the tests that passed.

    Raises:
        AssertionError: one did not.
    """
    cases: Iterable[ElementTree.Element] = list(ElementTree.parse(report).iter("testcase"))
    bad = [case.attrib["name"] for case in cases if {part.tag for part in case} & {"failure", "error"}]
    assert bad == []
    return {case.attrib["name"] for case in cases if case.find("skipped") is None}


def phones_worked(log: str) -> int:
    """With how many phones the server has had a session, by the pseudonyms that the report gives them."""
    return len(set(re.findall(r'"appium:udid":"([^"]+)"', log)))
