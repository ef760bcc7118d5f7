"""Damaged frames are read or refused by name, within bounds of time and memory, by every codec."""

from __future__ import annotations

import struct
import uuid
from collections.abc import Callable
from ipaddress import IPv6Address
from plistlib import UID
from typing import Any, Protocol

import pytest

from harness.errors import WireError
from harness.wire import afc, afc_lists, http2, ostrace, tcp6
from harness.wire.afc_lists import parse_file_info
from harness.wire.bplist import BEYOND, Table
from harness.wire.cdtunnel import TunnelDecoder, TunnelRequest, TunnelResponse
from harness.wire.clockline import (
    ClockAnswer,
    ClockAnswerDecoder,
    ClockOp,
    ClockRefusal,
    ClockRequest,
    ClockRequestDecoder,
)
from harness.wire.dtx import DtxDecoder, Int32, dispatch, encode, reply_error, reply_object
from harness.wire.fragments import Assembly, FragmentDecoder
from harness.wire.http2_peer import Http2Peer, Role
from harness.wire.ip6 import PROTOCOL_TCP, Ip6Decoder, Ip6Packet, checksum
from harness.wire.lockdown import PlistDecoder, encode_plist
from harness.wire.lz4 import inflate
from harness.wire.nskeyed import NSUUID, NSDate, NSError, NSNull, NSObjectRecord, archive, unarchive
from harness.wire.primitives import Double, Int64, Keyed, Text, decode_aux, encode_aux
from harness.wire.remotexpc import ClientOrder, RemoteXpcPeer
from harness.wire.syslog import STREAM_START, SyslogDecoder, SyslogLine, parse_line
from harness.wire.tcp6 import TcpFlag, TcpSegment
from harness.wire.tcp6_responder import Tcp6Responder
from harness.wire.usbmux import MuxDecoder, MuxFrame
from harness.wire.usbmux_binary import (
    BinaryAttached,
    BinaryConnect,
    BinaryFrame,
    BinaryListen,
    EitherMuxDecoder,
)
from harness.wire.xpc import FileTransfer, UInt64, XpcDate, XpcDecoder, XpcFlag, XpcMessage
from harness.wire.xpc_objects import decode_object, encode_object
from tests.wire.archives import keyed
from tests.wire.fuzz import DAMAGES, Codec, damaged, run

PHONE, HOST = IPv6Address("fd00::1"), IPv6Address("fd00::2")
MOST = 1 << 20


class Decoder(Protocol):
    @property
    def error(self) -> WireError | None: ...
    def feed(self, data: bytes) -> list[Any]: ...
    def close(self) -> None: ...


