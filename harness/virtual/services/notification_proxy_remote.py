"""The notification proxy over RemoteXPC: the words of notification_proxy, without property lists.

Source: pymobiledevice3's published source (RemoteNotificationProxyService). States of notifications are
from iOS 27.2 on, which no virtual phone is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.services.support.xpc_connection import XpcConnection
from harness.virtual.transport.stream import Stream, StreamClosed


class Proxy:
    """One client's place among the observers.

    Args:
        phone: the kernel.
        connection: the client.
    """

    def __init__(self, phone: VirtualPhone, connection: XpcConnection) -> None:
        self._phone = phone
        self._connection = connection
        self._observed: dict[str, Subscription] = {}

    def post(self, name: str) -> None:
        """Post a notification on the phone."""
        self._phone.darwin.post(name)

    def observe(self, name: str) -> None:
        """Relay every later post of a notification to the client."""
        if name not in self._observed:
            self._observed[name] = self._phone.darwin.observe(name, self._relay)

    def close(self) -> None:
        """Observe nothing any more."""
        for subscription in self._observed.values():
            subscription.close()

    def _relay(self, name: str) -> None:
        self._connection.push({"Command": "RelayNotification", "Name": name})
        self._phone.clock.emitted()


MESSAGES: Mapping[str, Callable[[Proxy, str], None]] = {
    "PostNotification": Proxy.post,
    "ObserveNotification": Proxy.observe,
}
"""Command -> what it does with the notification's name; another command is passed over, which is guessed."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = XpcConnection(stream)
    proxy = Proxy(phone, connection)
    try:
        while (request := await connection.receive()) is not None:
            body = request.message.body or {}
            handler = MESSAGES.get(str(body.get("Command", "")))
            if handler is not None:
                with phone.clock.hold():
                    handler(proxy, str(body.get("Name", "")))
            await connection.drain()
    except (StreamClosed, WireError):
        return
    finally:
        proxy.close()
