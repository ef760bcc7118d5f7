"""Telling a row in this process."""

from __future__ import annotations

import random

from tests.acceptance.detection.phones import versions_for
from tests.acceptance.detection.row import Row
from tests.acceptance.detection.telling import tell_story, wrong_with
from tests.acceptance.inprocess.house import House
from tests.acceptance.variation import Variation

SHARES = (0.002, 0.05)
"""What is left of a file: the kernel moves every byte, and a story needs few."""


def wrong_in(house: House, row: Row, seed: int) -> str:
    """What is wrong with one telling; empty when all is right.

    Args:
        house: where the phone is.
        row: what is told.
        seed: says which version of iOS, which timings, sizes and pauses; the same one tells the same again.
    """
    ios = random.Random(f"{row}:{seed}").choice(versions_for(row.test))
    variation = Variation(f"{row}:{seed}", shares=SHARES, pauses=not row.steady)
    with (
        house.theatre(ios, seed) as theatre,
        theatre.stage(row.variant, row.condition, variation=variation) as stage,
    ):
        told = tell_story(stage, row)
    said = wrong_with(row, told, stage)
    return f"iOS {ios}: {said}\n{told}" if said else ""
