"""The catalogue knows every story, and docs/catalogue.md says what the catalogue and the scenarios say."""

from __future__ import annotations

from harness.model.catalogue import CATALOGUE, NOT_TOLD, STORIES
from tests.unit.model.catalogue_document import PATH, document, told_in

LAST = 73
"""Number of the last story of domain/catalogue.md."""


def test_every_story_is_either_told_or_says_why_not() -> None:
    numbers = [story.number for story in CATALOGUE] + [one.number for one in NOT_TOLD]
    assert sorted(numbers) == sorted(f"S{number}" for number in range(1, LAST + 1))


def test_what_is_not_told_whole_says_why() -> None:
    assert [story.number for story in CATALOGUE if not story.is_told and not story.why] == []
    assert [one.number for one in NOT_TOLD if not one.why] == []


def test_no_test_tells_a_story_that_cannot_be_told() -> None:
    assert {number for number in told_in() if not STORIES[number].is_told} == set()


def test_its_page_is_what_the_tables_and_the_marks_make_it() -> None:
    told = PATH.read_text(encoding="utf-8")
    assert told == document(), "run python -m tests.unit.model.catalogue_document"
