from __future__ import annotations

from datetime import UTC, datetime

from harness.wire.nskeyed import (
    NSUUID,
    NSDate,
    NSError,
)
from tests.wire.archives import UUID


def test_nsdate_counts_from_2001() -> None:
    date = NSDate.from_unix_s(datetime(2001, 1, 1, tzinfo=UTC).timestamp())
    assert date == NSDate(0.0)
    assert NSDate(0.5).unix_s == 978_307_200.5


def test_words_for_people() -> None:
    assert str(NSDate(0.0)) == "NSDate(978307200.000 s)"
    assert str(NSError("DTXMessage", 1)) == "DTXMessage 1"
    assert str(NSError("DTXMessage", 1, {"NSLocalizedDescription": "no"})) == "DTXMessage 1: no"
    assert str(NSUUID(UUID)) == "54CD5574-E957-4499-8A09-DAB688C0B586"
