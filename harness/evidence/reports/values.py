"""Values of a report's JSON, read so that no report however odd does more than lack them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

from harness.errors import EvidenceError
from harness.model.time import Instant

JsonObject = dict[str, Any]

DATE = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})(?:\.(?P<fraction>\d{1,9}))? "
    r"(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})"
)
"""``2026-03-01 12:00:00.1234 +0100``, as captureTime, date and timestamp are written."""


def read_object(text: str, what: str) -> JsonObject:
    """The JSON object that a text is.

    Raises:
        EvidenceError: it is none, such as one that was cut off.
    """
    try:
        # Some reports carry raw line breaks inside of strings.
        found: Any = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{what} is no JSON: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise EvidenceError(f"{what} is no JSON object")
    return cast("JsonObject", found)


def text_of(found: JsonObject, key: str) -> str:
    """A text, or an empty one where there is none."""
    value = found.get(key)
    return value if isinstance(value, str) else ""


def number_of(found: JsonObject, key: str) -> int:
    """A whole number that is not negative, or 0 where there is none; codes are told unsigned."""
    value = found.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0


def object_of(found: JsonObject, key: str) -> JsonObject:
    """An object, or an empty one where there is none."""
    value = found.get(key)
    return cast("JsonObject", value) if isinstance(value, dict) else {}


def list_of(found: JsonObject, key: str) -> list[Any]:
    """A list, or an empty one where there is none."""
    value = found.get(key)
    return cast("list[Any]", value) if isinstance(value, list) else []


def objects_of(found: JsonObject, key: str) -> list[JsonObject]:
    """The objects of a list, without whatever else stands in it."""
    return [cast("JsonObject", value) for value in list_of(found, key) if isinstance(value, dict)]


def instant_of(text: str) -> Instant | None:
    """When a report says it was, by the phone's clock and with the zone it names; ``None`` if it does not.

    The last digit is cut off, not rounded, so the moment lies within one unit of it.
    """
    found = DATE.match(text)
    if found is None:
        return None
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
    try:
        zone = timezone(offset if found["sign"] == "+" else -offset)
        at = datetime.strptime(found["date"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
        whole_s = (at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    except (ValueError, OverflowError):
        return None
    fraction = found["fraction"] or ""
    unit_s = 10.0 ** -len(fraction)
    return Instant(whole_s + int(fraction or 0) * unit_s + unit_s / 2, unit_s / 2)
