"""The origin's receipts: what the network side saw."""

from __future__ import annotations

from harness.evidence.clocktrack import ClockTrack
from harness.evidence.feeds.feed import Feed
from harness.evidence.feeds.waiting import Waiting
from harness.evidence.items import ReceiptCame, Settled
from harness.evidence.record import Entry
from harness.model.facts import Gap, Source, TransferPhase, TransferSeen
from harness.model.time import Instant
from harness.origin.body import BLOCK_BYTES
from harness.origin.receipts import EventKind

PHASES: dict[str, TransferPhase] = {
    EventKind.STARTED: TransferPhase.STARTED,
    EventKind.SENT: TransferPhase.PROGRESS,
    EventKind.RECEIVED: TransferPhase.PROGRESS,
    EventKind.HELD: TransferPhase.HELD,
    EventKind.RELEASED: TransferPhase.RELEASED,
    EventKind.FINISHED: TransferPhase.FINISHED,
    EventKind.BROKEN: TransferPhase.BROKEN,
}
"""Events of a receipt that become facts; a first byte does not."""


UPLOADS = frozenset({"PUT", "POST"})
"""Methods by which a phone sends a file."""


class ReceiptFeed(Feed):
    """Receipts as facts, placed in phone time by the exchanges around them.

    The origin numbers its events and counts them. A number that is skipped, or a count at settling that is
    higher than the last number, is a gap from the last proof on; it is taken back when the missing events
    come after all.

    Args:
        track: the readings of the phone's clock.
    """

    def __init__(self, track: ClockTrack) -> None:
        super().__init__(Source.RECEIPT)
        self.waiting = Waiting(track)
        self._missing: dict[int, Gap] = {}
        self._last = 0
        self._delivered: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def came(self, item: ReceiptCame) -> list[Entry]:
        """One event, once it can be placed."""
        return self.waiting.came(item.host_s, lambda at: self._placed(item, at))

    def settled(self, item: Settled) -> list[Entry]:
        """A proof: the events up to now are told, as many as the origin counts."""
        return self.waiting.then(item.host_s, lambda: self._counted(item))

    def _placed(self, item: ReceiptCame, at: Instant) -> list[Entry]:
        told: list[Entry] = [*self._skip_to(item.number - 1, at.latest_s), *self._found(item.number)]
        self._last = max(self._last, item.number)
        phase = PHASES.get(item.kind)
        return [*told, self._fact(item, at, phase)] if phase else told

    def _counted(self, item: Settled) -> list[Entry]:
        told = self._skip_to(item.count, item.asked.latest_s)
        return [*told, *super().settled(item)]

    def _skip_to(self, number: int, to_s: float) -> list[Entry]:
        """Own up to the events after the last one, up to ``number``, that did not come."""
        if number <= self._last:
            return []
        from_s = self.reach.shown_s
        why = f"{number - self._last} event(s) of the origin did not arrive"
        gap = self.reach.missed(min(from_s, to_s), to_s, why)
        self._missing |= dict.fromkeys(range(self._last + 1, number + 1), gap)
        self._last = number
        return [gap]

    def _found(self, number: int) -> list[Entry]:
        gap = self._missing.pop(number, None)
        return [self.reach.taken_back(gap)] if gap and gap not in self._missing.values() else []

    def _fact(self, item: ReceiptCame, at: Instant, phase: TransferPhase) -> TransferSeen:
        return TransferSeen(
            at=at,
            source=Source.RECEIPT,
            nonce=item.nonce,
            name=item.name,
            request=item.serial,
            phase=phase,
            body_bytes=item.body_bytes,
            range_start=item.range_start,
            size_bytes=item.size_bytes,
            complete=self._is_whole(item, phase),
            interface=item.interface,
        )

    def _is_whole(self, item: ReceiptCame, phase: TransferPhase) -> bool:
        if item.method in UPLOADS:
            # The origin answers an upload only after a body that ended as HTTP says it must.
            return phase is TransferPhase.FINISHED and item.status is not None and 200 <= item.status < 300
        ended = phase in (TransferPhase.FINISHED, TransferPhase.BROKEN)
        if not ended or item.method != "GET" or item.status not in (200, 206) or not item.size_bytes:
            return False
        end = item.range_start + item.body_bytes
        if phase is TransferPhase.BROKEN:
            # What a broken response sent is a lower bound; a peer that goes on may have got a block more.
            end = min(end + BLOCK_BYTES, item.size_bytes - 1)
        parts = self._delivered.setdefault((item.nonce, item.name), [])
        parts.append((item.range_start, end))
        return phase is TransferPhase.FINISHED and _covers(parts, item.size_bytes)


def _covers(parts: list[tuple[int, int]], size_bytes: int) -> bool:
    reached = 0
    for start, end in sorted(parts):
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= size_bytes
