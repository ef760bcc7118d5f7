"""A run that begins while the database of the leases is away."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.plugins.runs import PHONES, Place
from tests.postgres import server

TESTS = """\
def test_one(app):
    app.launch()


def test_two(app):
    app.launch()
"""

AWAY_S = 15.0
"""Longer than one question to the database is waited for."""


@pytest.mark.judge("postgresql")
def test_a_run_waits_for_a_database_that_is_away_when_it_begins(tmp_path: Path) -> None:
    with server() as running:
        devices = PHONES.replace("version: 1\n", f"version: 1\nstore: {running.create('farm')}\n")
        place = Place(tmp_path, TESTS, devices)
        running.stop()
        back = threading.Timer(AWAY_S, running.start)
        back.start()
        ended = place.run("-q")
        back.join()
    assert ended.status == pytest.ExitCode.OK, ended.said
    assert "2 passed" in ended.said
