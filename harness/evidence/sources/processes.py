"""The process list, looked at now and then."""

from __future__ import annotations

import time

from harness.errors import DeviceError
from harness.evidence.items import RowsRead
from harness.evidence.sources.base import Desk
from harness.model.time import Instant


class ProcessSource:
    """The process list: a look at each thorough settling, not a stream.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def open(self) -> None:
        """Nothing is opened for it."""

    async def begin(self, now: Instant) -> None:
        """Take a first look."""
        await self.settle(now)

    async def settle(self, now: Instant) -> None:
        """Look once; a look that failed shows nothing."""
        try:
            rows = await self._desk.phone.processes()
        except DeviceError:
            return
        self._desk.hand(RowsRead(host_s=time.monotonic(), asked=now, rows=rows))

    async def stop(self) -> None:
        """Nothing is open."""
