"""What a callback must carry besides its name."""

from __future__ import annotations

from typing import Any

import pytest

from harness.expect.fields import ANY_ERROR, NO_ERROR, Fields
from harness.model.facts import CallbackSeen, Source
from harness.model.time import Instant

CANCELLED: dict[str, Any] = {"code": -999, "domain": "NSURLErrorDomain"}


def completed(detail: dict[str, Any]) -> CallbackSeen:
    return CallbackSeen(
        at=Instant(1),
        source=Source.JOURNAL,
        bundle_id="dev.harness.downloader",
        name="didComplete",
        seq=1,
        detail=detail,
    )


@pytest.mark.parametrize(
    ("error", "of_a_good_end", "of_a_bad_end"),
    [
        ("", True, True),
        (NO_ERROR, True, False),
        (ANY_ERROR, False, True),
        ("-999", False, True),
        ("-1", False, False),
    ],
)
def test_an_error_is_none_any_or_one_by_its_code(error: str, of_a_good_end: bool, of_a_bad_end: bool) -> None:
    asked = Fields(error=error)
    assert (asked.fits(completed({})), asked.fits(completed(CANCELLED))) == (of_a_good_end, of_a_bad_end)
