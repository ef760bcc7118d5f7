from __future__ import annotations

import datetime
import plistlib
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.service_connection import build_plist, parse_plist

from harness.errors import WireError
from harness.wire import lockdown
from harness.wire.lockdown import (
    PlistDecoder,
    describe,
    encode_plist,
    read_plist,
    read_plist_dict,
    write_plist,
)
from tests.wire.splits import CUTS, split

TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xD7FF), max_size=12)
VALUE = st.recursive(
    st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | TEXT
    | st.binary(max_size=12)
    | st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(2100, 1, 1)).map(
        lambda at: at.replace(microsecond=0)
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
BODY = st.dictionaries(TEXT, VALUE, max_size=4)


@given(BODY, st.booleans())
def test_a_body_comes_back_as_it_went(body: dict[str, Any], binary: bool) -> None:
    decoder = PlistDecoder()
    assert decoder.feed(encode_plist(body, binary=binary)) == [body]
    decoder.close()


@given(st.lists(BODY, max_size=3), CUTS)
def test_any_split_gives_the_same_frames(bodies: list[dict[str, Any]], cuts: list[int]) -> None:
    decoder = PlistDecoder()
    stream = b"".join(encode_plist(body) for body in bodies)
    assert [body for part in split(stream, cuts) for body in decoder.feed(part)] == bodies
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    first, second = encode_plist({"Request": "QueryType"}), encode_plist({"a": b"\x00"}, binary=True)
    stream = first + second
    for end in range(len(stream)):
        decoder = PlistDecoder()
        decoder.feed(stream[:end])
        if end in (0, len(first)):
            decoder.close()
            continue
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end
        began = 0 if end < len(first) else len(first)
        assert f"began at byte {began}" in str(caught.value)


@given(BODY)
def test_an_independent_client_reads_what_is_written(body: dict[str, Any]) -> None:
    assert parse_plist(encode_plist(body)[4:]) == body


@given(BODY)
def test_what_an_independent_client_writes_is_read(body: dict[str, Any]) -> None:
    data = build_plist(body) + build_plist(body, fmt=plistlib.FMT_BINARY)
    assert PlistDecoder().feed(data) == [body, body]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x16\x03\x01",
        b"<plist><dict>",
        b"<plist><key>outside</key></plist>",
        b"<plist><date>yesterday</date></plist>",
        b"<plist><integer>many</integer></plist>",
        b"bplist00" + bytes(40),
    ],
)
def test_bytes_that_are_no_plist_are_a_wire_error(data: bytes) -> None:
    with pytest.raises(WireError, match="no property list"):
        read_plist(data)


def test_a_list_at_the_root_is_read_but_not_as_a_dict() -> None:
    data = write_plist(["a", 1])
    assert read_plist(data) == ["a", 1]
    with pytest.raises(WireError, match="list at its root"):
        read_plist_dict(data)


def test_an_unreadable_plist_is_told_with_its_offset_in_the_stream() -> None:
    good = encode_plist({"Request": "QueryType"})
    decoder = PlistDecoder()
    assert decoder.feed(good + b"\x00\x00\x00\x03abc") == [{"Request": "QueryType"}]
    with pytest.raises(WireError) as caught:
        decoder.close()
    assert caught.value.offset == len(good) + 4


def test_sizes_that_cannot_be_true_are_refused_before_any_waiting() -> None:
    for size_bytes in (0, lockdown.MOST_PLIST_BYTES + 1):
        with pytest.raises(WireError, match=f"of {size_bytes} bytes"):
            PlistDecoder().feed(struct.pack(">I", size_bytes))


def test_what_a_plist_cannot_carry_is_refused_when_writing() -> None:
    with pytest.raises(ValueError, match="control characters"):
        write_plist({"a": "\x00"})
    with pytest.raises(TypeError):
        write_plist({"a": object()})
    with pytest.raises(OverflowError):
        write_plist({"a": 2**64})


def test_a_body_is_described_on_one_line() -> None:
    body = {"Request": "Pair", "HostCertificate": bytes(900), "Long": "x" * 100}
    assert describe(body) == "{Request: Pair, HostCertificate: 900 bytes, Long: " + "x" * 60 + "…}"
