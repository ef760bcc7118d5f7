"""notification_proxy: post and observe Darwin notifications. Source: virtual-iphone.md §3.

Guessed: a notification that is observed twice is relayed once, and a command that is unknown is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed


class Proxy:
    """One client's place among the observers.

    Args:
        phone: the kernel.
        connection: the client.
    """

    def __init__(self, phone: VirtualPhone, connection: PlistConnection) -> None:
        self._phone = phone
        self._connection = connection
        self._observed: dict[str, Subscription] = {}

    def post(self, name: str) -> bool:
        """Post a notification on the phone."""
        self._phone.darwin.post(name)
        return True

    def observe(self, name: str) -> bool:
        """Relay every later post of a notification to the client."""
        if name not in self._observed:
            self._observed[name] = self._phone.darwin.observe(name, self._relay)
        return True

    def shut_down(self, _name: str) -> bool:
        """Say farewell; the connection is over."""
        self._connection.send({"Command": "ProxyDeath"})
        return False

    def close(self) -> None:
        """Observe nothing any more."""
        for subscription in self._observed.values():
            subscription.close()
        self._observed.clear()

    def _relay(self, name: str) -> None:
        self._connection.send({"Command": "RelayNotification", "Name": name})
        self._phone.clock.emitted()


Handler = Callable[[Proxy, str], bool]
"""Does what a command asks with a notification's name; false when the connection is over."""

MESSAGES: Mapping[str, Handler] = {
    "PostNotification": Proxy.post,
    "ObserveNotification": Proxy.observe,
    "Shutdown": Proxy.shut_down,
}
"""Command -> what it does."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    proxy = Proxy(phone, connection)
    try:
        goes_on = True
        while goes_on and (request := await connection.receive()) is not None:
            handler = MESSAGES.get(str(request.get("Command", "")))
            if handler is not None:
                with phone.clock.hold():
                    goes_on = handler(proxy, str(request.get("Name", "")))
            await connection.drain()
    except (StreamClosed, WireError):
        return
    finally:
        proxy.close()
