"""docs/exits.md says what the tables say."""

from __future__ import annotations

from harness.model.exits import ExitCause
from tests.unit.expect.exits_document import DOCUMENT, MEANT, rendered


def test_it_is_what_the_tables_make_it() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == rendered(), (
        "run python -m tests.unit.expect.exits_document"
    )


def test_it_explains_every_cause_once() -> None:
    assert set(MEANT) == set(ExitCause)
    assert len(set(MEANT.values())) == len(MEANT)
