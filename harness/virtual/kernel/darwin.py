"""Darwin notifications: names without a payload, posted to everyone on the phone who observes them."""

from __future__ import annotations

from collections.abc import Callable

from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.subscription import Subscribers, Subscription


class DarwinCenter:
    """The notification centre of one phone.

    Args:
        clock: told when a notification reached an observer, who may be outside the phone.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._names: dict[str, Subscribers[str]] = {}

    def post(self, name: str) -> None:
        """Tell the observers of ``name``, in the order in which they came."""
        observers = self._names.get(name)
        if observers:
            observers.tell(name)
            self._clock.emitted()

    def observe(self, name: str, callback: Callable[[str], None]) -> Subscription:
        """Call ``callback`` with the name at every later post of it."""
        return self._names.setdefault(name, Subscribers()).add(callback)
