"""What every feed does the same way."""

from __future__ import annotations

from harness.evidence.feeds.reach import Reach
from harness.evidence.items import Ended, Opened, Settled
from harness.evidence.record import Entry
from harness.model.facts import Source


class Feed:
    """One source's items, as far as they tell of the connection: live, proven, gone.

    Coverage of a stream lies between two answered round trips on its ordered connection: what the phone
    pushed before the second was asked for has come.

    Args:
        source: whose.
    """

    def __init__(self, source: Source) -> None:
        self.reach = Reach(source)

    def opened(self, item: Opened) -> list[Entry]:
        """It is live, for the first time or again; a gap that lasted ends where it is live."""
        return self.reach.opened(item.shown_s)

    def ended(self, item: Ended) -> list[Entry]:
        """It is gone: a gap from the last proof on."""
        return self.reach.lost(item.why)

    def settled(self, item: Settled) -> list[Entry]:
        """It was asked for a proof; without one it has come no further."""
        return self.reach.proven(item.asked.earliest_s) if item.answered else []
