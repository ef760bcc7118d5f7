"""The origin's receipts: what the network side saw."""

from __future__ import annotations

from harness.evidence.clocktrack import ClockTrack
from harness.evidence.timeline import Timeline
from harness.model.facts import Source, TransferPhase, TransferSeen, Watermark
from harness.model.time import Instant
from harness.origin.body import BLOCK_BYTES
from harness.origin.receipts import EventKind, Receipt, ReceiptEvent

PHASES: dict[EventKind, TransferPhase] = {
    EventKind.STARTED: TransferPhase.STARTED,
    EventKind.HELD: TransferPhase.HELD,
    EventKind.RELEASED: TransferPhase.RELEASED,
    EventKind.FINISHED: TransferPhase.FINISHED,
    EventKind.BROKEN: TransferPhase.BROKEN,
}
"""Events of a receipt that become facts; progress does not."""


class ReceiptSource:
    """Receipts as facts, placed in phone time by the exchanges around them.

    A receipt's event is kept until the phone's clock was read after it, so that its instant has an
    error bound on both sides.

    Args:
        timeline: where facts go.
        track: the readings of the phone's clock.
    """

    def __init__(self, timeline: Timeline, track: ClockTrack) -> None:
        self._timeline = timeline
        self._track = track
        self._waiting: list[tuple[Receipt, ReceiptEvent]] = []
        self._seen: dict[int, int] = {}
        self._delivered: dict[tuple[str, str], list[tuple[int, int]]] = {}

    def take(self, receipt: Receipt) -> None:
        """Take a new version of a receipt; called by the origin, on its loop."""
        known = self._seen.get(receipt.serial, 0)
        self._waiting += [(receipt, event) for event in receipt.events[known:]]
        self._seen[receipt.serial] = len(receipt.events)

    async def start(self, now: Instant) -> None:
        """Watched from now on."""
        self._timeline.append(Watermark(Source.RECEIPT, now.earliest_s))

    async def settle(self, now: Instant) -> None:
        """Turn what came before the last clock reading into facts; the rest waits for the next."""
        waiting, self._waiting = self._waiting, []
        for receipt, event in waiting:
            phase = PHASES.get(event.kind)
            if phase and self._track.spans(event.host_s):
                self._timeline.append(self._fact(receipt, event, phase))
            elif phase:
                self._waiting.append((receipt, event))
        self._timeline.append(Watermark(Source.RECEIPT, now.earliest_s))

    def _fact(self, receipt: Receipt, event: ReceiptEvent, phase: TransferPhase) -> TransferSeen:
        return TransferSeen(
            at=self._track.place(event.host_s),
            source=Source.RECEIPT,
            nonce=receipt.nonce,
            name=receipt.name,
            request=receipt.serial,
            phase=phase,
            body_bytes=event.body_bytes,
            complete=self._is_whole(receipt, phase),
        )

    def _is_whole(self, receipt: Receipt, phase: TransferPhase) -> bool:
        ended = phase in (TransferPhase.FINISHED, TransferPhase.BROKEN)
        if not ended or receipt.method != "GET" or receipt.status not in (200, 206) or not receipt.size_bytes:
            return False
        end = receipt.range_start + receipt.body_bytes
        if phase is TransferPhase.BROKEN:
            # What a broken response sent is a lower bound; a peer that goes on may have got a block more.
            end = min(end + BLOCK_BYTES, receipt.size_bytes - 1)
        parts = self._delivered.setdefault((receipt.nonce, receipt.name), [])
        parts.append((receipt.range_start, end))
        return phase is TransferPhase.FINISHED and _covers(parts, receipt.size_bytes)

    async def stop(self) -> None:
        """Nothing is open."""


def _covers(parts: list[tuple[int, int]], size_bytes: int) -> bool:
    reached = 0
    for start, end in sorted(parts):
        if start > reached:
            return False
        reached = max(reached, end)
    return reached >= size_bytes
