from __future__ import annotations

import asyncio
import struct
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymobiledevice3.dtx import primitives as _primitives
from pymobiledevice3.dtx.fragment import DTXFragment
from pymobiledevice3.dtx.fragmenter import DTXFragmenter
from pymobiledevice3.dtx.message import DTXMessage
from pymobiledevice3.dtx.structs import DTXMessageType, DTXTransportFlags

from harness.errors import WireError
from harness.wire.dtx import (
    Buffer,
    Double,
    DtxDecoder,
    DtxKind,
    DtxMessage,
    Int32,
    Int64,
    Keyed,
    Text,
    dispatch,
    encode,
    push_object,
    reply_error,
    reply_object,
    reply_ok,
)
from harness.wire.fragments import MAX_UNFINISHED
from harness.wire.nskeyed import NSDate, NSError, archive
from harness.wire.primitives import encode_aux
from tests.wire.splits import CUTS, split

theirs = cast("Any", _primitives)

IDENTIFIER = "com.apple.instruments.server.services.processcontrol"
REQUEST = dispatch(3, 0, "_requestChannelWithCode:identifier:", Int32(1), IDENTIFIER)
STATE_PUSH = dispatch(
    9, -2, "applicationStateNotification:", {"state": 2, "timestamp": NSDate(1.5)}, expects_reply=False
)
LONG_REPLY = reply_object(dispatch(4, 1, "runningProcesses"), [{"name": f"proc{i}"} for i in range(90)])

u32 = st.integers(0, 2**32 - 1)
i32 = st.integers(-(2**31), 2**31 - 1)
dates = st.builds(NSDate, st.floats(0, 9e9))
values = st.one_of(st.none(), st.booleans(), i32, st.text(max_size=8), st.binary(max_size=8), dates)
primitives = st.one_of(
    st.builds(Int32, i32),
    st.builds(Int64, st.integers(-(2**63), 2**63 - 1)),
    st.builds(Double, st.floats(allow_nan=False)),
    st.builds(Text, st.text(max_size=8)),
    st.builds(Buffer, st.binary(min_size=1, max_size=7)),
)
named = st.builds(Keyed, st.text(max_size=8), primitives)
args = st.one_of(values, primitives, named, st.lists(values, max_size=3))
messages = st.one_of(
    st.builds(
        DtxMessage,
        u32,
        st.just(0),
        i32,
        st.just(DtxKind.DISPATCH),
        st.booleans(),
        st.text(max_size=20),
        st.lists(args, max_size=4).map(tuple),
    ),
    st.builds(DtxMessage, u32, u32, i32, st.just(DtxKind.OBJECT), st.booleans(), values),
    st.builds(DtxMessage, u32, u32, i32, st.sampled_from([DtxKind.OK, DtxKind.BARRIER])),
    st.builds(
        DtxMessage, u32, u32, i32, st.sampled_from([DtxKind.DATA, DtxKind.PRIMITIVE, DtxKind.PROXIED]),
        payload=st.binary(min_size=1, max_size=20),
    ),
)  # fmt: skip


def decode(data: bytes, **options: int) -> list[DtxMessage]:
    decoder = DtxDecoder(**options)
    read = decoder.feed(data)
    decoder.close()
    return read


def fragment(
    body: bytes = b"",
    *,
    index: int = 0,
    count: int = 1,
    identifier: int = 1,
    header_bytes: int = 32,
    magic: int = 0x1F3D5B79,
    size: int | None = None,
) -> bytes:
    """A fragment on channel 1; ``size`` is announced in place of the true length of the body."""
    size = len(body) if size is None else size
    header = struct.pack("<IIHHIIIiI", magic, header_bytes, index, count, size, identifier, 0, 1, 0)
    return header + bytes(max(0, header_bytes - 32)) + body


def body_of(kind: int, aux: bytes = b"", payload: bytes = b"", *, aux_less: int = 0, less: int = 0) -> bytes:
    """The body of a message whose lengths are announced shorter by ``aux_less`` and ``less`` bytes."""
    total = len(aux) + len(payload) - less
    return struct.pack("<BBBBIII", kind, 0, 0, 0, len(aux) - aux_less, total, 0) + aux + payload


@given(st.lists(messages, max_size=4), CUTS)
def test_messages_come_back_however_the_bytes_are_split(sent: list[DtxMessage], cuts: list[int]) -> None:
    decoder = DtxDecoder()
    stream = b"".join(encode(message) for message in sent)
    assert [message for part in split(stream, cuts) for message in decoder.feed(part)] == sent
    decoder.close()


@given(messages, st.integers(33, 200), CUTS)
def test_fragments_of_any_length_are_put_together(message: DtxMessage, most: int, cuts: list[int]) -> None:
    decoder = DtxDecoder()
    stream = encode(message, max_fragment_bytes=most)
    assert [read for part in split(stream, cuts) for read in decoder.feed(part)] == [message]
    decoder.close()


