"""Text of a device, as terminal, page and files tell it: nobody lets through what another holds back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.expect.plain import plain
from harness.model.unseen import is_unseen
from harness.report.ctrf import write_ctrf
from harness.report.junit import write_junit
from harness.report.page.text import visible
from harness.report.summary import summary
from harness.report.tell import printable
from tests.unit.report.samples import record, run_of

DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


@given(st.text(st.characters(codec=None)))
def test_no_way_of_telling_lets_through_what_is_not_seen(text: str) -> None:
    for told in (plain(text), visible(text), printable(text)):
        assert [char for char in told if is_unseen(char) and char not in "\t\n\r"] == []


@given(st.text(st.characters(codec=None).filter(lambda char: not is_unseen(char))))
def test_every_way_of_telling_leaves_what_is_seen(text: str) -> None:
    assert plain(text) == visible(text) == printable(text) == text


@pytest.mark.parametrize("char", DIRECTIONS)
def test_no_file_turns_the_reading_direction_round(char: str, tmp_path: Path) -> None:
    run = run_of(record("failed", nodeid=f"a.py::test_a[{char}]", message=f"E   user{char}gpj.exe"))
    write_junit(run, tmp_path / "junit.xml")
    write_ctrf(run, tmp_path / "ctrf.json")
    junit = (tmp_path / "junit.xml").read_text(encoding="utf-8")
    ctrf = (tmp_path / "ctrf.json").read_text(encoding="utf-8")
    assert char not in junit + summary(run)
    assert f"\\u{ord(char):04x}" not in ctrf
    assert "usergpj.exe" in junit
    assert "usergpj.exe" in ctrf
