"""All sources of one phone and one app, for the length of one test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from harness.evidence.clocktrack import ClockTrack
from harness.evidence.sources.base import EvidenceSource
from harness.evidence.sources.journal import JournalSource
from harness.evidence.sources.log import LogSource
from harness.evidence.sources.processes import ProcessSource
from harness.evidence.sources.receipts import ReceiptSource
from harness.evidence.sources.states import StateSource
from harness.evidence.timeline import Timeline
from harness.model.capabilities import Phone
from harness.model.facts import ActionTaken, Mark, Source, Verb
from harness.model.time import Instant

_T = TypeVar("_T")


@dataclass(frozen=True)
class WatchedApp:
    """What the recorder must know of the app under test.

    Attributes:
        bundle_id: bundle identifier.
        executable: name of its executable.
        journal: path of its journal in its container, or ``None`` when it keeps none.
        log_subsystem: ``os_log`` subsystem of its marks, or ``None``.
    """

    bundle_id: str
    executable: str
    journal: str | None
    log_subsystem: str | None


class Recorder:
    """Watches one app on one phone through every source it has.

    Args:
        phone: the phone.
        timeline: where everything goes.
        app: the app under test.
    """

    def __init__(self, phone: Phone, timeline: Timeline, app: WatchedApp) -> None:
        self.phone = phone
        self.timeline = timeline
        self.app = app
        self.track = ClockTrack()
        self.receipts = ReceiptSource(timeline, self.track)
        self.log = LogSource(phone, timeline, app.bundle_id, app.log_subsystem, app.executable)
        self.processes = ProcessSource(phone, timeline, app.bundle_id, app.executable)
        self.journal = JournalSource(phone, timeline, app.bundle_id, app.journal) if app.journal else None
        self.states = StateSource(phone, timeline)

    @property
    def _prompt(self) -> tuple[EvidenceSource, ...]:
        """Sources that a round trip settles at once."""
        journal = (self.journal,) if self.journal else ()
        return (self.states, *journal, self.receipts)

    @property
    def _slow(self) -> tuple[EvidenceSource, ...]:
        return (self.log, self.processes)

    async def start(self) -> None:
        """Start every source; returns when all are confirmed live."""
        now = await self.now()
        for source in (*self._prompt, *self._slow):
            await source.start(now)

    async def now(self) -> Instant:
        """The phone's time, noted as an exchange between the two clocks."""
        before_s = time.monotonic()
        now = await self.phone.clock.now()
        self.track.add((before_s + time.monotonic()) / 2, now)
        return now

    async def settle(self, *, thorough: bool = False) -> Instant:
        """Bring the timeline up to the phone's present.

        Args:
            thorough: also wait for the log to catch up and look at the process list.

        Returns:
            The moment up to which the sources were asked to have shown everything.
        """
        now = await self.now()
        sources = (*self._prompt, *self._slow) if thorough else self._prompt
        await asyncio.gather(*(source.settle(now) for source in sources))
        return now

    async def look(self) -> None:
        """Take a look at the process list now."""
        await self.processes.settle(await self.now())

    async def act(
        self, verb: Verb, doing: Awaitable[_T], *, detail: str = "", pid: int = 0
    ) -> tuple[_T, Mark]:
        """Do something to the phone and note it, with the span of phone time it took.

        Args:
            verb: what is done.
            doing: the doing itself.
            detail: in words.
            pid: the process it is done to, or 0.

        Returns:
            What ``doing`` returned, and the mark to look on from.
        """
        before = await self.now()
        result = await doing
        after = await self.now()
        span_s = after.latest_s - before.earliest_s
        at = Instant(before.earliest_s + span_s / 2, span_s / 2)
        what = f"{verb} {detail}".strip()
        self.timeline.append(
            ActionTaken(
                at=at, source=Source.HARNESS, bundle_id=self.app.bundle_id, pid=pid, verb=verb, detail=detail
            )
        )
        mark = Mark(at, what)
        self.timeline.append(mark)
        return result, mark

    async def stop(self) -> None:
        """Stop every source."""
        for source in (*self._prompt, *self._slow):
            await source.stop()
