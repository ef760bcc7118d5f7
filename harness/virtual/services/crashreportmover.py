"""crashreportmover: says ``ping`` when every report is where clients read them, and is done.

Source: what three independent clients wait for. That the phone then ends the connection is guessed.
"""

from __future__ import annotations

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import Stream, StreamClosed

PING = b"ping\x00"


async def serve(_phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    try:
        # The kernel writes reports to where they are read, so there is nothing to move.
        stream.write(PING)
        await stream.drain()
    except StreamClosed:
        return
