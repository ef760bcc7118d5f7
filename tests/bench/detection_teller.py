"""``python -m tests.bench.detection_teller SEED``: tell every row of the matrix once; prints cases/s."""

from __future__ import annotations

import sys
import time

from tests.acceptance.detection.here import wrong_in
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.inprocess.house import open_house

WARMING = 3
"""Rows that are told before it counts: what is imported late is then there."""


def main(seed: int) -> int:
    """Returns the exit code: 0 when every verdict was right."""
    with open_house() as house:
        for row in ROWS[:WARMING]:
            wrong_in(house, row, seed)
        began_s = time.perf_counter()
        wrong = [row for row in ROWS if wrong_in(house, row, seed)]
        print(len(ROWS) / (time.perf_counter() - began_s))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
