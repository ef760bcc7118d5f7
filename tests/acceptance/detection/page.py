"""The matrix as a page for people."""

from __future__ import annotations

from pathlib import Path

from harness.model.catalogue import CATALOGUE
from harness.model.reasons import MEANINGS
from tests.acceptance.conditions import NOTHING
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.detection.parts import EXCEPTIONS
from tests.acceptance.detection.row import Row

PAGE = Path(__file__).parents[3] / "docs" / "detection.md"

HEAD = """\
# What each story detects

Written by `python -m tests.acceptance.detection`; do not edit.

A test is worth what it would find. So every story is also told with an app that is wrong, with an
experiment that does not test what it claims, with evidence that is lost, and on a phone that an earlier test
has left dirty. Each line below is one such experiment and the one verdict that must come of it; tests tell
every one of them, in one process and over the wire, again and again with other timings, sizes and pauses.

The apps are the sample apps and the defective variants of `tests/acceptance/variants`. The verdict is the
last one of the test; all before it passed. What the reasons mean is in [verdicts.md](verdicts.md).
"""

COLUMNS = "| app | what goes wrong besides | verdict | reason | which means |\n|---|---|---|---|---|\n"


def page() -> str:
    """The whole page."""
    told = [
        f"## {story.number}: {story.told}\n\n" + _tables(story.number) for story in CATALOGUE if story.is_told
    ]
    others = [row for row in ROWS if not row.numbers]
    return "\n".join([HEAD, *told, "## Claims of no story\n\n" + _of_tests(others)]) + _exceptions()


def _tables(number: str) -> str:
    return _of_tests([row for row in ROWS if number in row.numbers])


def _of_tests(rows: list[Row]) -> str:
    tests = dict.fromkeys(row.test for row in rows)
    return "\n".join(_table([row for row in rows if row.test is test]) for test in tests)


def _table(rows: list[Row]) -> str:
    title = f"**{rows[0].test_name}**\n\n"
    return title + COLUMNS + "".join(map(_line, rows))


def _line(row: Row) -> str:
    meaning = MEANINGS[row.reason].sentence if row.reason else "an assertion of the test's own did not hold"
    wrong = ", ".join((*(() if row.condition is NOTHING else (row.condition.name,)), *row.also))
    reason = f"`{row.reason}`" if row.reason else ""
    return f"| {row.variant} | {wrong} | {row.outcome} | {reason} | {meaning} |\n"


def _exceptions() -> str:
    if not EXCEPTIONS:
        return ""
    lines = (f"| {number} | {part} | {why} |\n" for (number, part), why in EXCEPTIONS.items())
    return "\n## What a story cannot have\n\n| story | experiment | why |\n|---|---|---|\n" + "".join(lines)
