from __future__ import annotations

from collections.abc import Mapping
from plistlib import UID
from typing import Any, cast

import pytest

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
from tests.wire.archives import UUID, keyed, ns_types, of_class, oracle


def test_an_error_of_the_client_is_read() -> None:
    written = oracle.archive(ns_types.NSError(7, "domain", {"key": "value"}))
    assert unarchive(written) == NSError("domain", 7, {"key": "value"})


def test_an_error_without_details_has_none() -> None:
    assert unarchive(oracle.archive(ns_types.NSError(7, "domain", None))) == NSError("domain", 7, {})


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


def test_nesting_has_a_bound_when_reading() -> None:
    def chain(length: int) -> bytes:
        links: list[object] = [{"$class": UID(1), "NS.objects": [UID(index + 3)]} for index in range(length)]
        return keyed({"$classname": "NSArray"}, *links, "end", root=UID(2))

    read: Any = unarchive(chain(MAX_DEPTH))
    assert len(read) == 1
    with pytest.raises(WireError, match="nested deeper than 128"):
        unarchive(chain(MAX_DEPTH + 1))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (keyed("x", root=UID(2)), "reference to object 2 of 2"),
        (keyed(["bare"]), "object 1 of a keyed archive is bare"),
        (keyed({"field": 1}), "has no class"),
        (keyed({"$class": "NSDate"}), "has no class"),
        (keyed({"$class": UID(2)}, "NSDate"), "has no class"),
        (keyed({"$class": UID(2)}, {"$classes": []}), "has no name"),
        (keyed({"$class": UID(2)}, {"$classname": "NSDate", "$classes": 1}), "has no name"),
        (of_class("NSArray", {"NS.objects": [UID(1)]}), "object 1 of a keyed archive contains itself"),
        (of_class("NSArray", {"NS.objects": UID(3)}, "text"), "NSArray in a keyed archive has no list"),
        (
            of_class("NSArray", {"NS.objects": ["inline"]}),
            "expected a reference .*, found something else",
        ),
        (of_class("NSArray", {}), "NSArray in a keyed archive lacks NS.objects"),
        (of_class("NSDictionary", {"NS.keys": [UID(0)], "NS.objects": []}), "has 1 keys and 0 values"),
        (of_class("NSDate", {}), "NSDate in a keyed archive lacks NS.time"),
        (of_class("NSDate", {"NS.time": "noon"}), "NS.time in a keyed archive is of type str"),
        (of_class("NSMutableString", {"NS.string": b"x"}), "NS.string in a keyed archive is of type bytes"),
        (of_class("NSMutableData", {"NS.data": "x"}), "NS.data in a keyed archive is of type str"),
        (of_class("NSUUID", {"NS.uuidbytes": b"short"}), "NSUUID in a keyed archive has 5 bytes"),
        (of_class("NSError", {"NSDomain": "d", "NSCode": 1, "NSUserInfo": 2}), "NSUserInfo .* of type int"),
        (of_class("Other", {"field": {"inline": 1}}), "field in a keyed archive holds what"),
        (keyed({"$class": UID(9)}), "reference to object 9 of 2"),
        (keyed({"$class": UID(2)}, {"$classname": 5}), "has no name"),
        (keyed({"$class": UID(2)}, {}), "has no name"),
        (keyed(True, root=UID(5)), "reference to object 5 of 2"),
    ],
)
def test_what_is_no_object_is_refused_with_a_reason(data: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        unarchive(data)
