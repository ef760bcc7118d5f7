"""notification_proxy: post and observe Darwin notifications. Source: virtual-iphone.md §3."""

from __future__ import annotations

from harness.errors import WireError
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.subscription import Subscription
from harness.virtual.transport.plists import PlistConnection
from harness.virtual.transport.stream import Stream, StreamClosed


async def serve(phone: VirtualPhone, stream: Stream) -> None:
    """Serve one client."""
    connection = PlistConnection(stream)
    observed: dict[str, Subscription] = {}

    def relay(name: str) -> None:
        connection.send({"Command": "RelayNotification", "Name": name})
        phone.clock.emitted()

    try:
        while (request := await connection.receive()) is not None:
            name = str(request.get("Name", ""))
            with phone.clock.hold():
                match request.get("Command"):
                    case "PostNotification":
                        phone.darwin.post(name)
                    case "ObserveNotification" if name not in observed:
                        observed[name] = phone.darwin.observe(name, relay)
                    case "Shutdown":
                        connection.send({"Command": "ProxyDeath"})
                        return
                    case _:
                        pass
            await connection.drain()
    except (StreamClosed, WireError):
        return
    finally:
        for subscription in observed.values():
            subscription.close()
