"""What honest clients say over RemoteXPC, to RSD, to lockdownd, and into a tunnel."""

from __future__ import annotations

import uuid
from typing import Any

from harness.virtual.services.coredevice import appservice, deviceinfo, features
from harness.virtual.transport.rsd import RSD_PORT
from harness.virtual.transport.tunnel import TunnelAddresses
from harness.wire.cdtunnel import TunnelRequest
from harness.wire.http2 import FrameKind, H2Frame
from harness.wire.http2_peer import Role
from harness.wire.remotexpc import ROOT_STREAM, ClientOrder, RemoteXpcPeer
from harness.wire.tcp6 import TcpFlag, TcpSegment, encode_segment
from harness.wire.xpc import UInt64, XpcFlag, XpcMessage
from tests.faults.damage import Frame, Talk
from tests.faults.talks import PROFILE, each, plist, raw
from tests.virtual.rig import APP


def _opening() -> bytes:
    """All that a client says which opens RemoteXPC."""
    client, server = RemoteXpcPeer(Role.CLIENT, ClientOrder.EAGER), RemoteXpcPeer(Role.SERVER)
    said = b""
    while part := client.take_output():
        said += part
        server.receive(part)
        client.receive(server.take_output())
    return said


OPENING = _opening()


def _data(value: tuple[int, int, Any]) -> bytes:
    stream, message_id, body = value
    flags = XpcFlag.ALWAYS | XpcFlag.HAS_BODY | XpcFlag.WANTS_REPLY
    return H2Frame(FrameKind.DATA, 0, stream, XpcMessage(flags, message_id, body).encode()).encode()


def message(body: dict[str, Any]) -> Frame:
    """A message in a frame of HTTP/2."""
    return Frame((ROOT_STREAM, 1, body), _data)


def xpc(*bodies: dict[str, Any], told: bytes) -> Talk:
    """A client of RemoteXPC."""
    return Talk((raw(OPENING),), tuple(map(message, bodies)), told)


