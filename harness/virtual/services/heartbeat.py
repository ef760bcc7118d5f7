"""heartbeat: Marco and Polo, which keep a connection to lockdown alive. Wall time, as it guards a cable.

A client that never says Polo is not cut off: when a phone does that is not known.
"""

from __future__ import annotations

import asyncio

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed

INTERVAL_S = 10
"""Wall seconds between two Marcos; the phone tells it, and the figure is guessed."""


async def serve(_phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    beating = asyncio.get_running_loop().create_task(_beat(connection))
    try:
        while await connection.receive() is not None:
            # All a client has to say is Polo.
            pass
    except (StreamClosed, WireError):
        return
    finally:
        beating.cancel()


async def _beat(connection: PlistConnection) -> None:
    while True:
        connection.send({"Command": "Marco", "Interval": INTERVAL_S})
        await asyncio.sleep(INTERVAL_S)
