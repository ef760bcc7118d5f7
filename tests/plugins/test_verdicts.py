"""A verdict reaches the screen, the exit status, xdist's controller and the JUnit file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.plugins.runs import Ended, Place

TESTS = """\
from harness.model.callbacks import Callback
from harness.model.states import AppState


def held(app, origin):
    episode = origin.file("episode.mp4", size_bytes=1_000_000, hold_after_bytes=0)
    app.launch()
    app.do("start-download", url=episode.url, id="e1")
    return episode


def test_passed(app):
    app.launch()
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)


def test_failed(app):
    app.launch()
    app.expect_state(AppState.SUSPENDED, within_s=5)


def test_invalid(app, origin):
    episode = held(app, origin)
    app.kill()
    app.expect_relaunch(since=episode.release(), within_s=20)


def test_inconclusive(app, origin):
    held(app, origin)
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    dead = app.kill()
    app.expect_relaunch(since=dead, within_s=20)


def test_wrong_by_itself():
    assert 1 + 1 == 3
"""

PROPERTIES = {
    "test_passed": ["passed PASS_CLAIMS_PROVEN"],
    "test_failed": ["failed NEVER_SUSPENDED"],
    "test_invalid": ["invalid INVALID:not_suspended"],
    "test_inconclusive": ["passed PASS_CLAIMS_PROVEN", "inconclusive NOT_WOKEN:SESSION_UNFINISHED"],
    "test_wrong_by_itself": [],
}


@dataclass(frozen=True)
class Finished:
    """A run, and what it wrote for other programs."""

    run: Ended
    junit: ElementTree.Element


@pytest.fixture(scope="module", params=["one process", "workers"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    path: Path = tmp_path_factory.mktemp("verdicts")
    workers = ["-n2"] if request.param == "workers" else []
    run = Place(path, TESTS).run("-q", "--junitxml=junit.xml", *workers)
    return Finished(run, ElementTree.parse(path / "junit.xml").getroot())


def test_a_spoiled_and_an_undecided_experiment_have_letters_of_their_own(finished: Finished) -> None:
    letters = re.search(r"^([.FI?]{5}) +\[100%\]$", finished.run.said, re.MULTILINE)
    assert letters, finished.run.said
    assert sorted(letters[1]) == sorted(".FI?F")


def test_all_but_a_pass_is_red(finished: Finished) -> None:
    assert finished.run.status == pytest.ExitCode.TESTS_FAILED
    assert re.search(r"\b4 failed, 1 passed\b", finished.run.said), finished.run.said


def test_the_summary_counts_verdicts_and_says_what_hardware_saw_them(finished: Finished) -> None:
    assert "1 failed, 1 inconclusive, 1 invalid, 2 passed" in finished.run.said
    assert "on real phones: 0, on virtual phones: 5" in finished.run.said


def test_the_story_of_a_verdict_is_on_the_screen(finished: Finished) -> None:
    assert "INVALID INVALID:not_suspended: the app was not suspended when it had to be" in finished.run.said
    assert "it was foreground active at the signal" in finished.run.said


def test_other_programs_read_verdicts_from_junit(finished: Finished) -> None:
    cases = {case.get("name", ""): case for case in finished.junit.iter("testcase")}
    told = {
        name: [one.get("value") for one in case.iter("property") if one.get("name") == "harness.verdict"]
        for name, case in cases.items()
    }
    assert told == PROPERTIES
    red = {name for name, case in cases.items() if case.find("failure") is not None}
    assert red == PROPERTIES.keys() - {"test_passed"}
