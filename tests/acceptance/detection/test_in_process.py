"""Every row of the matrix, told by phones in this process: another telling by each seed, one verdict."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.detection.conftest import CASES
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.detection.phones import versions_for
from tests.acceptance.detection.row import Row
from tests.acceptance.detection.telling import tell_story, wrong_with
from tests.acceptance.inprocess.house import House, open_house
from tests.acceptance.variation import Variation

SHARES = (0.002, 0.05)
"""What is left of a file: the kernel moves every byte, and a story needs few."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_verdict(
    row: Row, house: House, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    seeds = range(1, 1 + int(pytestconfig.getoption("--detection-seeds") or 0))
    began_s = time.perf_counter()
    wrong = [f"seed {seed}: {said}" for seed in seeds if (said := _told(house, row, seed))]
    record_property(CASES, ("in process", len(seeds), time.perf_counter() - began_s))
    assert not wrong, f"{len(wrong)} of {len(seeds)}:\n" + "\n".join(wrong)


def _told(house: House, row: Row, seed: int) -> str:
    """What is wrong with one telling; empty when all is right."""
    ios = random.Random(f"{row}:{seed}").choice(versions_for(row.test))
    variation = Variation(f"{row}:{seed}", shares=SHARES, pauses=not row.steady)
    with (
        house.theatre(ios, seed) as theatre,
        theatre.stage(row.variant, row.condition, variation=variation) as stage,
    ):
        told = tell_story(stage, row)
    said = wrong_with(row, told, stage)
    return f"iOS {ios}: {said}\n{told}" if said else ""
