"""Strings from devices: none of them can end a script, begin a tag, or be misread."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.page.text import cut, script_json, visible

ANY_TEXT = st.text(st.characters(codec=None))
"""Lone surrogates too: a log line can hold whatever bytes it likes."""


@given(st.recursive(ANY_TEXT, lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner)))
def test_json_in_a_script_has_nothing_that_html_gives_a_meaning_and_reads_back_the_same(
    value: object,
) -> None:
    told = script_json(value)
    assert told.isascii()
    assert not set("<>&") & set(told)
    assert json.loads(told) == value


def test_a_number_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        script_json([float("nan")])


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b[31mred", "␛[31mred"),
        ("a\x00b\x7f", "a␀b␡"),
        ("user\u202egpj.exe", "user⟨U+202E⟩gpj.exe"),
        ("\u2066isolated\u2069", "⟨U+2066⟩isolated⟨U+2069⟩"),
        ("zero\u200bwidth\ufeff", "zero⟨U+200B⟩width⟨U+FEFF⟩"),
        ("half \ud83d of a pair", "half ⟨U+D83D⟩ of a pair"),
        ("first\nsecond\tthird", "first\nsecond\tthird"),
        ("carriage\r\n", "carriage␍\n"),
        ("größer, 大, עברית, 👋", "größer, 大, עברית, 👋"),
    ],
)
def test_what_is_not_seen_or_turns_the_reading_round_is_spelt_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(ANY_TEXT)
def test_what_was_made_visible_can_be_written_to_a_file_and_stays_as_it_is(text: str) -> None:
    seen = visible(text)
    assert seen.encode().decode() == seen
    assert visible(seen) == seen


def test_a_long_text_says_how_much_more_there_was() -> None:
    assert cut("x" * 60_000, 120) == "x" * 120 + "… 59,880 more characters"
    assert cut("x" * 120, 120) == "x" * 120
