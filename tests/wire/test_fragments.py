from __future__ import annotations

import asyncio
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.dtx.fragment import DTXFragment
from pymobiledevice3.dtx.fragmenter import DTXFragmenter
from pymobiledevice3.dtx.structs import DTXTransportFlags

from harness.errors import WireError
from harness.wire.fragments import MAX_UNFINISHED, Assembly, Fragment, FragmentDecoder, FragmentHeader, cut
from tests.wire.splits import CUTS, split

MOST = 1 << 20
U32 = st.integers(0, 2**32 - 1)
HEADER = st.builds(
    FragmentHeader,
    identifier=U32,
    conversation_index=U32,
    channel_code=st.integers(-(2**31), 2**31 - 1),
    expects_reply=st.booleans(),
)


def header(identifier: int = 1) -> FragmentHeader:
    return FragmentHeader(identifier=identifier, conversation_index=0, channel_code=-2, expects_reply=True)


def raw(
    body: bytes = b"", *, index: int = 0, count: int = 1, size: int | None = None, header_bytes: int = 32
) -> bytes:
    size = len(body) if size is None else size
    fields = struct.pack("<IIHHIIIiI", 0x1F3D5B79, header_bytes, index, count, size, 1, 0, 1, 0)
    return fields + bytes(max(0, header_bytes - 32)) + body


def whole(parts: list[bytes], most_bytes: int = MOST) -> list[Fragment]:
    decoder, assembly = FragmentDecoder(max_body_bytes=most_bytes), Assembly(max_announced_bytes=most_bytes)
    found = [assembly.add(fragment) for part in parts for fragment in decoder.feed(part)]
    if decoder.error is not None:
        raise decoder.error
    decoder.close()
    assembly.close(decoder.offset)
    return [one for one in found if one is not None]


@given(HEADER, st.binary(max_size=400), st.integers(33, 500), CUTS)
def test_messages_come_back_however_they_are_cut_and_split(
    message: FragmentHeader, body: bytes, most: int, cuts: list[int]
) -> None:
    (read,) = whole(split(cut(message, body, most), cuts))
    assert read.body == body
    assert read.header.message_key == message.message_key
    assert read.header.expects_reply == message.expects_reply


@given(HEADER, st.binary(min_size=1, max_size=400), st.integers(33, 500))
def test_an_independent_client_puts_the_same_message_together(
    message: FragmentHeader, body: bytes, most: int
) -> None:
    async def read() -> tuple[bytes, DTXFragment]:
        stream = asyncio.StreamReader()
        stream.feed_data(cut(message, body, most))
        stream.feed_eof()
        first = await DTXFragment.read(stream)
        if first.count == 1:
            return bytes(first.payload), first
        fragmenter = DTXFragmenter(first, 0, MOST)
        while not fragmenter.add(await DTXFragment.read(stream)):
            pass
        data, meta = fragmenter.assemble()
        return bytes(data), meta

    data, meta = asyncio.run(read())
    assert data == body
    assert (meta.identifier, meta.conversation_index, meta.channel_code) == message.message_key


def test_what_an_independent_client_writes_is_read() -> None:
    data = b"".join(
        DTXFragment(0, 1, 4, 6, 0, 2, DTXTransportFlags.EXPECTS_REPLY, memoryview(b"body")).chunks()
    )
    (read,) = whole([data])
    assert (read.body, read.header.message_key, read.header.expects_reply) == (b"body", (6, 0, 2), True)


def test_truncation_at_every_offset_is_told() -> None:
    stream = cut(header(), bytes(range(100)), 80)
    for end in range(1, len(stream)):
        with pytest.raises(WireError, match="the stream ends") as caught:
            whole([stream[:end]])
        assert caught.value.offset == end


def test_the_first_of_several_fragments_announces_and_has_no_body() -> None:
    stream = cut(header(), bytes(70_000), 65_536)
    assert stream[8:16].hex(" ", 4) == "00000300 70110100"
    assert stream[32 + 8 : 32 + 16].hex(" ", 4) == "01000300 e0ff0000"
    # The headers of a phone's message in three fragments.
    # Source: go-ios ios/dtx_codec/fixtures/fragmentedmessage.bin.
    captured = "795b3d1f 20000000 00000300"
    assert stream[:12].hex(" ", 4) == captured


def test_a_longer_header_is_skipped() -> None:
    (read,) = whole([raw(b"body", header_bytes=48)])
    assert read.body == b"body"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (bytes(32), "expected a DTX fragment"),
        (raw(header_bytes=31), "DTX header of 31 bytes"),
        (raw(index=1), "fragment 1 of 1"),
        (raw(size=MOST + 1), "DTX message 1 of"),
        (raw(b"x", index=1, count=2), "fragment 1 of 2 was not due"),
        (raw(count=2, size=9) * 2, "it begins twice"),
        (raw(count=3, size=9) + raw(b"x", index=1, count=2), "fragment 1 of 2 was not due"),
        (raw(count=3, size=9) + raw(b"x", index=1, count=3) * 2, "fragment 1 of 3 was not due"),
        (raw(count=3, size=1) + raw(b"xx", index=1, count=3), "hold 2 bytes, the first announced 1"),
        (raw(count=2, size=9) + raw(b"xx", index=1, count=2), "hold 2 bytes, the first announced 9"),
        (raw(count=3, size=9) + raw(b"xx", index=2, count=3), "ends with 2 of 3 fragments"),
    ],
)
def test_what_is_no_message_is_told(data: bytes, message: str) -> None:
    with pytest.raises(WireError, match=message):
        whole([data])


def test_unfinished_messages_are_bounded_in_number_and_together() -> None:
    many = [cut(header(number), bytes(100), 64)[:32] for number in range(MAX_UNFINISHED + 1)]
    with pytest.raises(WireError, match="100 messages before it are unfinished"):
        whole(many)
    with pytest.raises(WireError, match="to over 150 bytes"):
        whole(many[:2], most_bytes=150)


@pytest.mark.parametrize(("most", "message"), [(32, "no room behind its header"), (33, "65535 fragments")])
def test_what_cannot_be_cut_is_refused(most: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cut(header(), bytes(70_000), most)
