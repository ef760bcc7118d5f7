"""A gate: connections stop at an offset and stay open until the test lets them go on."""

from __future__ import annotations

import asyncio


class Hold:
    """One connection standing at a gate.

    The connection calls ``moved`` once its next bytes are in the socket, or when it ends; that is
    what an opener of the gate waits for.
    """

    def __init__(self) -> None:
        self._moved = asyncio.Event()

    def moved(self) -> None:
        """The connection went on, or is gone."""
        self._moved.set()

    async def until_moved(self) -> None:
        """Wait for that."""
        await self._moved.wait()


class Gate:
    """Stops every connection that reaches ``offset`` until it is opened; then it stays open.

    Args:
        offset: bytes of the file (or of an upload) that may pass.
    """

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self._opened = asyncio.Event()
        self._holds: list[Hold] = []

    @property
    def is_open(self) -> bool:
        """Whether it holds nobody any more."""
        return self._opened.is_set()

    async def stand(self, hold: Hold) -> None:
        """Wait at the gate until it is opened."""
        self._holds.append(hold)
        try:
            await self._opened.wait()
        except asyncio.CancelledError:
            hold.moved()
            raise

    async def open(self) -> None:
        """Let everybody go on; return once each of them has its next bytes in the socket."""
        self._opened.set()
        for hold in self._holds:
            await hold.until_moved()
        self._holds.clear()
