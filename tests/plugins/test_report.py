"""What ``--report`` leaves: every attempt with its evidence, also of a worker that died, and no secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from harness.expect.replay import replay
from harness.report.history import History
from harness.report.run import RunRecord, TestRecord
from harness.report.stored import left_aside, load
from harness.report.tell import verdicts_of
from tests.plugins.runs import Ended, Place, shared_run

TESTS = """\
import os
import signal

import pytest

from harness.model.states import AppState


def test_woken(app, origin):
    episode = origin.file("episode.mp4", size_bytes=1_000_000, hold_after_bytes=0)
    app.launch()
    app.do("start-download", url=episode.url, id="e1")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    app.kill()
    app.expect_relaunch(since=episode.release(), within_s=120)


def test_failed(app, artifacts):
    artifacts.add("notes/who.txt", "told by anna@example.com")
    print("Authorization: Bearer 0123456789abcdef")
    app.launch()
    app.expect_state(AppState.SUSPENDED, within_s=5)


def test_softly(app):
    app.launch()
    app.softly.expect_state(AppState.SUSPENDED, within_s=5)


@pytest.fixture
def broken(app):
    raise RuntimeError("set up badly")


def test_setup(broken):
    pass


@pytest.fixture
def messy(app):
    yield
    raise RuntimeError("torn down badly")


def test_teardown(messy):
    pass


def test_both(app, messy):
    app.launch()
    app.expect_state(AppState.SUSPENDED, within_s=5)


@pytest.mark.device(ios=">=30")
def test_no_phone(app):
    pass


def test_without_a_phone():
    assert 1 + 1 == 3


def test_skipped():
    pytest.skip("not today")
"""

DIES = """

def test_dies(app):
    app.launch()
    os.kill(os.getpid(), signal.SIGKILL)
