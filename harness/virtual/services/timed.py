"""timed over RemoteXPC: what the phone's clock says, as SNTP packets in messages.

Source: RFC 4330 (packets), pymobiledevice3's published source (TimeSyncService: names and how a phone fills
the header). The phone counts phone time, so a phone that runs ahead of this host is ahead here too.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.xpc_connection import XpcConnection
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.xpc import XpcDict

PAYLOAD = "TimesyncPayload"
PACKET_BYTES = 48

NTP_EPOCH_S = 2_208_988_800
"""Seconds from 1900, where NTP counts from, to 1970."""

# Version 4, an answer of a server; stratum 1; poll and precision 0; no delay; half a second of dispersion.
_HEADER = struct.pack(">BBBBII4s", 4 << 3 | 4, 1, 0, 0, 0, 0x8000, b"LCOL")
_TRANSMIT_AT = 40
_NO_TIME = bytes(8)


def _timesync(phone: VirtualPhone, body: XpcDict) -> XpcDict | None:
    packet = body.get(PAYLOAD)
    if not isinstance(packet, bytes) or len(packet) != PACKET_BYTES:
        return None
    now = _timestamp(phone.clock.now_s)
    return {PAYLOAD: _HEADER + _NO_TIME + packet[_TRANSMIT_AT:] + now + now}


def _timestamp(at_s: float) -> bytes:
    whole_s = int(at_s)
    return struct.pack(">II", (whole_s + NTP_EPOCH_S) % 2**32, int((at_s - whole_s) * 2**32))


MESSAGES: Mapping[str, Callable[[VirtualPhone, XpcDict], XpcDict | None]] = {"Timesync": _timesync}
"""Type of a message -> its answer; without one the connection ends, which is guessed."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = XpcConnection(stream)
    try:
        while (request := await connection.receive()) is not None:
            body = request.message.body or {}
            handler = MESSAGES.get(str(body.get("MessageType", "")))
            answer = handler(phone, body) if handler is not None else None
            if answer is None:
                return
            connection.reply(request, answer)
            await connection.drain()
    except (StreamClosed, WireError):
        return
