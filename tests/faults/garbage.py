"""What honest clients of the virtual phone say, and ways in which a broken one says it."""

from __future__ import annotations

import contextlib
import json
import random
import ssl
from collections.abc import Callable, Mapping
from typing import Any

from harness.virtual.transport.rsd import RSD_PORT
from harness.virtual.transport.tunnel import tunnel_addresses
from harness.wire import afc, dtx
from harness.wire.cdtunnel import TunnelRequest
from harness.wire.clockline import ClockOp, ClockRequest
from harness.wire.http2_peer import Role
from harness.wire.lockdown import encode_plist
from harness.wire.nskeyed import NSDate
from harness.wire.remotexpc import RemoteXpcPeer
from harness.wire.tcp6 import TcpFlag, TcpSegment, encode_segment
from harness.wire.usbmux import MuxFrame, encode, swap_port
from tests.virtual.rig import APP

Talk = Callable[[random.Random, str], list[bytes]]
"""The messages of one client, from a source of chance and the phone's UDID."""

JUNK: tuple[Any, ...] = (
    *(0, -1, True, 2**31, 2**40, 2**63 - 1, 1.5),
    *("", "x" * 5000, "\ud7ff", b"", b"\xff" * 40),
    *([], ["a", 1], {}, {"a": {"b": []}}),
)
"""Values of every kind that a property list has, where another kind is expected."""

PROCESS_CONTROL = "com.apple.instruments.server.services.processcontrol"
DEVICE_INFO = "com.apple.instruments.server.services.deviceinfo"
NOTIFICATIONS = "com.apple.instruments.server.services.mobilenotifications"
LAUNCH = "launchSuspendedProcessWithDevicePath:bundleIdentifier:environment:arguments:options:"


def mangle(messages: list[bytes], chance: random.Random) -> bytes:
    """The bytes of a client that is broken in one of a few ways, or goes in the middle of a message."""
    match chance.randrange(6):
        case 0:
            return chance.randbytes(chance.randrange(1, 400))
        case 1:
            chance.shuffle(messages)
        case 2:
            at = chance.randrange(len(messages))
            messages[at] = _with_other_bytes(messages[at], chance)
        case 3:
            at = chance.randrange(len(messages))
            messages[at] = _with_other_length(messages[at], chance)
        case 4:
            messages.insert(chance.randrange(len(messages) + 1), chance.randbytes(chance.randrange(1, 60)))
        case _:
            pass
    data = b"".join(messages)
    return data[: chance.randrange(len(data) + 1)] if chance.random() < 0.4 else data


def _with_other_bytes(message: bytes, chance: random.Random) -> bytes:
    changed = bytearray(message)
    for _ in range(chance.randrange(1, 5)):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _with_other_length(message: bytes, chance: random.Random) -> bytes:
    """Four bytes of the head, where lengths are, set to what a reader may not have thought of."""
    at = chance.randrange(min(len(message), 20))
    value = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\1\0\0\0"))
    return message[:at] + value + message[at + 4 :]


def plists(*bodies: Mapping[str, Any]) -> Talk:
    """A client of a service that talks in property lists; some of its fields are of the wrong kind."""

    def talk(chance: random.Random, _udid: str) -> list[bytes]:
        return [encode_plist(_spoiled(dict(body), chance)) for body in bodies]

    return talk


