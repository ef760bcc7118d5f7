"""One row of the detection matrix: a story, an app, what goes wrong, and the one right verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.api.axes import Axes
from harness.model.reasons import ClaimKind, Outcome, Reason
from tests.acceptance import conditions as when
from tests.acceptance.stage import Condition
from tests.acceptance.stories import Story
from tests.acceptance.variants.apps import CORRECT


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
        reason: its reason; ``None`` where an assertion of the test's own does not hold, which is failed.
        axes: the combination that it is told in, of a scenario that takes axes.
        given: what else the scenario takes, of one that is parametrized.
        steady: whether the time between two steps is what the story is about, so that none is prolonged.
    """

    story: str
    test: Story
    variant: str = "correct"
    condition: Condition = when.NOTHING
    at: ClaimKind | None = None
    outcome: Outcome = Outcome.PASSED
    reason: Reason | None = Reason.PASS_CLAIMS_PROVEN
    axes: Axes = field(default_factory=Axes)
    given: Mapping[str, object] = field(default_factory=dict[str, object])
    steady: bool = False

    @property
    def numbers(self) -> tuple[str, ...]:
        """Its numbers in the catalogue; none of a story that is not in it."""
        return tuple(word for word in self.story.split() if word[:1] == "S" and word[1:].isdigit())

    @property
    def also(self) -> tuple[str, ...]:
        """In which combination it is told, and with what else, as far as that is not the usual."""
        axes = () if self.axes == Axes() else (str(self.axes),)
        return (*axes, *(f"{name} {value}" for name, value in self.given.items()))

    @property
    def is_correct(self) -> bool:
        """Whether its app does everything right."""
        return self.variant in CORRECT

    @property
    def test_name(self) -> str:
        """The scenario in words."""
        return self.test.__name__.removeprefix("test_").replace("_", " ")

    def __str__(self) -> str:
        also = "".join(f", {word}" for word in self.also)
        return f"{self.story}, {self.test_name}: {self.variant}, {self.condition}{also}"
