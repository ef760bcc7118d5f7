"""simulatelocation: the developer service that moves the phone without DTX.

A request is a big-endian number: 0 and then latitude and longitude as texts, each with its length
ahead, or 1 to go back. There is no answer, and the place stays when the connection ends. Source: the
clients that speak it, each of which opens a connection for one request.
"""

from __future__ import annotations

import logging
import struct

from harness.virtual.kernel.developer.location import NoSuchPlace, Place
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream, StreamClosed

log = logging.getLogger(__name__)

SET, CLEAR = 0, 1

MOST_TEXT_BYTES = 64
"""No number is longer as text; a client that announces more is cut off."""

_NUMBER = struct.Struct(">I")


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client until it goes or sends what is no request."""
    try:
        while await _serve_one(phone, stream):
            pass
    except StreamClosed:
        # Every client hangs up after its request.
        return
    except (ValueError, NoSuchPlace) as error:
        log.debug("simulatelocation connection over: %s", error)


async def _serve_one(phone: VirtualPhone, stream: Stream) -> bool:
    (request,) = _NUMBER.unpack(await stream.readexactly(_NUMBER.size))
    if request == SET:
        place = Place(await _coordinate(stream), await _coordinate(stream))
        phone.location.simulate(place)
    elif request == CLEAR:
        phone.location.stop()
    return request in (SET, CLEAR)


async def _coordinate(stream: Stream) -> float:
    (size_bytes,) = _NUMBER.unpack(await stream.readexactly(_NUMBER.size))
    if size_bytes > MOST_TEXT_BYTES:
        raise ValueError(f"a coordinate of {size_bytes} bytes")
    return float((await stream.readexactly(size_bytes)).decode("ascii"))
