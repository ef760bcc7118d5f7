"""The stories of one download by name: what placements and faults of the wire take from the matrix."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.reasons import ClaimKind, Outcome, Reason
from tests.acceptance import conditions as when
from tests.acceptance.detection.downloads import ROWS
from tests.acceptance.stage import Condition
from tests.acceptance.stories import ENDED as ENDED
from tests.acceptance.stories import LEFT_ALONE as LEFT_ALONE
from tests.acceptance.stories import NEVER_ASLEEP as NEVER_ASLEEP
from tests.acceptance.stories import NOT_TO_BE_WOKEN as NOT_TO_BE_WOKEN
from tests.acceptance.stories import OPEN as OPEN
from tests.acceptance.stories import ORPHAN as ORPHAN
from tests.acceptance.stories import RELAUNCH as RELAUNCH
from tests.acceptance.stories import RESUME as RESUME
from tests.acceptance.stories import STORIES


@dataclass(frozen=True)
class Row:
    """One experiment, and what must come of it.

    Attributes:
        story: which of the shipped stories.
        variant: which app.
        condition: what goes wrong besides.
        at: the kind of claim at which the story ends; all before it passed. ``None``: it is told to its end.
        outcome: the last verdict.
        reason: its reason.
    """

    story: str
    variant: str
    condition: Condition = when.NOTHING
    at: ClaimKind | None = None
    outcome: Outcome = Outcome.PASSED
    reason: Reason | None = Reason.PASS_CLAIMS_PROVEN

    def __str__(self) -> str:
        return f"{self.story}: {self.variant}, {self.condition}"


NAMES = {test: name for name, test in STORIES.items()}

MATRIX = tuple(
    Row(NAMES[row.test], row.variant, row.condition, row.at, row.outcome, row.reason) for row in ROWS
)
"""The rows of ``detection.downloads``, each under the name of its story."""
