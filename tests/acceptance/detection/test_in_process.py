"""Every row of the matrix, told by phones in this process: another telling by each seed, one verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.detection.conftest import CASES
from tests.acceptance.detection.here import wrong_in
from tests.acceptance.detection.matrix import ROWS
from tests.acceptance.detection.row import Row
from tests.acceptance.inprocess.house import House, open_house


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with open_house() as opened:
        yield opened


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_verdict(
    row: Row, house: House, pytestconfig: pytest.Config, record_property: Callable[[str, object], None]
) -> None:
    seeds = range(1, 1 + int(pytestconfig.getoption("--detection-seeds") or 0))
    began_s = time.perf_counter()
    wrong = [f"seed {seed}: {said}" for seed in seeds if (said := wrong_in(house, row, seed))]
    record_property(CASES, ("in process", len(seeds), time.perf_counter() - began_s))
    assert not wrong, f"{len(wrong)} of {len(seeds)}:\n" + "\n".join(wrong)
