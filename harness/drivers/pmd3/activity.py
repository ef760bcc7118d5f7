"""Hearing that a phone has shown something new."""

from __future__ import annotations

import asyncio


class Activity:
    """A count of what the streams of one phone have yielded, which can be waited for."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = asyncio.Event()

    @property
    def count(self) -> int:
        """How much has been yielded so far; take it before looking, so that nothing is missed."""
        return self._count

    def touch(self) -> None:
        """A stream is about to yield something."""
        self._count += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_beyond(self, count: int, within_s: float) -> bool:
        """Wait until more than ``count`` has been yielded; says whether it has within ``within_s``."""
        if self._count > count:
            return True
        try:
            async with asyncio.timeout(within_s):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True
