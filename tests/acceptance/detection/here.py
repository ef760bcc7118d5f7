"""Telling a row in this process."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.acceptance.detection.phones import versions_for
from tests.acceptance.detection.row import Row
from tests.acceptance.detection.telling import Told, tell_story, wrong_with
from tests.acceptance.inprocess.house import House
from tests.acceptance.variation import Variation

SHARES = (0.002, 0.05)
"""What is left of a file: the kernel moves every byte, and a story needs few."""


@dataclass(frozen=True)
class Telling:
    """One telling of a row.

    Attributes:
        ios: version of the phone.
        told: what came of it.
        wrong: what of that is not as it must be; empty when all is.
    """

    ios: str
    told: Told
    wrong: str


def telling(house: House, row: Row, seed: int) -> Telling:
    """Tell a row.

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
    return Telling(ios, told, wrong_with(row, told, stage))


def wrong_in(house: House, row: Row, seed: int) -> str:
    """What is wrong with one telling, and what came of it in words; empty when all is right."""
    one = telling(house, row, seed)
    return f"iOS {one.ios}: {one.wrong}\n{one.told}" if one.wrong else ""
