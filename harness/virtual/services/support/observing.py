"""A client's place among those who post and observe Darwin notifications, whatever carries its words.

Guessed: a notification that is observed twice is relayed once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.subscription import Subscription


class Observer:
    """One client's place among the observers.

    Args:
        phone: the kernel.
        send: queues a message to the client, which asked for none just then.
    """

    def __init__(self, phone: VirtualPhone, send: Callable[[dict[str, Any]], None]) -> None:
        self._phone = phone
        self._send = send
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
        self._observed.clear()

    def _relay(self, name: str) -> None:
        self._send({"Command": "RelayNotification", "Name": name})
        self._phone.clock.emitted()
