"""TCP segments over IPv6. Source: RFC 9293 §3.1 (header), §3.2 (options), RFC 7323 §2 (window scale)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntFlag
from ipaddress import IPv6Address

from harness.errors import WireError
from harness.wire.ip6 import PROTOCOL_TCP, Ip6Packet, checksum

HEADER_BYTES = 20
SEQUENCES = 2**32
"""Sequence numbers count modulo this."""

MOST_WINDOW_SCALE = 14
"""Source: RFC 7323 §2.3."""

_HEADER = struct.Struct(">HHIIBBHHH")
_CHECKSUM_AT = 16
_END, _NOTHING, _MSS, _SCALE = 0, 1, 2, 3
_WORD_BYTES = 4


class TcpFlag(IntFlag):
    """What a segment says."""

    FIN = 0x01
    SYN = 0x02
    RST = 0x04
    PSH = 0x08
    ACK = 0x10


@dataclass(frozen=True)
class TcpSegment:
    """One segment.

    Attributes:
        source_port: of the sender.
        target_port: of the receiver.
        sequence: of the first byte, or of SYN.
        acknowledged: the next sequence number expected; holds with ``ACK`` only.
        flags: what it says.
        window: how much more may be sent, not scaled.
        data: bytes of the stream.
        mss_bytes: option of SYN: the largest data the sender takes in one segment.
        window_scale: option of SYN: later windows of the sender count in units of 2 to this power.
    """

    source_port: int
    target_port: int
    sequence: int
    acknowledged: int
    flags: TcpFlag
    window: int
    data: bytes = b""
    mss_bytes: int | None = None
    window_scale: int | None = None

    def __str__(self) -> str:
        names = "+".join(flag.name or "" for flag in TcpFlag if flag in self.flags)
        ports = f"{self.source_port} to {self.target_port}"
        return f"tcp {ports} {names} seq {self.sequence} ack {self.acknowledged} {len(self.data)} bytes"


def encode_segment(segment: TcpSegment, source: IPv6Address, target: IPv6Address) -> bytes:
    """The IPv6 packet that carries a segment, checksum filled in."""
    options = _options(segment)
    head = _HEADER.pack(
        segment.source_port,
        segment.target_port,
        segment.sequence % SEQUENCES,
        segment.acknowledged % SEQUENCES,
        (HEADER_BYTES + len(options)) // _WORD_BYTES << 4,
        segment.flags,
        segment.window,
        0,
        0,
    )
    payload = bytearray(head + options + segment.data)
    total = checksum(source, target, PROTOCOL_TCP, bytes(payload))
    payload[_CHECKSUM_AT : _CHECKSUM_AT + 2] = total.to_bytes(2, "big")
    return Ip6Packet(source, target, PROTOCOL_TCP, bytes(payload)).encode()


def _options(segment: TcpSegment) -> bytes:
    options = b""
    if segment.mss_bytes is not None:
        options += struct.pack(">BBH", _MSS, 4, segment.mss_bytes)
    if segment.window_scale is not None:
        options += bytes((_SCALE, 3, segment.window_scale, _NOTHING))
    return options


def decode_segment(packet: Ip6Packet) -> TcpSegment:
    """The segment in a packet.

    Raises:
        WireError: the packet carries none, or it was changed on the way.
    """
    payload = packet.payload
    if packet.protocol != PROTOCOL_TCP or len(payload) < HEADER_BYTES:
        raise WireError(f"{packet}, expected TCP of at least {HEADER_BYTES}", data=payload)
    if checksum(packet.source, packet.target, PROTOCOL_TCP, payload):
        raise WireError("a TCP segment with a wrong checksum", offset=_CHECKSUM_AT, data=payload)
    source, target, sequence, acknowledged, words, flags, window, _, _ = _HEADER.unpack_from(payload)
    data_at = (words >> 4) * _WORD_BYTES
    if not HEADER_BYTES <= data_at <= len(payload):
        raise WireError(f"a TCP header of {data_at} bytes", offset=12, data=payload)
    options = _read_options(payload[HEADER_BYTES:data_at])
    return TcpSegment(
        source,
        target,
        sequence,
        acknowledged,
        TcpFlag(flags & 0x1F),
        window,
        payload[data_at:],
        mss_bytes=_option(options, _MSS, 2),
        window_scale=_option(options, _SCALE, 1),
    )


def _read_options(raw: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at < len(raw) and raw[at] != _END:
        if raw[at] == _NOTHING:
            at += 1
            continue
        size_bytes = raw[at + 1] if at + 1 < len(raw) else 0
        if size_bytes < 2 or at + size_bytes > len(raw):
            raise WireError("a TCP option that does not end", offset=HEADER_BYTES + at, data=raw)
        found[raw[at]] = raw[at + 2 : at + size_bytes]
        at += size_bytes
    return found


def _option(options: dict[int, bytes], kind: int, size_bytes: int) -> int | None:
    value = options.get(kind)
    return int.from_bytes(value, "big") if value is not None and len(value) == size_bytes else None
