"""Which versions of iOS a scenario can be told on."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from harness.config.versions import VersionRange
from tests.acceptance.stage import MODELS
from tests.acceptance.stories import Story


def versions_for(test: Story) -> tuple[str, ...]:
    """The versions of ``MODELS`` that the scenario's ``device`` marker allows, the oldest first."""
    wanted = [str(mark.kwargs["ios"]) for mark in _marks(test, "device") if "ios" in mark.kwargs]
    return tuple(ios for ios in MODELS if all(ios in VersionRange.parse(text) for text in wanted))


def numbers_of(test: Story) -> frozenset[str]:
    """The numbers of the catalogue that the scenario's ``scenario`` marker names; none without a marker."""
    return frozenset(str(number) for mark in _marks(test, "scenario") for number in mark.args)


def _marks(test: Story, name: str) -> Iterable[pytest.Mark]:
    marks: list[pytest.Mark] = getattr(test, "pytestmark", [])
    return [mark for mark in marks if mark.name == name]
