"""The process list, looked at now and then."""

from __future__ import annotations

import time

from harness.evidence.items import RowsRead
from harness.evidence.sources.look import LookSource
from harness.model.time import Instant


class ProcessSource(LookSource):
    """The process list: a look at each thorough settling, not a stream."""

    async def _look(self, now: Instant) -> RowsRead:
        rows = await self._desk.phone.processes()
        return RowsRead(host_s=time.monotonic(), asked=now, rows=rows)
