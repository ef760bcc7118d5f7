"""The notification proxy over RemoteXPC: the words of notification_proxy, without property lists.

Source: pymobiledevice3's published source (RemoteNotificationProxyService). States of notifications are
from iOS 27.2 on, which no virtual phone is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.observing import Observer
from harness.virtual.services.support.xpc_connection import XpcConnection
from harness.virtual.transport.stream import Stream, StreamClosed

MESSAGES: Mapping[str, Callable[[Observer, str], None]] = {
    "PostNotification": Observer.post,
    "ObserveNotification": Observer.observe,
}
"""Command -> what it does with the notification's name; another command is passed over, which is guessed."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = XpcConnection(stream)
    observer = Observer(phone, connection.push)
    try:
        while (request := await connection.receive()) is not None:
            body = request.message.body or {}
            handler = MESSAGES.get(str(body.get("Command", "")))
            if handler is not None:
                with phone.clock.hold():
                    handler(observer, str(body.get("Name", "")))
            await connection.drain()
    except (StreamClosed, WireError):
        return
    finally:
        observer.close()
