"""What travels inside a connection to a phone, read and written by libimobiledevice and libplist."""

from __future__ import annotations

import plistlib
import socket
import uuid
from datetime import datetime
from typing import Any, TypeVar

import pytest

from harness.wire import bplist
from harness.wire.afc import Data, ReadDir, parse_message
from harness.wire.afc_lists import pack_strings
from harness.wire.afc_packet import AfcDecoder
from harness.wire.framing import SizedDecoder
from harness.wire.lockdown import PlistDecoder, encode_plist
from harness.wire.nskeyed import NSUUID, NSDate, NSNull, archive
from harness.wire.syslog import STREAM_START, SyslogDecoder, SyslogLine, parse_line
from harness.wire.usbmux import MuxFrame, MuxResult, result_frame
from tests.wire.clib_child import parsed
from tests.wire.clib_host import Frame, host, tell

pytestmark = pytest.mark.judge("libimobiledevice")

T = TypeVar("T")

UDID = "a" * 40
PHONE = {"ConnectionType": "USB", "DeviceID": 1, "LocationID": 1, "ProductID": 0x12A8, "SerialNumber": UDID}
BODIES: tuple[dict[str, Any], ...] = (
    {"Request": "GetValue", "Key": "DeviceName", "Label": "é…🙂 <&>"},
    {"Yes": True, "No": False, "Least": -(2**63), "Most": 2**63 - 1, "Half": 0.5, "Raw": bytes(range(256))},
    {"At": datetime(2026, 11, 22, 8, 21, 14), "Empty": {}, "None": [], "Deep": [{"a": [1, "b", b"c"]}]},
)


def answer(frame: Frame) -> bytes:
    assert isinstance(frame, MuxFrame)
    if frame.message_type == "ListDevices":
        attached = {"MessageType": "Attached", "DeviceID": 1, "Properties": PHONE}
        return MuxFrame(frame.tag, {"DeviceList": [attached]}).encode()
    return result_frame(frame.tag, MuxResult.OK).encode()


def heard(connection: socket.socket, decoder: SizedDecoder[T], count: int) -> list[T]:
    """The next frames of a connection."""
    frames: list[T] = []
    while len(frames) < count and (data := connection.recv(65_536)):
        frames += decoder.feed(data)
    return frames


@pytest.mark.parametrize("binary", [False, True], ids=["xml", "binary"])
def test_frames_of_a_plist_service_are_read_and_what_it_writes_is_read(binary: bool) -> None:
    back: list[dict[str, Any]] = []

    def port(connection: socket.socket) -> None:
        for body in BODIES:
            connection.sendall(encode_plist(body, binary=binary))
            back.extend(heard(connection, PlistDecoder(), 2))

    with host(answer, port) as it:
        told = it.tell("plists", UDID, "62078", str(len(BODIES)))
    assert [parsed(text) for text in told] == list(BODIES)
    assert back == [body for body in BODIES for _ in ("as XML", "in binary")]


def test_packets_of_afc_are_read_and_what_it_asks_is_read() -> None:
    asked: list[object] = []

    def port(connection: socket.socket) -> None:
        (packet,) = heard(connection, AfcDecoder(), 1)
        asked.append(parse_message(packet))
        connection.sendall(Data(pack_strings([".", "..", "é.jpg"])).packet(packet.number).encode())

    with host(answer, port) as it:
        assert it.tell("directory", UDID, "1000") == [".", "..", "é.jpg"]
    assert asked == [ReadDir("/DCIM")]


def test_lines_of_the_classic_log_are_handed_on_escaped_and_without_their_nuls() -> None:
    lines = [
        SyslogLine(1, 5, "07:59:59", "v-16", "SpringBoard", "FrontBoard", 57, "Notice", "… and\ntwo lines"),
        SyslogLine(12, 31, "23:59:59", "v-16", "logd", "", 3, "Error", "back\\slash"),
    ]
    stream = STREAM_START + b"".join(line.encode() for line in lines)

    def port(connection: socket.socket) -> None:
        connection.sendall(stream)
        connection.recv(1)

    wanted = stream.replace(b"\0", b"")
    with host(answer, port) as it:
        told = it.tell("log", UDID, "1001", str(len(wanted))).encode("latin-1")
    assert told == wanted
    assert rb"\M-b\M^@\M-& and" in told
    first, second = SyslogDecoder().feed(stream)
    assert [parse_line(first), parse_line(second)] == lines
    assert first + b"\n" + second + b"\n" == told


def test_libplist_reads_the_objects_of_a_binary_property_list() -> None:
    values = [True, 0, 255, 2**15, 2**31, 2**63 - 1, -1, 0.5, "plain", "é…", "x" * 20, b"raw", bytes(300)]
    table: list[bytes | bplist.Container] = [
        bplist.encode_bool(True),
        *(bplist.encode_int(value) for value in values[1:7] if isinstance(value, int)),
        bplist.encode_float(0.5),
        *(bplist.encode_text(value) for value in values if isinstance(value, str)),
        *(bplist.encode_data(value) for value in values if isinstance(value, bytes)),
    ]
    table.append(bplist.array(tuple(range(len(values)))))
    assert parsed(tell("binary-plist", given=bplist.write(table, len(values)))) == values


def test_libplist_reads_a_keyed_archive_and_its_references() -> None:
    of = uuid.UUID(int=5)
    told = tell("binary-plist", given=archive({"at": NSDate(0.5), "id": NSUUID(of), "list": [NSNull(), 7]}))
    body: Any = parsed(told)
    assert (body["$archiver"], body["$version"]) == ("NSKeyedArchiver", 100000)
    objects = body["$objects"]

    def follow(reference: dict[str, int]) -> Any:
        return objects[reference["CF$UID"]]

    root = follow(body["$top"]["root"])
    assert follow(root["$class"])["$classname"] == "NSDictionary"
    keys, values = ([follow(one) for one in root[run]] for run in ("NS.keys", "NS.objects"))
    found = dict(zip(keys, values, strict=True))
    assert found["at"]["NS.time"] == 0.5
    assert found["id"]["NS.uuidbytes"] == of.bytes
    null, seven = (follow(one) for one in found["list"]["NS.objects"])
    assert follow(null["$class"])["$classname"] == "NSNull"
    assert seven == 7


def test_what_libplist_tells_is_what_the_standard_library_reads() -> None:
    data = plistlib.dumps(list(BODIES[:1]), fmt=plistlib.FMT_BINARY)
    assert parsed(tell("binary-plist", given=data)) == plistlib.loads(data)
