"""What a phone pushes on one channel, kept until it is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import cast


class PushQueue:
    """Pushes in the order of the wire, which outlive the connection they came over.

    Theory: a mark travels through the queue behind the pushes that are in it. The iterator passes it when
    its consumer has asked for the item after them, so who waits for the mark knows that all of those have
    been yielded. At the end, which is an item too, every mark that was not passed is told so.
    """

    def __init__(self) -> None:
        self._items: asyncio.Queue[object] = asyncio.Queue()
        self._marks: set[asyncio.Future[bool]] = set()
        self._ended = False

    def put(self, item: object) -> None:
        """Keep a push; it is not ``None``."""
        self._items.put_nowait(item)

    def end(self) -> None:
        """Nothing comes any more: the iteration ends behind what is there. Twice is no error."""
        self._items.put_nowait(None)

    def __aiter__(self) -> AsyncIterator[object]:
        """The pushes, for one consumer."""
        return self._pushes()

    async def taken(self) -> bool:
        """Return when all that was put before this call has been yielded; false when the end came first.

        It takes a consumer: without one it does not return.
        """
        if self._ended:
            return False
        mark: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._marks.add(mark)
        self._items.put_nowait(mark)
        try:
            return await mark
        finally:
            self._marks.discard(mark)

    async def _pushes(self) -> AsyncIterator[object]:
        while not self._ended:
            item = await self._items.get()
            if item is None:
                self._ended = True
            elif isinstance(item, asyncio.Future):
                _tell(cast("asyncio.Future[bool]", item), True)
            else:
                yield item
        for mark in self._marks:
            _tell(mark, False)


def _tell(mark: asyncio.Future[bool], passed: bool) -> None:
    if not mark.done():
        mark.set_result(passed)
