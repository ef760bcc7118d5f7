"""heartbeat: Marco and Polo, which keep a connection to lockdown alive. Wall time, as it guards a cable."""

from __future__ import annotations

import asyncio

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed

INTERVAL_S = 10
"""Wall seconds between an answer and the next Marco; the phone tells it."""


async def serve(_phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    try:
        while True:
            connection.send({"Command": "Marco", "Interval": INTERVAL_S})
            await connection.drain()
            if await connection.receive() is None:
                return
            await asyncio.sleep(INTERVAL_S)
    except (StreamClosed, WireError):
        return
