from __future__ import annotations

import contextlib
import struct
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.xpc_objects import (
    FileTransfer,
    UInt64,
    XpcDate,
    decode_object,
    encode_object,
)
from tests.wire.xpc_values import BODY, OBJECT


def typed(value: object) -> object:
    """The value with its types spelled out, since True, 1 and UInt64(1) are equal to Python."""
    match value:
        case list():
            return [typed(item) for item in cast("list[object]", value)]
        case dict():
            return {key: typed(item) for key, item in cast("dict[str, object]", value).items()}
        case FileTransfer():
            return (FileTransfer, value.identifier, typed(value.body))
        case _:
            return (type(value), value)


@given(OBJECT)
def test_objects_come_back_with_their_types(value: object) -> None:
    assert typed(decode_object(encode_object(value))) == typed(value)


@given(BODY, st.integers(0, 400))
def test_a_body_that_was_cut_is_refused(body: dict[str, object], size: int) -> None:
    whole = encode_object(body)
    if size < len(whole):
        with pytest.raises(WireError):
            decode_object(whole[:size])


@given(st.binary(max_size=80))
def test_foreign_bytes_raise_nothing_but_a_wire_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        decode_object(data)


def test_a_key_is_padded_with_its_end_to_four_bytes() -> None:
    data = encode_object({"abcd": True})
    assert data[12:20] == b"abcd\0\0\0\0"
    assert data[-8:] == struct.pack("<II", 0x2000, 1)


def test_text_with_its_end_inside_is_not_written() -> None:
    with pytest.raises(ValueError, match="NUL"):
        encode_object("a\0b")


@pytest.mark.parametrize("value", [2**63, UInt64(2**64), UInt64(-1), XpcDate(2**63)])
def test_numbers_outside_their_type_are_not_written(value: object) -> None:
    with pytest.raises(OverflowError):
        encode_object(value)


def test_a_type_without_a_name_is_refused() -> None:
    with pytest.raises(WireError, match="0x6000"):
        decode_object(struct.pack("<I", 0x6000))
    with pytest.raises(TypeError, match="object"):
        encode_object(object())


def test_endless_nesting_is_refused() -> None:
    value: object = None
    for _ in range(200):
        value = [value]
    with pytest.raises(WireError, match="nested deeper"):
        decode_object(encode_object(value))


def test_an_array_whose_size_leaves_its_count_out_is_read_as_phones_do() -> None:
    told = encode_object(["a", UInt64(7)])
    size = struct.unpack_from("<I", told, 4)[0]
    assert decode_object(told[:4] + struct.pack("<I", size - 4) + told[8:]) == ["a", 7]
    with pytest.raises(WireError):
        decode_object(told[:4] + struct.pack("<I", size - 8) + told[8:])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (struct.pack("<II", 0x9000, 4) + b"\xff\xff\xff\0", "no UTF-8"),
        (struct.pack("<IIII", 0xF000, 8, 1, 0x61616161), "a key|key without its end"),
        (struct.pack("<IQ", 0x1A000, 1) + encode_object([]), "file transfer without a dictionary"),
        (encode_object(True) + b"more", "ends at byte 8, its size says 12"),
    ],
)
def test_what_is_no_object_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        decode_object(data)


def test_a_key_that_is_no_text_is_not_written() -> None:
    with pytest.raises(TypeError, match="an XPC key is text, not a int"):
        encode_object({5: "x"})
