"""Settings and conditions, read back from the phone."""

from __future__ import annotations

import time

from harness.errors import DeviceError
from harness.evidence.items import SettingsRead
from harness.evidence.sources.base import Desk
from harness.model.time import Instant


class SettingSource:
    """Settings: a look at the start, at the end, and whenever one was changed.

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
            settings = await self._desk.phone.settings()
        except DeviceError:
            return
        if settings:
            self._desk.hand(SettingsRead(host_s=time.monotonic(), asked=now, settings=settings))

    async def stop(self) -> None:
        """Nothing is open."""
