"""Every condition that a mark has, at once: kept for the whole body, and none left behind."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from harness.api.conditions import Conditions
from harness.model.facts import Verb
from tests.plugins import in_all
from tests.plugins.runs import Place

PUT_BACK = (
    Verb.STOP_INDUCING,
    Verb.WIFI_ON,
    Verb.SET_AIRPLANE_MODE,
    Verb.SET_LOW_POWER,
    Verb.SET_BACKGROUND_REFRESH,
)
"""What ends them, in this order; the last one stands for the app and for the phone."""


def test_a_mark_with_every_condition_there_is() -> None:
    assert list(in_all.ALL) == [field.name for field in fields(Conditions)]


def test_all_hold_through_the_test_and_none_for_the_next(tmp_path: Path) -> None:
    run = Place(tmp_path, in_all.TESTS, in_all.PHONES).run("-rA", "--timelines=kept")
    assert run.status == pytest.ExitCode.OK, run.said
    assert "2 passed" in run.said, run.said
    (timeline,) = (tmp_path / "kept").glob("*test_in_all*.jsonl")
    told = timeline.read_text()
    places = [told.rindex(f'"{verb}"') for verb in PUT_BACK]
    assert places == sorted(places), "the last change first"
