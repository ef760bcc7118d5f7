from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from harness.config.privatedir import sweep
from harness.plugins.rundir import RunDirectory

CONTROLLER = """
import sys, tempfile
from harness.plugins.rundir import RunDirectory
tempfile.tempdir = sys.argv[1]
print(RunDirectory.make().path, flush=True)
sys.stdin.read()
"""


def test_a_worker_that_outlives_a_killed_controller_keeps_the_directory_of_the_run(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CONTROLLER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as controller:
        assert controller.stdout is not None
        worker = RunDirectory.at(controller.stdout.readline().strip())
        controller.kill()
    sweep(tmp_path)
    assert worker.begin("gw0", 1)
    worker.remove()
    assert list(tmp_path.iterdir()) == []


def test_the_next_run_removes_what_a_killed_one_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-c", CONTROLLER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as controller:
        assert controller.stdout is not None
        left = Path(controller.stdout.readline().strip())
        assert left.is_dir()
        controller.kill()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run = RunDirectory.make()
    assert list(tmp_path.iterdir()) == [run.path]
    run.remove()
