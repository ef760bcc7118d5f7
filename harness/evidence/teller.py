"""From items to entries: all feeds of one recording, live and from a tape."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from harness.evidence.clocktrack import ClockTrack
from harness.evidence.feeds.darwin import DarwinFeed
from harness.evidence.feeds.exits import ExitFeed
from harness.evidence.feeds.feed import Feed
from harness.evidence.feeds.journal import JournalFeed
from harness.evidence.feeds.log import LogFeed
from harness.evidence.feeds.pairing import Pairing
from harness.evidence.feeds.processes import ProcessFeed
from harness.evidence.feeds.reach import Reach
from harness.evidence.feeds.receipts import ReceiptFeed
from harness.evidence.feeds.reports import ReportFeed
from harness.evidence.feeds.settings import SettingFeed
from harness.evidence.feeds.states import StateFeed
from harness.evidence.items import (
    ClockRead,
    DarwinCame,
    Ended,
    ExitCame,
    Item,
    JournalCleared,
    JournalRead,
    LogCame,
    Noted,
    NoticeCame,
    Observed,
    Opened,
    ReceiptCame,
    ReportsRead,
    RowsRead,
    SettingsRead,
    Settled,
    Watching,
)
from harness.evidence.record import Entry
from harness.evidence.timeline import Timeline
from harness.model.facts import Source


class Teller:
    """Tells what items mean, one after the other.

    What it says depends on the items and their order alone.

    Args:
        watching: what is watched.

    Attributes:
        track: the readings of the phone's clock.
        log: the feed of the live log.
    """

    def __init__(self, watching: Watching) -> None:
        app = watching.app
        journal_reach, log_reach = Reach(Source.JOURNAL), Reach(Source.SYSTEM_LOG)
        pairing = Pairing(journal_reach, log_reach)
        self.track = ClockTrack()
        self.log = LogFeed(app, watching.ios, log_reach, pairing)
        self._journal = JournalFeed(app.bundle_id, journal_reach, pairing)
        self._exits = ExitFeed(app.bundle_id, self.track)
        self._darwin = DarwinFeed(self.track)
        self._receipts = ReceiptFeed(self.track)
        states, reports = StateFeed(app.bundle_id), ReportFeed(app)
        streams = (states, self.log, self._exits, self._darwin, self._journal, reports, self._receipts)
        self._feeds: dict[Source, Feed] = {feed.reach.source: feed for feed in streams}
        self._tellers: dict[type[Item], Callable[[Any], Iterable[Entry]]] = {
            Watching: lambda item: (),
            ClockRead: self._clock_read,
            Opened: lambda item: self._feeds[item.source].opened(item),
            Ended: lambda item: self._feeds[item.source].ended(item),
            Settled: lambda item: self._feeds[item.source].settled(item),
            LogCame: self.log.came,
            NoticeCame: states.came,
            Observed: self._exits.observed,
            ExitCame: self._exits.came,
            DarwinCame: self._darwin.came,
            JournalRead: self._journal.came,
            JournalCleared: self._cleared,
            RowsRead: ProcessFeed(app).came,
            ReportsRead: reports.came,
            SettingsRead: SettingFeed().came,
            ReceiptCame: self._receipts.came,
            Noted: lambda item: (item.entry,),
        }

    @property
    def is_waiting(self) -> bool:
        """Whether something came that can be told only once the phone's clock was read again."""
        return any(len(feed.waiting) for feed in (self._exits, self._darwin, self._receipts))

    def is_lost(self, source: Source) -> bool:
        """Whether a source shows nothing at present."""
        return self._feeds[source].reach.is_lost

    def tell(self, item: Item) -> tuple[Entry, ...]:
        """What an item adds to the timeline, in order."""
        return tuple(self._tellers[type(item)](item))

    def _clock_read(self, item: ClockRead) -> list[Entry]:
        self.track.add(item.asked_s, item.host_s, item.phone)
        told: list[Entry] = []
        for feed in (self._exits, self._darwin, self._receipts):
            told += feed.waiting.clock_read()
        return told

    def _cleared(self, item: JournalCleared) -> list[Entry]:
        return [*self._journal.cleared(item), *self.log.cleared(item)]


def retell(items: Iterable[Item], timeline: Timeline | None = None) -> Timeline:
    """The timeline of a recording, from its items.

    Args:
        items: as a tape holds them; the first says what was watched.
        timeline: where to; ``None`` for a new one in memory.

    Raises:
        ValueError: there is no first item, or it is another.
    """
    told = iter(items)
    first = _first(told)
    written = timeline if timeline is not None else Timeline(nonce=first.nonce)
    for entry in entries_of(chain((first,), told)):
        written.append(entry)
    return written


def entries_of(items: Iterable[Item]) -> Iterator[Entry]:
    """The entries that a recording tells, in the order in which they became known.

    Raises:
        ValueError: there is no first item, or it does not say what was watched.
    """
    told = iter(items)
    teller = Teller(_first(told))
    for item in told:
        yield from teller.tell(item)


def _first(items: Iterator[Item]) -> Watching:
    first = next(items, None)
    if not isinstance(first, Watching):
        raise ValueError(f"a recording begins with what is watched, not with {type(first).__name__}")
    return first
