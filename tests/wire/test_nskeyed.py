from __future__ import annotations

import plistlib
from contextlib import suppress
from plistlib import UID
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.nskeyed import (
    NSUUID,
    NSDate,
    NSError,
    NSNull,
    NSObjectRecord,
    archive,
    unarchive,
    unarchive_each,
)
from tests.wire.archives import DATES, UUID, keyed, ns_types, oracle

plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(max_size=40),
)
field_names = st.text(min_size=1).filter(lambda name: name != "$class")
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
        DATES,
        st.just(NSNull()),
        st.builds(NSUUID, st.uuids()),
        st.sets(keys, max_size=4),
        st.builds(NSError, st.text(), st.integers(-(2**31), 2**31), st.dictionaries(st.text(), plain)),
        st.builds(NSObjectRecord, st.just("DTTapMessage"), st.dictionaries(field_names, plain)),
    )
)


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


def test_a_uuid_survives_both_ways_through_the_client() -> None:
    assert oracle.unarchive(archive(NSUUID(UUID))).bytes == UUID.bytes
    assert unarchive(oracle.archive(ns_types.NSUUID(bytes=UUID.bytes))) == NSUUID(UUID)


def test_true_one_and_one_point_zero_stay_apart() -> None:
    read = cast("list[object]", unarchive(archive([True, 1, 1.0, "1", False, 0, 0.0])))
    assert [type(item) for item in read] == [bool, int, float, str, bool, int, float]


def test_the_text_null_is_not_nil() -> None:
    assert unarchive(archive(["$null", None])) == ["$null", None]


def test_one_object_that_was_archived_without_a_key_is_read() -> None:
    # Source: go-ios ios/nskeyedarchiver/fixtures/onevalue.bin.
    golden = bytes.fromhex(
        "62706c6973743030d4010203040506070a582476657273696f6e592461726368697665725424746f7058246f626a65637473"
        "12000186a05f100f4e534b657965644172636869766572d108095224308001a20b0c55246e756c6c0908111a24293237494c"
        "4f51545a0000000000000101000000000000000d0000000000000000000000000000005b"
    )
    assert unarchive(golden) is True
    assert unarchive_each(golden) == (True,)


def test_objects_that_were_archived_without_a_key_are_read_in_their_order() -> None:
    # Source: go-ios ios/nskeyedarchiver/fixtures/primitives.bin: what its $top and $objects are.
    entries = (
        1,
        1.0,
        1.5,
        b"asdfasdfadsfadsf",
        True,
        "Hello, World!",
        "Hello, World!",
        "Hello, World!",
        False,
    )
    order = (6, 10, 2, 7, 3, 11, 8, 4, 9, 0, 5, 1)
    leads_to = (1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 10)
    data = keyed(*entries, 42, top={f"${index}": UID(leads_to[index]) for index in order})
    assert unarchive_each(data) == (1, *entries, False, 42)


def test_an_archive_with_a_root_is_that_object_whatever_else_it_names() -> None:
    assert unarchive_each(keyed("x", "y", top={"$0": UID(2), "root": UID(1)})) == ("x",)


def test_a_phone_tells_that_an_app_is_suspended() -> None:
    # Source: go-ios ios/nskeyedarchiver/fixtures/ax_statechange.bin: what its $objects are.
    names = ("state", "state_description", "elevated_state_description", "displayID", "mach_absolute_time")
    names += ("appName", "execName", "elevated_state", "timestamp", "name", "pid")
    suspended, spotlight = "Background Task Suspended", "com.apple.Spotlight"
    data = keyed(
        {
            "NS.keys": [UID(index) for index in range(2, 13)],
            "NS.objects": [UID(index) for index in (13, 14, 14, 15, 16, 17, 18, 13, 19, 21, 22)],
            "$class": UID(23),
        },
        *names,
        *(2, suspended, spotlight, 2374870072663, "Unknown", "Spotlight"),
        {"NS.time": 620737053.76402, "$class": UID(20)},
        {"$classname": "NSDate", "$classes": ["NSDate", "NSObject"]},
        *("SBApplicationNotificationStateChanged", 1231),
        {"$classname": "NSDictionary", "$classes": ["NSDictionary", "NSObject"]},
    )
    told = cast("dict[str, object]", unarchive(data))
    values = (2, suspended, suspended, spotlight, 2374870072663, "Unknown", "Spotlight", 2)
    values += (NSDate(620737053.76402), "SBApplicationNotificationStateChanged", 1231)
    assert told == dict(zip(names, values, strict=True))
    assert unarchive(archive(told)) == told


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
        (keyed("x", top={"$1": UID(1)}), "no root object"),
        (keyed("x", top={"$0": 1}), "no root object"),
        (keyed("x", top={"$0": UID(1), "$1": UID(1)}), "holds 2 objects without a key, expected one"),
        (keyed("x", top={"$0": UID(2)}), "reference to object 2 of 2"),
    ],
)
def test_what_is_no_archive_is_refused_with_a_reason(data: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        unarchive(data)


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
