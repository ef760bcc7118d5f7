"""The workers of a run have nothing left to do once it is over, and end by themselves."""

from __future__ import annotations

from pathlib import Path

from tests.plugins.runs import CONFTEST, Place

TOLD_AT_ITS_END = """
import os
import sys
from pathlib import Path

import pytest


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    before = set(sys.modules)
    session.config.add_cleanup(lambda: told(before))


def told(before):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "controller")
    Path(f"{worker}.late").write_text(" ".join(sorted(set(sys.modules) - before)))
"""


def test_a_worker_imports_nothing_once_its_tests_are_over(tmp_path: Path) -> None:
    place = Place(tmp_path, "def test_one(): pass\n\n\ndef test_two(): pass\n")
    (tmp_path / "conftest.py").write_text(CONFTEST + TOLD_AT_ITS_END)
    ended = place.run("-n1")
    assert ended.status == 0, ended.said
    late = {path.stem: path.read_text() for path in tmp_path.glob("*.late")}
    assert late.get("gw0") == "", late
