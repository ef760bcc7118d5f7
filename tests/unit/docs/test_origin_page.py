"""docs/origin.md names every trouble there is, with the codes that the virtual phone goes by.

Its examples are run with a phone: tests/plugins/test_origin.py.
"""

from __future__ import annotations

import re

import pytest

from harness.api import Origin
from harness.origin.trouble import TroubleKind
from harness.virtual.kernel.nsurlsessiond.failures import CONSEQUENCES, Failure, Fate
from tests.unit.docs.pages import page, rows

TABLE = rows(page("docs/origin.md"), "## What each does on the wire, and what an app is told")

FAILURES = {
    TroubleKind.REFUSE: Failure.REFUSED,
    TroubleKind.RESET: Failure.LOST,
    TroubleKind.EXPIRED: Failure.EXPIRED,
    TroubleKind.NAME_GONE: Failure.NO_HOST,
}
"""Troubles that fail a transfer at once -> how."""


def test_the_table_has_every_trouble_of_a_mark_and_its_call() -> None:
    assert {name.strip("`") for name in TABLE} == {*TroubleKind} - {TroubleKind.NONE}
    for call, *_ in TABLE.values():
        for name in re.findall(r"`(\w+)\(", call):
            assert callable(getattr(Origin, name)), name


@pytest.mark.parametrize("kind", FAILURES)
def test_the_codes_of_the_table_are_the_virtual_phones(kind: TroubleKind) -> None:
    _, _, default, background, _ = TABLE[f"`{kind}`"]
    consequence = CONSEQUENCES[FAILURES[kind]]
    assert str(int(consequence.code)) in default
    waits = consequence.fate is Fate.LOST
    assert background.startswith("waits") if waits else str(int(consequence.code)) in background