def test_one_byte_at_a_time_gives_the_same_messages() -> None:
    stream = encode(REQUEST) + encode(LONG_REPLY, max_fragment_bytes=500) + encode(STATE_PUSH)
    decoder = DtxDecoder()
    read = [message for offset in range(len(stream)) for message in decoder.feed(stream[offset : offset + 1])]
    decoder.close()
    assert read == [REQUEST, LONG_REPLY, STATE_PUSH]


def test_nothing_at_all_is_a_complete_stream() -> None:
    assert decode(b"") == []


def test_an_acknowledgement_is_these_48_bytes() -> None:
    assert encode(reply_ok(dispatch(5, 2, "stop"))).hex(" ", 4) == (
        "795b3d1f 20000000 00000100 10000000 05000000 01000000 02000000 00000000 "
        "00000000 00000000 00000000 00000000"
    )


def test_a_push_carries_the_negated_channel_and_a_request_asks_for_a_reply() -> None:
    assert encode(STATE_PUSH)[16:32].hex(" ", 4) == "09000000 00000000 feffffff 00000000"
    assert encode(REQUEST)[16:32].hex(" ", 4) == "03000000 00000000 00000000 01000000"


def test_a_long_message_is_announced_by_a_fragment_without_body() -> None:
    stream = encode(DtxMessage(1, 0, 1, DtxKind.DATA, payload=bytes(70_000)))
    assert stream[8:16].hex(" ", 4) == "00000300 80110100"
    assert stream[32 + 8 : 32 + 16].hex(" ", 4) == "01000300 e0ff0000"
    assert stream[32 + 65_536 + 8 : 32 + 65_536 + 16].hex(" ", 4) == "02000300 a0110000"
    assert len(stream) == 3 * 32 + 16 + 70_000


def test_higher_bits_of_type_words_and_longer_headers_are_ignored() -> None:
    aux = bytearray(encode_aux((Int32(7),)))
    aux[1] = 0x63
    aux[17] = aux[21] = 1
    body = body_of(2, bytes(aux), archive("go"))
    assert decode(fragment(body, header_bytes=48)) == [
        DtxMessage(1, 0, 1, DtxKind.DISPATCH, payload="go", aux=(Int32(7),))
    ]


def test_a_compressed_sample_is_read_as_what_it_says() -> None:
    # The headers are those of a kernel trace of 158 592 bytes that a phone pushed on its channel 9, with the
    # lengths of a shorter one. Source: go-ios ios/dtx_codec/fixtures/instruments-metrics-dtx.bin.
    body = bytes.fromhex("0707000000000000 1500000000000000 05000000") + b"bv4-\x05\0\0\0tracebv4$"
    head = bytes.fromhex("795b3d1f20000000 0000010025000000 3d00000000000000 f7ffffff00000000")
    assert decode(head + body) == [DtxMessage(61, 0, -9, DtxKind.COMPRESSED, payload=b"trace")]


def test_what_is_compressed_counts_by_what_it_becomes() -> None:
    body = body_of(7, payload=b"\x65\0\0\0bv41")
    with pytest.raises(WireError, match="a compressed payload of 101 bytes, most is 100"):
        decode(fragment(body), max_message_bytes=100)


def test_replies_answer_on_the_same_channel_one_index_higher() -> None:
    error = NSError("DTXMessage", 1)
    assert reply_object(REQUEST, 4) == DtxMessage(3, 1, 0, DtxKind.OBJECT, payload=4)
    assert reply_error(REQUEST, error) == DtxMessage(3, 1, 0, DtxKind.ERROR, payload=error)
    assert reply_ok(reply_ok(REQUEST)) == DtxMessage(3, 2, 0, DtxKind.OK)
    assert push_object(8, -1, {"k": 0}) == DtxMessage(8, 0, -1, DtxKind.OBJECT, payload={"k": 0})


def test_only_a_dispatch_has_a_selector() -> None:
    assert STATE_PUSH.selector == "applicationStateNotification:"
    assert reply_object(REQUEST, "text").selector == ""
    assert DtxMessage(1, 0, 1, DtxKind.DISPATCH).selector == ""


def test_fragments_of_a_push_and_of_a_reply_with_one_identifier_may_mix() -> None:
    push = push_object(4, -1, "p" * 100)
    reply = reply_object(dispatch(4, 1, "get"), "r" * 100)
    cut = [encode(message, max_fragment_bytes=100) for message in (push, reply)]
    parts = [[data[:32], *(data[at : at + 100] for at in range(32, len(data), 100))] for data in cut]
    mixed = b"".join(part for pair in zip(*parts, strict=True) for part in pair)
    assert decode(mixed) == [push, reply]