def whole(make: Callable[[], Decoder]) -> Callable[[bytes], object]:
    """Reads a stream to its end, in two parts."""

    def read(data: bytes) -> object:
        decoder = make()
        frames = decoder.feed(data[: len(data) // 2])
        if decoder.error is None:
            frames += decoder.feed(data[len(data) // 2 :])
        decoder.close()
        return [str(frame) for frame in frames]

    return read


def read_afc(data: bytes) -> object:
    decoder = afc.AfcDecoder()
    packets = decoder.feed(data)
    messages = [afc.parse_message(packet) for packet in packets]
    decoder.close()
    return messages


def read_log(data: bytes) -> object:
    decoder = SyslogDecoder()
    lines = decoder.feed(data[: len(data) // 2]) + decoder.feed(data[len(data) // 2 :])
    return [parse_line(line) for line in lines]


def read_table(data: bytes) -> object:
    try:
        table = Table(data)
        count = len(table.offsets)
        return [(table.scalar(one), table.array(one), table.dictionary(one)) for one in range(count)]
    except BEYOND as error:
        raise WireError(f"beyond ({error})", data=data) from error


def read_fragments(data: bytes) -> object:
    decoder, assembly = FragmentDecoder(max_body_bytes=MOST), Assembly(max_announced_bytes=MOST)
    found = [assembly.add(fragment) for fragment in decoder.feed(data)]
    decoder.close()
    assembly.close(decoder.offset)
    return found


def read_http2_payloads(data: bytes) -> object:
    frame = http2.H2Frame(http2.FrameKind.DATA, sum(data[:1]), 1, data[1:])
    return http2.data_of(frame), http2.settings_of(frame), http2.number_of(frame)


def read_http2_connection(data: bytes) -> object:
    server = Http2Peer(Role.SERVER)
    server.open(1)
    server.send(1, b"x" * 100_000)
    heard = server.receive(http2.PREFACE + data)
    server.close()
    return heard


def read_remotexpc(data: bytes) -> object:
    server = RemoteXpcPeer(Role.SERVER)
    heard = server.receive(data)
    server.close()
    return heard, server.take_output()


def opened_by(order: ClientOrder) -> bytes:
    """All that a client says which opens a connection and asks something."""
    client, server = RemoteXpcPeer(Role.CLIENT, order), RemoteXpcPeer(Role.SERVER)
    said = b""
    while part := client.take_output():
        said += part
        server.receive(part)
        client.receive(server.take_output())
    client.send({"MessageType": "Handshake"}, wants_reply=True)
    return said + client.take_output()


def read_segment(payload: bytes) -> object:
    # With a checksum that holds, so that more than the checksum is tried.
    if len(payload) >= tcp6.HEADER_BYTES:
        payload = payload[:16] + b"\0\0" + payload[18:]
        filled = checksum(HOST, PHONE, PROTOCOL_TCP, payload).to_bytes(2, "big")
        payload = payload[:16] + filled + payload[18:]
    segment = tcp6.decode_segment(Ip6Packet(HOST, PHONE, PROTOCOL_TCP, payload))
    responder = Tcp6Responder(PHONE, 1280, lambda port: True)
    for flags in (TcpFlag.SYN, segment.flags):
        again = TcpSegment(
            *(7, 8, segment.sequence, segment.acknowledged, flags, segment.window, segment.data)
        )
        (packet,) = Ip6Decoder().feed(tcp6.encode_segment(again, HOST, PHONE))
        responder.receive(packet, 0.0)
    responder.tick(1.0)
    return str(segment), list(responder.packets(1.0))


def tcp_payload(segment: TcpSegment) -> bytes:
    return tcp6.encode_segment(segment, HOST, PHONE)[40:]


PLISTS = (
    encode_plist({"Request": "StartSession", "HostID": "x" * 36, "Data": bytes(20), "List": [1, 2.5, True]}),
    encode_plist({"Request": "GetValue", "Key": "ProductVersion", "At": 2**40}, binary=True),
)
PROCESSES = [{"name": f"p{pid}", "pid": pid, "startDate": NSDate(pid / 7)} for pid in range(5)]
ARCHIVES = (
    archive(PROCESSES),
    keyed("a", 7, top={"$0": UID(1)}),
    archive({"é": {1, 2}, "u": NSUUID(uuid.UUID(int=5)), "n": NSNull(), "e": NSError("d", 1, {"a": b"x"})}),
    archive(NSObjectRecord("DTTapMessage", {"plist": {"k": 0}, "run": ("a", 2), "raw": b"\x01"})),
)
CALL = dispatch(3, 1, "runningProcesses", Int32(1), "text", {"a": [None]})
MESSAGES = (
    encode(CALL) + encode(reply_error(CALL, NSError("DTXMessage", 1))),
    encode(reply_object(CALL, PROCESSES), max_fragment_bytes=300),
    encode(CALL, max_fragment_bytes=100),
)
RECORD = ostrace.OsTraceRecord(1_700_000_000_000_000, 9, "/usr/libexec/locationd", "CL: é", subsystem="a.b")
LINE = SyslogLine(1, 5, "07:59:59", "v-16", "SpringBoard", "FrontBoard", 57, "Notice", "… two\nlines \\M-")
BARE_LINE = SyslogLine(12, 31, "23:59:59", "v", "logd", "", 3, "Error", "x")
XPC_BODY: dict[str, Any] = {
    "i": -2,
    "u": UInt64(3),
    "d": 1.5,
    "s": "héllo",
    "b": b"\x01\x02\x03",
    "t": True,
    "n": None,
    "id": uuid.UUID(int=1),
    "l": [{}, []],
    "at": XpcDate(7),
    "ft": FileTransfer(4, {"s": UInt64(9)}),
}
SYN = TcpSegment(7, 8, 1, 0, TcpFlag.SYN, 500, mss_bytes=1220, window_scale=7)
DATA = TcpSegment(7, 8, 2, 1, TcpFlag.ACK | TcpFlag.PSH, 500, b"hello")
ASKED = ClockRequest(ClockOp.LET_PASS, "udid", 5.5)
LZ4_BLOCK = bytes.fromhex("790002aa55d40300010010010d0021366e07000f0400edc0") + b"the last run"
LZ4 = struct.pack("<I4sII", 300, b"bv41", 300, len(LZ4_BLOCK)) + LZ4_BLOCK + b"bv4$"

CODECS = {
    codec.name: codec
    for codec in (
        Codec("lockdown", PLISTS, whole(PlistDecoder)),
        Codec("usbmux", (MuxFrame(1, {"MessageType": "Listen"}).encode() * 2,), whole(MuxDecoder)),
        Codec(
            "usbmux_binary",
            (
                BinaryFrame(0, BinaryAttached(1, 2, "udid", 3)).encode(),
                BinaryFrame(1, BinaryListen()).encode() + BinaryFrame(2, BinaryConnect(1, 2)).encode(),
                MuxFrame(1, {"MessageType": "Listen"}).encode(),
            ),
            whole(EitherMuxDecoder),
        ),
        Codec("fragments", MESSAGES, read_fragments),
        Codec("dtx", MESSAGES, whole(DtxDecoder)),
        Codec(
            "primitives",
            (encode_aux((Int32(1), Int64(2), Double(0.5), Text("é"), None, ["a"], Keyed("k", Int32(1)))),),
            decode_aux,
        ),
        Codec("bplist", ARCHIVES, read_table),
        Codec("nskeyed", ARCHIVES, unarchive),
        Codec("lz4", (LZ4,), lambda data: inflate(data, most_bytes=MOST)),
        Codec("syslog", (STREAM_START + LINE.encode() + BARE_LINE.encode(),), read_log),
        Codec("xpc", (XpcMessage(XpcFlag.ALWAYS, 1, XPC_BODY).encode(),), whole(XpcDecoder)),
        Codec("xpc_objects", (encode_object(XPC_BODY),), decode_object),
        Codec("http2", (http2.H2Frame(0, 0, 1, b"abc").encode() * 3,), whole(http2.H2FrameDecoder)),
        Codec("http2_payloads", (b"\x08\x02abc\0\0", b"\0\0\x04\0\0\x40\0"), read_http2_payloads),
        Codec("http2_peer", (opened_by(ClientOrder.EAGER)[24:],), read_http2_connection),
        Codec("remotexpc", tuple(opened_by(order) for order in ClientOrder), read_remotexpc),
        Codec(
            "cdtunnel",
            (
                TunnelRequest(16000).encode(),
                TunnelResponse("fd00::2", "ffff::", 16000, "fd00::1", 5).encode(),
            ),
            whole(TunnelDecoder),
        ),
        Codec("ip6", (Ip6Packet(HOST, PHONE, 6, b"payload").encode() * 2,), whole(Ip6Decoder)),
        Codec("tcp6", (tcp_payload(SYN), tcp_payload(DATA)), read_segment),
        Codec(
            "ostrace",
            (
                RECORD.encode() + ostrace.OsTraceLoss(5, 12).encode(),
                ostrace.encode_reply({"Status": "RequestSuccessful"}) + ostrace.OsTraceArchive(b"x").encode(),
            ),
            whole(ostrace.OsTraceDecoder),
        ),
        Codec(
            "afc",
            (
                afc.FileWrite(3, b"data").packet(1).encode() + afc.RenamePath("a", "b").packet(2).encode(),
                afc.FileSeek(1, 2, -3).packet(9).encode(),
            ),
            read_afc,
        ),
        Codec(
            "afc_lists",
            (afc_lists.FileInfo("S_IFREG", 1, 2, 3, 4, 5, "é").encode(),),
            parse_file_info,
        ),
        Codec(
            "device_info", (afc_lists.DeviceInfo("iPhone10,3", 1, 2).encode(),), afc_lists.parse_device_info
        ),
        Codec(
            "clock_request",
            (ClockRequest(ClockOp.LET_PASS, "udid", 5.5).encode(),),
            whole(ClockRequestDecoder),
        ),
        Codec(
            "clock_answer",
            (ClockAnswer(1.5).encode() + ClockRefusal("no").encode(),),
            whole(ClockAnswerDecoder),
        ),
    )
}


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS.keys())
def test_valid_frames_are_read(codec: Codec) -> None:
    for sample in codec.samples:
        codec.read(sample)


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS.keys())
def test_damaged_frames_are_read_or_refused(codec: Codec, request: pytest.FixtureRequest) -> None:
    count = int(str(request.config.getoption("--fuzz-frames")))
    outcome = run(codec, count)
    assert outcome.read.total() + outcome.refused.total() == count


def test_a_case_is_the_same_whenever_it_is_made() -> None:
    codec = CODECS["dtx"]
    assert [damaged(codec, number) for number in range(50)] == [
        damaged(codec, number) for number in range(50)
    ]


def test_every_damage_is_done() -> None:
    assert {damaged(CODECS["xpc"], number)[0] for number in range(300)} == set(DAMAGES)


def _beyond(data: bytes) -> object:
    return data[1000]


def _hoarding(data: bytes) -> object:
    return [None] * 10**6


@pytest.mark.parametrize(("read", "message"), [(_beyond, "raised IndexError"), (_hoarding, "took .* bytes")])
def test_the_machine_finds_what_breaks_its_word(read: Callable[[bytes], object], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        run(Codec("broken", (b"abc",), read), 1)


def test_the_machine_finds_a_place_that_is_outside() -> None:
    def read(data: bytes) -> object:
        raise WireError("no", offset=10_000)

    with pytest.raises(AssertionError, match="at 10000"):
        run(Codec("broken", (b"abc",), read), 1)
