"""What the matrix must hold of every story, and where it need not, with the reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from harness.model.reasons import Outcome
from tests.acceptance.conditions import NOTHING
from tests.acceptance.detection.row import Row


class Part(StrEnum):
    """A kind of experiment that no story may lack."""

    RIGHT = "a correct app passes"
    DEFECT = "a defective app fails"
    SPOILED = "a spoiled experiment is invalid"
    LOST = "lost evidence makes it inconclusive"
    POLLUTED = "an earlier test's transfer changes nothing"


EXCEPTIONS: dict[tuple[str, Part], str] = {}
"""Number of a story and part -> why there can be none."""


def parts_of(number: str, rows: Iterable[Row]) -> frozenset[Part]:
    """The parts that some rows hold of a story."""
    told = [row for row in rows if number in row.numbers]
    return frozenset(part for row in told for part in _parts(row, told))


def _parts(row: Row, told: Iterable[Row]) -> Iterable[Part]:
    """The parts that a row is, among all those of its story."""
    loses = bool(row.condition.loses) or row.condition.unreads
    if row.is_correct and row.condition is NOTHING and row.outcome is Outcome.PASSED:
        yield Part.RIGHT
    if not row.is_correct and row.outcome is Outcome.FAILED:
        yield Part.DEFECT
    if row.outcome is Outcome.INVALID:
        yield Part.SPOILED
    if loses and row.outcome is Outcome.INCONCLUSIVE:
        yield Part.LOST
    if row.condition.leftover and any(_is_unchanged(row, other) for other in told):
        yield Part.POLLUTED


def _is_unchanged(row: Row, other: Row) -> bool:
    """Whether a row ends as another does in which nothing goes wrong besides the app."""
    return other.condition is NOTHING and replace(row, condition=NOTHING) == other
