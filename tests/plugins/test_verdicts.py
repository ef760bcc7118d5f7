"""A verdict reaches the screen, the exit status, xdist's controller and the JUnit file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest

from tests.plugins.runs import Ended, Place, Shared, shared_run

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


def test_softly(app):
    app.launch()
    app.softly.expect_state("suspended", within_s=2)
    app.softly.expect_callback("didEnterBackground", within_s=2)
    app.softly.expect_state("foreground active", within_s=2)


def test_softly_then_hard(app):
    app.launch()
    app.softly.expect_callback("didEnterBackground", within_s=2)
    assert app.actions == "no such thing"


def test_softly_then_skipped(app):
    app.launch()
    app.softly.expect_state("suspended", within_s=2)
    import pytest
    pytest.skip("nothing to see here")


def test_softly_then_given_up(app):
    app.launch()
    app.softly.expect_state("suspended", within_s=2)
    import pytest
    pytest.fail("that is enough")


def test_of_facts(app, device):
    from harness.model.facts import StateSeen
    app.launch()
    app.expect_fact(StateSeen, about="it came to the front", where=in_front, within_s=5)
    app.expect_no_fact(StateSeen, about="it leaves the front", where=lambda seen: not in_front(seen), for_s=2)
    device.expect_fact(StateSeen, about="any app came to the front", where=in_front, within_s=5)


def in_front(seen):
    return seen.state.is_foreground


def test_of_a_name_that_is_none(app):
    app.launch()
    app.expect_callback("didEnterBackgrund", within_s=2)
"""

PROPERTIES = {
    "test_passed": ["passed PASS_CLAIMS_PROVEN"],
    "test_failed": ["failed NEVER_SUSPENDED"],
    "test_invalid": ["invalid INVALID:not_suspended"],
    "test_inconclusive": ["passed PASS_CLAIMS_PROVEN", "inconclusive NOT_WOKEN:SESSION_UNFINISHED"],
    "test_wrong_by_itself": [],
    "test_softly": [
        "failed NEVER_SUSPENDED",
        "failed CALLBACK_MISSING:other",
        "passed PASS_CLAIMS_PROVEN",
    ],
    "test_softly_then_hard": ["failed CALLBACK_MISSING:other"],
    "test_softly_then_skipped": ["failed NEVER_SUSPENDED"],
    "test_softly_then_given_up": ["failed NEVER_SUSPENDED"],
    "test_of_facts": ["passed PASS_CLAIMS_PROVEN"] * 3,
    "test_of_a_name_that_is_none": [],
}
PASSED = {"test_passed", "test_of_facts"}


@dataclass(frozen=True)
class Finished:
    """A run, and what it wrote for other programs."""

    run: Ended
    junit: ElementTree.Element


@pytest.fixture(scope="module", params=["one process", "workers"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    made = run_of_verdicts(tmp_path_factory, workers=request.param == "workers")
    return Finished(made.ended, ElementTree.parse(made.path / "junit.xml").getroot())


def run_of_verdicts(factory: pytest.TempPathFactory, *, workers: bool) -> Shared:
    """The run of all these tests, with a timeline of each in ``kept``."""
    options = ("-q", "--junitxml=junit.xml", "--timelines=kept", *(["-n2"] if workers else []))
    name = "verdicts-of-workers" if workers else "verdicts"
    return shared_run(factory, name, lambda path: Place(path, TESTS).run(*options))


def test_a_spoiled_and_an_undecided_experiment_have_letters_of_their_own(finished: Finished) -> None:
    letters = re.search(r"^([.FI?]{11}) +\[100%\]$", finished.run.said, re.MULTILINE)
    assert letters, finished.run.said
    assert sorted(letters[1]) == sorted("..FI?FFFFFF")


def test_all_but_a_pass_is_red(finished: Finished) -> None:
    assert finished.run.status == pytest.ExitCode.TESTS_FAILED
    assert re.search(r"\b9 failed, 2 passed\b", finished.run.said), finished.run.said


def test_the_summary_counts_verdicts_and_says_what_hardware_saw_them(finished: Finished) -> None:
    assert "6 failed, 1 inconclusive, 1 invalid, 6 passed" in finished.run.said
    assert "on real phones: 0, on virtual phones: 14" in finished.run.said


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
    assert red == PROPERTIES.keys() - PASSED


def test_soft_expectations_fail_the_call_at_its_end_with_every_story(finished: Finished) -> None:
    failures = {
        case.get("name", ""): failure.text or ""
        for case in finished.junit.iter("testcase")
        if (failure := case.find("failure")) is not None
    }
    softly = failures["test_softly"]
    assert "2 expectations did not pass" in softly
    assert "1. FAILED NEVER_SUSPENDED" in softly
    assert "2. FAILED CALLBACK_MISSING:other" in softly
    assert not list(finished.junit.iter("error"))


def test_a_hard_failure_shows_the_soft_ones_before_it(finished: Finished) -> None:
    told = finished.run.said
    assert "no such thing" in told
    assert "before that, softly:" in told
    assert "that is enough" in told


def test_a_test_that_skips_itself_does_not_undo_what_was_found_wrong(finished: Finished) -> None:
    assert " skipped" not in finished.run.said


def test_an_unknown_name_is_told_with_the_nearest_ones(finished: Finished) -> None:
    assert "ConfigError: no callback is named 'didEnterBackgrund'. Did you mean didEnterBackground" in (
        finished.run.said
    )
