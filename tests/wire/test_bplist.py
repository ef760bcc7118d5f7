from __future__ import annotations

import plistlib
import struct
from plistlib import UID
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire import bplist
from harness.wire.bplist import BEYOND, MalformedPlist, Table

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
integers = st.integers(-(2**63), 2**64 - 1)
scalars = st.booleans() | integers | st.floats(allow_nan=False) | texts | st.binary(max_size=300)
ENCODE: dict[type, Any] = {
    bool: bplist.encode_bool,
    int: bplist.encode_int,
    float: bplist.encode_float,
    str: bplist.encode_text,
    bytes: bplist.encode_data,
}


def encoded(value: object) -> bytes:
    return ENCODE[type(value)](value)


def listed(values: list[object]) -> bytes:
    """A property list of an array of the values."""
    table: list[bytes | bplist.Container] = [encoded(value) for value in values]
    table.append(bplist.array(tuple(range(len(values)))))
    return bplist.write(table, len(values))


def raw(*objects: bytes, root: int = 0, offset_bytes: int = 1, reference_bytes: int = 1) -> bytes:
    """A property list of objects as they are given, each number a byte."""
    body, offsets = bplist.MAGIC, b""
    for one in objects:
        offsets += len(body).to_bytes(1, "big")
        body += one
    trailer = struct.pack(">6xBBQQQ", offset_bytes, reference_bytes, len(objects), root, len(body))
    return body + offsets + trailer


def read(data: bytes) -> list[object]:
    table = Table(data)
    numbers = table.array(table.root)
    assert numbers is not None
    assert table.scalars(numbers) == [table.scalar(number) for number in numbers]
    return table.scalars(numbers)


@given(st.lists(scalars, max_size=5))
def test_the_standard_library_reads_what_is_written(values: list[object]) -> None:
    assert plistlib.loads(listed(values)) == values


@given(st.lists(scalars, max_size=5))
def test_what_the_standard_library_writes_is_read(values: list[object]) -> None:
    found = read(plistlib.dumps(values, fmt=plistlib.FMT_BINARY))
    assert found == values
    assert [type(one) for one in found] == [type(one) for one in values]


@given(st.dictionaries(texts, st.integers(0, 2**32 - 1).map(UID), max_size=40))
def test_references_and_keys_go_both_ways(fields: dict[str, UID]) -> None:
    table: list[bytes | bplist.Container] = [bplist.encode_text(key) for key in fields]
    table += [bplist.encode_uid(value.data) for value in fields.values()]
    count = len(fields)
    table.append(bplist.dictionary(tuple(range(count)), tuple(range(count, 2 * count))))
    ours = bplist.write(table, 2 * count)
    assert plistlib.loads(ours) == fields
    for data in (ours, plistlib.dumps(fields, fmt=plistlib.FMT_BINARY)):
        theirs = Table(data)
        found = theirs.dictionary(theirs.root)
        assert found is not None
        assert {key: theirs.uid(number) for key, number in found.items()} == {
            key: value.data for key, value in fields.items()
        }


@pytest.mark.parametrize("count", [14, 15, 255, 256, 300, 70_000])
def test_numbers_and_offsets_grow_with_the_table(count: int) -> None:
    values: list[object] = [f"{number:05}" for number in range(count)]
    assert plistlib.loads(listed(values)) == values
    assert read(listed(values)) == values


@pytest.mark.parametrize("size", [14, 15, 255, 256, 70_000])
def test_text_is_read_whatever_its_length(size: int) -> None:
    values: list[object] = ["x" * size, size, "é" * size]
    assert read(listed(values)) == values


def test_long_text_that_is_none_or_does_not_end_is_refused() -> None:
    with pytest.raises(MalformedPlist, match="text that is none"):
        Table(raw(b"\x5f\x10\x0f" + b"\xff" * 15)).scalars((0,))
    with pytest.raises(MalformedPlist, match="an object that does not end"):
        Table(raw(b"\x5f\x10\x40" + b"x" * 15)).scalars((0,))


