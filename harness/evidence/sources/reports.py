"""Crash and jetsam reports that the phone keeps."""

from __future__ import annotations

import time
from contextlib import suppress

from harness.errors import CapabilityMissing, DeviceError, EvidenceError
from harness.evidence.items import Opened, ReportsRead
from harness.evidence.sources.base import Desk
from harness.model.capabilities import ReportStore
from harness.model.facts import Source
from harness.model.raw import ReportFile
from harness.model.time import Instant


class ReportSource:
    """Reports that were written since the start. Durable: what was missed is read later.

    The phone has to be asked to move its reports to where they can be read, which takes longer than all
    other questions of a settling together. So it is asked only when there may be one: after an end of the
    app, or when an end could have been missed.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store: ReportStore | None = None
        self._is_missing = False
        self._known: frozenset[ReportFile] = frozenset()
        self._is_due = False

    def expect_one(self) -> None:
        """The phone may have written one: the next settling looks."""
        self._is_due = True

    async def open(self) -> None:
        """Open the store, and pass over what is in it."""
        try:
            self._store = await self._desk.phone.reports()
        except CapabilityMissing:
            self._is_missing = True
        else:
            self._known = frozenset(await self._store.files())

    async def begin(self, now: Instant) -> None:
        """See ``EvidenceSource``; what was not listed yet is told even if it was written before."""
        if not self._is_missing:
            self._desk.hand(Opened(host_s=time.monotonic(), source=Source.REPORTS, shown_s=now.latest_s))

    async def settle(self, now: Instant) -> None:
        """Read what is new, if there may be anything."""
        if self._is_missing or not self._is_due:
            return
        try:
            await self._read(now)
        except (DeviceError, EvidenceError):  # it went away, or said something odd
            self._is_due = True
            await self._close()  # durable: the next look shows the same

    async def _read(self, now: Instant) -> None:
        if self._store is None:
            self._store = await self._desk.phone.reports()
        await self._store.flush()
        self._is_due = False  # what ends while the list is read is for the next look
        listed = await self._store.files()
        fresh = tuple(file for file in listed if file not in self._known)
        bodies = [await self._store.read(file.name) for file in fresh]
        self._known = frozenset(listed)
        self._desk.hand(ReportsRead(host_s=time.monotonic(), asked=now, files=fresh, bodies=tuple(bodies)))

    async def stop(self) -> None:
        """Give the store back."""
        await self._close()

    async def _close(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            with suppress(DeviceError):
                await store.close()
