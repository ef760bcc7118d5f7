"""What an app writes to hurt its reader harms neither a verdict nor anything that tells of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.evidence.record import read_entries
from harness.expect.replay import replay
from tests.plugins import hostile_apps
from tests.plugins.runs import Ended, Place, shared_run
from tests.report_browser.browser import chromium

PROFILE = f"""\
version: 1
bundle_id: {hostile_apps.BUNDLE_ID}
name: Hostile
reset: command
"""

TESTS = """\
from harness.model.callbacks import Callback
from harness.model.states import AppState


def test_right(app, origin):
    episode = origin.file("episode.mp4", size_bytes=1_000_000, hold_after_bytes=0)
    app.launch()
    sent = app.do("start-download", url=episode.url, id="e1")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    wake = app.expect_relaunch(since=episode.release(), within_s=120)
    wake.expect_callbacks(Callback.HANDLE_EVENTS, Callback.DID_COMPLETE, Callback.COMPLETION_HANDLER,
                          session=sent.session)


def test_wrong(app):
    app.launch()
    app.do("list-tasks")
    app.expect_state(AppState.SUSPENDED, within_s=5)
"""

DEVICES = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7", seed: 1}
"""

FROM_A_DEVICE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What moves a terminal's cursor or its reader's eye; a newline and a tab are the harness's own."""


@dataclass(frozen=True)
class Finished:
    run: Ended
    place: Path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    made = shared_run(tmp_path_factory, "hostile", _run)
    return Finished(made.ended, made.path)


def _run(path: Path) -> Ended:
    (path / "profile.yaml").write_text(PROFILE)
    options = ("--app-profile=profile.yaml", f"--virtual-apps={hostile_apps.__file__}", "--color=no")
    reports = ("--junitxml=junit.xml", "--report=report")
    return Place(path, TESTS, DEVICES).run("-q", *options, *reports)


def test_the_verdicts_are_those_of_any_app_that_does_the_same(finished: Finished) -> None:
    assert re.search(r"\b1 failed, 1 passed\b", finished.run.said), finished.run.said
    assert "NEVER_SUSPENDED" in finished.run.said


def test_the_screen_shows_no_control_character_of_the_app(finished: Finished) -> None:
    assert FROM_A_DEVICE.findall(finished.run.said.replace("\r\n", "\n")) == []
    assert max(map(len, finished.run.said.splitlines())) < 1000
    assert "\nFAILED tests/other.py" not in finished.run.said


def test_junit_can_be_parsed_and_names_two_tests(finished: Finished) -> None:
    cases = [case.get("name") for case in ElementTree.parse(finished.place / "junit.xml").iter("testcase")]
    assert cases == ["test_right", "test_wrong"]


def test_what_is_kept_of_the_run_can_be_read_by_who_reads_such_files(finished: Finished) -> None:
    report = finished.place / "report"
    assert [test["name"] for test in json.loads((report / "ctrf.json").read_text())["results"]["tests"]]
    for trace in (report / "traces").glob("*.json"):
        assert json.loads(trace.read_text())["traceEvents"]
    summary = (report / "summary.md").read_text()
    assert FROM_A_DEVICE.findall(summary) == []
    assert hostile_apps.SCRIPT not in summary


def test_replaying_what_was_kept_comes_to_the_same(finished: Finished) -> None:
    for timeline in (finished.place / "report" / "timelines").glob("*.jsonl"):
        lines = timeline.read_text().splitlines(keepends=True)
        results = list(replay(read_entries(lines)))
        assert results
        assert all(result.agrees for result in results)


@pytest.mark.judge("chromium")
def test_a_browser_shows_the_report_and_runs_nothing_of_the_app(finished: Finished) -> None:
    with chromium() as window:
        window.open(finished.place / "report" / "index.html")
        window.run("document.querySelector('.cell').click()")
        assert window.soon("document.querySelectorAll('.chart .band').length")
        window.run("for (const row of document.querySelectorAll('.facts tbody tr')) row.click()")
        assert window.run("return document.querySelectorAll('img').length") == 0
        assert window.run("return document.title") not in ("", "taken")
        assert window.console() == []
