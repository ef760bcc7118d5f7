"""Stories of the catalogue: the app that each gets, the axes, and what was not told and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.runs import Place, Shared, shared_run

APPS = Path(__file__).parents[2] / "harness" / "scenarios" / "apps"

ONE_PHONE = f"""\
version: 1
defaults: {{app: [{APPS / "downloader.yaml"}, {APPS / "uploader.yaml"}]}}
devices:
  - name: v-a
    virtual: {{ios: "16.7"}}
"""

STORIES = """\
import pytest
from harness.model.rungs import Rung

@pytest.mark.scenario("S6")
def test_downloads(app):
    assert app.bundle_id == "dev.harness.downloader"

@pytest.mark.scenario("S16", "S17")
def test_uploads(app):
    assert app.bundle_id == "dev.harness.uploader"

@pytest.mark.scenario("S63")
def test_switcher(app):
    raise AssertionError("told without the app switcher")

@pytest.mark.scenario("S54")
def test_regions(app):
    raise AssertionError("told to an app that knows no regions")

@pytest.mark.scenario("S63", rungs=())
def test_part_of_a_story(app):
    pass

@pytest.mark.scenario("S1")
def test_along(app, axes):
    assert str(axes) == "exit"

@pytest.mark.scenario("S1")
@pytest.mark.device(ios=">=17")
def test_elsewhere(app):
    pass

def test_no_story(app):
    pass
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    options = ("-n1", "--ui=none", "--axes=end=exit,force-quit refresh=on,off")
    return shared_run(
        tmp_path_factory, "stories", lambda path: Place(path, STORIES, ONE_PHONE).run(*options, "-rA")
    )


@pytest.mark.parametrize(
    "test", ["test_downloads", "test_uploads", "test_part_of_a_story", "test_along[exit]", "test_no_story"]
)
def test_a_story_is_told_with_the_first_app_that_can_be_told_it(told: Shared, test: str) -> None:
    assert f"PASSED test_it.py::{test}\n" in told.ended.said, told.ended.said


NOT_TOLD = (
    "not on this phone: needs the app switcher: S63 (v-a); S1 force-quit (v-a)",
    "not with this app: cannot be told watch-region: S54 (Downloader)",
    "not on this phone: needs the screens of the Settings app: S1 exit+refresh-off (v-a)",
    "not on this phone: needs the app switcher, the screens of the Settings app: "
    "S1 force-quit+refresh-off (v-a)",
    "no phone can be ios=>=17: S1 (devices.yaml)",
)


def test_what_was_not_told_is_listed_with_its_reason_also_by_workers(told: Shared) -> None:
    _, title, after = told.ended.said.partition(" stories not told ")
    assert title, told.ended.said
    for line in NOT_TOLD:
        assert line in after.splitlines(), after
    assert told.ended.status == pytest.ExitCode.OK, told.ended.said


def test_only_the_stories_asked_for_are_told(tmp_path: Path) -> None:
    said = Place(tmp_path, STORIES, ONE_PHONE).run("--collect-only", "-q", "--scenario=S6,s17").said
    listed = [line for line in said.splitlines() if line.startswith("test_it.py::")]
    assert listed == ["test_it.py::test_downloads", "test_it.py::test_uploads"], said
    assert "6 deselected" in said


@pytest.mark.parametrize(
    ("tests", "option", "what"),
    [
        (STORIES, "--scenario=S999", "the catalogue has no story 'S999'"),
        (STORIES.replace("S54", "S999"), "-q", "the catalogue has no story 'S999'"),
        (STORIES, "--axes=end=exitt", "--axes: no position of the axis end is named 'exitt'"),
    ],
    ids=["option", "mark", "axes"],
)
def test_what_the_catalogue_does_not_have_is_a_usage_error(
    tmp_path: Path, tests: str, option: str, what: str
) -> None:
    run = Place(tmp_path, tests, ONE_PHONE).run("--collect-only", option)
    assert run.status == pytest.ExitCode.USAGE_ERROR, run.said
    assert what in run.said
    assert run.is_plain, run.said


def test_the_app_of_an_option_takes_the_place_of_those_in_the_file(tmp_path: Path) -> None:
    place = Place(tmp_path, STORIES, ONE_PHONE)
    run = place.run(f"--app={APPS / 'uploader.yaml'}", "--scenario=S6")
    assert "not with this app: cannot be told start-download: S6 (Uploader)" in run.said, run.said
