"""Callbacks that can be taken back, the one mechanism under every bus of the kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Event = TypeVar("Event")


class Subscription:
    """A callback's place on a bus; ``close`` takes it back."""

    def __init__(self, on_close: Callable[[], None]) -> None:
        self._on_close: Callable[[], None] | None = on_close

    def close(self) -> None:
        """Stop the callbacks; a second close does nothing."""
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close()


class Subscribers(Generic[Event]):
    """The callbacks of one bus, called in the order in which they were added."""

    def __init__(self) -> None:
        self._callbacks: dict[int, Callable[[Event], None]] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._callbacks)

    def add(self, callback: Callable[[Event], None]) -> Subscription:
        """Call ``callback`` for every later event."""
        self._last += 1
        key = self._last
        self._callbacks[key] = callback
        return Subscription(lambda: self._remove(key))

    def tell(self, event: Event) -> None:
        """Call everyone who is subscribed now and still is when their turn comes."""
        for key in tuple(self._callbacks):
            callback = self._callbacks.get(key)
            if callback is not None:
                callback(event)

    def _remove(self, key: int) -> None:
        self._callbacks.pop(key, None)
