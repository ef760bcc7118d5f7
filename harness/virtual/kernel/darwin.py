"""Darwin notifications: names without a payload, posted to everyone on the phone who observes them."""

from __future__ import annotations

from collections.abc import Callable

from harness.virtual.kernel.subscription import Subscribers, Subscription


class DarwinCenter:
    """The notification centre of one phone."""

    def __init__(self) -> None:
        self._names: dict[str, Subscribers[str]] = {}

    def post(self, name: str) -> None:
        """Tell the observers of ``name``, in the order in which they came."""
        observers = self._names.get(name)
        if observers is not None:
            observers.tell(name)

    def observe(self, name: str, callback: Callable[[str], None]) -> Subscription:
        """Call ``callback`` with the name at every later post of it."""
        return self._names.setdefault(name, Subscribers()).add(callback)
