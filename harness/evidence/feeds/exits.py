"""The ends of observed processes."""

from __future__ import annotations

from harness.evidence.clocktrack import ClockTrack
from harness.evidence.feeds.feed import Feed
from harness.evidence.feeds.waiting import Waiting
from harness.evidence.items import ExitCame, Observed, Settled
from harness.evidence.record import Entry
from harness.model.exits import ExitDomain
from harness.model.facts import ProcessEnded, Source
from harness.model.raw import ProcessExit
from harness.model.time import Instant


class ExitFeed(Feed):
    """Ends of the app's processes as facts.

    The phone does not date an end: it lies between the last proof of the stream and its arrival. It tells
    of the processes that were asked for, and of no other: one that was gone before it could be asked for
    is a gap, from the last proof until then.

    Args:
        bundle_id: the app whose processes are observed.
        track: the readings of the phone's clock.
    """

    def __init__(self, bundle_id: str, track: ClockTrack) -> None:
        super().__init__(Source.PROCESS_EVENTS)
        self._bundle_id = bundle_id
        self.waiting = Waiting(track)

    def observed(self, item: Observed) -> list[Entry]:
        """A process was asked for; a refusal means that its end, if it came, was missed."""
        if not item.refused or self.reach.since_s is None:
            return []
        from_s, why = self.reach.shown_s, f"process {item.pid} could not be observed: {item.refused}"
        return self.waiting.came(
            item.host_s, lambda at: [self.reach.missed(from_s, max(from_s, at.latest_s), why)]
        )

    def came(self, item: ExitCame) -> list[Entry]:
        """An end, once its arrival can be placed."""
        return self.waiting.came(item.host_s, lambda at: [self._fact(item.exit, at)])

    def settled(self, item: Settled) -> list[Entry]:
        """See ``Feed``; a proof waits for the ends that came before it."""
        return self.waiting.then(item.host_s, lambda: super(ExitFeed, self).settled(item))

    def _fact(self, told: ProcessExit, at: Instant) -> ProcessEnded:
        domain, code = _how(told)
        return ProcessEnded(
            at=between(self.reach.shown_s, at),
            source=Source.PROCESS_EVENTS,
            bundle_id=self._bundle_id,
            pid=told.pid,
            domain=domain,
            code=code,
        )


def _how(told: ProcessExit) -> tuple[str, int]:
    """Domain and code of an end; a phone may tell that a process ended, and no more."""
    if told.signal is not None:
        return ExitDomain.SIGNAL, told.signal
    if told.exit_code is not None:
        return ExitDomain.VOLUNTARY, told.exit_code
    return ExitDomain.OTHER, 0


def between(shown_s: float, arrived: Instant) -> Instant:
    """When something was that came after everything up to ``shown_s``, and had come by ``arrived``."""
    earliest_s = min(shown_s, arrived.earliest_s) if shown_s else arrived.earliest_s
    return Instant((earliest_s + arrived.latest_s) / 2, (arrived.latest_s - earliest_s) / 2)
