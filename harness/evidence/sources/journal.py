"""The app's journal, read from its container."""

from __future__ import annotations

import time
from contextlib import suppress

from harness.errors import AppError, CapabilityMissing, DeviceError
from harness.evidence.items import JournalCleared, JournalRead, Opened
from harness.evidence.sources.base import Desk
from harness.model.capabilities import Container
from harness.model.facts import Source
from harness.model.time import Instant


class JournalSource:
    """The app's journal, read without launching the app. Durable: what was missed is read later.

    Args:
        desk: the recorder.
        bundle_id: the app.
        path: of the journal, relative to the container.
    """

    def __init__(self, desk: Desk, bundle_id: str, path: str) -> None:
        self._desk = desk
        self._bundle_id = bundle_id
        self._path = path
        self._container: Container | None = None
        self._is_missing = False
        self._offset = 0

    async def open(self) -> None:
        """Open the container, and pass over what the journal already holds.

        A container that the phone keeps closed leaves the app's marks in the log.
        """
        try:
            self._container = await self._desk.phone.container(self._bundle_id)
        except CapabilityMissing:
            self._is_missing = True
        else:
            self._offset = await self._container.size_bytes(self._path) or 0

    async def begin(self, now: Instant) -> None:
        """See ``EvidenceSource``; a line written before its size was asked for is passed over."""
        if not self._is_missing:
            self._desk.hand(
                Opened(
                    host_s=time.monotonic(),
                    source=Source.JOURNAL,
                    shown_s=now.latest_s,
                    offset=self._offset,
                )
            )

    async def clear(self) -> None:
        """Empty the journal: the next line starts a new one."""
        if self._container:
            await self._container.remove(self._path)
        self._offset = 0
        self._desk.hand(JournalCleared(host_s=time.monotonic(), at=await self._desk.now()))

    async def settle(self, now: Instant) -> None:
        """Read what was appended."""
        if self._is_missing:
            return
        try:
            await self._read(now)
        except (DeviceError, AppError):
            await self._close()  # durable: the next read catches up

    async def _read(self, now: Instant) -> None:
        asked_s = time.monotonic()
        container = self._container or await self._reopen()
        size_bytes = await container.size_bytes(self._path)
        if size_bytes is None and self._offset:
            # An update moves journal and all to another container (background-execution.md §1.5).
            await self._close()
            container = await self._reopen()
            size_bytes = await container.size_bytes(self._path)
        size_bytes = size_bytes or 0
        offset = self._offset if self._offset <= size_bytes else 0
        data = b"" if size_bytes == offset else await container.read(self._path, offset)
        self._offset = offset + len(data)
        self._desk.hand(
            JournalRead(
                host_s=time.monotonic(),
                asked=now,
                asked_s=asked_s,
                offset=offset,
                size_bytes=size_bytes,
                data=data,
            )
        )

    async def _reopen(self) -> Container:
        self._container = await self._desk.phone.container(self._bundle_id)
        return self._container

    async def stop(self) -> None:
        """Give the container back."""
        await self._close()

    async def _close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            with suppress(DeviceError):
                await container.close()
