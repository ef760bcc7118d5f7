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
    """Events of receipts, each with a number of its own: also those that the origin keeps and did not tell.

    An event has its number from the moment at which anybody knows of it, as it comes or as it is found at a
    settling among what the origin keeps. So a loss in one run cannot be made up for by the events of
    another, and an event that comes late has the number under which it was missed.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._runs: list[OriginRun] = []
        self._seen: dict[int, int] = {}
        self._numbers: dict[int, list[int]] = {}
        self._count = 0
        self._failure: Exception | None = None

    def follow(self, run: OriginRun) -> Callable[[], None]:
        """Take every receipt of a run, and count its events at each settling.

        Returns:
            What ends this; the events that the run keeps by then still count.
        """
        stop = run.on_receipt(self.take)
        self._runs.append(run)

        def leave() -> None:
            stop()
            self._number_all(run)
            self._runs.remove(run)

        return leave

    def take(self, receipt: Receipt) -> None:
        """Take a new version of a receipt; called by the origin, on its loop. Raises nothing."""
        known = self._seen.get(receipt.serial, 0)
        self._seen[receipt.serial] = len(receipt.events)
        numbers = self._number(receipt)
        try:
            for number, event in zip(numbers[known:], receipt.events[known:], strict=True):
                self._desk.hand(_item(number, receipt, event))
        except Exception as error:  # whatever it is: raised here, it would break the app's download
            self._failure = self._failure or error

    async def open(self) -> None:
        """It is the origin that comes to it."""

    async def begin(self, now: Instant) -> None:
        """Watched from now on."""
        self._desk.hand(Opened(host_s=time.monotonic(), source=Source.RECEIPT, shown_s=now.latest_s))

    async def settle(self, now: Instant) -> None:
        """Say how many events there are.

        Raises:
            Exception: what kept one of them from being told.
        """
        self._raise_failure()
        for run in self._runs:
            self._number_all(run)
        self._desk.hand(
            Settled(
                host_s=time.monotonic(),
                source=Source.RECEIPT,
                asked=now,
                answered=True,
                count=self._count,
            )
        )

    def _number_all(self, run: OriginRun) -> None:
        for receipt in run.receipts:
            self._number(receipt)

    def _number(self, receipt: Receipt) -> list[int]:
        """The numbers of a receipt's events; those that have none yet get the next ones."""
        numbers = self._numbers.setdefault(receipt.serial, [])
        fresh = max(0, len(receipt.events) - len(numbers))
        numbers += range(self._count + 1, self._count + 1 + fresh)
        self._count += fresh
        return numbers

    async def stop(self) -> None:
        """Nothing is open; raises as ``settle`` does."""
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure


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
        interface=receipt.interface,
    )
