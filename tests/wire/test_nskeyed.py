from __future__ import annotations

import plistlib
import struct
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from plistlib import UID
from typing import Any, cast

import pytest
from bpylist2 import archiver as _bpylist2
from hypothesis import given, settings
from hypothesis import strategies as st
from pymobiledevice3.dtx import ns_types as _ns_types

from harness.errors import WireError
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

oracle = cast("Any", _bpylist2)
ns_types = cast("Any", _ns_types)

UUID = uuid.UUID("54cd5574-e957-4499-8a09-dab688c0b586")

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(max_size=40),
)
dates = st.builds(NSDate, st.floats(-1e10, 1e10))
keys = st.one_of(st.text(max_size=8), st.integers(-(2**63), 2**64 - 1))


def tree(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(keys, inner, max_size=5)),
        max_leaves=20,
    )


objects = tree(
    st.one_of(
        plain,
        dates,
        st.just(NSNull()),
        st.builds(NSUUID, st.uuids()),
        st.sets(keys, max_size=4),
        st.builds(NSError, st.text(), st.integers(-(2**31), 2**31), st.dictionaries(st.text(), plain)),
        st.builds(NSObjectRecord, st.just("DTTapMessage"), st.dictionaries(st.text(min_size=1), plain)),
    )
)


def keyed(*entries: object, root: object = UID(1), **other: object) -> bytes:
    """An archive with the given ``$objects`` behind ``$null``."""
    body: dict[str, object] = {
        "$archiver": "NSKeyedArchiver",
        "$version": 100_000,
        "$objects": ["$null", *entries],
        "$top": {"root": root},
    }
    for name, value in other.items():
        body["$" + name] = value
    return plistlib.dumps(body, fmt=plistlib.FMT_BINARY)


def of_class(name: str, fields: Mapping[str, object], *more: object) -> bytes:
    """An archive whose root is of the given class; ``more`` are the objects from index 3 on."""
    return keyed({"$class": UID(2), **fields}, {"$classname": name, "$classes": [name, "NSObject"]}, *more)


# --- Written and read back ----------------------------------------------------------------------


@given(objects)
def test_an_object_is_read_back_as_it_was_written(obj: object) -> None:
    assert unarchive(archive(obj)) == obj


@given(tree(plain))
def test_bpylist2_reads_what_we_write(obj: object) -> None:
    assert oracle.unarchive(archive(obj)) == obj


@given(
    tree(st.one_of(st.booleans(), st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False), st.text()))
)
def test_we_read_what_bpylist2_writes(obj: object) -> None:
    assert unarchive(oracle.archive(obj)) == obj


@given(dates)
def test_a_date_is_an_nsdate_to_the_client(date: NSDate) -> None:
    read = oracle.unarchive(archive([date]))[0]
    assert isinstance(read, ns_types.NSDate)
    assert read.timestamp == date.seconds_since_2001


def test_an_error_is_an_nserror_to_the_client() -> None:
    error = NSError("DTXMessage", 1, {"NSLocalizedDescription": "no such selector"})
    read = oracle.unarchive(archive(error))
    assert isinstance(read, ns_types.NSError)
    assert (read.domain, read.code, read.user_info) == (error.domain, error.code, error.user_info)


def test_an_error_of_the_client_is_read() -> None:
    written = oracle.archive(ns_types.NSError(7, "domain", {"key": "value"}))
    assert unarchive(written) == NSError("domain", 7, {"key": "value"})


def test_an_error_without_details_has_none() -> None:
    assert unarchive(oracle.archive(ns_types.NSError(7, "domain", None))) == NSError("domain", 7, {})


def test_a_uuid_survives_both_ways_through_the_client() -> None:
    assert oracle.unarchive(archive(NSUUID(UUID))).bytes == UUID.bytes
    assert unarchive(oracle.archive(ns_types.NSUUID(bytes=UUID.bytes))) == NSUUID(UUID)


def test_nsnull_in_a_list_is_nothing_to_the_client() -> None:
    assert oracle.unarchive(archive(["a", NSNull(), None])) == ["a", None, None]


def test_true_one_and_one_point_zero_stay_apart() -> None:
    read = cast("list[object]", unarchive(archive([True, 1, 1.0, "1", False, 0, 0.0])))
    assert [type(item) for item in read] == [bool, int, float, str, bool, int, float]


def test_the_text_null_is_not_nil() -> None:
    assert unarchive(archive(["$null", None])) == ["$null", None]


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


def test_nsdate_counts_from_2001() -> None:
    date = NSDate.from_unix_s(datetime(2001, 1, 1, tzinfo=UTC).timestamp())
    assert date == NSDate(0.0)
    assert NSDate(0.5).unix_s == 978_307_200.5