def test_fragments_may_come_in_any_order_behind_the_first() -> None:
    data = encode(push_object(1, 1, "x" * 50), max_fragment_bytes=100)
    assert len(data) == 32 + 100 * 2 + (len(data) - 232)
    parts = [data[at : at + 100] for at in range(32, len(data), 100)]
    assert decode(data[:32] + b"".join(reversed(parts))) == [push_object(1, 1, "x" * 50)]


async def _read_by_client(data: bytes) -> DTXMessage:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    first = await DTXFragment.read(reader)
    if first.count == 1:
        return DTXMessage.parse(first, first.payload)
    fragmenter = DTXFragmenter(first, 0, 2**24)
    while not fragmenter.add(await DTXFragment.read(reader)):
        pass
    raw, meta = fragmenter.assemble()
    return DTXMessage.parse(meta, raw)


@pytest.mark.parametrize("most", [64, 65_536])
@pytest.mark.parametrize("message", [REQUEST, LONG_REPLY, reply_ok(REQUEST)], ids=["call", "result", "ok"])
def test_the_client_reads_our_messages(message: DtxMessage, most: int) -> None:
    read = asyncio.run(_read_by_client(encode(message, max_fragment_bytes=most)))
    assert (read.identifier, read.conversation_index) == (message.identifier, message.conversation_index)
    assert (read.channel_code, read.type.value) == (message.channel_code, message.kind.value)
    assert (DTXTransportFlags.EXPECTS_REPLY in read.transport_flags) is message.expects_reply
    assert (read.payload, tuple(read.aux)) == (message.payload, message.aux)


def test_the_client_reads_dates_and_errors_in_our_messages() -> None:
    push: Any = asyncio.run(_read_by_client(encode(STATE_PUSH)))
    assert push.aux[0]["timestamp"].timestamp == 1.5
    error = NSError("DTXMessage", 1, {"a": "b"})
    refused: Any = asyncio.run(_read_by_client(encode(reply_error(REQUEST, error))))
    assert (refused.payload.domain, refused.payload.code) == ("DTXMessage", 1)
    assert refused.payload.user_info == {"a": "b"}


def test_we_read_what_the_client_writes() -> None:
    sent = DTXMessage(DTXMessageType.DISPATCH, transport_flags=DTXTransportFlags.EXPECTS_REPLY)
    sent.payload = "sendSignal:toPid:"
    sent.aux = [9, 4711, None, ["a"], theirs.PInt32(5), theirs.PInt64(6), theirs.PDouble(0.5)]
    body = b"".join(sent.chunks())
    head = DTXFragment(0, 1, len(body), 6, 0, 2, DTXTransportFlags.EXPECTS_REPLY, memoryview(body))
    expected = (9, 4711, None, ["a"], Int32(5), Int64(6), Double(0.5))
    assert decode(b"".join(head.chunks())) == [dispatch(6, 2, "sendSignal:toPid:", *expected)]


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = encode(REQUEST) + encode(LONG_REPLY, max_fragment_bytes=700)
    for size in range(1, len(stream)):
        decoder = DtxDecoder()
        read = decoder.feed(stream[:size])
        assert read == ([REQUEST] if size >= len(encode(REQUEST)) else [])
        if size == len(encode(REQUEST)):
            decoder.close()
            continue
        with pytest.raises(WireError, match="the stream ends") as caught:
            decoder.close()
        assert caught.value.offset == size


OVER = 1 << 21
AUX = encode_aux((Int32(1),))

