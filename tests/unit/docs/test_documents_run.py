"""What the documents on evidence show is run: examples on virtual iPhones, commands over what that leaves."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.plugins.runs import Ended, Place
from tests.unit.docs.pages import blocks, page
from tests.unit.evidence.logfiles.written import FORMS, LOG

EXPECTATIONS = page("docs/expectations.md")
PAGES = ("README.md", "docs/evidence.md", "docs/expectations.md", "docs/report.md", "docs/log-facts.md")

_PYTHON = blocks(EXPECTATIONS, "python")
HEADER = _PYTHON[0]
APPS = next(block for block in _PYTHON if "APPS =" in block)
EXAMPLES = [
    block for block in (*_PYTHON, *blocks(page("docs/evidence.md"), "python")) if "def test_" in block
]
"""Tests, with what they need besides the lines of ``HEADER``."""

WRONG = "test_a_dead_app_is_started_for_its_download"
"""The example that the page also shows the failure of."""

PROFILE = """\
version: 1
bundle_id: com.example.podcasts
name: Podcasts
journal: Documents/harness-journal.jsonl
log_subsystem: harness.journal
do: [launch-arguments, command-file]
command_notification: com.example.podcasts.harness.command
reset: command
debuggable: true
"""

OTHERWISE_EACH_TIME = ("…", "crash reports had come to", "had passed the deadline:")
"""Beginnings of lines that another run need not tell: what is left out, and how far reports were looked at,
which is done now and then."""

NEEDS_NO_PHONE = ("harness replay", "harness facts", "harness report")
"""Beginnings of the commands that read files alone."""

SHIM = '#!/bin/sh\nexec "{python}" -c "from harness.cli.main import main; main()" "$@"\n'
"""``harness``, also in a checkout that is not installed."""


@dataclass(frozen=True)
class Failed:
    """A run of the example with an app that is wrong.

    Attributes:
        place: where it was run.
        run: what it said.
    """

    place: Place
    run: Ended


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Failed:
    example = next(block for block in EXAMPLES if WRONG in block)
    place = Place(tmp_path_factory.mktemp("wrong"), f"{HEADER}\n\n{example}")
    (place.path / "my_apps.py").write_text(APPS)
    (place.path / "podcasts.yaml").write_text(PROFILE)
    keep = ("--report", "out", "--timelines", "kept", "--tapes")
    return Failed(place, place.run("--virtual-apps", "my_apps.py", "--app-profile", "podcasts.yaml", *keep))


def test_every_example_of_an_expectation_passes(tmp_path: Path) -> None:
    run = Place(tmp_path, "\n\n".join([HEADER, *EXAMPLES])).run("-q", "-n2")
    written = len(re.findall(r"^def test_", "\n".join(EXAMPLES), re.MULTILINE))
    assert run.status == pytest.ExitCode.OK, run.said
    assert f"{written} passed in" in run.said, run.said


def test_the_story_of_a_failure_is_told_as_shown(failed: Failed) -> None:
    (story,) = blocks(EXPECTATIONS, "text")
    assert failed.run.status == pytest.ExitCode.TESTS_FAILED
    said = {_essence(line) for line in failed.run.said.splitlines()}
    shown = [line for line in story.splitlines() if not line.lstrip().startswith(OTHERWISE_EACH_TIME)]
    assert len(shown) > 25
    assert [line for line in shown if _essence(line) not in said] == []


def _essence(line: str) -> str:
    """A line without what another run may say otherwise: times, processes, nonces, and where it is cut."""
    told = line.removeprefix("E").partition("ExpectationFailed: ")
    text = re.sub(r"\b[0-9a-f]{8}\b|[+-]?[\d.]+(?:±[\d.]+)?", "#", told[2] or told[0])
    return " ".join(re.sub(r"\([^()]*\)?$", "", text).replace("*", "").split())[:64]


def commands() -> list[str]:
    """Every shown line that needs no phone, without its comment."""
    shown = [line for name in PAGES for block in blocks(page(name), "sh") for line in block.splitlines()]
    bare = [line.partition("  #")[0].strip() for line in shown]
    return list(dict.fromkeys(line for line in bare if line.startswith(NEEDS_NO_PHONE)))


def test_commands_that_need_no_phone_do_what_is_shown(failed: Failed) -> None:
    shown = commands()
    assert {line.split()[1] for line in shown} == {"replay", "facts", "report"}
    path = failed.place.path
    _lay_out(path, shown)
    for line in shown:
        done = _sh(line, path)
        # The timeline is of a test that failed, and so does its replay.
        expected = 1 if "replay" in line else 0
        assert done.returncode == expected, f"{line}\n{done.stdout}{done.stderr}"
        assert done.stdout.strip(), line


def _lay_out(path: Path, shown: list[str]) -> None:
    """The files that commands name, beside the report of a run."""
    (timeline,) = (path / "out/timelines").glob("*.jsonl")
    (tape,) = (path / "kept").glob("*.tape.jsonl")
    for name in set(re.findall(r"\S+\.jsonl", "\n".join(shown))):
        shutil.copy(tape if name.endswith(".tape.jsonl") else timeline, path / name)
    (path / "saved.log").write_bytes(b"".join(FORMS["console"][1](record) for record in LOG))
    (path / "bin").mkdir()
    shim = path / "bin/harness"
    shim.write_text(SHIM.format(python=sys.executable))
    shim.chmod(0o755)


def _sh(line: str, path: Path) -> subprocess.CompletedProcess[str]:
    search = os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])
    environment = os.environ | {
        "PATH": f"{path / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": search,
        "HARNESS_STATE_DIR": str(path / "state"),
    }
    return subprocess.run(
        ["sh", "-c", line],
        cwd=path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