def test_words_for_people() -> None:
    assert str(NSDate(0.0)) == "NSDate(978307200.000 s)"
    assert str(NSError("DTXMessage", 1)) == "DTXMessage 1"
    assert str(NSError("DTXMessage", 1, {"NSLocalizedDescription": "no"})) == "DTXMessage 1: no"
    assert str(NSUUID(UUID)) == "54CD5574-E957-4499-8A09-DAB688C0B586"


# --- As Foundation writes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("class_name", "fields", "expected"),
    [
        ("NSMutableDictionary", {"NS.keys": [UID(3)], "NS.objects": [UID(4)]}, {"key": 5}),
        ("NSDictionary", {"NS.keys": [UID(4)], "NS.objects": [UID(3)]}, {5: "key"}),
        ("NSMutableArray", {"NS.objects": [UID(3), UID(4), UID(0)]}, ["key", 5, None]),
        ("NSMutableSet", {"NS.objects": [UID(3), UID(4)]}, {"key", 5}),
        ("NSMutableString", {"NS.string": "inline"}, "inline"),
        ("NSMutableString", {"NS.string": UID(3)}, "key"),
        ("NSString", {"NS.string": UID(3)}, "key"),
        ("NSMutableData", {"NS.data": b"\x00\x01"}, b"\x00\x01"),
        ("NSDate", {"NS.time": 625390557.003659}, NSDate(625390557.003659)),
        ("NSDate", {"NS.time": 5}, NSDate(5.0)),
        ("NSNull", {}, NSNull()),
        ("NSUUID", {"NS.uuidbytes": UUID.bytes}, NSUUID(UUID)),
        ("NSError", {"NSDomain": UID(3), "NSCode": 4, "NSUserInfo": UID(0)}, NSError("key", 4)),
        ("NSError", {"NSDomain": UID(3), "NSCode": UID(4)}, NSError("key", 5)),
    ],
)
def test_foundation_objects_are_read(class_name: str, fields: Mapping[str, object], expected: object) -> None:
    assert unarchive(of_class(class_name, fields, "key", 5)) == expected


def test_an_unknown_class_becomes_a_record_with_its_fields() -> None:
    fields = {"NS.relative": UID(3), "NS.base": UID(0), "flag": True, "run": [UID(3), UID(4)], "raw": b"\x01"}
    expected = {"NS.relative": "key", "NS.base": None, "flag": True, "run": ("key", 5), "raw": b"\x01"}
    record = NSObjectRecord("NSURL", expected, ("NSObject",))
    assert unarchive(of_class("NSURL", fields, "key", 5)) == record
    assert unarchive(archive(record)) == record


def test_a_record_keeps_its_class_chain() -> None:
    record = NSObjectRecord(
        "DTSysmonTapMessage", {"DTTapMessagePlist": {"k": 0}}, ("DTTapMessage", "NSObject")
    )
    assert unarchive(archive(record)) == record
    assert oracle.unarchive(archive(record)) == {"k": 0}


@pytest.mark.parametrize("class_name", ["NSSet", "NSMutableSet"])
def test_a_set_of_dictionaries_becomes_a_record(class_name: str) -> None:
    data = of_class(
        class_name,
        {"NS.objects": [UID(3)]},
        {"$class": UID(4), "NS.keys": [], "NS.objects": []},
        {"$classname": "NSDictionary", "$classes": ["NSDictionary", "NSObject"]},
    )
    empty: dict[str, object] = {}
    assert unarchive(data) == NSObjectRecord(class_name, {"NS.objects": (empty,)})


def test_a_dictionary_with_a_list_as_key_becomes_a_record() -> None:
    data = of_class(
        "NSDictionary",
        {"NS.keys": [UID(3)], "NS.objects": [UID(5)]},
        {"$class": UID(4), "NS.objects": []},
        {"$classname": "NSArray", "$classes": ["NSArray", "NSObject"]},
        "value",
    )
    empty: list[object] = []
    expected = {"NS.keys": (empty,), "NS.objects": ("value",)}
    assert unarchive(data) == NSObjectRecord("NSDictionary", expected)


def test_an_object_referred_to_twice_is_built_once() -> None:
    data = keyed(
        {"$class": UID(3), "NS.objects": [UID(2), UID(2)]},
        {"$class": UID(3), "NS.objects": []},
        {"$classname": "NSArray", "$classes": ["NSArray", "NSObject"]},
    )
    read = cast("list[object]", unarchive(data))
    assert read[0] is read[1]


