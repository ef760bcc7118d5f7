"""What a killed run left unredacted: kept for a while, then removed, and nobody else's touched."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.report.aside import KEPT_S, lay_aside


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left(temporary: Path, pid: int, name: str = "abc") -> Path:
    path = temporary / f"harness-report-{pid}-{name}"
    (path / "timelines").mkdir(parents=True)
    (path / "timelines" / "raw.jsonl").write_text("{}")
    return path


def later() -> float:
    return time.time() + KEPT_S + 60


def test_what_a_killed_run_left_is_there_for_a_week_and_then_removed(temporary: Path) -> None:
    path = left(temporary, dead_pid())
    assert lay_aside(time.time()) != path
    assert path.is_dir()
    lay_aside(later())
    assert not path.exists()


def test_what_a_run_still_writes_is_never_removed(temporary: Path) -> None:
    running = left(temporary, os.getpid())
    lay_aside(later())
    assert running.is_dir()


def test_nothing_is_removed_that_is_not_of_a_run(temporary: Path) -> None:
    others = [temporary / "harness-report-notes", temporary / f"my-harness-report-{dead_pid()}-x"]
    for other in others:
        other.mkdir()
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    link = temporary / f"harness-report-{dead_pid()}-link"
    link.symlink_to(elsewhere)
    lay_aside(later())
    assert all(other.is_dir() for other in (*others, elsewhere))
    assert link.is_symlink()


def test_only_its_owner_can_read_it(temporary: Path) -> None:
    assert lay_aside(time.time()).stat().st_mode & 0o077 == 0
