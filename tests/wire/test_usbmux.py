from __future__ import annotations

import asyncio
import plistlib
import socket
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3 import usbmux as client

from harness.errors import WireError
from harness.wire.lockdown import encode_plist
from harness.wire.usbmux import (
    MOST_FRAME_BYTES,
    MuxDecoder,
    MuxFrame,
    MuxResult,
    encode,
    result_frame,
    swap_port,
)
from tests.wire.splits import CUTS, split

TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xD7FF), max_size=12)
BODY = st.dictionaries(TEXT, TEXT | st.integers(0, 2**32) | st.binary(max_size=20), max_size=4)
FRAME = st.builds(MuxFrame, st.integers(0, 2**32 - 1), BODY)


@given(st.lists(FRAME, max_size=3), CUTS)
def test_frames_come_back_however_the_bytes_are_split(frames: list[MuxFrame], cuts: list[int]) -> None:
    decoder = MuxDecoder()
    stream = b"".join(frame.encode() for frame in frames)
    assert [frame for part in split(stream, cuts) for frame in decoder.feed(part)] == frames
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = encode(MuxFrame(7, {"MessageType": "ReadBUID"}))
    for end in range(1, len(stream)):
        decoder = MuxDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


@given(FRAME)
def test_an_independent_client_reads_what_is_written(frame: MuxFrame) -> None:
    read = client.parse_usbmuxd_response(encode(frame))
    assert (read.header.version, read.header.message, read.header.tag) == (1, 8, frame.tag)
    assert isinstance(read.data, bytes)
    assert plistlib.loads(read.data) == frame.body


@given(FRAME)
def test_what_an_independent_client_writes_is_read(frame: MuxFrame) -> None:
    data = client.build_usbmuxd_request(1, 8, frame.tag, plistlib.dumps(frame.body))
    assert MuxDecoder().feed(data) == [frame]


def test_result_numbers_are_those_of_an_independent_client() -> None:
    assert [int(number) for number in MuxResult] == [int(number) for number in client.UsbmuxdResult]


def test_an_independent_client_connects_to_the_port_it_means() -> None:
    async def ask() -> MuxFrame:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        with ours, theirs:
            connection = client.PlistMuxConnection(theirs)
            ours.sendall(encode(result_frame(1, MuxResult.OK)))
            await connection.connect(client.MuxDevice(3, "udid", "USB"), 62078)
            (frame,) = MuxDecoder().feed(ours.recv(65536))
            return frame

    asked = asyncio.run(ask())
    assert asked.message_type == "Connect"
    assert swap_port(asked.body["PortNumber"]) == 62078


@given(st.integers(0, 0xFFFF))
def test_swapping_a_port_twice_gives_the_port(port: int) -> None:
    assert swap_port(swap_port(port)) == port
    assert struct.pack("<H", swap_port(port)) == struct.pack(">H", port)


@pytest.mark.parametrize("port", [-1, 0x10000])
def test_a_number_that_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="0 to 65535"):
        swap_port(port)


def test_bytes_after_connect_belong_to_the_phone() -> None:
    connect = MuxFrame(2, {"MessageType": "Connect", "DeviceID": 1, "PortNumber": swap_port(62078)})
    behind = encode_plist({"Request": "QueryType"})
    decoder = MuxDecoder()
    decoder.push(encode(connect) + behind)
    assert decoder.take() == connect
    assert decoder.rest() == behind
    assert decoder.take() is None
    decoder.close()


def test_the_header_is_the_one_that_was_seen() -> None:
    # Source: go-ios ios/test-fixture/readdevices.bin, its first 16 bytes and the keys of its body.
    captured = bytes.fromhex("65010000010000000800000000000000")
    body: dict[str, Any] = {
        "ClientVersionString": "go-usbmux-0.0.1",
        "MessageType": "ListDevices",
        "ProgName": "go-usbmux",
    }
    assert MuxFrame(0, body).encode()[4:16] == captured[4:]
    values = "".join(f"<key>{key}</key><string>{value}</string>" for key, value in body.items())
    xml = plistlib.dumps("").replace(b"<string></string>\n", f"<dict>{values}</dict>".encode())
    one_line = xml.strip().replace(b'"1.0">\n', b'"1.0">')
    assert MuxDecoder().feed(captured + one_line) == [MuxFrame(0, body)]


@pytest.mark.parametrize(("version", "message"), [(0, 8), (1, 2), (2, 8)])
def test_other_versions_and_messages_are_refused(version: int, message: int) -> None:
    with pytest.raises(WireError, match=f"version {version} message {message}") as caught:
        MuxDecoder().feed(struct.pack("<IIII", 16, version, message, 1))
    assert caught.value.offset == 4


@pytest.mark.parametrize("size_bytes", [0, 15, MOST_FRAME_BYTES + 1])
def test_sizes_that_cannot_be_true_are_refused(size_bytes: int) -> None:
    with pytest.raises(WireError, match=f"of {size_bytes} bytes"):
        MuxDecoder().feed(struct.pack("<IIII", size_bytes, 1, 8, 1))


def test_a_frame_ahead_of_garbage_is_returned_and_then_the_garbage_told() -> None:
    good = MuxFrame(1, {"MessageType": "ListDevices"})
    decoder = MuxDecoder()
    assert decoder.error is None
    assert decoder.feed(encode(good) + bytes(16)) == [good]
    assert decoder.error is not None
    with pytest.raises(WireError) as caught:
        decoder.feed(b"")
    assert caught.value.offset == len(encode(good)) + 4
    with pytest.raises(WireError):
        decoder.close()


def test_a_frame_tells_its_kind_and_shows_itself_on_one_line() -> None:
    frame = MuxFrame(4, {"MessageType": "SavePairRecord", "PairRecordData": bytes(2000)})
    assert frame.message_type == "SavePairRecord"
    assert str(frame) == "usbmux #4 {MessageType: SavePairRecord, PairRecordData: 2000 bytes}"
    no_kind: dict[str, Any] = {}
    assert MuxFrame(0, no_kind).message_type == ""
