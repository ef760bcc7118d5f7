"""screenshotr: a picture of the screen, over DeviceLink.

Source: pymobiledevice3 and libimobiledevice, which both wait for the phone's version first and accept up to
400.0; that a phone says 300.0 is guessed. Anything but a request for a picture ends the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.conversation import note
from harness.virtual.transport.stream import Stream, StreamClosed
from harness.wire.lockdown import MOST_PLIST_BYTES, encode_plist, read_plist

VERSION = (300, 0)

Handler = Callable[[VirtualPhone], dict[str, Any]]


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    try:
        stream.write(encode_plist(["DLMessageVersionExchange", *VERSION]))
        if (await _receive(stream))[:2] != ["DLMessageVersionExchange", "DLVersionsOk"]:
            return
        stream.write(encode_plist(["DLMessageDeviceReady"]))
        await _answer_all(phone, stream)
    except StreamClosed:
        return


async def _answer_all(phone: VirtualPhone, stream: Stream) -> None:
    while (message := await _receive(stream))[:1] == ["DLMessageProcessMessage"]:
        body = cast("dict[str, object]", message[1]) if isinstance(message[1], dict) else {}
        name = str(body.get("MessageType"))
        handler = MESSAGES.get(name)
        if handler is None:
            return
        note(name)
        with phone.clock.hold():
            reply = handler(phone)
        stream.write(encode_plist(["DLMessageProcessMessage", reply]))
        await stream.drain()


def _screenshot(phone: VirtualPhone) -> dict[str, Any]:
    return {"MessageType": "ScreenShotReply", "ScreenShotData": phone.screen.png()}


async def _receive(stream: Stream) -> list[object]:
    """The next message; an empty one for what is none."""
    size_bytes = int.from_bytes(await stream.readexactly(4), "big")
    if not 0 < size_bytes <= MOST_PLIST_BYTES:
        return []
    try:
        body = read_plist(await stream.readexactly(size_bytes))
    except WireError:
        return []
    message = cast("list[object]", body) if isinstance(body, list) else []
    return message if len(message) > 1 else []


MESSAGES: Mapping[str, Handler] = {"ScreenShotRequest": _screenshot}
"""Message -> what answers it."""
