from __future__ import annotations

import struct
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.xpc import (
    FileTransfer,
    UInt64,
    XpcDate,
    XpcDecoder,
    XpcFlag,
    XpcMessage,
    encode_object,
)
from tests.wire.splits import CUTS, split

I64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=9)
LEAF = (
    st.none()
    | st.booleans()
    | I64
    | st.integers(0, 2**64 - 1).map(UInt64)
    | st.floats(allow_nan=False)
    | st.builds(XpcDate, I64)
    | st.binary(max_size=9)
    | TEXT
    | st.uuids()
)
OBJECT = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT, inner, max_size=3)
        | st.builds(FileTransfer, st.integers(0, 2**64 - 1), st.dictionaries(TEXT, inner, max_size=2))
    ),
    max_leaves=8,
)
BODY = st.dictionaries(TEXT, OBJECT, max_size=4)
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
