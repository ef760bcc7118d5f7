"""Any single source cut, delayed, dropped or truncated at any place of a recorded story: no wrong verdict.

The recordings are raw evidence: bytes of the log and the journal, notices, looks and receipts as they came.
What happens to them happens before any fact is made of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.expect.story import tell
from harness.model.facts import Source
from harness.model.reasons import Outcome
from harness.model.verdict import Verdict
from tests.acceptance.matrix import LEFT_ALONE, MATRIX, NOT_TO_BE_WOKEN, OPEN, RELAUNCH, RESUME, Row
from tests.acceptance.placements.placing import Act, Placement, applied, places, some_placements, sources_in
from tests.acceptance.placements.recordings import Recording, record
from tests.acceptance.stage import Theatre, open_theatre

ROWS = [row for row in MATRIX if not row.condition.loses and not row.condition.unreads]
"""Every experiment in which all evidence came."""

_ANY = frozenset(Source) - {Source.HARNESS}
_ASIDE = frozenset({Source.RECEIPT, Source.PROCESS_LIST, Source.REPORTS, Source.DARWIN, Source.SETTINGS})

STANDS: dict[str, frozenset[Source]] = {
    RELAUNCH: _ANY,
    RESUME: _ANY,
    OPEN: _ANY - {Source.RECEIPT},
    LEFT_ALONE: _ASIDE,
    NOT_TO_BE_WOKEN: _ANY,
}
"""Story with an app that does it right -> the sources of which any one may be lost, and the verdict stands.

A wake is proven by two classes of three, callbacks by the journal or by its marks in the log; that no second
request came, by the receipts alone; that nothing ran, only by every source that would have shown it.
"""


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    with open_theatre() as opened:
        yield opened


def outcomes(verdicts: tuple[Verdict, ...]) -> list[Outcome]:
    return [verdict.outcome for verdict in verdicts]


def is_right(recording: Recording, verdicts: tuple[Verdict, ...]) -> bool:
    """Whether a story came to what it came to live, or to an open end on the way there."""
    live, told = outcomes(recording.live), outcomes(verdicts)
    if told == live:
        return True
    return told[-1] is Outcome.INCONCLUSIVE and told[:-1] == live[: len(told) - 1]


def share_of(row: Row, count: int) -> int:
    """How many of so many placements a row gets; all rows together get them all."""
    return count // len(ROWS) + (ROWS.index(row) < count % len(ROWS))


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_no_loss_of_one_source_makes_a_wrong_verdict(
    row: Row, theatre: Theatre, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    recording = record(theatre, row, tmp_path)
    again = recording.verdicts()
    assert [(one.outcome, one.reason) for one in again] == [
        (one.outcome, one.reason) for one in recording.live
    ]
    assert outcomes(again)[-1] is row.outcome
    done: Counter[Outcome] = Counter()
    share = share_of(row, int(str(pytestconfig.getoption("--placements"))))
    for placement in some_placements(recording.items, share, seed=ROWS.index(row)):
        verdicts = recording.verdicts(applied(recording.items, placement))
        assert is_right(recording, verdicts), f"{placement}\n{tell(verdicts[-1])}"
        done[verdicts[-1].outcome] += 1
    assert done.total() == share


@pytest.mark.parametrize("story", STANDS)
def test_a_verdict_stands_on_what_is_left(story: str, theatre: Theatre, tmp_path: Path) -> None:
    row = next(row for row in ROWS if row.story == story and row.variant == "correct")
    recording = record(theatre, row, tmp_path)
    for source in STANDS[story].intersection(sources_in(recording.items)):
        for at in range(0, len(places(recording.items, source)), 3):
            placement = Placement(source, at, Act.CUT, 1)
            verdicts = recording.verdicts(applied(recording.items, placement))
            assert outcomes(verdicts) == outcomes(recording.live), f"{placement}\n{tell(verdicts[-1])}"


def test_every_act_takes_something_away(theatre: Theatre, tmp_path: Path) -> None:
    recording = record(theatre, ROWS[0], tmp_path)
    for source in (Source.SYSTEM_LOG, Source.STATE_STREAM, Source.JOURNAL, Source.RECEIPT):
        middle = len(places(recording.items, source)) // 2
        for act in Act:
            changed = applied(recording.items, Placement(source, middle, act, 5))
            has_no_bytes = act is Act.TRUNCATE and source in (Source.STATE_STREAM, Source.RECEIPT)
            assert (changed == list(recording.items)) == has_no_bytes, (source, act)