def test_floats_of_four_bytes_and_wide_uids_are_read() -> None:
    table = Table(raw(b"\x22" + struct.pack(">f", 0.5), b"\x82\x01\x02\x03", b"\x80\x07"))
    assert table.scalar(0) == 0.5
    assert table.uids == [bplist.NO_UID, 0x010203, 7]
    assert table.uid(0) is None


def test_an_object_is_asked_for_what_it_is() -> None:
    table = Table(raw(b"\xa1\x01", b"\x10\x05", b"\x33" + bytes(8), b"\x00"))
    assert table.dictionary(0) is None
    assert table.array(1) is None
    assert [table.scalar(number) for number in range(4)] == [None, 5, None, None]
    assert table.scalars((0, 1, 2, 3)) == [None, 5, None, None]


def test_short_text_and_numbers_of_two_bytes_that_do_not_end_are_refused() -> None:
    for one in (b"\x11\x01", b"\x52a"):
        table = Table(raw(one))
        with pytest.raises(MalformedPlist, match="does not end"):
            table.scalars((0,))


def test_numbers_of_two_bytes_are_read() -> None:
    assert read(listed([0x100, 0xFFFF, 0xFF, 0x10000])) == [0x100, 0xFFFF, 0xFF, 0x10000]


def test_an_integer_beyond_64_bits_is_not_written() -> None:
    for value in (2**64, -(2**63) - 1):
        with pytest.raises(OverflowError):
            bplist.encode_int(value)


def test_half_a_surrogate_is_not_written() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        bplist.encode_text("\ud800")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"bplist00", "it has no trailer"),
        (raw(b"\x08", offset_bytes=3), "1 offsets of 3 bytes, room for 1"),
        (raw(b"\x08", offset_bytes=2), "1 offsets of 2 bytes, room for 1"),
        (raw(b"\x08", reference_bytes=0), "1 offsets of 1 bytes"),
        (raw(b"\x08", root=1), "an object outside of it"),
        (raw(b"\x08", b"", root=0), "an object outside of it"),
        (raw(b"\x83\x01"), "an object that does not end"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(MalformedPlist, match=message):
        Table(data)


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (b"\x52a", "an object that does not end"),
        (b"\x51\xff", "text that is none"),
        (b"\x61\xd8\x00", "text that is none"),
        (b"\x15" + bytes(32), "a number of 32 bytes"),
        (b"\x21\x00\x00", "a number of 2 bytes"),
        (b"\x13\x00", "an object that does not end"),
        (b"\x5f\x08", "a size that is no integer"),
        (b"\x5f\x11\x00", "an object that does not end"),
    ],
)
def test_an_object_that_is_none_is_refused(one: bytes, message: str) -> None:
    table = Table(raw(one))
    for ask in (lambda: table.scalar(0), lambda: table.scalars((0,))):
        with pytest.raises(MalformedPlist, match=message):
            ask()


def test_a_container_that_does_not_end_and_a_key_that_is_no_text_are_refused() -> None:
    with pytest.raises(MalformedPlist, match="does not end"):
        Table(raw(b"\xaf\x10\x20")).array(0)
    with pytest.raises(MalformedPlist, match="a key that is not text"):
        Table(raw(b"\xd1\x01\x01", b"\x08")).dictionary(0)


def test_what_reaches_beyond_is_told_as_such() -> None:
    table = Table(raw(b"\xd1\x09\x09", b"\x08"))
    with pytest.raises(BEYOND):
        table.dictionary(0)
    with pytest.raises(BEYOND):
        table.scalar(9)


def test_truncation_at_every_offset_is_told() -> None:
    data = listed(["running", 7, 2.5, b"x" * 20, "é", True])
    for end in range(len(data)):
        with pytest.raises((WireError, *BEYOND)):
            read(data[:end])
