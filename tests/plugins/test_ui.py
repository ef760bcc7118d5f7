"""Screens are worked as the command line says, and cost nothing until something is done there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plugins.runs import Place

ONE_PHONE = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7"}
"""

TESTS = """\
import pytest
from harness.drivers.ui.ways import RUNNER
from harness.errors import CapabilityMissing
from harness.model.rungs import Rung

@pytest.fixture
def ask(leased_phone, harness_loop):
    return lambda what: harness_loop.run(what(leased_phone.phone), 60.0, what="the test")

def test_untouched(ask):
    assert ask(lambda phone: phone.pid_of(RUNNER)) is None

def test_worked(ask, leased_phone):
    assert Rung.SETTINGS_SCREENS in leased_phone.phone.rungs
    ask(lambda phone: phone.ui.go_home())
    assert ask(lambda phone: phone.pid_of(RUNNER)) is not None

def test_kept(ask):
    before = ask(lambda phone: phone.pid_of(RUNNER))
    ask(lambda phone: phone.ui.go_home())
    assert before is not None
    assert ask(lambda phone: phone.pid_of(RUNNER)) == before

def test_left_alone(leased_phone):
    assert Rung.SETTINGS_SCREENS not in leased_phone.phone.rungs
    with pytest.raises(CapabilityMissing, match="wda_bundle_id"):
        leased_phone.phone.ui
"""


def test_a_runner_is_started_by_the_first_test_that_needs_it_and_kept_for_the_others(tmp_path: Path) -> None:
    run = Place(tmp_path, TESTS, ONE_PHONE).run("-k", "untouched or worked or kept")
    assert "3 passed" in run.said, run.said


def test_no_screen_is_worked_where_nobody_wants_it(tmp_path: Path) -> None:
    run = Place(tmp_path, TESTS, ONE_PHONE).run("--ui=none", "-k", "untouched or left_alone")
    assert "2 passed" in run.said, run.said


def test_a_server_is_named_only_for_what_uses_one(tmp_path: Path) -> None:
    run = Place(tmp_path, TESTS, ONE_PHONE).run("--ui=wda", "--appium-url=http://127.0.0.1:4723")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert "--ui wda works no screen through one" in run.said
