from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.farm.agent.awake import Wakefulness
from harness.farm.agent.telling import Event


@pytest.fixture
def caffeinate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that says what it was asked, and lasts; in the place of macOS's own."""
    program = tmp_path / "caffeinate"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\nexec sleep 60\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return tmp_path / "asked"


def test_the_machine_is_kept_awake_while_there_are_phones(caffeinate: Path) -> None:
    told: list[Event] = []
    awake = Wakefulness(told.append)
    assert not awake.holds
    awake.keep(True)
    awake.keep(True)
    assert awake.holds
    while not caffeinate.exists() or not caffeinate.read_text().endswith("\n"):
        assert awake.holds
    assert caffeinate.read_text() == f"-i -w {os.getpid()}\n"
    awake.keep(False)
    assert not awake.holds
    assert told == []


def test_where_nothing_can_keep_the_machine_awake_it_is_said_once() -> None:
    told: list[Event] = []
    awake = Wakefulness(told.append, program="no-such-program")
    for wanted in (True, False, True):
        awake.keep(wanted)
    assert not awake.holds
    assert len(told) == 1
    assert "no-such-program" in told[0].text