# --- Refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected a binary property list"),
        (b"<?xml version='1.0'?>", "expected a binary property list"),
        (b"bplist00", "malformed binary property list"),
        (plistlib.dumps(["list"], fmt=plistlib.FMT_BINARY), "without keys"),
        (keyed("x", archiver="NSArchiver"), "found 'NSArchiver' version 100000"),
        (keyed("x", version=1), "found 'NSKeyedArchiver' version 1"),
        (keyed("x", objects="none"), "lacks \\$objects or \\$top"),
        (keyed("x", top=[]), "lacks \\$objects or \\$top"),
        (keyed("x", top={}), "no root object"),
        (keyed("x", root=1), "no root object"),
        (keyed("x", root=UID(2)), "reference to object 2 of 2"),
        (keyed(["bare"]), "object 1 of a keyed archive is a bare list"),
        (keyed({"field": 1}), "has no class"),
        (keyed({"$class": "NSDate"}), "has no class"),
        (keyed({"$class": UID(2)}, "NSDate"), "has no class"),
        (keyed({"$class": UID(2)}, {"$classes": []}), "has no name"),
        (keyed({"$class": UID(2)}, {"$classname": "NSDate", "$classes": 1}), "has no name"),
        (of_class("NSArray", {"NS.objects": [UID(1)]}), "object 1 of a keyed archive contains itself"),
        (of_class("NSArray", {"NS.objects": UID(3)}, "text"), "NSArray in a keyed archive has no list"),
        (
            of_class("NSArray", {"NS.objects": ["inline"]}),
            "expected a reference .*, found str",
        ),
        (of_class("NSArray", {}), "NSArray in a keyed archive lacks NS.objects"),
        (of_class("NSDictionary", {"NS.keys": [UID(0)], "NS.objects": []}), "has 1 keys and 0 values"),
        (of_class("NSDate", {}), "NSDate in a keyed archive lacks NS.time"),
        (of_class("NSDate", {"NS.time": "noon"}), "NS.time in a keyed archive is of type str"),
        (of_class("NSMutableString", {"NS.string": b"x"}), "NS.string in a keyed archive is of type bytes"),
        (of_class("NSMutableData", {"NS.data": "x"}), "NS.data in a keyed archive is of type str"),
        (of_class("NSUUID", {"NS.uuidbytes": b"short"}), "NSUUID in a keyed archive has 5 bytes"),
        (of_class("NSError", {"NSDomain": "d", "NSCode": 1, "NSUserInfo": 2}), "NSUserInfo .* of type int"),
        (of_class("Other", {"field": {"inline": 1}}), "field in a keyed archive holds an inline dict"),
    ],
)
def test_what_is_no_archive_is_refused_with_a_reason(data: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        unarchive(data)


def test_nesting_has_a_bound_when_writing() -> None:
    deep: list[object] = []
    for _ in range(MAX_DEPTH - 1):
        deep = [deep]
    assert unarchive(archive(deep)) == deep
    with pytest.raises(ValueError, match="nested deeper than 128"):
        archive([deep])


def test_nesting_has_a_bound_when_reading() -> None:
    def chain(length: int) -> bytes:
        links: list[object] = [{"$class": UID(1), "NS.objects": [UID(index + 3)]} for index in range(length)]
        return keyed({"$classname": "NSArray"}, *links, "end", root=UID(2))

    read: Any = unarchive(chain(MAX_DEPTH))
    assert len(read) == 1
    with pytest.raises(WireError, match="nested deeper than 128"):
        unarchive(chain(MAX_DEPTH + 1))


def test_a_property_list_nested_without_end_is_refused() -> None:
    count = 3000
    body = b"".join(b"\xa1" + struct.pack(">H", index + 1) for index in range(count)) + b"\x08"
    offsets = b"".join(struct.pack(">H", 8 + 3 * index) for index in range(count + 1))
    trailer = struct.pack(">6xBBQQQ", 2, 2, count + 1, 0, 8 + len(body))
    with pytest.raises(WireError, match="malformed binary property list"):
        unarchive(b"bplist00" + body + offsets + trailer)


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


@given(st.integers(min_value=0), st.integers(0, 255), st.booleans())
@settings(max_examples=300)
def test_damaged_archives_are_read_or_refused_by_name(position: int, value: int, cut: bool) -> None:
    whole = bytearray(archive([{"name": "configd", "startDate": NSDate(1.5)}, {1, "a"}, NSUUID(UUID)]))
    position %= len(whole)
    if cut:
        del whole[position:]
    else:
        whole[position] = value
    with suppress(WireError):  # anything else fails the test
        unarchive(bytes(whole))
