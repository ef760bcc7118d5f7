"""An app that is told by links and by taps, as docs/profiles.md shows it: stories, by the real screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.config.profile import SHIPPED, WayKind, load_profile
from tests.plugins.runs import Ended, Place, Shared, shared_run
from tests.unit.docs.pages import blocks, page

PHONES = """\
version: 1
devices:
  - name: v-button
    virtual: {ios: "15.8", model: "iPhone9,1", seed: 15}
  - name: v-bar
    virtual: {ios: "18.5", model: "iPhone14,5", seed: 18}
"""

TESTS = """\
import pytest
from harness.errors import ScreenUnexpected
from harness.model.facts import ActionTaken, Verb
from harness.scenarios.test_background_download import *

@pytest.mark.device(each="ios")
def test_told_by_links_and_taps(app, origin, timeline):
    episode = origin.file("a&b.bin", size_bytes=100_000)
    app.do("start-download", url=episode.url, id="e42", cellular="no")
    app.expect_transfer(episode.name, requests=1, within_s=60)
    app.expect_callback("didFinishDownloadingTo", within_s=60)
    assert app.do("probe").detail["downloads"] == {"e42": "finished"}
    verbs = {action.verb for action in timeline.evidence().of(ActionTaken)}
    assert Verb.DO in verbs
    assert Verb.LAUNCH not in verbs

@pytest.mark.device(each="ios")
def test_not_in_front(app):
    app.launch()
    app.background(by="home")
    with pytest.raises(ScreenUnexpected, match="is not in front"):
        app.do("probe")
"""

S9, S56 = (
    "test_opening_the_app_while_it_downloads_finds_the_task_and_starts_no_second",
    "test_download_finishes_while_app_is_suspended_and_resumes_it",
)


def by_screen() -> str:
    """Courier's profile, with the ways that docs/profiles.md shows in place of its own."""
    (shown,) = [block for block in blocks(page("docs/profiles.md"), "yaml") if "tap:" in block]
    text = (SHIPPED / "courier.yaml").read_text(encoding="utf-8")
    return re.sub(r"^triggers:\n(?:(?:  .*)?\n)+", lambda _: shown + "\n", text, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Shared:
    def run(path: Path) -> Ended:
        profile = path / "courier.yaml"
        profile.write_text(by_screen())
        which = f"told_by or not_in_front or {S9} or {S56}"
        return Place(path, TESTS, PHONES).run(f"--app={profile}", "-rA", "-k", which)

    return shared_run(tmp_path_factory, "by-screen", run)


def test_the_example_has_both_ways_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "courier.yaml").write_text(by_screen())
    profile = load_profile(tmp_path / "courier.yaml")
    assert {way.kind for ways in profile.triggers.values() for way in ways} == {WayKind.URL, WayKind.TAP}


@pytest.mark.parametrize("story", ["test_told_by_links_and_taps", "test_not_in_front", S9, S56])
@pytest.mark.parametrize("ios", ["ios-15.8", "ios-18.5"])
def test_a_story_passes_with_and_without_a_home_button(told: Shared, story: str, ios: str) -> None:
    passed = [line for line in told.ended.said.splitlines() if line.startswith("PASSED")]
    assert any(story in line and ios in line for line in passed), told.ended.said
