"""The handshake that turns the CoreDeviceProxy connection into a tunnel of IPv6 packets.

A message is ``CDTunnel``, ``>u16`` size, JSON. The client asks once, the phone answers once; raw IPv6
packets follow, both ways. Source: virtual-iphone.md §2.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any, cast

from harness.errors import WireError
from harness.wire.framing import SizedDecoder

MAGIC = b"CDTunnel"
LEAST_MTU_BYTES = 1280
"""IPv6 needs links that carry this much. Source: RFC 8200 §5."""
MOST_MTU_BYTES = 65_535

_SIZE = struct.Struct(">H")
_HEADER_BYTES = len(MAGIC) + _SIZE.size

CLIENT_REQUEST = "clientHandshakeRequest"
SERVER_RESPONSE = "serverHandshakeResponse"


@dataclass(frozen=True)
class TunnelRequest:
    """What a host asks for.

    Attributes:
        mtu_bytes: the largest packet it wants.
    """

    mtu_bytes: int

    def encode(self) -> bytes:
        """The bytes of the message."""
        return _encode({"type": CLIENT_REQUEST, "mtu": self.mtu_bytes})

    def __str__(self) -> str:
        return f"cdtunnel request mtu {self.mtu_bytes}"


@dataclass(frozen=True)
class TunnelResponse:
    """What the phone grants.

    Attributes:
        client_address: IPv6 address of the host's end.
        netmask: of that address, IPv6 notation.
        mtu_bytes: the largest packet.
        server_address: IPv6 address of the phone's end.
        rsd_port: TCP port of RSD on it.
    """

    client_address: str
    netmask: str
    mtu_bytes: int
    server_address: str
    rsd_port: int

    def encode(self) -> bytes:
        """The bytes of the message."""
        client = {"address": self.client_address, "mtu": self.mtu_bytes, "netmask": self.netmask}
        return _encode(
            {
                "type": SERVER_RESPONSE,
                "clientParameters": client,
                "serverAddress": self.server_address,
                "serverRSDPort": self.rsd_port,
            }
        )

    def __str__(self) -> str:
        return (
            f"cdtunnel {self.client_address} to [{self.server_address}]:{self.rsd_port} mtu {self.mtu_bytes}"
        )


def _encode(body: dict[str, Any]) -> bytes:
    data = json.dumps(body, separators=(",", ":")).encode()
    return MAGIC + _SIZE.pack(len(data)) + data


class TunnelDecoder(SizedDecoder[TunnelRequest | TunnelResponse]):
    """Reads the one message of the other side; ``rest`` then hands over the packets after it."""

    frame_name = "a CDTunnel message"
    header_bytes = _HEADER_BYTES

    def _measure(self, header: bytes) -> int:
        if not header.startswith(MAGIC):
            raise WireError("no CDTunnel message", data=header)
        return _HEADER_BYTES + int(_SIZE.unpack_from(header, len(MAGIC))[0])

    def _parse(self, frame: bytes) -> TunnelRequest | TunnelResponse:
        body = _read_json(frame)
        if body.get("type") == CLIENT_REQUEST:
            return TunnelRequest(_mtu(body, frame))
        if body.get("type") != SERVER_RESPONSE:
            raise WireError(f"CDTunnel message of type {body.get('type')!r}", data=frame)
        return _response(body, frame)


def _read_json(frame: bytes) -> dict[str, Any]:
    try:
        body: object = json.loads(frame[_HEADER_BYTES:])
    except (ValueError, RecursionError) as error:
        raise WireError(
            f"CDTunnel message without JSON ({error})", offset=_HEADER_BYTES, data=frame
        ) from error
    if not isinstance(body, dict):
        raise WireError("CDTunnel message without a JSON object", offset=_HEADER_BYTES, data=frame)
    return cast("dict[str, Any]", body)


def _response(body: dict[str, Any], frame: bytes) -> TunnelResponse:
    client: object = body.get("clientParameters")
    if not isinstance(client, dict):
        raise WireError("CDTunnel response without clientParameters", data=frame)
    parameters = cast("dict[str, Any]", client)
    texts = (parameters.get("address"), parameters.get("netmask"), body.get("serverAddress"))
    port = body.get("serverRSDPort")
    if not all(isinstance(text, str) for text in texts) or not isinstance(port, int):
        raise WireError("CDTunnel response without its addresses and port", data=frame)
    address, netmask, server = (str(text) for text in texts)
    return TunnelResponse(address, netmask, _mtu(parameters, frame), server, port)


def _mtu(body: dict[str, Any], frame: bytes) -> int:
    mtu = body.get("mtu")
    if isinstance(mtu, bool) or not isinstance(mtu, int) or not LEAST_MTU_BYTES <= mtu <= MOST_MTU_BYTES:
        what = f"CDTunnel mtu {mtu!r}, expected {LEAST_MTU_BYTES} to {MOST_MTU_BYTES}"
        raise WireError(what, data=frame)
    return mtu