"""

RESULTS = {
    "test_woken": ("passed", "call"),
    "test_failed": ("failed", "call"),
    "test_softly": ("failed", "call"),
    "test_setup": ("error", "setup"),
    "test_teardown": ("error", "teardown"),
    "test_both": ("failed", "call"),
    "test_no_phone": ("error", "setup"),
    "test_without_a_phone": ("failed", "call"),
    "test_skipped": ("skipped", "call"),
}


@dataclass(frozen=True)
class Finished:
    """A run with a report, and where it ran."""

    ended: Ended
    path: Path
    run: RunRecord
    dies: bool

    @property
    def report(self) -> Path:
        return self.path / "out"

    def of(self, name: str) -> TestRecord:
        (record,) = [one for one in self.run.tests if one.nodeid.endswith(f"::{name}")]
        return record


@pytest.fixture(scope="module", params=["one process", "workers"])
def finished(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    dies = request.param == "workers"
    tests, workers = (TESTS + DIES, ["-n2"]) if dies else (TESTS, [])
    options = ("-q", "--report=out", "--junitxml=out/pytest.xml", *workers)
    name = "report-of-workers" if dies else "report"
    made = shared_run(tmp_path_factory, name, lambda path: Place(path, tests).run(*options))
    assert (made.path / "out" / "attempts.jsonl").exists(), made.ended.said
    return Finished(made.ended, made.path, load(made.path / "out"), dies)


def test_every_test_is_told_as_what_it_was(finished: Finished) -> None:
    told = {one.nodeid.rpartition("::")[2]: (one.result, one.phase) for one in finished.run.tests}
    assert told == RESULTS | ({"test_dies": ("error", "call")} if finished.dies else {})
    assert finished.ended.status == pytest.ExitCode.TESTS_FAILED


def test_whatever_had_a_phone_has_its_timeline(finished: Finished) -> None:
    without = ("test_no_phone", "test_without_a_phone", "test_skipped")
    for one in finished.run.tests:
        has_evidence = one.nodeid.rpartition("::")[2] not in without
        assert bool(one.entries) == (one.phone is not None) == bool(one.nonce) == has_evidence, one.nodeid


def test_a_worker_that_died_left_its_timeline(finished: Finished) -> None:
    if not finished.dies:
        assert "worker died" not in finished.ended.said
        return
    died = finished.of("test_dies")
    assert died.message.startswith("worker died")
    assert died.worker in ("gw0", "gw1")
    assert any("launch" in str(entry) for entry in died.entries)


def test_an_expectation_and_a_bad_teardown_are_both_told(finished: Finished) -> None:
    message = finished.of("test_both").message
    assert "NEVER_SUSPENDED" in message
    assert "torn down badly" in message


def test_what_a_test_left_is_kept_and_redacted(finished: Finished) -> None:
    record = finished.of("test_failed")
    kept = {Path(path).name: (finished.report / path).read_text() for path in record.artifacts}
    assert kept["who.txt"] == "told by [mail-1]"
    assert "0123456789abcdef" not in kept["output.txt"]
    assert "Authorization: [header-" in kept["output.txt"]
    assert "0123456789abcdef" not in (finished.report / "pytest.xml").read_text()


def test_every_export_is_there(finished: Finished) -> None:
    for name in ("index.html", "junit.xml", "ctrf.json", "summary.md", "traces/run.json"):
        assert (finished.report / name).stat().st_size > 100, name
    assert "index.html" in finished.ended.said
    trace = json.loads((finished.report / "traces" / "run.json").read_text())
    processes = [one["args"]["name"] for one in trace["traceEvents"] if one["name"] == "process_name"]
    assert set(processes) <= {"v-a (iOS 16.7, virtual)", "v-b (iOS 16.7, virtual)"}


def test_pytests_own_junit_names_the_phone(finished: Finished) -> None:
    root = ElementTree.parse(finished.report / "pytest.xml").getroot()
    (case,) = [one for one in root.iter("testcase") if one.get("name") == "test_woken"]
    told = {one.get("name"): one.get("value") for one in case.iter("property")}
    assert told["harness.hardware"] == "virtual"
    assert told["harness.ios"] == "16.7"
    assert told["harness.nonce"] == finished.of("test_woken").nonce
    assert told["harness.verdict"] == "passed PASS_RELAUNCHED"


def test_a_redacted_timeline_is_judged_the_same(finished: Finished) -> None:
    judged = [again for one in finished.run.tests for again in replay(one.entries)]
    assert len(judged) == sum(len(verdicts_of(one)) for one in finished.run.tests) >= 4
    assert [again for again in judged if not again.agrees] == []


def test_the_history_has_verdicts_and_the_latency_of_the_wake(finished: Finished) -> None:
    history = History(finished.path / "state" / "history.sqlite")
    with_phone = [one for one in finished.run.tests if one.phone]
    assert len(history.verdicts()) == len(with_phone)
    (latency,) = history.latencies("*test_woken")
    assert (latency.kind, latency.hardware, latency.ios) == ("relaunch", "virtual", "16.7")
    assert 0 < latency.latency_s < 120
    assert latency.error_s < 5


def test_nothing_is_left_beside_the_report(finished: Finished) -> None:
    assert sorted(path.name for path in finished.path.iterdir()) == [
        *(["__pycache__"] if (finished.path / "__pycache__").exists() else []),
        "conftest.py",
        "devices.yaml",
        "out",
        "pytest.ini",
        "state",
        "test_it.py",
    ]


def test_a_report_that_cannot_be_written_is_a_mistake_of_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(tmp_path, "def test_it(): pass\n")
    (tmp_path / "aside").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "aside"))
    (tmp_path / "out").write_text("a file")
    ended = place.run("--report=out")
    assert ended.status == pytest.ExitCode.USAGE_ERROR
    assert "--report out" in ended.said
    assert list((tmp_path / "aside").glob("harness-report-*")) == []
    assert ended.is_plain


KILLED = """\
import os, signal

def test_first(app):
    app.launch()

def test_killed(app):
    app.launch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_of_a_run_that_was_killed_everything_is_told_by_its_timelines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aside").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "aside"))
    Place(tmp_path, KILLED).run("-q", "--report=out")
    told = {one.nodeid.rpartition("::")[2]: one for one in load(tmp_path / "out").tests}
    assert {name: one.result for name, one in told.items()} == {
        "test_first": "passed",
        "test_killed": "error",
    }
    assert any("launch" in str(entry) for entry in told["test_killed"].entries)
    (aside,) = (tmp_path / "aside").glob("harness-report-*")
    assert left_aside(tmp_path / "out") == aside / "timelines"


def test_a_run_without_an_iphone_leaves_no_history(tmp_path: Path) -> None:
    ended = Place(tmp_path, "def test_it(): pass\n").run("-q")
    assert ended.status == pytest.ExitCode.OK
    assert not (tmp_path / "state" / "history.sqlite").exists()


def test_github_is_given_the_summary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = tmp_path / "step.md"
    step.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(step))
    Place(tmp_path, "def test_it(): assert False\n").run("-q", "--report=out")
    assert step.read_text() == "before\n" + (tmp_path / "out" / "summary.md").read_text()


def test_a_history_that_cannot_be_written_turns_the_run_red_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "h.sqlite").write_text("no database, but long enough to be taken for one " * 40)
    ended = Place(tmp_path, "def test_it(device): pass\n").run("-q", "--history=h.sqlite")
    assert ended.status == pytest.ExitCode.INTERNAL_ERROR
    assert "the history in h.sqlite cannot be used" in ended.said
    assert ended.is_plain
