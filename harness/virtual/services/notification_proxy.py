"""notification_proxy: post and observe Darwin notifications. Source: virtual-iphone.md §3.

Guessed: a command that is unknown is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.services.support.observing import Observer
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed


class Proxy(Observer):
    """One client's place among the observers, until it takes its leave.

    Attributes:
        is_over: whether the connection ends now.
    """

    is_over = False

    def shut_down(self, _name: str) -> None:
        """Say farewell; the connection is over."""
        self._send({"Command": "ProxyDeath"})
        self.is_over = True


MESSAGES: Mapping[str, Callable[[Proxy, str], None]] = {
    "PostNotification": Proxy.post,
    "ObserveNotification": Proxy.observe,
    "Shutdown": Proxy.shut_down,
}
"""Command -> what it does with the notification's name."""


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    proxy = Proxy(phone, connection.send)
    try:
        while not proxy.is_over and (request := await connection.receive()) is not None:
            handler = MESSAGES.get(str(request.get("Command", "")))
            if handler is not None:
                with phone.clock.hold():
                    handler(proxy, str(request.get("Name", "")))
            await connection.drain()
    except (StreamClosed, WireError):
        return
    finally:
        proxy.close()
