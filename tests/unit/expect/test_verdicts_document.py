"""docs/verdicts.md says what the program does."""

from __future__ import annotations

from harness.plugins.verdicts import LETTERS
from tests.unit.expect.verdicts_document import PATH, document


def test_it_is_what_the_table_makes_it() -> None:
    told = PATH.read_text(encoding="utf-8")
    assert told == document(), "run python -m tests.unit.expect.verdicts_document"


def test_the_letters_are_those_of_the_plugin() -> None:
    told = PATH.read_text(encoding="utf-8")
    for outcome, (letter, _) in LETTERS.items():
        assert f"| {outcome} | `{letter}` |" in told
