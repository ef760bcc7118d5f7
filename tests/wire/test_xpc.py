from __future__ import annotations

import struct
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.xpc import (
    FileTransfer,
    UInt64,
    XpcDecoder,
    XpcFlag,
    XpcMessage,
    encode_object,
)
from tests.wire.splits import CUTS, split
from tests.wire.xpc_values import BODY

MESSAGE = st.builds(
    XpcMessage, st.integers(1, 2**32 - 1).map(XpcFlag), st.integers(0, 2**64 - 1), st.none() | BODY
)


@given(st.lists(MESSAGE, max_size=3), CUTS)
def test_messages_come_back_however_the_bytes_are_split(messages: list[XpcMessage], cuts: list[int]) -> None:
    decoder = XpcDecoder()
    stream = b"".join(message.encode() for message in messages)
    assert [message for part in split(stream, cuts) for message in decoder.feed(part)] == messages
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = XpcMessage(XpcFlag.ALWAYS, 1, {"a": ["b", UInt64(2)]}).encode()
    for end in range(1, len(stream)):
        decoder = XpcDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


def test_a_body_that_is_no_dictionary_is_refused() -> None:
    body = struct.pack("<II", 0x42133742, 5) + encode_object(UUID(int=1))
    with pytest.raises(WireError, match="UUID"):
        XpcDecoder().feed(struct.pack("<IIQQ", 0x29B00B92, 0x101, len(body), 1) + body)


GOLDEN = bytes.fromhex(
    "920bb02901010100f0000000000000000500000000000000423713420500000000f00000e00000000a000000"
    "73000000009000000700000068c3a96c6c6f00006200000000200000010000006e0000000010000069000000"
    "00300000feffffffffffffff750000000040000003000000000000006400000000500000000000000000f83f"
    "6461746100000000008000000300000001020300757569640000000000a00000000000000000000000000000"
    "000000016c00000000e000001c0000000200000000f00000040000000000000000e000000400000000000000"
    "6674000000a00100040000000000000000f00000140000000100000073000000004000000900000000000000"
)
"""Source: pymobiledevice3 tests/test_remotexpc.py."""

GOLDEN_BODY: dict[str, Any] = {
    "s": "héllo",
    "b": True,
    "n": None,
    "i": -2,
    "u": UInt64(3),
    "d": 1.5,
    "data": b"\x01\x02\x03",
    "uuid": UUID(int=1),
    "l": [{}, []],
    "ft": FileTransfer(4, {"s": UInt64(9)}),
}


def test_a_message_with_every_type_has_the_bytes_that_were_written_elsewhere() -> None:
    message = XpcMessage(XpcFlag.ALWAYS | XpcFlag.HAS_BODY | XpcFlag.WANTS_REPLY, 5, GOLDEN_BODY)
    assert XpcDecoder().feed(GOLDEN) == [message]
    assert message.encode() == GOLDEN


def test_the_first_message_of_a_connection_has_the_bytes_of_a_capture() -> None:
    # Source: go-ios ios/xpc/xpc_empty_dict.bin.
    captured = (
        "920bb029 01000000 14000000 00000000 00000000 00000000 42371342 05000000 00f00000 04000000 00000000"
    )
    assert XpcMessage(XpcFlag.ALWAYS, 0, {}).encode().hex(" ", 4) == captured


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (bytes(24), "XPC magic 0x0", 0),
        (GOLDEN[:8] + struct.pack("<Q", 1 << 40), "an XPC body of", 0),
        (GOLDEN[:24] + b"?" + GOLDEN[25:], "XPC body 0x4213373f of version 5", 24),
    ],
)
def test_what_is_no_message_is_told_with_its_place(data: bytes, message: str, offset: int) -> None:
    with pytest.raises(WireError, match=message) as caught:
        XpcDecoder().feed(data.ljust(24, b"\0"))
    assert caught.value.offset == offset


def test_messages_show_themselves_on_one_line() -> None:
    assert str(XpcMessage(XpcFlag.ALWAYS, 3, {"a": 1, "b": 2})) == "xpc #3 flags 0x1 {a, b}"
    assert str(XpcMessage(XpcFlag.ALWAYS)) == "xpc #0 flags 0x1 no body"
