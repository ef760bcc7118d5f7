"""A recorder's desk in memory: what sources hand to it goes onto a timeline, and is kept to be told again."""

from __future__ import annotations

import time

from harness.evidence.items import ClockRead, Item, Watching
from harness.evidence.sources.base import EvidenceSource
from harness.evidence.teller import Teller
from harness.evidence.timeline import Timeline
from harness.evidence.watched import WatchedApp
from harness.model.time import Instant
from tests.unit.evidence.phones import APP, HandPhone

WATCHED = WatchedApp(APP, "Downloader", "Documents/harness-journal.jsonl", "harness.journal")


class HandDesk:
    """What sources need of a recorder, over a phone in memory."""

    def __init__(self) -> None:
        self.phone = HandPhone()
        self.timeline = Timeline()
        watching = Watching(host_s=0.0, app=WATCHED, nonce="", ios="17.0")
        self.teller = Teller(watching)
        self.items: list[Item] = [watching]

    def hand(self, item: Item) -> None:
        self.items.append(item)
        for entry in self.teller.tell(item):
            self.timeline.append(entry)

    async def now(self) -> Instant:
        asked_s = time.monotonic()
        now = await self.phone.clock.now()
        self.hand(ClockRead(host_s=time.monotonic(), asked_s=asked_s, phone=now))
        return now


async def begin(source: EvidenceSource, desk: HandDesk) -> None:
    """Open a source and let it watch."""
    await source.open()
    await source.begin(await desk.now())
