from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.ip6 import Ip6Decoder, Ip6Packet, checksum
from tests.wire.splits import CUTS, split

ADDRESS = st.integers(0, 2**128 - 1).map(IPv6Address)
PACKET = st.builds(Ip6Packet, ADDRESS, ADDRESS, st.integers(0, 255), st.binary(max_size=40))


def slow_sum(data: bytes) -> int:
    """The sum of 16-bit words with the carry added back in, word by word (RFC 1071 §1)."""
    total = 0
    for at in range(0, len(data), 2):
        total += int.from_bytes(data[at : at + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    return total


@given(st.lists(PACKET, max_size=3), CUTS)
def test_packets_come_back_however_the_bytes_are_split(packets: list[Ip6Packet], cuts: list[int]) -> None:
    decoder = Ip6Decoder()
    stream = b"".join(packet.encode() for packet in packets)
    assert [packet for part in split(stream, cuts) for packet in decoder.feed(part)] == packets
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = Ip6Packet(IPv6Address(1), IPv6Address(2), 6, b"abc").encode()
    for end in range(1, len(stream)):
        decoder = Ip6Decoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


def test_another_version_is_refused() -> None:
    with pytest.raises(WireError, match="IP version 4"):
        Ip6Decoder().feed(b"\x45" + bytes(39))


@given(ADDRESS, ADDRESS, st.binary(max_size=90))
def test_the_checksum_makes_the_sum_of_all_words_all_ones(
    source: IPv6Address, target: IPv6Address, payload: bytes
) -> None:
    pseudo = source.packed + target.packed + len(payload).to_bytes(4, "big") + bytes((0, 0, 0, 6))
    total = slow_sum(pseudo + payload)
    assert (
        slow_sum(total.to_bytes(2, "big") + checksum(source, target, 6, payload).to_bytes(2, "big")) == 0xFFFF
    )


def test_a_packet_shows_itself_on_one_line() -> None:
    packet = Ip6Packet(IPv6Address("fd00::1"), IPv6Address("fd00::2"), 6, b"abc")
    assert str(packet) == "ip6 fd00::1 to fd00::2 protocol 6 3 bytes"
