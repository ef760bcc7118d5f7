"""Every row of the matrix, told over the wire: by a phone behind lockdown alone, and one behind a tunnel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.detection.conftest import CASES
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.detection.phones import versions_for
from tests.acceptance.detection.row import Row
from tests.acceptance.detection.telling import tell_story, wrong_with
from tests.acceptance.stage import Theatre, open_theatre
from tests.acceptance.variation import AS_TOLD, Variation

VERSIONS = ("16.7", "18.5")

SHARES = (0.05, 1.0)
"""What is left of a file."""


def pairs() -> Iterator[tuple[str, Row]]:
    """Every row on each of the versions, or on the newest that its story is told on."""
    for row in ROWS:
        possible = versions_for(row.test)
        for ios in [ios for ios in VERSIONS if ios in possible] or possible[-1:]:
            yield ios, row


@pytest.fixture(scope="module")
def theatre(request: pytest.FixtureRequest) -> Iterator[Theatre]:
    with open_theatre(request.param) as opened:
        yield opened


@pytest.mark.parametrize(("theatre", "row"), tuple(pairs()), ids=str, indirect=["theatre"])
def test_verdict(
    row: Row, theatre: Theatre, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    seeds = range(int(pytestconfig.getoption("--wire-seeds") or 0))
    began_s = time.perf_counter()
    wrong = [f"seed {seed}: {said}" for seed in seeds if (said := _told(theatre, row, seed))]
    record_property(CASES, ("over the wire", len(seeds), time.perf_counter() - began_s))
    assert not wrong, f"{len(wrong)} of {len(seeds)}:\n" + "\n".join(wrong)


def _told(theatre: Theatre, row: Row, seed: int) -> str:
    """What is wrong with one telling; empty when all is right. The first one is as the story tells it."""
    varied = Variation(f"{row}:{seed}", shares=SHARES, pauses=not row.steady)
    with theatre.stage(row.variant, row.condition, variation=varied if seed else AS_TOLD) as stage:
        told = tell_story(stage, row)
    said = wrong_with(row, told, stage)
    return f"{said}\n{told}" if said else ""
