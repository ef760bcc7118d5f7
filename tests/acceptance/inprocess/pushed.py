"""What a phone pushes, kept until it is taken; and a stream over it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

from harness.errors import DeviceLost

T = TypeVar("T")


class Pushed(Generic[T]):
    """A stream of one consumer; what came before ``taken`` was asked for has been yielded when it returns.

    Args:
        phone: the phone's name.
        what: what it is a stream of.
        stop: ends the pushing.
    """

    def __init__(self, phone: str, what: str, stop: Callable[[], None]) -> None:
        self._phone = phone
        self._what = what
        self._stop = stop
        self._items: deque[T] = deque()
        self._more = asyncio.Event()
        self._idle = asyncio.Event()
        self._ended = False

    def put(self, item: T) -> None:
        """Keep something that was pushed."""
        self._items.append(item)
        self._idle.clear()
        self._more.set()

    def __aiter__(self) -> AsyncIterator[T]:
        return self

    async def __anext__(self) -> T:
        """The next thing that was pushed; the iteration ends with the stream."""
        while not self._items:
            if self._ended:
                raise StopAsyncIteration
            self._more.clear()
            self._idle.set()
            await self._more.wait()
        return self._items.popleft()

    def rest(self) -> tuple[T, ...]:
        """What is there already, taken at once."""
        items = tuple(self._items)
        self._items.clear()
        return items

    async def round_trip(self) -> None:
        """Return when all that was pushed before this call has been yielded, and the next one asked for.

        Raises:
            DeviceLost: the stream has ended.
        """
        if not self._ended:
            await self._idle.wait()
        if self._ended:
            raise DeviceLost(f"the {self._what} has ended", phone=self._phone)

    async def close(self) -> None:
        """Stop the stream; twice is no error."""
        if not self._ended:
            self._ended = True
            self._stop()
            self._more.set()
            self._idle.set()
