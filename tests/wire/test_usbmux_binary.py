from __future__ import annotations

import asyncio
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3 import usbmux as client

from harness.errors import WireError
from harness.wire.usbmux import MuxFrame, MuxResult, swap_port
from harness.wire.usbmux_binary import (
    MOST_BODY_BYTES,
    BinaryAttached,
    BinaryConnect,
    BinaryDetached,
    BinaryFrame,
    BinaryListen,
    BinaryMessage,
    BinaryPaired,
    BinaryResult,
    EitherMuxDecoder,
)
from tests.wire.splits import CUTS, split

UDID = "00008120-0011223344556677"
U32 = st.integers(0, 2**32 - 1)
U16 = st.integers(0, 2**16 - 1)
SERIAL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)
MESSAGE: st.SearchStrategy[BinaryMessage] = (
    st.builds(BinaryResult, U32)
    | st.builds(BinaryConnect, U32, U16)
    | st.just(BinaryListen())
    | st.builds(BinaryAttached, U32, U16, SERIAL, U32)
    | st.builds(BinaryDetached, U32)
    | st.builds(BinaryPaired, U32)
)
FRAME = st.builds(BinaryFrame, U32, MESSAGE)
EITHER = FRAME | st.builds(MuxFrame, U32, st.just({"MessageType": "Listen"}))


@given(st.lists(EITHER, max_size=4), CUTS)
def test_frames_of_both_versions_come_back_however_split(
    frames: list[MuxFrame | BinaryFrame], cuts: list[int]
) -> None:
    decoder = EitherMuxDecoder()
    stream = b"".join(frame.encode() for frame in frames)
    assert [frame for part in split(stream, cuts) for frame in decoder.feed(part)] == frames
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = BinaryFrame(0, BinaryAttached(1, 0x12A8, UDID, 5)).encode()
    for end in range(1, len(stream)):
        decoder = EitherMuxDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


@given(U32, U32, U16, SERIAL, U32)
def test_an_independent_client_reads_who_is_attached(
    tag: int, device_id: int, product_id: int, serial: str, location: int
) -> None:
    frame = BinaryFrame(tag, BinaryAttached(device_id, product_id, serial, location))
    read = client.parse_usbmuxd_response(frame.encode())
    assert (read.header.version, read.header.message, read.header.tag) == (0, 4, tag)
    assert read.data == client.UsbmuxdDeviceRecord(device_id, product_id, serial, location)


@given(U32, U32)
def test_an_independent_client_reads_results_and_departures(tag: int, number: int) -> None:
    assert client.parse_usbmuxd_response(BinaryFrame(tag, BinaryResult(number)).encode()).data == (
        client.UsbmuxdResultData(client.UsbmuxdResult(number))
    )
    gone = client.parse_usbmuxd_response(BinaryFrame(tag, BinaryDetached(number)).encode())
    assert gone.data == client.UsbmuxdRemoveData(number)


@given(U32, U32, U16)
def test_what_an_independent_client_asks_is_read(tag: int, device_id: int, port: int) -> None:
    connect = client.build_usbmuxd_connect_payload(device_id, port)
    data = client.build_usbmuxd_request(0, 2, tag, connect) + client.build_usbmuxd_request(0, 3, tag)
    assert EitherMuxDecoder().feed(data) == [
        BinaryFrame(tag, BinaryConnect(device_id, port)),
        BinaryFrame(tag, BinaryListen()),
    ]


def test_an_independent_client_listens_and_connects() -> None:
    async def talk() -> tuple[list[str], list[MuxFrame | BinaryFrame]]:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        with ours, theirs:
            connection = client.BinaryMuxConnection(theirs)
            done = BinaryResult(MuxResult.OK)
            ours.sendall(BinaryFrame(1, done).encode())
            ours.sendall(BinaryFrame(0, BinaryAttached(3, 0x12A8, UDID, 0)).encode())
            ours.sendall(BinaryFrame(2, done).encode())
            await connection.listen()
            await connection.receive_device_state_update()
            await connection.connect(connection.devices[0], 62078)
            return [device.serial for device in connection.devices], EitherMuxDecoder().feed(ours.recv(9999))

    serials, asked = asyncio.run(talk())
    assert serials == [UDID]
    assert asked == [
        BinaryFrame(1, BinaryListen()),
        BinaryFrame(2, BinaryConnect(3, swap_port(62078))),
    ]


def test_a_device_record_is_268_bytes() -> None:
    data = BinaryFrame(0, BinaryAttached(1, 2, "ab", 3)).encode()
    assert len(data) == 16 + 268
    assert data[:24].hex(" ", 4) == "1c010000 00000000 04000000 00000000 01000000 02006162"
    assert data[-6:].hex() == "000003000000"


def test_bytes_behind_the_last_field_are_left_alone() -> None:
    data = struct.pack("<IIIII", 24, 0, 1, 7, 3) + b"more"
    assert EitherMuxDecoder().feed(data) == [BinaryFrame(7, BinaryResult(3))]


@pytest.mark.parametrize(
    ("data", "message", "offset"),
    [
        (struct.pack("<IIII", 16, 0, 9, 1), "version 0 message 9", 4),
        (struct.pack("<IIII", 16, 1, 3, 1), "version 1 message 3", 4),
        (struct.pack("<IIII", 19, 0, 1, 1), "of 19 bytes, expected 20 to", 0),
        (struct.pack("<IIII", 17 + MOST_BODY_BYTES, 0, 3, 1), "of 4113 bytes", 0),
        (struct.pack("<IIII", 284, 0, 4, 0) + b"a" * 268, "without its NUL", 22),
        (struct.pack("<IIIIIH", 284, 0, 4, 0, 1, 2) + b"a\xff" + bytes(260), "not UTF-8", 23),
        (struct.pack("<IIII", 18, 1, 8, 0) + b"no", "no property list", 16),
    ],
)
def test_what_is_no_frame_is_told_with_its_place(data: bytes, message: str, offset: int) -> None:
    with pytest.raises(WireError, match=message) as caught:
        EitherMuxDecoder().feed(data)
    assert caught.value.offset == offset


def test_a_serial_number_without_room_for_its_nul_is_not_written() -> None:
    with pytest.raises(ValueError, match="of 256 bytes, most is 255"):
        BinaryAttached(1, 2, "é" * 128, 3).to_bytes()


def test_a_frame_shows_itself_on_one_line() -> None:
    assert str(BinaryFrame(4, BinaryDetached(2))) == "usbmux v0 #4 BinaryDetached(device_id=2)"
