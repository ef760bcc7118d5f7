"""The phone's live log."""

from __future__ import annotations

import asyncio

from harness.drivers.logrecords import LogDecoder
from harness.errors import DeviceError
from harness.evidence.recognizers import recognize
from harness.evidence.sources.base import end
from harness.evidence.timeline import Timeline
from harness.model.capabilities import LogStream, Phone
from harness.model.facts import Gap, Source, Watermark
from harness.model.raw import LogLoss, LogRecord
from harness.model.time import Instant, written

PROVOKED_WITHIN_S = 2.0
"""How long to wait, in wall time, for a record that was provoked; a log may lag, and then says so."""


class LogSource:
    """The phone's live log, through the recognizers.

    Its watermark is the time of the newest record: a stream that is silent has proven nothing. So
    ``settle`` provokes a record and waits for it.

    Args:
        phone: the phone.
        timeline: where facts go.
        bundle_id: the app whose journal marks are read.
        subsystem: ``os_log`` subsystem of its marks, or ``None``.
        executable: name of its executable.
    """

    def __init__(
        self, phone: Phone, timeline: Timeline, bundle_id: str, subsystem: str | None, executable: str = ""
    ) -> None:
        self._phone = phone
        self._timeline = timeline
        self._bundle_id = bundle_id
        self._subsystem = subsystem
        self._executable = executable
        self._stream: LogStream | None = None
        self._task: asyncio.Task[None] | None = None
        self._shown_s = 0.0
        self._marked_s = 0.0
        self._gap: Gap | None = None
        self._advanced = asyncio.Event()

    async def start(self, now: Instant) -> None:
        """Start the live log."""
        self._stream = await self._phone.log()
        # Watched only since the phone confirmed it, which is later than the moment that was asked for.
        self._shown_s = max(self._shown_s, (await self._phone.clock.now()).latest_s)
        self._task = asyncio.create_task(self._follow(self._stream), name="log stream")
        self._mark()

    async def _follow(self, stream: LogStream) -> None:
        decoder = LogDecoder()
        async for read in stream:
            for item in decoder.feed(read.data):
                self._take_item(item)
            self._advanced.set()

    def _take_item(self, item: LogRecord | LogLoss) -> None:
        if isinstance(item, LogLoss):
            to_s = max(self._shown_s, item.phone_s)
            self._timeline.append(Gap(Source.SYSTEM_LOG, self._shown_s, to_s, "the phone dropped records"))
        else:
            self._take(item)
        self._shown_s = max(self._shown_s, item.phone_s)

    def _take(self, record: LogRecord) -> None:
        fact = recognize(
            record, bundle_id=self._bundle_id, subsystem=self._subsystem, executable=self._executable
        )
        if fact:
            self._timeline.append(fact)

    async def settle(self, now: Instant) -> None:
        """Provoke a record and wait until the stream shows one from ``now`` or later."""
        if self._task is None or self._task.done():
            await self._reconnect(now)
        elif self._shown_s < now.latest_s and await self._provoke(now):
            # The record was asked for after ``now`` and came on an ordered stream: all before it has come.
            self._shown_s = max(self._shown_s, now.earliest_s)
        self._mark()

    async def _provoke(self, now: Instant) -> bool:
        try:
            async with asyncio.timeout(PROVOKED_WITHIN_S):
                await self._phone.provoke_log()
                while written(self._shown_s).latest_s < now.latest_s:
                    if self._task is None or self._task.done():
                        return False
                    self._advanced.clear()
                    await self._advanced.wait()
        except (TimeoutError, DeviceError):
            return False  # it lags or broke: the watermark says how far it has come
        return True

    def _mark(self) -> None:
        # Records of one instant may still be on their way: only what lies before the newest is shown.
        if self._shown_s > self._marked_s and self._gap is None:
            self._marked_s = self._shown_s
            self._timeline.append(Watermark(Source.SYSTEM_LOG, self._shown_s))

    async def _reconnect(self, now: Instant) -> None:
        if self._gap is None:
            self._gap = Gap(Source.SYSTEM_LOG, self._shown_s, None, "the connection ended")
            self._timeline.append(self._gap)
        await end(self._task)
        try:
            await self.start(now)
        except DeviceError:
            return
        self._timeline.append(Gap(self._gap.source, self._gap.from_s, self._shown_s, self._gap.why))
        self._gap = None
        self._mark()

    async def stop(self) -> None:
        """Stop the log."""
        await end(self._task)
        if self._stream:
            await self._stream.close()
