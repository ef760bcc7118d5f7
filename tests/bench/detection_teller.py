"""``python -m tests.bench.detection_teller SEED EACH``: tell rows of the matrix once; prints cases/s.

Every row is told with an ``EACH`` of 1, every other one with 2, and so on.
"""

from __future__ import annotations

import sys
import time

from tests.acceptance.detection.here import wrong_in
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.inprocess.house import open_house

WARMING = 3
"""Rows that are told before it counts: what is imported late is then there."""


def main(seed: int, each: int) -> int:
    """Returns the exit code: 0 when every verdict was right."""
    told = ROWS[::each]
    with open_house() as house:
        for row in ROWS[:WARMING]:
            wrong_in(house, row, seed)
        began_s = time.perf_counter()
        wrong = [row for row in told if wrong_in(house, row, seed)]
        print(len(told) / (time.perf_counter() - began_s))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
