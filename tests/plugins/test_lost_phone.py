"""A phone that goes away in the middle of a test: an error that names it, and never a hang."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.plugins.runs import Ended, Place

TESTS = """\
import os
import signal
from pathlib import Path

from harness.config.places import racks_dir
from harness.model.states import AppState


def pull_the_plug():
    Path("pulled").touch()
    (rack,) = racks_dir().glob("*.json")
    os.kill(int(rack.stem), signal.SIGKILL)


"""

BETWEEN = """\
def test_it(app):
    app.launch()
    pull_the_plug()
    app.background()
"""

IN_AN_EXPECTATION = """\
def test_it(app, device, origin):
    episode = origin.file("episode.mp4", size_bytes=1_000_000, hold_after_bytes=0)
    app.launch()
    app.do("start-download", url=episode.url, id="e1")
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=30)
    dead = app.kill()
    settle, looks = app._session.recorder.settle, []

    async def settle_and_lose(**how):
        now = await settle(**how)
        looks.append(now)
        if len(looks) == 2:
            pull_the_plug()
        return now

    app._session.recorder.settle = settle_and_lose
    app.expect_relaunch(since=dead, within_s=86400)
"""

IN_THE_CLOCK = """\
def test_it(app, device):
    app.launch()
    pull_the_plug()
    device.wait(3600)
"""

TWO_TESTS = """\
def test_it(app):
    app.launch()
    pull_the_plug()
    app.background()


def test_next(app):
    app.launch()
"""


def lost(path: Path, tests: str, *options: str) -> Ended:
    run = Place(path, TESTS + tests).run("-q", *options)
    assert run.status == pytest.ExitCode.TESTS_FAILED, run.said
    # It ends as what it is; what is not answered would be waited for to its deadline, and told as that.
    assert (path / "pulled").exists()
    assert "CommandTimeout" not in run.said, run.said
    assert run.is_plain, run.said
    return run


@pytest.mark.parametrize("tests", [BETWEEN, IN_AN_EXPECTATION, IN_THE_CLOCK], ids=["act", "expect", "wait"])
def test_the_loss_is_an_error_that_names_the_phone(tmp_path: Path, tests: str) -> None:
    run = lost(tmp_path, tests)
    assert re.search(r"^ +v-b: out of rotation for \d+ min more: .+", run.said, re.MULTILINE), run.said
    assert re.search(r"^  DeviceLost: v-a: .+ \(on v-a\)$", run.said, re.MULTILINE), run.said


def test_the_next_test_of_the_run_is_told_too(tmp_path: Path) -> None:
    run = lost(tmp_path, TWO_TESTS)
    told = re.findall(r"^ +v-[ab]: out of rotation for \d+ min more: .+", run.said, re.MULTILINE)
    assert len(told) >= 2, run.said


def test_a_worker_survives_it(tmp_path: Path) -> None:
    run = lost(tmp_path, BETWEEN, "-n1")
    assert "DeviceLost: v-a: " in run.said
    assert "crashed" not in run.said
