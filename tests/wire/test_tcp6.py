from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import inet6 as _scapy

from harness.errors import WireError
from harness.wire.ip6 import Ip6Decoder, Ip6Packet, checksum
from harness.wire.tcp6 import TcpFlag, TcpSegment, decode_segment, encode_segment
from tests.wire.tcp_host import HOST, PHONE

scapy = cast("Any", _scapy)

U16, U32 = st.integers(0, 0xFFFF), st.integers(0, 2**32 - 1)
SEGMENT = st.builds(
    TcpSegment,
    U16,
    U16,
    U32,
    U32,
    st.integers(0, 0x1F).map(TcpFlag),
    U16,
    st.binary(max_size=40),
    mss_bytes=st.none() | U16,
    window_scale=st.none() | st.integers(0, 14),
)


def packet_of(segment: TcpSegment) -> Ip6Packet:
    (packet,) = Ip6Decoder().feed(encode_segment(segment, HOST, PHONE))
    return packet


@given(SEGMENT)
def test_segments_come_back(segment: TcpSegment) -> None:
    assert decode_segment(packet_of(segment)) == segment


@given(SEGMENT, st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_is_noticed(segment: TcpSegment, place: int, change: int) -> None:
    packet = packet_of(segment)
    payload = bytearray(packet.payload)
    payload[place % len(payload)] ^= change
    with pytest.raises(WireError, match="checksum"):
        decode_segment(replace(packet, payload=bytes(payload)))


@pytest.mark.parametrize("protocol", [6, 58])
def test_what_is_no_segment_is_named(protocol: int) -> None:
    with pytest.raises(WireError, match="expected TCP"):
        decode_segment(Ip6Packet(HOST, PHONE, protocol, bytes(10)))


def test_the_bytes_are_those_of_the_standard() -> None:
    segment = TcpSegment(1, 2, 3, 4, TcpFlag.SYN, 5, mss_bytes=1220, window_scale=7)
    payload = packet_of(segment).payload
    assert payload[:16].hex() == "00010002" + "00000003" + "00000004" + "70020005"
    assert payload[20:].hex() == "020404c4" + "03030701"


@pytest.mark.parametrize(
    ("header", "message", "offset"),
    [
        ("00010002000000030000000440020005" + "00000000", "a TCP header of 16 bytes", 12),
        ("00010002000000030000000460020005" + "00000000", "a TCP header of 24 bytes", 12),
        ("00010002000000030000000460020005" + "0000000002", "a TCP header of 24 bytes", 12),
        ("00010002000000030000000460020005" + "0000000002050000", "a TCP option that does not end", 20),
        ("00010002000000030000000460020005" + "0000000001010102", "a TCP option that does not end", 23),
    ],
)
def test_headers_that_cannot_be_true_are_refused(header: str, message: str, offset: int) -> None:
    payload = bytearray.fromhex(header)
    payload[16:18] = checksum(HOST, PHONE, 6, bytes(payload)).to_bytes(2, "big")
    with pytest.raises(WireError, match=message) as caught:
        decode_segment(Ip6Packet(HOST, PHONE, 6, bytes(payload)))
    assert caught.value.offset == offset


def test_options_that_end_early_or_have_another_size_are_passed_over() -> None:
    payload = bytearray.fromhex("00010002000000030000000470020005" + "00000000" + "0203ff0103020000")
    payload[16:18] = checksum(HOST, PHONE, 6, bytes(payload)).to_bytes(2, "big")
    read = decode_segment(Ip6Packet(HOST, PHONE, 6, bytes(payload)))
    assert (read.mss_bytes, read.window_scale) == (None, None)


@given(SEGMENT)
def test_scapy_reads_what_is_written(segment: TcpSegment) -> None:
    packet = scapy.IPv6(encode_segment(segment, HOST, PHONE))
    told = packet[scapy.TCP]
    assert (packet.src, packet.dst) == (str(HOST), str(PHONE))
    assert (told.sport, told.dport, told.seq, told.ack) == (
        *(segment.source_port, segment.target_port, segment.sequence, segment.acknowledged),
    )
    assert (int(told.flags), told.window, bytes(told.payload)) == (
        *(int(segment.flags), segment.window, segment.data),
    )
    options = dict(told.options)
    assert (options.get("MSS"), options.get("WScale")) == (segment.mss_bytes, segment.window_scale)


@given(SEGMENT)
def test_what_scapy_writes_is_read(segment: TcpSegment) -> None:
    options: list[tuple[str, object]] = []
    if segment.mss_bytes is not None:
        options.append(("MSS", segment.mss_bytes))
    if segment.window_scale is not None:
        options.append(("WScale", segment.window_scale))
    told = scapy.TCP(
        sport=segment.source_port,
        dport=segment.target_port,
        seq=segment.sequence,
        ack=segment.acknowledged,
        flags=int(segment.flags),
        window=segment.window,
        options=options,
    )
    data = bytes(scapy.IPv6(src=str(HOST), dst=str(PHONE)) / told / segment.data)
    (packet,) = Ip6Decoder().feed(data)
    assert decode_segment(packet) == segment


def test_a_segment_shows_itself_on_one_line() -> None:
    segment = TcpSegment(1, 2, 3, 4, TcpFlag.SYN | TcpFlag.ACK, 5, b"abc")
    assert str(segment) == "tcp 1 to 2 SYN+ACK seq 3 ack 4 3 bytes"
