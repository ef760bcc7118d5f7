from __future__ import annotations

import struct
from typing import Any, cast

import lz4.block as _block
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.lz4 import inflate

oracle = cast("Any", _block)

MOST = 1 << 20

CAPTURED = bytes.fromhex("7900 02aa55d403 000100 1001 0d00 21366e 0700 0f0400ed")
"""The first sequences of a payload that a phone's kernel trace came in, in which a short run repeats itself.
Source: go-ios ios/dtx_codec/fixtures/lz4block.bin."""

repetitive = st.lists(st.sampled_from([b"\0", b"proc", b"\xff" * 20, b"kdebug"]), max_size=200).map(b"".join)
payloads = st.binary(max_size=300) | repetitive


def block(data: bytes, size_bytes: int, letters: bytes = b"bv41") -> bytes:
    return letters + struct.pack("<II", size_bytes, len(data)) + data


def payload(size_bytes: int, *blocks: bytes) -> bytes:
    return struct.pack("<I", size_bytes) + b"".join(blocks) + b"bv4$"


def compressed(data: bytes) -> bytes:
    return block(oracle.compress(data, store_size=False), len(data))


@given(payloads)
def test_what_an_independent_library_compresses_comes_out(data: bytes) -> None:
    assert inflate(payload(len(data), compressed(data)), most_bytes=MOST) == data


@given(payloads, payloads)
def test_a_block_may_reach_back_into_the_one_before(first: bytes, second: bytes) -> None:
    chained = oracle.compress(second, store_size=False, dict=first)
    whole = payload(len(first + second), compressed(first), block(chained, len(second)))
    assert inflate(whole, most_bytes=MOST) == first + second


def test_bytes_that_do_not_compress_travel_as_they_are() -> None:
    plain = b"bv4-" + struct.pack("<I", 3) + b"raw"
    assert inflate(payload(6, plain, compressed(b"lz4")), most_bytes=6) == b"rawlz4"


def test_a_kernel_trace_begins_as_it_was_captured() -> None:
    data = CAPTURED + b"\xc0" + b"the last run"
    read = inflate(payload(300, block(data, 300)), most_bytes=MOST)
    assert read == oracle.decompress(data, uncompressed_size=300)
    assert read[:8].hex() == "0002aa55d4030000"
    assert read[20:32].hex() == "0100000000366e0100000000"


def test_a_payload_of_nothing_is_nothing() -> None:
    assert inflate(payload(0), most_bytes=0) == b""


def test_truncation_at_every_offset_is_told() -> None:
    whole = payload(
        44, b"bv4-" + struct.pack("<I", 4) + b"rawr", compressed(b"running-suspended " * 2 + b"done")
    )
    assert len(inflate(whole, most_bytes=MOST)) == 44
    for end in range(len(whole)):
        with pytest.raises(WireError) as caught:
            inflate(whole[:end], most_bytes=MOST)
        assert 0 <= caught.value.offset <= end


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (struct.pack("<I", MOST + 1), f"of {MOST + 1} bytes, most is {MOST}", 0),
        (payload(1), "of 1 bytes ends at byte 4 with 0 bytes", 4),
        (payload(0) + b"?", "ends at byte 4", 4),
        (payload(1, b"bv42"), "expected a block of LZ4", 4),
        (payload(1, b"bv4-" + struct.pack("<I", 2) + b"ab"), "say more than 1 bytes", 4),
        (payload(1, block(b"\x10", 1)), "ends inside a sequence", 17),
        (payload(4, block(b"\x00\x00\x00", 4)), "goes back 0 bytes", 19),
        (payload(4, block(b"\x10a\x02\x00", 4)), "goes back 2 bytes", 20),
        (payload(9, block(b"\x10a\x01\x00", 4)), "says more than it announced", 20),
        (payload(9, block(b"\x20ab", 1)), "says more than it announced", 19),
        (payload(9, block(b"\x20ab", 3)), "does not say what it announced", 19),
        (payload(9, block(b"\xf0\xff", 9)), "ends inside a sequence", 18),
    ],
)
def test_damage_is_told_with_its_place(data: bytes, message: str, offset: int) -> None:
    with pytest.raises(WireError, match=message) as caught:
        inflate(data, most_bytes=MOST)
    assert caught.value.offset == offset
