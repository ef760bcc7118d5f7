from __future__ import annotations

import struct
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services import afc as client

from harness.errors import WireError
from harness.wire import afc
from harness.wire.afc_packet import AfcDecoder, AfcPacket, op_name, unpack
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


def test_the_header_has_the_bytes_that_clients_send() -> None:
    data = AfcPacket(3, 0x10, b"abc", b"de").encode()
    assert data[:8] == b"CFA6LPAA"
    assert data[8:40] == struct.pack("<QQQQ", 45, 43, 3, 0x10)
    assert AfcPacket(3, 0x10, b"abc", b"de").body == data[40:]


@given(st.lists(PATH, min_size=2, max_size=2), U64, st.integers(-(2**63), 2**63 - 1), st.binary(max_size=9))
def test_fields_come_back_one_after_another(paths: list[str], size: int, offset: int, data: bytes) -> None:
    for message in (
        afc.RenamePath(*paths),
        afc.FileSeek(size, size, offset),
        afc.FileWrite(size, data),
        afc.Truncate(size, paths[0]),
    ):
        packet = message.packet(1)
        at, values = 0, list[object]()
        for letter in message.form:
            value, at = unpack(letter, packet.body, at, "NAME")
            values.append(value)
        assert values == [getattr(message, field.name) for field in fields(message)]
        assert at == len(packet.body)


@pytest.mark.parametrize(("letter", "body"), [("Q", bytes(7)), ("q", bytes(7)), ("s", b"")])
def test_a_field_that_is_cut_off_is_refused(letter: str, body: bytes) -> None:
    with pytest.raises(WireError, match="AFC NAME ends before its fields do") as caught:
        unpack(letter, body, 0, "NAME")
    assert caught.value.offset == 40


def test_packets_and_messages_show_themselves_on_one_line() -> None:
    assert str(AfcPacket(5, 0x10, bytes(8), b"abc")) == "afc #5 FILE_WRITE 8+3 bytes"
    assert op_name(0x99) == "0x99"
    assert str(afc.FileWrite(4, b"abc")) == "afc FILE_WRITE handle=4 data=3 bytes"
