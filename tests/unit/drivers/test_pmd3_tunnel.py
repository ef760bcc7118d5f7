"""Every segment that leaves by a tunnel is one that the phone can take."""

from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.drivers.pmd3.tunnel import rightly_summed
from harness.errors import WireError
from harness.wire.ip6 import Ip6Decoder, Ip6Packet
from harness.wire.tcp6 import TcpFlag, TcpSegment, decode_segment
from tests.unit.drivers.segments import CHECKSUM, of_the_stack, whose_carry_is_lost

HOST, PHONE = IPv6Address("fd00::2"), IPv6Address("fd00::1")
ENDS = (HOST, PHONE)


def _sent(data: bytes, sequence: int = 0) -> TcpSegment:
    return TcpSegment(49152, 59002, sequence, 192001, TcpFlag.ACK | TcpFlag.PSH, 32768, data)


def _packet(raw: bytes) -> Ip6Packet:
    (packet,) = Ip6Decoder().feed(raw)
    return packet


@pytest.mark.parametrize("size_bytes", [1, 2, 7, 8, 341, 1340])
def test_a_segment_whose_last_carry_the_stack_loses_would_be_dropped_and_is_mended(size_bytes: int) -> None:
    segment = whose_carry_is_lost(_sent(b"x" * size_bytes), ENDS)
    wrong = of_the_stack(segment, ENDS)
    with pytest.raises(WireError, match="wrong checksum"):
        decode_segment(_packet(wrong))
    assert decode_segment(_packet(rightly_summed(wrong))) == segment


@given(st.binary(min_size=1, max_size=1340), st.integers(0, 2**32 - 1))
def test_every_other_segment_leaves_as_the_stack_has_made_it(data: bytes, sequence: int) -> None:
    segment = _sent(data, sequence)
    made = of_the_stack(segment, ENDS)
    assert decode_segment(_packet(rightly_summed(made))) == segment
    assert rightly_summed(made) == made or made[CHECKSUM] == b"\xff\xff"


@pytest.mark.parametrize("protocol", [0, 17, 58])
def test_what_is_no_tcp_leaves_as_it_is(protocol: int) -> None:
    made = Ip6Packet(HOST, PHONE, protocol, b"\xff" * 60).encode()
    assert rightly_summed(made) == made


@pytest.mark.parametrize("size_bytes", [0, 6, 40, 56, 57])
def test_what_is_too_short_for_tcp_leaves_as_it_is(size_bytes: int) -> None:
    made = Ip6Packet(HOST, PHONE, 6, b"\xff" * 20).encode()[:size_bytes]
    assert rightly_summed(made) == made
