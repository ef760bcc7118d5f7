"""Darwin notifications."""

from __future__ import annotations

from harness.evidence.clocktrack import ClockTrack
from harness.evidence.feeds.exits import between
from harness.evidence.feeds.feed import Feed
from harness.evidence.feeds.waiting import Waiting
from harness.evidence.items import DarwinCame, Settled
from harness.evidence.record import Entry
from harness.model.facts import DarwinSeen, Source


class DarwinFeed(Feed):
    """Notifications that the phone relayed, as facts.

    The phone does not date them: one lies between the last proof of the stream and its arrival.

    Args:
        track: the readings of the phone's clock.
    """

    def __init__(self, track: ClockTrack) -> None:
        super().__init__(Source.DARWIN)
        self.waiting = Waiting(track)

    def came(self, item: DarwinCame) -> list[Entry]:
        """A notification, once its arrival can be placed."""
        name = item.notice.name
        return self.waiting.came(
            item.host_s,
            lambda at: [DarwinSeen(at=between(self.reach.shown_s, at), source=Source.DARWIN, name=name)],
        )

    def settled(self, item: Settled) -> list[Entry]:
        """See ``Feed``; a proof waits for the notifications that came before it."""
        return self.waiting.then(item.host_s, lambda: super(DarwinFeed, self).settled(item))