REFUSED = {
    "not DTX": (fragment(magic=1), "expected a DTX fragment \\(0x1f3d5b79\\), found 0x00000001"),
    "short header": (fragment(header_bytes=31), "DTX header of 31 bytes, expected 32 to 1024"),
    "long header": (fragment(header_bytes=1025), "DTX header of 1025 bytes, expected 32 to 1024"),
    "no fragments": (fragment(count=0), "fragment 0 of 0 of message 1"),
    "beyond the last": (fragment(index=2, count=2), "fragment 2 of 2 of message 1"),
    "too long": (fragment(size=OVER), "DTX message 1 of 2097152 bytes, expected 0 to 1048576"),
    "too long in all": (fragment(size=OVER, count=2), "DTX message 1 of 2097152 bytes"),
    "unannounced": (fragment(b"x", index=1, count=2), "message 1: fragment 1 of 2 was not due"),
    "announced twice": (fragment(count=2, size=9) * 2, "message 1: it begins twice"),
    "twice the same": (
        fragment(count=3, size=9) + fragment(b"x", index=1, count=3) * 2,
        "message 1: fragment 1 of 3 was not due",
    ),
    "another count": (
        fragment(count=3, size=9) + fragment(b"x", index=1, count=2),
        "message 1: fragment 1 of 2 was not due",
    ),
    "more than announced": (
        fragment(count=3, size=1) + fragment(b"xx", index=1, count=3),
        "its fragments hold 2 bytes, the first announced 1",
    ),
    "less than announced": (
        fragment(count=2, size=9) + fragment(b"xx", index=1, count=2),
        "its fragments hold 2 bytes, the first announced 9",
    ),
    "no message header": (fragment(bytes(15)), "message 1 has no header"),
    "wrong total": (
        fragment(body_of(0, payload=b"x", less=1)),
        "lengths in the header of message 1 do not agree",
    ),
    "wrong aux": (fragment(body_of(0, aux_less=-1)), "lengths in the header of message 1 do not agree"),
    "unknown kind": (fragment(body_of(9)), "message 1 is of unknown kind 9"),
    "compressed": (fragment(body_of(7, payload=bytes(8))), "message 1: expected a block of LZ4"),
    "no archive": (fragment(body_of(3, payload=b"text")), "message 1: expected a binary property list"),
    "short aux": (fragment(body_of(2, b"abc")), "auxiliary part is shorter than its header"),
    "aux cut short": (fragment(body_of(2, AUX, aux_less=4)), "announces 12 bytes and holds 8"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_dtx_is_refused_with_a_reason(data: bytes, message: str) -> None:
    decoder = DtxDecoder(max_message_bytes=1 << 20)
    with pytest.raises(WireError, match=message):
        decoder.feed(data)
    with pytest.raises(WireError, match=message):
        decoder.feed(b"")
    with pytest.raises(WireError, match=message):
        decoder.close()


def test_unfinished_messages_are_bounded_in_number_and_together() -> None:
    many = b"".join(fragment(count=2, size=9, identifier=number) for number in range(MAX_UNFINISHED + 1))
    with pytest.raises(WireError, match="message 100: 100 messages before it are unfinished"):
        DtxDecoder().feed(many)
    two = fragment(count=2, size=60, identifier=1) + fragment(count=2, size=60, identifier=2)
    with pytest.raises(WireError, match="message 2: it brings unfinished messages to over 100 bytes"):
        DtxDecoder(max_message_bytes=100).feed(two)


def test_a_finished_message_frees_its_share_of_the_bound() -> None:
    data = encode(push_object(1, 1, "x" * 100), max_fragment_bytes=100)
    assert len(decode(data * 20, max_message_bytes=len(data))) == 20


def test_messages_ahead_of_damage_are_returned_and_then_the_damage_is_told() -> None:
    decoder = DtxDecoder()
    assert decoder.feed(encode(REQUEST) + fragment(body_of(9))) == [REQUEST]
    assert decoder.error is not None
    assert decoder.error.offset == len(encode(REQUEST))
    with pytest.raises(WireError, match="unknown kind 9"):
        decoder.feed(encode(REQUEST))


@given(st.integers(min_value=0), st.integers(0, 255))
@settings(max_examples=300)
def test_a_damaged_byte_gives_messages_or_a_named_error(position: int, value: int) -> None:
    stream = bytearray(encode(REQUEST) + encode(STATE_PUSH, max_fragment_bytes=120))
    stream[position % len(stream)] = value
    decoder = DtxDecoder()
    read: list[DtxMessage] = []
    broken: WireError | None = None
    try:
        read = decoder.feed(bytes(stream))
        decoder.close()
    except WireError as error:
        broken = error
    assert len(read) == 2 if broken is None else 0 <= broken.offset <= len(stream)


@pytest.mark.parametrize(
    ("message", "most", "error", "text"),
    [
        (DtxMessage(1, 0, 1, DtxKind.COMPRESSED), 100, ValueError, "compressed messages are not written"),
        (DtxMessage(1, 0, 1, DtxKind.DATA, payload="text"), 100, ValueError, "payload of a DATA .* not str"),
        (REQUEST, 32, ValueError, "a fragment of 32 bytes has no room"),
        (DtxMessage(1, 0, 1, DtxKind.DATA, payload=bytes(70_000)), 33, ValueError, "do not fit in 65535"),
        (dispatch(1, 1, "x", Int32(2**31)), 100, OverflowError, "Int32\\(2147483648\\) does not fit"),
        (dispatch(1, 1, "x", Int64(2**63)), 100, OverflowError, "does not fit"),
        (dispatch(1, 1, "x", object()), 100, TypeError, "no Foundation counterpart"),
    ],
)
def test_what_cannot_travel_is_not_written(
    message: DtxMessage, most: int, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        encode(message, max_fragment_bytes=most)


def test_messages_read_as_one_line() -> None:
    assert str(reply_ok(REQUEST)) == "3.1 ch 0 OK"
    assert str(dispatch(6, 2, "killPid:", 4711)) == "6.0? ch 2 DISPATCH killPid: (4711)"
    assert str(push_object(1, -1, "x" * 200)) == f"1.0 ch -1 OBJECT {'x' * 120}…"