def feature(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """A client's invocation of a feature."""
    return {
        "CoreDevice.CoreDeviceDDIProtocolVersion": 0,
        "CoreDevice.action": {},
        "CoreDevice.coreDeviceVersion": {"components": [UInt64(348)], "stringValue": "348.1"},
        "CoreDevice.deviceIdentifier": "7AF39F8A-0000-0000-0000-000000000000",
        "CoreDevice.featureIdentifier": name,
        "CoreDevice.input": given,
        "CoreDevice.invocationIdentifier": "7AF39F8A-0000-0000-0000-000000000001",
    }


GIVEN: dict[str, Any] = {
    "applicationSpecifier": {"bundleIdentifier": {"_0": APP.bundle_id}},
    "options": {
        "arguments": ["-x"],
        "environmentVariables": {"A": "b"},
        "standardIOUsesPseudoterminals": True,
        "startStopped": False,
        "terminateExisting": True,
        "platformSpecificOptions": PROFILE,
        "user": {"active": True},
    },
    "includeRemovableApps": True,
    "includeDefaultApps": True,
    "actualInput": {"includeRemovableApps": True},
    "streamProxy": {"sideChannel": uuid.UUID(int=3)},
    "process": {"processIdentifier": 1},
    "processToken": {"processIdentifier": 1},
    "signal": 19,
    "bundleIdentifier": "com.example.none",
}
"""What every feature may take, together."""

APP_SERVICE = xpc(
    *(feature(name, GIVEN) for name in appservice.MESSAGES),
    *(feature(features.SEND_SIGNAL, GIVEN | {"process": {"processIdentifier": pid}}) for pid in (5, 9)),
    told=b"CoreDevice.output",
)
DEVICE_INFO = xpc(*(feature(name, {}) for name in deviceinfo.MESSAGES), told=b"CoreDevice.output")
NOTIFICATIONS = xpc(
    {"Command": "ObserveNotification", "Name": "a"},
    {"Command": "PostNotification", "Name": "a"},
    {"Command": "ObserveNotification", "Name": "b"},
    told=b"RelayNotification",
)
TIMED = xpc({"MessageType": "Timesync", "TimesyncPayload": bytes(48)}, told=b"TimesyncPayload")
RSD = xpc({"MessageType": "Handshake", "Data": b"abc"}, {"Request": "Hello"}, told=b"Services")

CHECK_IN = plist({"Label": "a", "ProtocolVersion": "2", "Request": "RSDCheckin"})


def lockdown(record: dict[str, Any]) -> Talk:
    """A client of lockdownd, with a pair record of its own."""
    own = {name: value for name, value in record.items() if "Certificate" in name}
    pair_record = {**own, "HostID": record["HostID"], "SystemBUID": record["SystemBUID"]}
    other = pair_record | {"HostID": "another"}
    requests = (
        {"Request": "QueryType"},
        {"Request": "GetValue"},
        {"Request": "GetValue", "Key": "ProductVersion"},
        {"Request": "GetValue", "Domain": "com.apple.international", "Key": "Language"},
        {"Request": "SetValue", "Key": "DeviceName", "Value": "fuzzed"},
        {"Request": "SetValue", "Domain": "com.apple.Accessibility", "Key": "InvertDisplayEnabledByiTunes"},
        {"Request": "SetValue", "Domain": "com.apple.international", "Key": "Language", "Value": "de"},
        {"Request": "SetValue", "Key": "TimeZone", "Value": "Europe/Berlin"},
        {"Request": "RemoveValue", "Domain": "com.apple.international", "Key": "Language"},
        {"Request": "Pair", "PairRecord": other, "PairingOptions": {"ExtendedPairingErrors": True}},
        {"Request": "ValidatePair", "PairRecord": pair_record},
        {"Request": "Unpair", "PairRecord": other},
        {"Request": "StartSession", "HostID": "another", "SystemBUID": record["SystemBUID"]},
        {"Request": "StartSession", "HostID": record["HostID"], "SystemBUID": record["SystemBUID"]},
        {"Request": "StopSession", "SessionID": "S"},
        {"Request": "StartService", "Service": "com.apple.afc", "EscrowBag": b"x"},
        {"Request": "EnterRecovery"},
        *each("Request", {"Goodbye": 0, "Other": 0}),
    )
    return Talk((), tuple(map(plist, requests)), b"QueryType")


def tunnel(addresses: TunnelAddresses) -> Talk:
    """A host that asks for a tunnel, and opens RSD and something that is not there in it."""

    def encode(value: tuple[Any, ...]) -> bytes:
        port, sequence, acknowledged, flags, window, data, mss_bytes, scale = value
        segment = TcpSegment(
            *(50_000, port, sequence, acknowledged, TcpFlag(flags), window, data),
            mss_bytes=mss_bytes,
            window_scale=scale,
        )
        return encode_segment(segment, addresses.host, addresses.phone)

    def packet(
        flags: TcpFlag, sequence: int, acknowledged: int, data: bytes = b"", port: int = RSD_PORT
    ) -> Frame:
        options = (1220, 7) if TcpFlag.SYN in flags else (None, None)
        return Frame((port, sequence, acknowledged, int(flags), 65_000, data, *options), encode)

    ack, own = TcpFlag.ACK, 64_001
    return Talk(
        (
            Frame((1280,), lambda value: TunnelRequest(*value).encode()),
            packet(TcpFlag.SYN, 7, 0),
            packet(ack, 8, own),
        ),
        (
            packet(ack | TcpFlag.PSH, 8, own, OPENING),
            packet(ack | TcpFlag.PSH, 8 + len(OPENING), own, _data((ROOT_STREAM, 1, {"a": 1}))),
            packet(ack, 8 + len(OPENING), own + 40),
            packet(ack, 8, own + 2**31),
            packet(TcpFlag.SYN, 9, 0, port=1),
            packet(ack | TcpFlag.FIN, 8 + len(OPENING), own),
            packet(TcpFlag.RST, 8, own),
        ),
        b"CDTunnel",
    )
