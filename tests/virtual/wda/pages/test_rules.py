"""Every measure, identifier and word of a screen says where it is from."""

from __future__ import annotations

import itertools
from types import ModuleType

import pytest

from harness.virtual.versions.row import Standing
from harness.virtual.wda import layout
from harness.virtual.wda.pages import alerts, frame, lock, notifications, siri, springboard, switcher
from harness.virtual.wda.pages.rules import PAGE_RULES
from harness.virtual.wda.pages.settings import page, shapes

ELSEWHERE = {"COLUMNS", "ROWS", "DOCK_MOST", "TYPE_CHECKING"}
"""Measures of the kernel's own home screen, and what is no measure."""


@pytest.mark.parametrize(
    "module", [layout, alerts, frame, lock, notifications, siri, springboard, switcher, page, shapes]
)
def test_every_figure_and_identifier_of_a_page_has_a_row(module: ModuleType) -> None:
    named = {
        name: value
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, int | float | str)
    }
    told = {row.key: row.value for row in PAGE_RULES}
    assert {name: told.get(name) for name in named.keys() - ELSEWHERE} == {
        name: value for name, value in named.items() if name not in ELSEWHERE
    }


def test_every_row_says_where_it_is_from() -> None:
    assert all(row.source for row in PAGE_RULES)
    assert {row.standing for row in PAGE_RULES} == {Standing.DOCUMENTED, Standing.GUESSED}


def test_no_two_rows_of_a_rule_hold_for_one_version() -> None:
    for one, other in itertools.combinations(PAGE_RULES, 2):
        if one.key == other.key:
            assert one.last < other.first or other.last < one.first, one.key
