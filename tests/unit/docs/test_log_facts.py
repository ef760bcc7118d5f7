"""docs/log-facts.md names all there is."""

from __future__ import annotations

import re
from pathlib import Path

from harness.evidence.logfiles import LogForm
from tests.unit.evidence.lines import LINES

PAGE = (Path(__file__).parents[3] / "docs/log-facts.md").read_text()
ROWS = {
    name for line in PAGE.splitlines() if line.startswith("|") for name in re.findall(r"`([\w-]+)`", line)
}


def test_every_kind_of_fact_that_a_line_states_has_a_row() -> None:
    assert {type(fact).__name__ for _, _, fact in LINES.values()} <= ROWS


def test_every_form_of_a_saved_log_has_a_row() -> None:
    assert set(LogForm) <= ROWS
