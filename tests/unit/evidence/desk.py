"""A recorder's desk in memory: what sources hand to it goes onto a timeline, and is kept to be told again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, Self, TypeVar

from harness.evidence.items import ClockRead, Item, Watching
from harness.evidence.sources.base import EvidenceSource
from harness.evidence.teller import Teller
from harness.evidence.timeline import Timeline
from harness.evidence.view import Evidence
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


S = TypeVar("S", bound=EvidenceSource)


class Watch(Generic[S]):
    """A source over a phone in memory; it watches within an ``async with``, or from ``begin`` on.

    Args:
        make: the source for a desk.
    """

    def __init__(self, make: Callable[[HandDesk], S]) -> None:
        self.desk = HandDesk()
        self.phone, self.timeline = self.desk.phone, self.desk.timeline
        self.source = make(self.desk)

    async def __aenter__(self) -> Self:
        await self.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.source.stop()

    @property
    def known(self) -> Evidence:
        """What stands on the timeline."""
        return self.timeline.evidence()

    async def begin(self) -> None:
        """Open the source and let it watch."""
        await self.source.open()
        await self.source.begin(await self.desk.now())

    async def settle(self, at_s: float | None = None) -> None:
        """Have the source prove all that came up to a time of the phone, or up to now."""
        if at_s is not None:
            self.phone.clock.at_s = at_s
        await self.source.settle(await self.phone.clock.now())
