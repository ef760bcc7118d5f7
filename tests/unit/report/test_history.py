"""The history: a run is in it whole or not at all, whoever writes or dies meanwhile."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.report.history import VERSION, History, revision
from tests.unit.report.samples import BEGAN_S, NAME, REAL, record, run_of

NONE: dict[tuple[str, int], str] = {}


def test_verdicts_and_latencies_are_remembered(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")
    run = run_of(record(), record("failed", phone=REAL, attempt=2))
    assert history.add(run, revision="abc", app_versions={(NAME, 1): "1.2"}) == 2
    first, second = history.verdicts()
    assert (first.test, first.ios, first.hardware, first.build, first.result, first.reason) == (
        NAME,
        "16.7",
        "virtual",
        "abc 1.2",
        "passed",
        "PASS_RELAUNCHED",
    )
    assert (second.hardware, second.build, second.reason) == ("real", "abc", "NOT_WOKEN:UNEXPLAINED")
    (latency,) = history.latencies()
    assert (latency.kind, latency.latency_s, latency.at_s) == ("relaunch", pytest.approx(2.5), BEGAN_S)


def test_a_run_without_a_phone_tells_nothing_of_phones(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")
    assert history.add(run_of(record("error", phone=None)), revision="", app_versions=NONE) == 0
    assert not history.path.exists()


def test_a_pattern_chooses_tests(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")
    history.add(run_of(record(), record(nodeid="other")), revision="", app_versions=NONE)
    assert [row.test for row in history.verdicts("oth*")] == ["other"]
    assert [row.test for row in history.latencies("oth*")] == ["other"]


def test_runs_that_end_together_are_all_there(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")

    def add(number: int) -> int:
        run = run_of(record(nodeid=f"test_{number}"), record("failed", nodeid=f"test_{number}"))
        return History(history.path).add(run, revision="", app_versions=NONE)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(add, range(16))) == [2] * 16
    assert len(history.verdicts()) == 32


DIES = """
import os, signal, sys
from pathlib import Path
from harness.report import history
from tests.unit.report.samples import record, run_of

told = history._add
def dies(database, run, record, version):
    told(database, run, record, version)
    if record.attempt == 2:
        os.kill(os.getpid(), signal.SIGKILL)
history._add = dies
run = run_of(record(), record("failed", attempt=2), record(attempt=3))
history.History(Path(sys.argv[1])).add(run, revision="", app_versions={})
"""


def test_a_run_that_is_killed_while_it_is_added_is_not_there_by_half(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")
    history.add(run_of(record()), revision="", app_versions=NONE)
    done = subprocess.run([sys.executable, "-c", DIES, str(history.path)], check=False)
    assert done.returncode == -9
    assert len(history.verdicts()) == 1
    assert history.add(run_of(record(attempt=2)), revision="", app_versions=NONE) == 1
    assert len(history.verdicts()) == 2


def test_a_history_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(ConfigError, match="version 2"):
        History(path).add(run_of(record()), revision="", app_versions=NONE)


def test_a_file_that_is_no_history_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.write_text("not a database, and long enough to be taken for one" * 40)
    with pytest.raises(ConfigError, match="cannot be used"):
        History(path).verdicts()


def test_what_was_built_is_told_by_the_environment() -> None:
    assert revision({"GITHUB_SHA": "abc", "CI_COMMIT_SHA": "def"}) == "abc"
    assert revision({}) == ""
