"""Both versions of the usbmuxd protocol as one: what a client of version 0 says and hears, as messages.

A client of version 0 cannot be told how a phone is connected, so it hears only of cables (guessed: it is
older than phones over Wi-Fi), and for what it has no words it has no answer but a result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.wire.usbmux import MuxFrame, MuxResult
from harness.wire.usbmux_binary import (
    BinaryAttached,
    BinaryConnect,
    BinaryDetached,
    BinaryFrame,
    BinaryListen,
    BinaryMessage,
    BinaryPaired,
    BinaryResult,
)

Body = dict[str, Any]


def as_message(frame: MuxFrame | BinaryFrame) -> MuxFrame:
    """A frame of either version as one of version 1."""
    if isinstance(frame, MuxFrame):
        return frame
    return MuxFrame(frame.tag, _asked(frame.message))


def _asked(message: BinaryMessage) -> Body:
    match message:
        case BinaryListen():
            return {"MessageType": "Listen"}
        case BinaryConnect(device_id=device_id, swapped_port=port):
            return {"MessageType": "Connect", "DeviceID": device_id, "PortNumber": port}
        case _:
            # What only a usbmuxd sends is no request.
            return {}


def _attached(body: Body) -> BinaryMessage | None:
    properties: Body = body["Properties"]
    if properties["ConnectionType"] != "USB":
        return None
    return BinaryAttached(
        body["DeviceID"], properties["ProductID"], properties["SerialNumber"], properties["LocationID"]
    )


_TOLD: Mapping[str, Callable[[Body], BinaryMessage | None]] = {
    "Result": lambda body: BinaryResult(body["Number"]),
    "Attached": _attached,
    "Detached": lambda body: BinaryDetached(body["DeviceID"]),
    "Paired": lambda body: BinaryPaired(body["DeviceID"]),
}


def as_binary(frame: MuxFrame) -> BinaryFrame | None:
    """What a client of version 0 hears in the place of a message; ``None`` for nothing."""
    told = _TOLD.get(frame.message_type, lambda _: BinaryResult(MuxResult.BAD_COMMAND))
    message = told(frame.body)
    return None if message is None else BinaryFrame(frame.tag, message)
