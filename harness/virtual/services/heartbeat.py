"""heartbeat: Marco and Polo, which keep a connection to lockdown alive. Wall time, as it guards a cable.

Source: the first message as public clients recorded it (interval 10, sleepy time supported); that a phone
says ``SleepyTime`` before it sleeps is in idevice's client, and that one which hears no Polo ends the
connection in every client's advice. Guessed: that it waits for one more interval.
"""

from __future__ import annotations

import asyncio
import contextlib

from harness.errors import WireError
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed

INTERVAL_S = 10
"""Wall seconds between two Marcos, as the phone tells."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    heart = Heart(phone, stream)
    beating = asyncio.get_running_loop().create_task(heart.beat())
    subscription = phone.conditions.observe(heart.changed)
    connection = PlistConnection(stream)
    try:
        while (message := await connection.receive()) is not None:
            if message.get("Command") == "Polo":
                heart.heard()
    except (StreamClosed, WireError):
        return
    finally:
        subscription.close()
        beating.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await beating


class Heart:
    """The phone's side of one heartbeat.

    Args:
        phone: the kernel.
        stream: the connection.
        interval_s: wall seconds between two Marcos.
    """

    def __init__(self, phone: VirtualPhone, stream: Stream, interval_s: float = INTERVAL_S) -> None:
        self._phone = phone
        self._stream = stream
        self._connection = PlistConnection(stream)
        self._interval_s = interval_s
        self._unanswered = 0

    def heard(self) -> None:
        """The client has said Polo."""
        self._unanswered = 0

    def changed(self, what: str) -> None:
        """Say goodbye before the phone sleeps."""
        if what == Change.SLEEP and self._phone.conditions.asleep:
            self._connection.send({"Command": "SleepyTime"})

    async def beat(self) -> None:
        """Say Marco until two of them went without an answer, and end the connection then."""
        while self._unanswered < 2:
            self._unanswered += 1
            marco = {"Command": "Marco", "Interval": INTERVAL_S, "SupportsSleepyTime": True}
            self._connection.send(marco)
            await asyncio.sleep(self._interval_s)
        self._stream.close()
