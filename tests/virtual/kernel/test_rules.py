"""The tables: every iOS version has every rule exactly once, and every rule says where it is from."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from harness import virtual
from harness.virtual.kernel.background import figures as background_figures
from harness.virtual.kernel.nsurlsessiond import rules as urlsession_rules
from harness.virtual.kernel.nsurlsessiond.rules import FIGURES
from harness.virtual.kernel.rules import TIMEOUT_CODES, AssertionKind, Rules, Subsystem, rules_for
from harness.virtual.versions.products import BUILDS, build_of, default_model, product_of
from harness.virtual.versions.row import Standing, parts
from harness.virtual.versions.table import ROWS


@pytest.mark.parametrize("major", [13, 14, 15, 16, 17, 18, 26, 27])
def test_every_version_has_every_rule(major: int) -> None:
    rules = rules_for(major)
    assert rules.suspend_after_min_s < rules.suspend_after_max_s
    assert all(isinstance(rules.force_quit_blocks(subsystem), bool) for subsystem in Subsystem)


def test_every_row_is_a_field_and_has_a_source() -> None:
    fields = {field.name for field in dataclasses.fields(Rules)}
    assert {row.key for row in ROWS} == fields
    assert all(row.source for row in ROWS)


def test_a_rule_that_nothing_obeys_is_not_in_the_table() -> None:
    package = Path(virtual.__file__).parent
    code = "".join(path.read_text() for path in package.rglob("*.py"))
    # Those of a force quit are asked for by subsystem, which the first test does for each.
    names = {field.name for field in dataclasses.fields(Rules)} - {
        f"force_quit_blocks_{one}" for one in Subsystem
    }
    assert [name for name in sorted(names) if not re.search(rf"rules\.{name}\b", code)] == []


def test_every_figure_of_nsurlsessiond_says_where_it_is_from() -> None:
    numbers: dict[str, object] = {
        name: value
        for name, value in vars(urlsession_rules).items()
        if name.isupper() and isinstance(value, int | float | tuple) and name != "FIGURES"
    }
    assert {row.key: row.value for row in FIGURES} == numbers
    assert all(row.source for row in FIGURES)


def test_every_figure_of_background_tasks_says_where_it_is_from() -> None:
    numbers = {
        name: value
        for name, value in vars(background_figures).items()
        if name.isupper() and isinstance(value, int | float)
    }
    assert {row.key: row.value for row in background_figures.FIGURES} == numbers
    assert all(row.source for row in background_figures.FIGURES)


def test_a_rule_has_one_type_across_versions() -> None:
    kinds: dict[str, set[type]] = {}
    for row in ROWS:
        kinds.setdefault(row.key, set()).add(type(row.value))
    assert [key for key, types in kinds.items() if len(types) > 1] == []


def test_the_termination_notice_is_marked_guessed() -> None:
    assert [row.standing for row in ROWS if row.key == "tells_termination"] == [Standing.GUESSED]


def test_every_assertion_kind_has_a_code() -> None:
    assert set(TIMEOUT_CODES) == set(AssertionKind)


def test_builds_are_listed_oldest_first_and_found_by_version() -> None:
    versions = [parts(row.ios) for row in BUILDS]
    assert versions == sorted(set(versions))
    assert build_of("16.7") == "20H19"
    assert build_of("16.7.0") == "20H19"
    assert build_of("16.7.9") == build_of("16.7.8")
    assert build_of("9.3") == BUILDS[0].build


@pytest.mark.parametrize("ios", ["15.8", "16.7", "17.5", "18.0", "26.0"])
def test_the_default_model_can_run_its_version(ios: str) -> None:
    product = product_of(default_model(ios))
    assert product is not None
    assert product.first <= parts(ios)[0] <= product.last
