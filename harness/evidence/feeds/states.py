"""Application states."""

from __future__ import annotations

from harness.evidence.feeds.exits import between
from harness.evidence.feeds.feed import Feed
from harness.evidence.items import Ended, NoticeCame, Opened
from harness.evidence.record import Entry
from harness.model.facts import Source, StateSeen
from harness.model.raw import StateNotice
from harness.model.states import AppState, from_springboard
from harness.model.time import Instant, written


class StateFeed(Feed):
    """Notices of DVT's mobilenotifications as facts.

    The stream numbers nothing, so a notice that is missing shows only by one that cannot follow:

    - another process of the app, while the one before was not told to have ended;
    - a process whose first notice, in a stream that is already live, says suspended;
    - suspended twice in a row: it must have run in between.

    Each is a gap from the notice before to the notice that cannot follow.

    A notice that the phone did not date lies between what is surely before it, the last proof of the stream
    and the notices that came before, and the time by which it had come.

    Args:
        bundle_id: the app whose notices are followed; of other apps the facts are told, and no more.
    """

    def __init__(self, bundle_id: str) -> None:
        super().__init__(Source.STATE_STREAM)
        self._bundle_id = bundle_id
        self._last: StateSeen | None = None
        self._fresh = True
        self._newest_s = 0.0

    def opened(self, item: Opened) -> list[Entry]:
        """See ``Feed``; the phone begins with one notice per running app, which follow nothing."""
        self._last, self._fresh = None, True
        return super().opened(item)

    def ended(self, item: Ended) -> list[Entry]:
        """See ``Feed``."""
        self._last, self._fresh = None, True
        return super().ended(item)

    def came(self, item: NoticeCame) -> list[Entry]:
        """A notice: its fact, and a gap before it where it cannot follow the last."""
        fact = state_fact(item.notice, since_s=max(self.reach.shown_s, self._newest_s))
        self._newest_s = max(self._newest_s, fact.at.earliest_s)
        if fact.bundle_id != self._bundle_id:
            return [fact]
        why = self._lacks(fact)
        from_s = self._last.at.earliest_s if self._last else self.reach.shown_s
        self._last, self._fresh = fact, False
        return (
            [self.reach.missed(min(from_s, fact.at.earliest_s), fact.at.latest_s, why), fact]
            if why
            else [fact]
        )

    def _lacks(self, fact: StateSeen) -> str:
        """What must have come between the last notice and this one; empty when it can follow."""
        last = self._last
        if fact.state is AppState.NOT_RUNNING:
            return ""
        if last is None or last.state is AppState.NOT_RUNNING:
            suspended = fact.state is AppState.SUSPENDED and not self._fresh
            return f"the start of process {fact.pid} was not told" if suspended else ""
        if last.pid != fact.pid and 0 not in (last.pid, fact.pid):
            return f"process {fact.pid} came, and the end of process {last.pid} was not told"
        if last.state is fact.state is AppState.SUSPENDED:
            return f"process {fact.pid} was suspended twice, and between the two must have run"
        return ""


def state_fact(notice: StateNotice, *, since_s: float = 0.0) -> StateSeen:
    """The fact that an application-state notice states.

    Args:
        notice: the notice.
        since_s: phone time that is surely before one that is not dated; 0 where nobody knows.
    """
    come = Instant(notice.phone_s)
    return StateSeen(
        at=written(notice.phone_s) if notice.is_dated else between(since_s, come),
        source=Source.STATE_STREAM,
        bundle_id=notice.bundle_id,
        pid=notice.pid,
        state=from_springboard(notice.state),
    )
