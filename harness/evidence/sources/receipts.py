"""The origin's receipts: what the network side saw."""

from __future__ import annotations

import time
from collections.abc import Callable

from harness.evidence.items import Opened, ReceiptCame, Settled
from harness.evidence.sources.base import Desk
from harness.model.facts import Source
from harness.model.time import Instant
from harness.origin.receipts import Receipt, ReceiptEvent
from harness.origin.run import OriginRun


class ReceiptSource:
    """Events of receipts, numbered as they come, and counted against what the origin itself keeps.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runs: list[OriginRun] = []
        self._seen: dict[int, int] = {}
        self._count = 0

    def follow(self, run: OriginRun) -> Callable[[], None]:
        """Take every receipt of a run, and count with it at each settling; returns what ends this."""
        stop = run.on_receipt(self.take)
        self._runs.append(run)

        def leave() -> None:
            self._runs.remove(run)
            stop()

        return leave

    def take(self, receipt: Receipt) -> None:
        """Take a new version of a receipt; called by the origin, on its loop."""
        known = self._seen.get(receipt.serial, 0)
        self._seen[receipt.serial] = len(receipt.events)
        for event in receipt.events[known:]:
            self._count += 1
            self._desk.hand(_item(self._count, receipt, event))

    async def open(self) -> None:
        """It is the origin that comes to it."""

    async def begin(self, now: Instant) -> None:
        """Watched from now on."""
        self._desk.hand(Opened(host_s=time.monotonic(), source=Source.RECEIPT, shown_s=now.latest_s))

    async def settle(self, now: Instant) -> None:
        """Say how many events there are."""
        self._desk.hand(
            Settled(
                host_s=time.monotonic(),
                source=Source.RECEIPT,
                asked=now,
                answered=True,
                count=self._counted(),
            )
        )

    def _counted(self) -> int:
        kept = sum(len(receipt.events) for run in self._runs for receipt in run.receipts)
        return max(kept, self._count)

    async def stop(self) -> None:
        """Nothing is open."""


def _item(number: int, receipt: Receipt, event: ReceiptEvent) -> ReceiptCame:
    return ReceiptCame(
        host_s=event.host_s,
        number=number,
        serial=receipt.serial,
        nonce=receipt.nonce,
        name=receipt.name,
        method=receipt.method,
        status=receipt.status,
        range_start=receipt.range_start,
        size_bytes=receipt.size_bytes,
        kind=event.kind,
        body_bytes=event.body_bytes,
    )
