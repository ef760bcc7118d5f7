from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services import afc as client

from harness.errors import WireError
from harness.wire import afc
from harness.wire.afc import AfcDecoder, AfcPacket
from tests.wire.splits import CUTS, split

U64 = st.integers(0, 2**64 - 1)
PATH = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
PACKET = st.builds(AfcPacket, U64, U64, st.binary(max_size=12), st.binary(max_size=12))


@given(st.lists(PACKET, max_size=4), CUTS)
def test_packets_come_back_however_the_bytes_are_split(packets: list[AfcPacket], cuts: list[int]) -> None:
    decoder = AfcDecoder()
    stream = b"".join(packet.encode() for packet in packets)
    assert [packet for part in split(stream, cuts) for packet in decoder.feed(part)] == packets
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = afc.FileWrite(1, b"abc").packet(2).encode()
    for end in range(1, len(stream)):
        decoder = AfcDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


@given(PACKET)
def test_an_independent_client_reads_the_header(packet: AfcPacket) -> None:
    header = client.AfcHeader.parse(packet.encode()[: client.AFC_HEADER_SIZE])
    assert header.entire_length == len(packet.encode())
    assert header.this_length == 40 + len(packet.head)
    assert (header.packet_num, int(header.operation)) == (packet.number, packet.operation)


@pytest.mark.parametrize(
    ("header", "what"),
    [
        (struct.pack("<8sQQQQ", b"CFA6LPA?", 40, 40, 0, 1), "expected CFA6LPAA"),
        (struct.pack("<8sQQQQ", b"CFA6LPAA", 39, 39, 0, 1), "an AFC packet of 39 bytes"),
        (struct.pack("<8sQQQQ", b"CFA6LPAA", afc.MOST_PACKET_BYTES + 1, 40, 0, 1), "an AFC packet of"),
        (struct.pack("<8sQQQQ", b"CFA6LPAA", 40, 39, 0, 1), "an AFC head of 39 bytes"),
        (struct.pack("<8sQQQQ", b"CFA6LPAA", 40, 41, 0, 1), "an AFC head of 41 bytes"),
    ],
)
def test_headers_that_cannot_be_true_are_refused(header: bytes, what: str) -> None:
    with pytest.raises(WireError, match=what):
        AfcDecoder().feed(header)
