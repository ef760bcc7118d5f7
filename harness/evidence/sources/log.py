"""The phone's live log."""

from __future__ import annotations

import asyncio
from typing import cast

from harness.errors import DeviceError
from harness.evidence.items import LogCame
from harness.evidence.sources.base import Desk, StreamSource
from harness.model.capabilities import LogStream
from harness.model.facts import Source
from harness.model.raw import LogRead
from harness.model.time import Instant, written

PROVOKED_WITHIN_S = 2.0
"""How long to wait, in wall time, for a record that the phone has written; a log may lag, and then says so.

It is counted from when the phone has answered the provocation. Provoking takes connections and handshakes,
which may take seconds on a busy host: it has its own deadline, and how long it takes says nothing of the log.
"""


class LogSource(StreamSource[LogStream]):
    """The phone's live log, as bytes. A log that is silent is provoked into showing how far it has come.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, Source.SYSTEM_LOG)
        self._advanced = asyncio.Event()

    async def _connect(self) -> LogStream:
        return await self._desk.phone.log()

    def _take(self, raw: object) -> bool:
        read = cast("LogRead", raw)
        self._desk.hand(LogCame(host_s=read.host_s, data=read.data))
        self._advanced.set()
        return not self._desk.teller.log.is_broken

    async def _prove(self, stream: LogStream, now: Instant) -> bool:
        try:
            if not self._has_come_to(now):
                await self._desk.phone.provoke_log()
            async with asyncio.timeout(PROVOKED_WITHIN_S):
                await self._come_to(now)
        except (TimeoutError, DeviceError):
            return False  # it lags: the watermark says how far it has come
        return self._is_live

    async def _come_to(self, now: Instant) -> None:
        while not self._has_come_to(now) and self._is_live:
            self._advanced.clear()
            await self._advanced.wait()

    def _has_come_to(self, now: Instant) -> bool:
        return written(self._desk.teller.log.newest_s).latest_s >= now.latest_s

    def _lose(self, why: str) -> None:
        super()._lose(why)
        self._advanced.set()
