from __future__ import annotations

import plistlib
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from plistlib import UID

import pytest
from hypothesis import given

from harness.wire.nskeyed import (
    MAX_DEPTH,
    NSUUID,
    NSDate,
    NSError,
    NSNull,
    NSObjectRecord,
    archive,
    unarchive,
)
from tests.wire.archives import DATES, UUID, ns_types, oracle


@given(DATES)
def test_a_date_is_an_nsdate_to_the_client(date: NSDate) -> None:
    read = oracle.unarchive(archive([date]))[0]
    assert isinstance(read, ns_types.NSDate)
    assert read.timestamp == date.seconds_since_2001


def test_an_error_is_an_nserror_to_the_client() -> None:
    error = NSError("DTXMessage", 1, {"NSLocalizedDescription": "no such selector"})
    read = oracle.unarchive(archive(error))
    assert isinstance(read, ns_types.NSError)
    assert (read.domain, read.code, read.user_info) == (error.domain, error.code, error.user_info)


def test_nsnull_in_a_list_is_nothing_to_the_client() -> None:
    assert oracle.unarchive(archive(["a", NSNull(), None])) == ["a", None, None]


def test_equal_text_and_numbers_are_stored_once() -> None:
    many = archive([{"name": "configd", "pid": 40} for _ in range(100)])
    assert len(plistlib.loads(many)["$objects"]) == 1 + 1 + 100 + 2 + 4


def test_tuples_and_frozensets_are_read_as_lists_and_sets() -> None:
    assert unarchive(archive(("a", frozenset({1})))) == ["a", {1}]


def test_a_set_is_written_in_one_order() -> None:
    entries = plistlib.loads(archive({"c", "a", "d", "b"}))["$objects"]
    assert [entry for entry in entries if entry in ("a", "b", "c", "d")] == ["a", "b", "c", "d"]


def test_enums_and_other_subclasses_travel_as_what_they_extend() -> None:
    class Word(StrEnum):
        HELLO = "hello"

    class Count(int):
        pass

    assert unarchive(archive([Word.HELLO, Count(4)])) == ["hello", 4]
    assert oracle.unarchive(archive([Word.HELLO, Count(4)])) == ["hello", 4]


def test_an_aware_datetime_travels_as_an_nsdate() -> None:
    moment = datetime(2021, 6, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert unarchive(archive(moment)) == NSDate.from_unix_s(moment.timestamp())


def test_a_record_keeps_its_class_chain() -> None:
    record = NSObjectRecord(
        "DTSysmonTapMessage", {"DTTapMessagePlist": {"k": 0}}, ("DTTapMessage", "NSObject")
    )
    assert unarchive(archive(record)) == record
    assert oracle.unarchive(archive(record)) == {"k": 0}


def test_nesting_has_a_bound_when_writing() -> None:
    deep: list[object] = []
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    assert unarchive(archive(deep)) == deep
    with pytest.raises(ValueError, match="nested deeper than 128"):
        archive([deep])


@pytest.mark.parametrize(
    ("obj", "error"),
    [
        (object(), TypeError),
        ([1, {2: 3j}], TypeError),
        (datetime(2021, 6, 1), TypeError),
        (2**64, OverflowError),
        ("\ud800", ValueError),
    ],
)
def test_what_has_no_counterpart_is_not_written(obj: object, error: type[Exception]) -> None:
    with pytest.raises(error):
        archive(obj)


def test_scalars_nil_and_uuids_are_written_as_foundation_does() -> None:
    objects = plistlib.loads(archive([True, 0.5, b"raw", None, NSUUID(UUID)]))["$objects"]
    assert objects[1]["NS.objects"] == [UID(3), UID(4), UID(5), UID(0), UID(6)]
    assert objects[3:6] == [True, 0.5, b"raw"]
    assert objects[6] == {"$class": UID(7), "NS.uuidbytes": UUID.bytes}


def test_numbers_and_bytes_of_a_record_stand_inline() -> None:
    fields = {"flag": True, "count": 3, "rate": 0.5, "raw": b"x", "run": ("a", 1), "name": "a"}
    (root,) = plistlib.loads(archive(NSObjectRecord("DTTap", fields)))["$objects"][1:2]
    assert root == {
        "$class": UID(2),
        "flag": True,
        "count": 3,
        "rate": 0.5,
        "raw": b"x",
        "run": [UID(3), UID(4)],
        "name": UID(3),
    }


def test_a_class_is_laid_out_once() -> None:
    data = archive([NSObjectRecord("DTTap", {}), NSObjectRecord("DTTap", {})])
    assert (
        plistlib.loads(data)["$objects"].count({"$classname": "DTTap", "$classes": ["DTTap", "NSObject"]})
        == 1
    )


def test_a_field_that_would_hide_the_class_is_refused() -> None:
    with pytest.raises(ValueError, match="a field of DTTap is named \\$class"):
        archive([NSObjectRecord("DTTap", {"$class": 1})])
    other = NSObjectRecord("DTTap", {"$classname": 1, "$0": 2, "root": 3})
    assert unarchive(archive(other)) == other
