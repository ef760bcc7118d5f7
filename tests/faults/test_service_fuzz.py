"""Whatever broken clients say, a service refuses it by name and answers the next honest one.

``--fuzz-frames`` is how many broken clients every service has.
"""

from __future__ import annotations

import asyncio

import pytest

from harness.virtual.services.table import ROWS
from tests.faults.bench import Case
from tests.faults.cases import CASES, TALKS


def test_no_service_is_forgotten() -> None:
    assert set(TALKS) == {row.name for row in ROWS}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_service_outlives_broken_clients(case: Case, request: pytest.FixtureRequest) -> None:
    count = request.config.getoption("--fuzz-frames")
    assert isinstance(count, int)
    tally = asyncio.run(case.run(count))
    assert tally.frames == count
    print(f"{case.name}: {tally.frames} in {tally.wall_s:.1f} s, slowest {tally.slowest_s:.3f} s")
