"""The same losses in live stories: the verdict is right or open, and the recording comes to the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from harness.evidence.record import read_entries
from harness.evidence.tape import read_tape
from harness.evidence.teller import retell
from harness.evidence.timeline import Timeline
from harness.expect.replay import replay
from harness.expect.story import tell
from harness.model.reasons import Outcome
from tests.acceptance.matrix import ENDED, LEFT_ALONE, MATRIX, NOT_TO_BE_WOKEN, RELAUNCH, RESUME, Row
from tests.acceptance.placements.live import PLACES, TroubledPhone
from tests.acceptance.placements.placing import Act, Placement
from tests.acceptance.stage import TAPE, TIMELINE, Theatre, open_theatre
from tests.acceptance.stories import play

TOLD = (
    (RELAUNCH, "correct"),
    (RELAUNCH, "ungrateful"),
    (RESUME, "correct"),
    (RESUME, "crashing"),
    (LEFT_ALONE, "correct"),
    (NOT_TO_BE_WOKEN, "correct"),
    (ENDED, "correct"),
    (RELAUNCH, "confused"),
)
"""Stories and apps, in turn."""


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    with open_theatre() as opened:
        yield opened


def row_of(number: int) -> Row:
    story, variant = TOLD[number % len(TOLD)]
    return next(row for row in MATRIX if (row.story, row.variant) == (story, variant))


def placement_of(number: int) -> Placement:
    """A placement, the same for the same number; sources and acts come in turn."""
    chance = random.Random(number)
    rows = [(source, act) for act in Act for source in PLACES]
    source, act = rows[(number * 7) % len(rows)]
    return Placement(source, chance.randrange(PLACES[source]), act, chance.randrange(1, 40))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    count = int(str(metafunc.config.getoption("--live-placements")))
    metafunc.parametrize("number", range(count))


def test_a_live_loss_makes_no_wrong_verdict(number: int, theatre: Theatre, tmp_path: Path) -> None:
    row, placement = row_of(number), placement_of(number)
    around = partial(TroubledPhone, placement=placement)
    with theatre.stage(row.variant, row.condition, keep=tmp_path, around=around) as stage:
        play(stage, row.story)
        *before, last = stage.verdicts
    told = f"{row}: {placement}\n{tell(last)}"
    assert all(verdict.outcome is Outcome.PASSED for verdict in before), told
    assert (last.kind, last.outcome) == (row.at or last.kind, row.outcome) or (
        last.outcome is Outcome.INCONCLUSIVE
    ), told
    agrees_with_its_recording(tmp_path)


def agrees_with_its_recording(kept: Path) -> None:
    """The timeline is what the tape tells, and every verdict follows from what came before it."""
    with (kept / TIMELINE).open(encoding="utf-8") as lines:
        entries = tuple(read_entries(lines))
    results = tuple(replay(entries))
    assert results
    assert all(result.agrees for result in results)
    again = kept / "again.jsonl"
    with Timeline(again) as timeline:
        retell(read_tape(kept / TAPE), timeline)
    assert again.read_text(encoding="utf-8") == (kept / TIMELINE).read_text(encoding="utf-8")
