"""The table of variants: which stories have an app that they must find out."""

from __future__ import annotations

import inspect

import pytest

from harness.model.catalogue import CATALOGUE, STORIES
from harness.virtual.apps.sample import SAMPLES
from tests.acceptance.variants.apps import APPS, CORRECT, VARIANTS, bundle_id_of

NOTHING_OF_THE_APP = {
    "S2": "a debugger is at fault",
    "S47": "a debugger is at fault",
    "S49": "a debugger is at fault",
    "S59": "the stories are those of the other builds",
    "S62": "what is removed has no process that could do anything wrong",
}
"""Stories in which what is to be found out is not the app; with the reason."""


def test_every_told_story_has_an_app_that_spoils_it() -> None:
    spoiled = {number for variant in VARIANTS.values() for number in variant.spoils}
    told = {story.number for story in CATALOGUE if story.is_told}
    assert told - spoiled == set(NOTHING_OF_THE_APP)
    assert spoiled <= set(STORIES)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_its_sample_app_with_the_mistake_told(name: str) -> None:
    variant = VARIANTS[name]
    assert variant.base in SAMPLES
    assert bundle_id_of(name) == f"{variant.base.bundle_id}.{name}"
    sample = variant.base.delegate()
    assert isinstance(variant.app(), type(sample))
    mistake = next(kind for kind in variant.app.__mro__ if kind.__module__.startswith(__package__ or "tests"))
    assert inspect.getdoc(mistake) != inspect.getdoc(type(sample))


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_can_be_told_all_that_its_stories_ask_for(name: str) -> None:
    variant = VARIANTS[name]
    can = set(variant.app().acts())
    asked = {number: set(STORIES[number].triggers) for number in variant.spoils}
    assert {number: triggers - can for number, triggers in asked.items() if triggers - can} == {}


def test_every_app_has_an_identifier_and_an_executable_of_its_own() -> None:
    bundles = (*APPS, *CORRECT.values())
    assert len({bundle.bundle_id for bundle in bundles}) == len(bundles)
    assert len({bundle.executable for bundle in bundles}) == len(bundles)