def _spoiled(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    if body and chance.random() < 0.6:
        key = chance.choice(list(body))
        if isinstance(body[key], dict) and chance.random() < 0.7:
            return body | {key: _spoiled(body[key], chance)}
        return body | {key: chance.choice(JUNK)}
    return body


def mux(chance: random.Random, udid: str) -> list[bytes]:
    """A client of usbmuxd."""
    bodies: tuple[dict[str, Any], ...] = (
        {"MessageType": "ReadBUID"},
        {"MessageType": "ListDevices"},
        {"MessageType": "ReadPairRecord", "PairRecordID": udid},
        {"MessageType": "SavePairRecord", "PairRecordID": "other", "PairRecordData": b"x"},
        {"MessageType": "DeletePairRecord", "PairRecordID": "other"},
        {"MessageType": "Listen"},
        {"MessageType": "Connect", "DeviceID": 1, "PortNumber": swap_port(62078)},
    )
    frames = [encode(MuxFrame(tag, _spoiled(body, chance))) for tag, body in enumerate(bodies)]
    return [*frames, encode_plist({"Request": "QueryType"})]


def lockdown(chance: random.Random, udid: str) -> list[bytes]:
    """A client of lockdown, reached through usbmuxd."""
    record = {"HostID": "H", "HostCertificate": b"c", "RootCertificate": b"c", "DeviceCertificate": b"c"}
    connect = {"MessageType": "Connect", "DeviceID": 1, "PortNumber": swap_port(62078)}
    requests = plists(
        {"Request": "QueryType"},
        {"Request": "GetValue", "Key": "ProductVersion"},
        {"Request": "GetValue", "Domain": "com.apple.international", "Key": "Language"},
        {"Request": "Pair", "PairRecord": record},
        {"Request": "ValidatePair", "PairRecord": record},
        {"Request": "Unpair", "PairRecord": record},
        {"Request": "StartSession", "HostID": "H"},
        {"Request": "StartService", "Service": "com.apple.afc"},
        {"Request": "StopSession", "SessionID": "S"},
    )
    return [encode(MuxFrame(1, connect)), mangle(requests(chance, udid), chance)]


def clock(chance: random.Random, udid: str) -> list[bytes]:
    """A client of the clock."""
    junk = {"op": "let_pass", "phone": udid, "until": chance.choice((None, "1", True, [], -(2**60)))}
    return [
        ClockRequest(ClockOp.NOW, udid).encode(),
        ClockRequest(ClockOp.LET_PASS, udid, 1_800_000_001.0).encode(),
        ClockRequest(ClockOp.NOW, "nobody").encode(),
        json.dumps(junk).encode() + b"\n",
    ]


def afc_client(chance: random.Random, _udid: str) -> list[bytes]:
    """A client of AFC, with numbers as large as their fields."""
    number = chance.choice((0, 1, 2, 2**31, 2**63 - 1, 2**63, 2**64 - 1))
    path = chance.choice(("/", "/a", "/../../etc", "x" * 3000, "/loop", "/DCIM"))
    messages: list[afc.AfcMessage] = [
        afc.GetDeviceInfo(),
        afc.MakeLink(2, "loop", "/loop"),
        afc.ReadDir(path),
        afc.GetFileInfo(path),
        afc.MakeDir(path),
        afc.FileOpen(chance.choice((2, 3, number)), "/file"),
        afc.FileWrite(1, b"data"),
        afc.FileSeek(1, chance.choice((0, 2, number)), chance.choice((0, -1, 2**63 - 1))),
        afc.FileTell(1),
        afc.FileRead(1, number),
        afc.FileLock(1, number),
        afc.FileSetSize(1, chance.choice((0, 2**63, 2**64 - 1))),
        afc.Truncate(chance.choice((0, 2**63, 2**64 - 1)), "/file"),
        afc.SetFileTime(number, "/file"),
        afc.RenamePath("/file", path),
        afc.FileClose(number),
        afc.RemovePathAndContents(path),
    ]
    return [message.packet(at).encode() for at, message in enumerate(messages)]


def house_arrest(chance: random.Random, udid: str) -> list[bytes]:
    """A client of house_arrest, and of AFC after it."""
    vend = plists({"Command": "VendContainer", "Identifier": APP.bundle_id})
    return [*vend(chance, udid), *afc_client(chance, udid)]


def instruments(chance: random.Random, _udid: str) -> list[bytes]:
    """A client of the instruments server; arguments of any kind and number."""
    junk: tuple[Any, ...] = (*JUNK, None, NSDate(0.0), {1: 2}, {"a"})

    def some(*honest: Any) -> tuple[Any, ...]:
        if chance.random() < 0.5:
            return honest
        return tuple(chance.choice((one, chance.choice(junk))) for one in honest)

    channel = chance.choice((2, 2, -2, 2**31 - 1, 2**31, 2**40, 2.5, True))
    calls: list[tuple[int, str, tuple[Any, ...]]] = [
        (0, "_notifyOfPublishedCapabilities:", some({"a": 1})),
        (0, "_requestChannelWithCode:identifier:", (1, PROCESS_CONTROL)),
        (0, "_requestChannelWithCode:identifier:", (channel, NOTIFICATIONS)),
        (0, "_requestChannelWithCode:identifier:", some(3, DEVICE_INFO)),
        (2, "setApplicationStateNotificationsEnabled:", some(True)),
        (1, LAUNCH, some("", APP.bundle_id, {}, [], {"StartSuspendedKey": False})),
        (1, "startObservingPid:", some(1)),
        (1, "sendSignal:toPid:", some(9, 4711)),
        (1, "killPid:", some(4711)),
        (3, "runningProcesses", some()),
        (3, "execnameForPid:", some(1)),
        (3, "directoryListingForPath:", some("/")),
        (0, "_channelCanceled:", some(3)),
        (chance.choice((0, 9)), "noSuch:selector:", some(1, 2)),
    ]
    return [
        dtx.encode(dtx.dispatch(at + 1, code, name, *args)) for at, (code, name, args) in enumerate(calls)
    ]


def debugserver(chance: random.Random, _udid: str) -> list[bytes]:
    """A debugger."""
    bodies = (
        "QStartNoAckMode",
        f"vAttach;{chance.choice((1, 2, 0xFFFF)):x}",
        "vAttach;-1",
        "?",
        "c",
        "D",
        "k",
    )
    return [b"+$%s#%02x" % (body.encode(), sum(body.encode()) & 0xFF) for body in bodies] + [b"\x03"]


def rsd(chance: random.Random, _udid: str) -> list[bytes]:
    """A client of RSD."""
    peer = RemoteXpcPeer(Role.CLIENT)
    messages = [peer.take_output()]
    peer.send({"Request": chance.choice(("Hello", "")), "Data": chance.randbytes(9)}, wants_reply=True)
    return [*messages, peer.take_output()]


def tunnel(chance: random.Random, udid: str) -> list[bytes]:
    """A host that asks for a tunnel, opens RSD in it, and fills in segments as it likes."""
    addresses, port, own = tunnel_addresses(udid), chance.choice((RSD_PORT, 1)), 50_000
    speech = b"".join(rsd(chance, udid))
    odd = chance.choice((0, 1, 0xFFFF))

    def packet(flags: TcpFlag, sequence: int, data: bytes = b"", **options: int) -> bytes:
        acknowledged = chance.choice((64_001, 64_001, 64_001, 0, 2**31))
        segment = TcpSegment(own, port, sequence, acknowledged, flags, odd, data, **options)
        return encode_segment(segment, addresses.host, addresses.phone)

    return [
        TunnelRequest(chance.choice((1280, 1500, 65_535))).encode(),
        packet(TcpFlag.SYN, 7, mss_bytes=odd, window_scale=chance.choice((0, 14, 255))),
        packet(TcpFlag.ACK, 8),
        packet(TcpFlag.ACK, chance.choice((8, 9, 2**32 - 1)), speech),
        packet(TcpFlag.ACK | TcpFlag.FIN, 8 + len(speech)),
        packet(chance.choice((TcpFlag.RST, TcpFlag.SYN, TcpFlag(0x3F))), 8),
    ]


def tls(chance: random.Random, _udid: str) -> list[bytes]:
    """The first flight of a TLS client, and something that is no second one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return [outgoing.read(), b"\x16\x03\x03" + chance.randbytes(40)]
