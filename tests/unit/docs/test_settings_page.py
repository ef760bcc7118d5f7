"""docs/settings.md: its ladders are those that are climbed, its conditions those there are; it runs."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from harness.api.conditions import Conditions
from harness.model.ladder import Toggle
from tests.plugins.runs import Place
from tests.unit.docs.ladders import PAGE, PART, TITLES, tables
from tests.unit.docs.pages import blocks, page


def test_the_ladders_are_those_that_are_climbed() -> None:
    assert PART.text() == tables(), "run python -m tests.unit.docs.ladders"
    assert set(TITLES) == set(Toggle)


def test_every_condition_is_listed() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", page(PAGE), re.MULTILINE)
    assert set(rows) == {field.name for field in fields(Conditions)}


def test_the_examples_run(tmp_path: Path) -> None:
    (example,) = blocks(page(PAGE), "python")
    run = Place(tmp_path, example).run("-q")
    assert run.status == pytest.ExitCode.OK, run.said
    assert "2 passed in" in run.said, run.said
