"""IPv6 packets, as a tunnel carries them: one after another on an ordered stream.

Only the fixed header is used; the payload size in it tells where the next packet begins.
Source: RFC 8200 §3 (header), §8.1 (checksum of the protocols above).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv6Address

from harness.errors import WireError
from harness.wire.framing import SizedDecoder

HEADER_BYTES = 40
PROTOCOL_TCP = 6

_VERSION = 6
_HOP_LIMIT = 64
_HEADER = struct.Struct(">IHBB16s16s")
_PSEUDO_HEADER = struct.Struct(">16s16sI3xB")
_ALL_ONES = 0xFFFF


@dataclass(frozen=True)
class Ip6Packet:
    """One packet.

    Attributes:
        source: who sent it.
        target: who is to have it.
        protocol: what the payload is; 6 is TCP.
        payload: at most 65535 bytes.
    """

    source: IPv6Address
    target: IPv6Address
    protocol: int
    payload: bytes

    def encode(self) -> bytes:
        """The bytes of the packet."""
        head = _HEADER.pack(
            _VERSION << 28,
            len(self.payload),
            self.protocol,
            _HOP_LIMIT,
            self.source.packed,
            self.target.packed,
        )
        return head + self.payload

    def __str__(self) -> str:
        return f"ip6 {self.source} to {self.target} protocol {self.protocol} {len(self.payload)} bytes"


class Ip6Decoder(SizedDecoder[Ip6Packet]):
    """Cuts a tunnel's stream into packets."""

    frame_name = "an IPv6 packet"
    header_bytes = HEADER_BYTES

    def _measure(self, header: bytes) -> int:
        if header[0] >> 4 != _VERSION:
            raise WireError(f"IP version {header[0] >> 4}, expected {_VERSION}", data=header)
        return HEADER_BYTES + int.from_bytes(header[4:6], "big")

    def _parse(self, frame: bytes) -> Ip6Packet:
        _, _, protocol, _, source, target = _HEADER.unpack_from(frame)
        return Ip6Packet(IPv6Address(source), IPv6Address(target), protocol, frame[HEADER_BYTES:])


def checksum(source: IPv6Address, target: IPv6Address, protocol: int, payload: bytes) -> int:
    """The checksum over addresses, protocol and payload.

    With the checksum field of the payload at zero it is what belongs there; with the field filled in,
    it is 0 when nothing was changed on the way.
    """
    pseudo = _PSEUDO_HEADER.pack(source.packed, target.packed, len(payload), protocol)
    # The sum of 16-bit words with end-around carry is the number they form, modulo 0xffff.
    return -int.from_bytes(pseudo + payload + b"\0" * (len(payload) % 2), "big") % _ALL_ONES
