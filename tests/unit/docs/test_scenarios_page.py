"""docs/scenarios.md names what there is, and its example runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import pytest

from harness.api.axes import USUAL, Link, LowPower, Refresh
from harness.model.ends import RUNG_OF, End
from harness.model.rungs import Rung
from tests.plugins.runs import Place
from tests.unit.docs.pages import blocks, page, rows

PAGE = page("docs/scenarios.md")
EXAMPLE = blocks(PAGE, "python")[0]

ONE_PHONE = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7"}
"""

POSITIONS: dict[str, tuple[type[StrEnum], StrEnum]] = {
    "`end`": (End, USUAL.end),
    "`network`": (Link, USUAL.network),
    "`refresh`": (Refresh, USUAL.refresh),
    "`low_power`": (LowPower, LowPower.OFF),
}


def test_every_end_is_told() -> None:
    assert set(rows(PAGE, "## Ends")) == {f"`{end.name}`" for end in End}


@pytest.mark.parametrize("axis", POSITIONS)
def test_every_position_is_told_the_usual_one_first(axis: str) -> None:
    kind, usual = POSITIONS[axis]
    told = [word.strip("` ") for word in rows(PAGE, "## Axes")[axis][0].split(",")]
    assert told[0] == usual
    assert sorted(told) == sorted(kind)


def test_every_act_takes_a_rung_that_there_is() -> None:
    takes = {cells[1] for cells in rows(PAGE, "## What a test can do").values()}
    assert takes - {"nothing"} <= {rung.value for rung in Rung}
    assert {rung.value for rung in RUNG_OF.values()} <= takes


def test_the_example_runs_along_its_axes(tmp_path: Path) -> None:
    axes = "--axes=end=sigkill,suspended,force-quit,jetsam"
    run = Place(tmp_path, EXAMPLE, ONE_PHONE).run(axes, "-rA", "--ui=none")
    assert "4 passed" in run.said, run.said
    assert "not on this phone: needs the app switcher: S1 force-quit (v-16)" in run.said
    assert run.status == pytest.ExitCode.OK
