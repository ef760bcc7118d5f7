"""One row of the detection matrix: a story, an app, what goes wrong, and the one right verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.model.reasons import ClaimKind, Outcome, Reason
from tests.acceptance import conditions as when
from tests.acceptance.stage import Condition
from tests.acceptance.variants.apps import CORRECT

Story = Callable[..., Any]
"""A test of ``harness/scenarios``: takes ``device``, ``app`` and ``origin``."""


@dataclass(frozen=True)
class Row:
    """One experiment, and what must come of it.

    Attributes:
        story: numbers of the catalogue that the test tells, such as ``S1 S57``; or a name, of a story that
            is none of the catalogue's.
        test: the scenario.
        variant: which app, by its name in ``tests.acceptance.variants``; ``correct`` is the downloader.
        condition: what goes wrong besides.
        at: the kind of claim at which the story ends; all before it passed. ``None``: it is told to its end.
        outcome: the last verdict.
        reason: its reason.
        steady: whether the time between two steps is what the story is about, so that none is prolonged.
    """

    story: str
    test: Story
    variant: str = "correct"
    condition: Condition = when.NOTHING
    at: ClaimKind | None = None
    outcome: Outcome = Outcome.PASSED
    reason: Reason = Reason.PASS_CLAIMS_PROVEN
    steady: bool = False

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its numbers in the catalogue; none of a story that is not in it."""
        return tuple(word for word in self.story.split() if word[:1] == "S" and word[1:].isdigit())

    @property
    def is_correct(self) -> bool:
        """Whether its app does everything right."""
        return self.variant in CORRECT

    @property
    def test_name(self) -> str:
        """The scenario in words."""
        return self.test.__name__.removeprefix("test_").replace("_", " ")

    def __str__(self) -> str:
        return f"{self.story}, {self.test_name}: {self.variant}, {self.condition}"
