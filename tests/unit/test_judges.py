"""What becomes of a test whose judge is not installed, in a pytest of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.judges import KNOWN, SUITE_VARIABLE, suite_directory
from tests.plugins.runs import UNASKED

ROOT = Path(__file__).parents[2]

TESTS = """
import pytest

@pytest.mark.judge("go-ios")
@pytest.mark.parametrize("number", range(3))
def test_judged(number):
    pass

@pytest.mark.judge("libimobiledevice")
def test_other():
    pass

def test_plain():
    pass
"""


def run_pytest(path: Path, *options: str, judges: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Run pytest with this project's conftest on the test file in ``path``, with these judges on PATH."""
    tools = path / "bin"
    tools.mkdir()
    for name in judges:
        (tools / name).write_text("#!/bin/sh\n")
        (tools / name).chmod(0o755)
    (path / "pytest.ini").write_text("[pytest]\nmarkers = judge(name): needs a client\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", *UNASKED, *options]
    environment = os.environ | {"PATH": str(tools), "PYTHONPATH": str(ROOT), SUITE_VARIABLE: ""}
    return subprocess.run(command, cwd=path, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_missing_judge_leaves_its_tests_out_and_says_so_once(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    ran = run_pytest(tmp_path, *workers)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    told = [line for line in ran.stdout.splitlines() if line.startswith("judge ")]
    assert told == [
        "judge go-ios: 3 tests not run; tools/install-judges.sh installs it",
        "judge libimobiledevice: 1 test not run; tools/install-judges.sh installs it",
    ]
    assert "1 passed" in ran.stdout


def test_a_judge_that_is_there_judges(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    ran = run_pytest(tmp_path, judges=("ios",))
    assert "4 passed" in ran.stdout
    assert "judge go-ios" not in ran.stdout


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_required_judge_that_is_missing_ends_the_run_before_any_test(
    tmp_path: Path, workers: tuple[str, ...]
) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    ran = run_pytest(tmp_path, "--require-judges", *workers)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "judge go-ios: ios not on PATH; tools/install-judges.sh installs it" in ran.stderr
    assert "judge pymobiledevice3-suite: neither at" in ran.stderr
    assert "passed" not in ran.stdout


def test_a_judge_that_nobody_knows_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS.replace("go-ios", "nobody"))
    ran = run_pytest(tmp_path)
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "expected judge(name) with a name of appium, chromium, go-ios, libimobiledevice" in ran.stderr


def test_appium_is_missing_where_it_is_not_installed_in_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    installed = tmp_path / "package.json"
    judge = replace(KNOWN["appium"], file=installed)
    assert judge.missing == f"{installed} is not there"
    installed.write_text("{}")
    assert judge.missing == ""


def test_the_suite_is_found_where_it_is_named_or_beside_the_other_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable = tmp_path / "bin" / "ios"
    executable.parent.mkdir()
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o755)
    monkeypatch.setenv("PATH", str(executable.parent))
    monkeypatch.delenv(SUITE_VARIABLE, raising=False)
    assert suite_directory() is None, "there is none beside it yet"
    beside, named = tmp_path / "pymobiledevice3-suite", tmp_path / "elsewhere"
    for place in (beside, named):
        place.mkdir()
        (place / "VERSION").write_text("1\n")
    assert suite_directory() == beside
    monkeypatch.setenv(SUITE_VARIABLE, str(named))
    assert suite_directory() == named
    monkeypatch.setenv(SUITE_VARIABLE, str(tmp_path / "nowhere"))
    assert suite_directory() is None, "what is named and not there has no stand-in"
