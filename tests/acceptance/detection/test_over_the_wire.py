"""The matrix, told over the wire: by a phone behind lockdown alone, and by one behind a tunnel.

Each seed tells one row of a story in its own way; the seed 0 tells it as it stands.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.acceptance.detection.conftest import CASES
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.detection.phones import versions_for
from tests.acceptance.detection.row import Row
from tests.acceptance.detection.telling import tell_story, wrong_with
from tests.acceptance.stage import Theatre, open_theatre
from tests.acceptance.variation import AS_TOLD, Variation

VERSIONS = ("16.7", "18.5")

SHARES = (0.05, 1.0)
"""What is left of a file."""


def stories() -> list[tuple[str, str]]:
    """Every story on each of the versions, or on the newest that it is told on.

    Those of one version come one after another: a phone is there for as long as the next test takes the same.
    """
    return sorted({(ios, row.story) for row in ROWS for ios in _versions_of(row)})


def _versions_of(row: Row) -> tuple[str, ...]:
    possible = versions_for(row.test)
    return tuple(ios for ios in VERSIONS if ios in possible) or possible[-1:]


class Theatres:
    """One theatre at a time: the one that is open is kept for as long as the same version is asked for."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._ios = ""
        self._theatre: Theatre | None = None

    def of(self, ios: str) -> Theatre:
        """The theatre of a version."""
        if self._theatre is None or ios != self._ios:
            self.close()
            self._ios, self._theatre = ios, self._open.enter_context(open_theatre(ios))
        return self._theatre

    def close(self) -> None:
        """Close the one that is open."""
        self._theatre = None
        self._open.close()


@pytest.fixture(scope="module")
def theatres() -> Iterator[Theatres]:
    opened = Theatres()
    yield opened
    opened.close()


@pytest.mark.parametrize(("ios", "story"), stories())
def test_verdicts(
    ios: str,
    story: str,
    theatres: Theatres,
    pytestconfig: pytest.Config,
    record_property: Callable[[str, object], None],
) -> None:
    theatre = theatres.of(ios)
    rows = [row for row in ROWS if row.story == story and ios in _versions_of(row)]
    first = _turn(ios)
    seeds = range(first, first + int(pytestconfig.getoption("--wire-seeds") or 0))
    began_s = time.perf_counter()
    wrong = [said for seed in seeds if (said := _told(theatre, _spread(rows, seed, ios), seed))]
    record_property(CASES, ("over the wire", len(seeds), time.perf_counter() - began_s))
    assert not wrong, f"{len(wrong)} of {len(seeds)}:\n" + "\n".join(wrong)


def _spread(rows: list[Row], seed: int, ios: str) -> Row:
    """The row of a seed: few seeds reach all over the rows, many reach every one; versions begin apart."""
    step = next(step for step in (7, 11, 13, 1) if len(rows) % step or step == 1)
    return rows[(_turn(ios) + seed * step) % len(rows)]


def _turn(ios: str) -> int:
    """Where a version begins, so that where each has one seed a story is told as it stands, and varied."""
    return VERSIONS.index(ios) if ios in VERSIONS else 0


def _told(theatre: Theatre, row: Row, seed: int) -> str:
    """What is wrong with one telling; empty when all is right."""
    varied = Variation(f"{row}:{seed}", shares=SHARES, pauses=not row.steady)
    with theatre.stage(row.variant, row.condition, variation=varied if seed else AS_TOLD) as stage:
        told = tell_story(stage, row)
    said = wrong_with(row, told, stage)
    return f"{row}, seed {seed}: {said}\n{told}" if said else ""
