"""The main job needs nothing of the control socket: it passes on a rack that has none."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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

USUAL = tuple(name for name in SHIPPED if name not in IOS)

RUNS = (USUAL[: len(USUAL) // 2], USUAL[len(USUAL) // 2 :], *((name,) for name in IOS))
"""The files of each run, which have one rack between them: starting one costs more than most files do."""

NO_SETTINGS = "not on this phone: needs the screens of the Settings app"
NO_SWITCHER = "not on this phone: needs the app switcher"
NO_HOME_SCREEN = "not on this phone: needs tapping an icon on the home screen"

NOT_TOLD = {
    "test_background_refresh.py": {
        "test_with_background_refresh_off_a_download_comes_and_nobody_is_woken[usual-ios-16.7]": NO_SETTINGS,
        "test_with_background_refresh_off_for_this_app_it_is_not_woken[usual-ios-16.7]": NO_SETTINGS,
    },
    "test_force_quit.py": {
        "test_removing_an_app_that_is_dead_quits_nothing_and_counts_all_the_same[ios-16.7]": NO_SWITCHER,
        "test_removing_the_app_cancels_its_download_and_keeps_it_asleep[usual-ios-16.7]": NO_SWITCHER,
        "test_opening_the_app_again_takes_the_flag_away[ios-16.7]": NO_SWITCHER,
        "test_a_region_still_relaunches_an_app_that_its_user_has_quit[ios-16.7]": NO_SWITCHER,
    },
    "test_outside_xcode.py": {
        "test_an_app_opened_by_its_icon_is_woken_like_any_other[ios-16.7]": NO_HOME_SCREEN,
        "test_a_second_run_from_the_home_screen_is_none_the_worse_for_the_first[ios-16.7]": NO_HOME_SCREEN,
    },
}
"""File -> test -> why it is not told where no screen is worked; all others of these files are."""

THE_SOCKET_IS_CLOSED = """\
def test_the_socket_is_closed(device):
    import json
    from harness.config.places import racks_dir

    (rack,) = [json.loads(path.read_text()) for path in racks_dir().glob("*.json")]
    assert rack["usbmux"] and rack["control"] == ""
"""

SOCKET_TEST = "test_the_socket_is_closed"


def run_of_scenario(factory: pytest.TempPathFactory, name: str) -> Shared:
    """The run of a shipped file on a rack without a control socket; its timelines are in ``kept``."""
    (number,) = [number for number, names in enumerate(RUNS) if name in names]
    return run_of(factory, number)


def run_of(factory: pytest.TempPathFactory, number: int) -> Shared:
    """One of ``RUNS``."""
    return shared_run(factory, f"shipped-{number}", lambda path: _run(path, RUNS[number], "--timelines=kept"))


def _run(path: Path, names: Sequence[str], *options: str) -> Ended:
    place = Place(path, THE_SOCKET_IS_CLOSED, PHONE.format(apps=APPS, ios=IOS.get(names[0], USUAL_IOS)))
    for name in names:
        # Imported, not copied: so the file's predicates are stored under a name that they can be found by.
        (path / name).write_text(f"from harness.scenarios.{name.removesuffix('.py')} import *\n")
    return place.run(f"--junitxml={OUTCOMES}", *options, variables={CONTROL_VARIABLE: "off"})


@dataclass(frozen=True)
class Outcomes:
    """What became of the tests of a file, or of a whole run.

    Attributes:
        passed: names of those that passed.
        skipped: names of those that were skipped, and why.
        bad: names of those that failed, or had an error.
    """

    passed: frozenset[str]
    skipped: Mapping[str, str]
    bad: frozenset[str]


def outcomes_of(run: Shared, name: str) -> Outcomes:
    """What became of the tests of one file of a run, by the report that pytest wrote of it."""
    module = name.removesuffix(".py")
    cases = {case.attrib["name"]: case for case in _cases(run) if case.attrib["classname"] == module}
    bad = {name for name, case in cases.items() if {part.tag for part in case} & {"failure", "error"}}
    whys = {name: case.find("skipped") for name, case in cases.items()}
    skipped = {name: why.attrib["message"] for name, why in whys.items() if why is not None}
    passed = cases.keys() - bad - skipped.keys()
    return Outcomes(frozenset(passed), skipped, frozenset(bad))


def _cases(run: Shared) -> list[ElementTree.Element]:
    assert (run.path / OUTCOMES).exists(), run.ended.said
    return list(ElementTree.parse(run.path / OUTCOMES).iter("testcase"))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_scenarios_pass_on_a_rack_without_a_control_socket(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = run_of_scenario(tmp_path_factory, name)
    outcomes = outcomes_of(run, name)
    assert not outcomes.bad, run.ended.said
    assert not outcomes.skipped, run.ended.said
    assert outcomes.passed, "a file has a story"


@pytest.mark.parametrize("number", range(len(RUNS)))
def test_nothing_that_was_collected_is_left_out_and_the_socket_is_closed(
    number: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = run_of(tmp_path_factory, number)
    assert run.ended.status == 0, run.ended.said
    assert outcomes_of(run, "test_it.py").passed == {SOCKET_TEST}, run.ended.said
    found = re.search(r"^collected (\d+) items?$", run.ended.said, re.MULTILINE)
    assert found, run.ended.said
    told = [outcomes_of(run, name).passed for name in (*RUNS[number], "test_it.py")]
    assert sum(map(len, told)) == int(found[1]), run.ended.said


def test_where_no_screen_is_worked_the_stories_of_the_screen_alone_are_not_told(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    run = shared_run(tmp_path_factory, "no-screen", lambda path: _run(path, tuple(NOT_TOLD), "--ui=none"))
    assert run.ended.status == 0, run.ended.said
    outcomes = {name: outcomes_of(run, name) for name in NOT_TOLD}
    assert {name: of_file.skipped for name, of_file in outcomes.items()} == NOT_TOLD, run.ended.said


def test_what_is_not_told_is_of_shipped_files() -> None:
    assert {*NOT_TOLD, *IOS} <= {*SHIPPED}
