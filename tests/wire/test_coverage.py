from __future__ import annotations

import pytest

from tests.wire.coverage_table import ROOT, TEST_MODULES, Row, measure


def test_every_codec_has_a_test_module_of_its_own() -> None:
    modules = {path.stem for path in (ROOT / "harness/wire").glob("*.py")} - {"__init__"}
    assert set(TEST_MODULES) == modules
    assert len(set(TEST_MODULES.values())) == len(modules)
    assert not [test for test in TEST_MODULES.values() if not (ROOT / f"tests/wire/{test}.py").exists()]


def test_a_row_tells_where_nothing_ran() -> None:
    assert str(Row("dtx", 98.5, (7, 9), ((12, -10),))) == "dtx                 98.5 %  7 9 12->-10"


def test_every_branch_of_every_codec_runs_in_its_own_test_module(request: pytest.FixtureRequest) -> None:
    # Some minutes for all of them; one is measured always, so that measuring itself is seen to work.
    modules = TEST_MODULES if request.config.getoption("--wire-coverage") else ("afc_numbers",)
    rows = [measure(module) for module in modules]
    assert [str(row) for row in rows if row.percent < 100] == []
