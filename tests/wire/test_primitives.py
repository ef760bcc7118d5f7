from __future__ import annotations

import struct
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.dtx import primitives as _primitives

from harness.errors import WireError
from harness.wire.primitives import Buffer, Double, Int32, Int64, Keyed, Text, decode_aux, encode_aux

theirs = cast("Any", _primitives)

primitives = st.one_of(
    st.builds(Int32, st.integers(-(2**31), 2**31 - 1)),
    st.builds(Int64, st.integers(-(2**63), 2**63 - 1)),
    st.builds(Double, st.floats(allow_nan=False)),
    st.builds(Text, st.text(max_size=8)),
    st.builds(Buffer, st.binary(min_size=1, max_size=7)),
)


@given(st.lists(primitives, min_size=1, max_size=5))
def test_arguments_keep_the_type_they_travelled_in(sent: list[object]) -> None:
    read = decode_aux(encode_aux(tuple(sent)))
    assert list(read) == sent
    assert [type(item) for item in read] == [type(item) for item in sent]


def test_arguments_are_a_primitive_dictionary_with_null_keys() -> None:
    assert encode_aux((Int32(1), None)).hex(" ", 4) == (
        "f0010000 00000000 18000000 00000000 0a000000 03000000 01000000 0a000000 02000000 00000000"
    )


def test_the_client_reads_each_of_our_primitives() -> None:
    ours = (Int32(-1), Int64(2**40), Double(0.5), Text("é"), Buffer(b"\x00"), None)
    read = theirs.parse_primitive(encode_aux(ours))[theirs.PNULL]
    assert read == [-1, 2**40, 0.5, "é", b"\x00", b""]
    kinds = [theirs.PInt32, theirs.PInt64, theirs.PDouble, theirs.PStr, theirs.PBuf, theirs.PBuf]
    assert [type(item) for item in read] == kinds


def test_named_arguments_of_the_client_keep_their_names() -> None:
    aux = theirs.build_primitive(theirs.PDict({theirs.PStr("key\0"): [theirs.PInt64(5)]}))
    assert decode_aux(aux) == (Keyed("key\0", Int64(5)),)
    assert encode_aux((Keyed("key\0", Int64(5)),)) == aux


@pytest.mark.parametrize(
    ("entries", "message", "offset"),
    [
        (b"\x0a\0\0\0", "primitive reaches beyond its dictionary", 20),
        (b"\x0a\0\0\0" + b"\x05\0\0\0", "unknown primitive type 5", 20),
        (b"\x0a\0\0\0" + b"\x03\0\0\0\x01", "primitive reaches beyond its dictionary", 20),
        (b"\x0a\0\0\0" + b"\x02\0\0\0\xff\xff\xff\xff", "primitive reaches beyond its dictionary", 20),
        (b"\x01\0\0\0\x01\0\0\0\xff" + b"\x0a\0\0\0", "text primitive is not UTF-8", 16),
        (b"\x0a\0\0\0" + b"\x02\0\0\0\x08\0\0\0bplist00", "malformed binary property list", 20),
    ],
)
def test_damaged_arguments_are_refused_with_their_place(entries: bytes, message: str, offset: int) -> None:
    with pytest.raises(WireError, match=message) as caught:
        decode_aux(struct.pack("<IIQ", 0x1F0, 0, len(entries)) + entries)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (struct.pack("<IIQ", 0x1F1, 0, 0), "expected a primitive dictionary \\(0xf0\\), found 0x1f1"),
        (struct.pack("<IIQ", 0x1F0, 0, 2**63), "announces 9223372036854775808 bytes and holds 0"),
    ],
)
def test_what_is_no_primitive_dictionary_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        decode_aux(data)


def test_arguments_tell_how_they_travel() -> None:
    shown = [repr(arg) for arg in (Int32(1), Int64(2), Double(0.5), Text("a"), Buffer(b"b"))]
    assert shown == ["Int32(1)", "Int64(2)", "Double(0.5)", "Text('a')", "Buffer(b'b')"]


def test_no_arguments_are_no_bytes() -> None:
    assert encode_aux(()) == b""
    assert decode_aux(b"") == ()


def test_an_archive_travels_in_a_buffer_and_is_read_as_its_object() -> None:
    assert decode_aux(encode_aux(("text", {"a": [1]}))) == ("text", {"a": [1]})


@pytest.mark.parametrize("value", [Int32(2**31), Int64(2**63)])
def test_a_number_that_does_not_fit_is_not_written(value: int) -> None:
    with pytest.raises(OverflowError, match="does not fit"):
        encode_aux((value,))


def test_truncation_at_every_offset_is_told() -> None:
    whole = encode_aux((Int32(1), "text", Text("é")))
    for end in range(1, len(whole)):
        with pytest.raises(WireError) as caught:
            decode_aux(whole[:end])
        assert 0 <= caught.value.offset <= end


def test_the_bytes_are_those_that_were_written_elsewhere() -> None:
    # Source: pymobiledevice3 tests/dtx/test_wire.py.
    golden = bytes.fromhex(
        "f00100000000000050000000000000000a000000010000000200000068690a00000003000000ffffffff0a00000006000000"
        "00000000000100000a00000009000000000000000000f83f0a000000020000000200000001020a0000000a000000"
    )
    values = (Text("hi"), Int32(-1), Int64(2**40), Double(1.5), Buffer(b"\x01\x02"))
    assert decode_aux(golden) == (*values, None)
    assert encode_aux(values) == golden[:8] + b"\x48" + golden[9:-8]


def test_nil_travels_as_an_empty_buffer() -> None:
    assert decode_aux(encode_aux((None, Int32(1)))) == (None, Int32(1))
