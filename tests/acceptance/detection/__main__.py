"""``python -m tests.acceptance.detection``: write docs/detection.md anew, or tell some rows.

``… tell S9 --seeds 3`` tells every row of a story in this process and prints what came of each telling,
beside what must; ``--words`` adds the verdicts in words. That is how a new row is tried.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from tests.acceptance.detection.here import Telling, telling
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.detection.page import PAGE, page
from tests.acceptance.detection.row import Row
from tests.acceptance.inprocess.house import House, open_house


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.acceptance.detection", description=__doc__)
    parser.add_argument("do", nargs="?", choices=("write", "tell"), default="write")
    parser.add_argument("story", nargs="?", default="", help="a number of the catalogue, or part of a name")
    parser.add_argument("--seeds", type=int, default=1, help="tellings of each row (default: %(default)s)")
    parser.add_argument("--words", action="store_true", help="print the verdicts in words")
    chosen = parser.parse_args(arguments)
    if chosen.do == "write":
        PAGE.write_text(page(), encoding="utf-8")
        return
    with open_house() as house:
        for row in (row for row in ROWS if chosen.story in (*row.numbers, row.story)):
            for line in _lines(house, row, chosen.seeds, words=chosen.words):
                print(line)


def _lines(house: House, row: Row, seeds: int, *, words: bool) -> Iterator[str]:
    yield f"{row}: {row.outcome} ({row.reason}) at {row.at or 'its end'}"
    for seed in range(1, seeds + 1):
        one = telling(house, row, seed)
        yield f"  seed {seed}, iOS {one.ios}: {one.wrong or 'so it came'}"
        if words:
            yield _indented(one)


def _indented(one: Telling) -> str:
    return "\n".join(f"    {line}" for line in str(one.told).splitlines())


if __name__ == "__main__":
    main()
