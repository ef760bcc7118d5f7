"""Telling the story of a row, and holding what came of it against what must."""

from __future__ import annotations

from dataclasses import dataclass

from harness.expect.story import ExpectationFailed, tell
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.model.verdict import Verdict
from tests.acceptance.detection.row import Row
from tests.acceptance.stage import Stage
from tests.acceptance.stories import act

End = tuple[ClaimKind | None, Outcome, Reason | None]
"""The kind of claim at which a story ended, ``None`` for its end; and how, as ``Row`` has it."""


@dataclass(frozen=True)
class Told:
    """What came of a story.

    Attributes:
        verdicts: in order.
        stopped: the one that failed the test; ``None`` when it was told to its end.
        asserted: what an assertion of the test's own said that did not hold; empty without one.
    """

    verdicts: tuple[Verdict, ...]
    stopped: Verdict | None = None
    asserted: str = ""

    @property
    def end(self) -> End:
        """How it ended.

        Raises:
            IndexError: nothing was claimed.
        """
        if self.asserted:
            return None, Outcome.FAILED, None
        last = self.stopped or self.verdicts[-1]
        return self.stopped and self.stopped.kind, last.outcome, last.reason

    def __str__(self) -> str:
        return "\n".join((*map(tell, self.verdicts), self.asserted))


def tell_story(stage: Stage, row: Row) -> Told:
    """Tell a row's story to its end, or until an expectation or an assertion of it does not hold."""
    stopped, asserted = None, ""
    try:
        act(stage, row.test, axes=row.axes, **row.given)
    except ExpectationFailed as failed:
        stopped = failed.verdict
    except AssertionError as error:
        asserted = f"assertion: {error}"
    # Of the soft ones pytest tells at the end; the first that did not pass fails the test.
    unmet = stage.session.take_unmet()
    return Told(tuple(stage.verdicts), stopped or (unmet[0] if unmet else None), asserted)


def wrong_with(row: Row, told: Told, stage: Stage) -> str:
    """What of it is not as it must be; empty when all is."""
    if not told.verdicts:
        return "nothing was claimed"
    must = (row.at, row.outcome, row.reason)
    if told.end != must:
        return f"{_words(told.end)}, and not {_words(must)}"
    if any(verdict.outcome is not Outcome.PASSED for verdict in _before(told)):
        return "something had not passed before"
    if stage.did_not_come:
        return f"it has no moment {', '.join(map(str, stage.did_not_come))}"
    return _unowned(row, told.verdicts[stage.spoiled_after :])


def _before(told: Told) -> tuple[Verdict, ...]:
    """The verdicts before the one that it ended with."""
    if told.asserted:
        return told.verdicts
    last = told.stopped or told.verdicts[-1]
    return told.verdicts[: told.verdicts.index(last)]


def _unowned(row: Row, verdicts: tuple[Verdict, ...]) -> str:
    """What a verdict after the loss does not own up to."""
    for verdict in verdicts:
        silent = row.condition.loses - {gap.source for gap in verdict.gaps}
        if silent:
            return f"{verdict.question!r} does not own up to the loss of {', '.join(silent)}"
    return ""


def _words(end: End) -> str:
    at, outcome, reason = end
    return f"{outcome} ({reason or 'an assertion of the test'}) at {at or 'its end'}"
