"""The shipped stories tell a right app from a wrong one, and both from a spoiled experiment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.expect.story import tell
from harness.model.reasons import Outcome
from tests.acceptance.matrix import MATRIX, Row
from tests.acceptance.stage import Theatre, open_theatre
from tests.acceptance.stories import play


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    with open_theatre() as opened:
        yield opened


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
