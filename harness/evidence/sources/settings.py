"""Settings and conditions, read back from the phone."""

from __future__ import annotations

import time

from harness.evidence.items import SettingsRead
from harness.evidence.sources.look import LookSource
from harness.model.time import Instant


class SettingSource(LookSource):
    """Settings: a look at the start, at the end, and whenever one was changed."""

    async def _look(self, now: Instant) -> SettingsRead | None:
        settings = await self._desk.phone.settings()
        if not settings:
            return None
        return SettingsRead(host_s=time.monotonic(), asked=now, settings=settings)
