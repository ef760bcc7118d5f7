"""No story of the catalogue is told without its counter-proofs."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.model.catalogue import CATALOGUE, STORIES
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.detection.parts import EXCEPTIONS, Part, parts_of
from tests.acceptance.detection.phones import numbers_of

TOLD = sorted({number for row in ROWS for number in row.numbers}, key=lambda number: int(number[1:]))
"""Numbers of the stories that the matrix has anything of."""


def test_every_story_is_in_the_matrix() -> None:
    assert [story.number for story in CATALOGUE if story.is_told] == TOLD


@pytest.mark.parametrize("number", TOLD)
def test_a_story_has_every_part(number: str) -> None:
    excused = {part for excused_number, part in EXCEPTIONS if excused_number == number}
    missing = set(Part) - parts_of(number, ROWS) - excused
    assert not missing, f"{number} lacks: {', '.join(sorted(missing))}"


def test_no_exception_is_made_for_what_is_there() -> None:
    needless = [key for key in EXCEPTIONS if key[1] in parts_of(key[0], ROWS)]
    assert not needless


def test_every_exception_names_a_story_and_its_reason() -> None:
    assert all(number in STORIES and reason for (number, _), reason in EXCEPTIONS.items())


def test_a_row_has_the_numbers_of_its_scenario() -> None:
    wrong = {
        f"{row.story}: {row.test_name}"
        for row in ROWS
        if (marked := numbers_of(row.test)) and not set(row.numbers) <= marked
    }
    assert not wrong


def test_no_row_is_there_twice() -> None:
    counts = Counter((row.test, row.variant, row.condition.name, row.also) for row in ROWS)
    assert not [key for key, count in counts.items() if count > 1]
