"""The shipped stories tell a right app from a wrong one, and both from a spoiled experiment."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.api import App, Device, Origin
from harness.expect.story import ExpectationFailed, tell
from harness.model.reasons import Outcome
from harness.model.verdict import Verdict
from harness.scenarios import test_background_download as shipped
from tests.acceptance.matrix import MATRIX, OPEN, ORPHAN, RELAUNCH, RESUME, Row
from tests.acceptance.stage import Stage, Theatre, open_theatre

Story = Callable[[Device, App, Origin], None]

STORIES: dict[str, Story] = {
    RELAUNCH: shipped.test_download_finishes_while_app_is_dead_and_relaunches_it,
    RESUME: shipped.test_download_finishes_while_app_is_suspended_and_resumes_it,
    OPEN: shipped.test_opening_the_app_while_it_downloads_finds_the_task_and_starts_no_second,
    ORPHAN: shipped.test_a_finished_download_is_never_orphaned,
}


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    with open_theatre() as opened:
        yield opened


def play(stage: Stage, story: str) -> Verdict | None:
    """Play a story to its end, or until an expectation of it does not pass, whose verdict is returned."""
    try:
        STORIES[story](stage.device, stage.app, stage.origin)
    except ExpectationFailed as failed:
        return failed.verdict
    return None


@pytest.mark.parametrize("row", MATRIX, ids=str)
def test_verdict(row: Row, theatre: Theatre) -> None:
    with theatre.stage(row.variant, row.condition) as stage:
        stopped = play(stage, row.story)
        *before, last = stage.verdicts
    told = "\n".join(tell(verdict) for verdict in stage.verdicts)
    assert (stopped and stopped.kind, last.outcome, last.reason) == (row.at, row.outcome, row.reason), told
    assert all(verdict.outcome is Outcome.PASSED for verdict in before), told
    assert stopped in (None, last)
    for verdict in stage.verdicts[1:]:
        assert row.condition.loses <= {gap.source for gap in verdict.gaps}, told
