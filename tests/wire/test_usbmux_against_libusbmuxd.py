"""Both versions of the usbmuxd protocol, read and asked for by libusbmuxd."""

from __future__ import annotations

import base64
import socket
from typing import Any

import pytest

from harness.wire.usbmux import MuxFrame, MuxResult, result_frame, swap_port
from harness.wire.usbmux_binary import (
    BinaryAttached,
    BinaryConnect,
    BinaryDetached,
    BinaryFrame,
    BinaryListen,
    BinaryPaired,
    BinaryResult,
)
from tests.wire.clib_host import Frame, host

pytestmark = pytest.mark.judge("libimobiledevice")

OLD, NEW = "a" * 40, "00008120-0011223344556677"
ADDRESS = bytes.fromhex("0200f27e7f0000010000000000000000")
RECORD = b"<plist version='1.0'><dict/></plist>"
USB = {
    "ConnectionType": "USB",
    "DeviceID": 1,
    "LocationID": 0x10000,
    "ProductID": 0x12A8,
    "SerialNumber": OLD,
}
NETWORK = {"ConnectionType": "Network", "DeviceID": 2, "NetworkAddress": ADDRESS, "SerialNumber": NEW}
ADDED, REMOVED, PAIRED = 1, 2, 3


def attached(properties: dict[str, Any]) -> dict[str, Any]:
    return {"MessageType": "Attached", "DeviceID": properties["DeviceID"], "Properties": properties}


def plist_answer(frame: Frame) -> bytes:
    assert isinstance(frame, MuxFrame)
    said = MuxFrame(frame.tag, {}).body
    match frame.message_type:
        case "ListDevices":
            said = {"DeviceList": [attached(USB), attached(NETWORK)]}
        case "ReadBUID":
            said = {"BUID": "30142955-444094379208051516"}
        case "ReadPairRecord":
            said = {"PairRecordData": RECORD}
        case "Listen":
            told = [attached(USB), {"MessageType": "Paired", "DeviceID": 1}]
            told += [{"MessageType": "Detached", "DeviceID": 1}, attached(NETWORK)]
            ok = result_frame(frame.tag, MuxResult.OK).encode()
            return ok + b"".join(MuxFrame(0, body).encode() for body in told)
        case _:
            return result_frame(frame.tag, MuxResult.OK).encode()
    return MuxFrame(frame.tag, said).encode()


def binary_answer(frame: Frame) -> bytes:
    """A multiplexer that knows version 0 only."""
    if isinstance(frame, MuxFrame):
        return BinaryFrame(frame.tag, BinaryResult(MuxResult.BAD_VERSION)).encode()
    ok = BinaryFrame(frame.tag, BinaryResult(MuxResult.OK)).encode()
    if not isinstance(frame.message, BinaryListen):
        return ok
    told = (BinaryAttached(3, 0x12A8, OLD, 0x50000), BinaryPaired(3), BinaryDetached(3))
    after = (*told, BinaryAttached(4, 0x12AB, NEW.replace("-", ""), 7))
    return ok + b"".join(BinaryFrame(0, message).encode() for message in after)


def echo(connection: socket.socket) -> None:
    connection.sendall(connection.recv(4096).upper())


def test_phones_are_listed_with_how_they_are_there() -> None:
    with host(plist_answer) as it:
        usb, network = it.tell("list")
        (asked,) = it.asked
    assert (usb["device_id"], usb["product_id"], usb["udid"], usb["connection"]) == (1, 0x12A8, OLD, 1)
    assert (network["device_id"], network["udid"], network["connection"]) == (2, NEW, 2)
    # libusbmuxd rebuilds the address in its own layout: length, family, then port and address as they came.
    assert network["address"][4:] == ADDRESS.hex()[4:]
    assert isinstance(asked, MuxFrame)
    assert asked.message_type == "ListDevices"


def test_phones_that_come_pair_and_go_are_heard() -> None:
    with host(plist_answer) as it:
        heard = it.tell("listen", "4")
    assert [(one["event"], one["udid"]) for one in heard] == [
        (ADDED, OLD),
        (PAIRED, OLD),
        (REMOVED, OLD),
        (ADDED, NEW),
    ]


def test_the_identifier_and_a_pair_record_are_read() -> None:
    with host(plist_answer) as it:
        assert it.tell("buid") == "30142955-444094379208051516"
        assert base64.b64decode(it.tell("pair-record", OLD)) == RECORD
        _, asked = it.asked
    assert isinstance(asked, MuxFrame)
    assert asked.body["PairRecordID"] == OLD


def test_a_connection_is_the_phones_after_the_answer() -> None:
    with host(plist_answer, echo) as it:
        assert it.tell("talk", "1", "62078", "hello") == "HELLO"
        (asked,) = it.asked
    assert isinstance(asked, MuxFrame)
    assert (asked.body["DeviceID"], swap_port(asked.body["PortNumber"])) == (1, 62078)


@pytest.mark.parametrize("answer_in", [0, 1], ids=["answered in version 0", "answered in version 1"])
def test_a_plist_that_is_refused_is_asked_again_in_version_0(answer_in: int) -> None:
    def answer(frame: Frame) -> bytes:
        if answer_in == 1 and isinstance(frame, MuxFrame):
            return result_frame(frame.tag, MuxResult.BAD_VERSION).encode()
        return binary_answer(frame)

    with host(answer) as it:
        (phone,) = it.tell("list")
        first, second = it.asked
    assert isinstance(first, MuxFrame)
    assert isinstance(second, BinaryFrame)
    assert second.message == BinaryListen()
    # The library writes the new kind of serial number with its hyphen, which USB does not have.
    assert (phone["device_id"], phone["product_id"], phone["udid"]) == (4, 0x12AB, NEW)


def test_phones_that_come_pair_and_go_are_heard_in_version_0() -> None:
    with host(binary_answer) as it:
        heard = it.tell("listen", "4")
    assert [(one["event"], one["device_id"], one["product_id"], one["udid"]) for one in heard] == [
        (ADDED, 3, 0x12A8, OLD),
        (PAIRED, 3, 0x12A8, OLD),
        (REMOVED, 3, 0x12A8, OLD),
        (ADDED, 4, 0x12AB, NEW),
    ]


def test_a_connection_is_asked_for_in_version_0() -> None:
    with host(binary_answer, echo) as it:
        assert it.tell("talk", "3", "62078", "hello") == "HELLO"
        asked = it.asked[-1]
    assert isinstance(asked, BinaryFrame)
    assert asked.message == BinaryConnect(3, swap_port(62078))
