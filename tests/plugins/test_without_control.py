"""The main job needs nothing of the control socket: it passes on a rack that has none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.virtual.serve import CONTROL_VARIABLE
from tests.plugins.runs import Ended, Place, Shared, shared_run

SCENARIOS = Path(__file__).parents[2] / "harness" / "scenarios"

SHIPPED = tuple(sorted(path.name for path in SCENARIOS.glob("test_*.py")))

OUTCOMES = "outcomes.xml"

APPS = ", ".join(str(SCENARIOS / "apps" / f"{name}.yaml") for name in ("downloader", "uploader", "worker"))

PHONE = """\
version: 1
defaults: {{app: [{apps}]}}
devices:
  - name: v
    virtual: {{ios: "{ios}", seed: 1}}
"""

USUAL_IOS = "16.7"

IOS = {"test_continued_task.py": "26.0"}
"""File -> the iOS that its stories are about, where it is not the usual one."""

NO_SETTINGS = "not on this phone: needs the screens of the Settings app"
NO_SWITCHER = "not on this phone: needs the app switcher"
NO_HOME_SCREEN = "not on this phone: needs tapping an icon on the home screen"

NOT_TOLD = {
    "test_background_refresh.py": {
        "test_with_background_refresh_off_a_download_comes_and_nobody_is_woken[usual]": NO_SETTINGS,
        "test_with_background_refresh_off_for_this_app_it_is_not_woken[usual]": NO_SETTINGS,
    },
    "test_force_quit.py": {
        "test_removing_an_app_that_is_dead_quits_nothing_and_counts_all_the_same": NO_SWITCHER,
        "test_removing_the_app_cancels_its_download_and_keeps_it_asleep[usual]": NO_SWITCHER,
        "test_opening_the_app_again_takes_the_flag_away": NO_SWITCHER,
        "test_a_region_still_relaunches_an_app_that_its_user_has_quit": NO_SWITCHER,
    },
    "test_outside_xcode.py": {
        "test_an_app_opened_by_its_icon_is_woken_like_any_other": NO_HOME_SCREEN,
        "test_a_second_run_from_the_home_screen_is_none_the_worse_for_the_first": NO_HOME_SCREEN,
    },
}
"""File -> test -> why it is not told: it needs a rung that no virtual phone offers. All others are told."""

THE_SOCKET_IS_CLOSED = """

def test_the_socket_is_closed(device):
    import json
    from harness.config.places import racks_dir

    (rack,) = [json.loads(path.read_text()) for path in racks_dir().glob("*.json")]
    assert rack["usbmux"] and rack["control"] == ""
"""

SOCKET_TEST = "test_the_socket_is_closed"


def run_of_scenario(factory: pytest.TempPathFactory, name: str) -> Shared:
    """A shipped file's run on a rack without a control socket, with a timeline of each test in ``kept``."""
    return shared_run(factory, f"shipped-{name}", lambda path: _run(path, name))


def _run(path: Path, name: str) -> Ended:
    # Imported, not copied: so the file's predicates are stored under a name that they can be found by.
    module = f"harness.scenarios.{name.removesuffix('.py')}"
    tests = f"from {module} import *\n{THE_SOCKET_IS_CLOSED}"
    place = Place(path, tests, PHONE.format(apps=APPS, ios=IOS.get(name, USUAL_IOS)))
    return place.run("--timelines=kept", f"--junitxml={OUTCOMES}", variables={CONTROL_VARIABLE: "off"})


@dataclass(frozen=True)
class Outcomes:
    """What became of the tests that a run collected.

    Attributes:
        collected: how many there were.
        passed: names of those that passed.
        skipped: names of those that were skipped, and why.
        bad: names of those that failed, or had an error.
    """

    collected: int
    passed: frozenset[str]
    skipped: Mapping[str, str]
    bad: frozenset[str]


def outcomes_of(run: Shared) -> Outcomes:
    """What became of the tests of a scenario's run, by the report that pytest wrote of it."""
    found = re.search(r"^collected (\d+) items?", run.ended.said, re.MULTILINE)
    assert found, run.ended.said
    cases = {case.attrib["name"]: case for case in ElementTree.parse(run.path / OUTCOMES).iter("testcase")}
    bad = {name for name, case in cases.items() if {part.tag for part in case} & {"failure", "error"}}
    whys = {name: case.find("skipped") for name, case in cases.items()}
    skipped = {name: why.attrib["message"] for name, why in whys.items() if why is not None}
    passed = cases.keys() - bad - skipped.keys()
    return Outcomes(int(found[1]), frozenset(passed), skipped, frozenset(bad))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_scenarios_pass_on_a_rack_without_a_control_socket(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = run_of_scenario(tmp_path_factory, name)
    assert run.ended.status == 0, run.ended.said
    outcomes = outcomes_of(run)
    assert not outcomes.bad, run.ended.said
    assert outcomes.skipped == NOT_TOLD.get(name, {}), run.ended.said
    assert len(outcomes.passed) + len(outcomes.skipped) == outcomes.collected, run.ended.said
    assert SOCKET_TEST in outcomes.passed, run.ended.said
    assert outcomes.collected > 1, "a file has a story"


def test_what_is_not_told_is_of_shipped_files() -> None:
    assert {*NOT_TOLD, *IOS} <= {*SHIPPED}
