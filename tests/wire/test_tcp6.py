from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.ip6 import Ip6Decoder, Ip6Packet
from harness.wire.tcp6 import TcpFlag, TcpSegment, decode_segment, encode_segment
from tests.wire.tcp_host import HOST, PHONE

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
