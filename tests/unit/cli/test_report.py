"""``harness report``: a report told again, and what the history tells, for people and for programs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from harness.cli.out import Out
from harness.cli.report import history, rebuild
from harness.errors import ConfigError
from harness.report.history import History
from harness.report.timelines import write_entries
from harness.report.trends import DAY_S
from tests.unit.report.samples import REAL, record, run_of


@pytest.fixture
def remembered(tmp_path: Path) -> Path:
    """A history in which one test alternates, and the rack failed once."""
    known = History(tmp_path / "h.sqlite")
    # An hour before the day began, so that it is one week whenever this runs.
    began_s = time.time() // DAY_S * DAY_S - 3600
    for number, result in enumerate(("passed", "failed", "error", "passed")):
        run = run_of(record(result, started_s=began_s + number), started_s=began_s + number)
        known.add(run, revision="b1", app_versions={})
    known.add(run_of(record(nodeid="other::test", phone=REAL)), revision="", app_versions={})
    return known.path


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_trends_are_told_to_programs(remembered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history(Out(as_json=True), remembered, "download", 28.0)
    told = said(capsys)
    assert [one["is"] for one in told] == ["week", "latency", "flaky"]
    week, latency, flaky = told
    assert (week["passed"], week["failed"], week["undecided"]) == (2, 1, 1)
    assert (latency["count"], latency["p50_s"], latency["p50_change_s"]) == (2, 2.5, None)
    assert (flaky["score"], flaky["build"], flaky["undecided"]) == (1.0, "b1", 1)
    assert not [name for one in told for name in one if " " in name]


def test_trends_are_told_to_people(remembered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    history(Out(as_json=False), remembered, None, 28.0)
    text = capsys.readouterr().out
    assert "# pass rate per week" in text
    assert "67%" in text
    assert "2.500±0.030 s" in text
    assert "real" in text
    assert "tests/test_it.py::test_download[ios-16.7]" in text.partition("# flaky")[2]


def test_a_pattern_that_nothing_fits_is_said_on_stderr(
    remembered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    history(Out(as_json=True), remembered, "nothing", 28.0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "no test that fits" in captured.err


def test_where_there_is_no_history_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no history"):
        history(Out(as_json=True), tmp_path / "none.sqlite", None, 28.0)
    assert not (tmp_path / "none.sqlite").exists()


def test_a_report_is_made_of_timelines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_entries(tmp_path / "a.jsonl", record().entries)
    rebuild(Out(as_json=True), tmp_path)
    (told,) = said(capsys)
    assert (told["attempts"], told["results"]) == (1, "1 passed")
    assert Path(str(told["path"])).is_file()


def test_timelines_are_redacted_by_the_rules_of_the_devices_yaml_that_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("devices.yaml").write_text(
        "version: 1\ndevices: [{name: v-16, virtual: {ios: '16.7'}}]\n"
        "report: {redact: ['test_(?P<secret>down)load']}\n"
    )
    write_entries(tmp_path / "a.jsonl", record().entries)
    rebuild(Out(as_json=True), tmp_path)
    assert "test_[own-1]load" in (tmp_path / "ctrf.json").read_text()
    assert not [
        path
        for path in tmp_path.glob("*.*")
        if path.suffix in (".html", ".json", ".xml", ".md") and "test_download" in path.read_text()
    ]


def test_where_there_is_no_run_there_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no run"):
        rebuild(Out(as_json=True), tmp_path)
