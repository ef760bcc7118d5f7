"""Telling the story of a row, and holding what came of it against what must."""

from __future__ import annotations

from dataclasses import dataclass

from harness.expect.story import ExpectationFailed, tell
from harness.model.reasons import Outcome
from harness.model.verdict import Verdict
from tests.acceptance.detection.row import Row
from tests.acceptance.stage import Stage
from tests.acceptance.stories import act


@dataclass(frozen=True)
class Told:
    """What came of a story.

    Attributes:
        verdicts: in order.
        stopped: the one that ended the story; ``None`` when it was told to its end.
    """

    verdicts: tuple[Verdict, ...]
    stopped: Verdict | None

    def __str__(self) -> str:
        return "\n".join(map(tell, self.verdicts))


def tell_story(stage: Stage, row: Row) -> Told:
    """Tell a row's story to its end, or until an expectation of it does not pass."""
    stopped = None
    try:
        act(stage, row.test, axes=row.axes, **row.given)
    except ExpectationFailed as failed:
        stopped = failed.verdict
    return Told(tuple(stage.verdicts), stopped)


def wrong_with(row: Row, told: Told, stage: Stage) -> str:
    """What of it is not as it must be; empty when all is."""
    if not told.verdicts:
        return "nothing was claimed"
    *before, last = told.verdicts
    came = (told.stopped and told.stopped.kind, last.outcome, last.reason)
    if came != (row.at, row.outcome, row.reason):
        return f"{_words(*came)}, and not {_words(row.at, row.outcome, row.reason)}"
    if told.stopped not in (None, last):
        return "another verdict than the last ended it"
    if any(verdict.outcome is not Outcome.PASSED for verdict in before):
        return "something had not passed before"
    if stage.did_not_come:
        return f"it has no moment {', '.join(map(str, stage.did_not_come))}"
    return _unowned(row, told.verdicts[stage.spoiled_after :])


def _unowned(row: Row, verdicts: tuple[Verdict, ...]) -> str:
    """What a verdict after the loss does not own up to."""
    for verdict in verdicts:
        silent = row.condition.loses - {gap.source for gap in verdict.gaps}
        if silent:
            return f"{verdict.question!r} does not own up to the loss of {', '.join(silent)}"
    return ""


def _words(at: object, outcome: object, reason: object) -> str:
    return f"{outcome} ({reason}) at {at or 'its end'}"
