"""Crash and jetsam reports that one phone keeps, over crashreportmover and crashreportcopymobile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.opened import Opened
from harness.drivers.pmd3.way import Way
from harness.errors import EvidenceError
from harness.model.raw import ReportFile

if TYPE_CHECKING:
    from pymobiledevice3.service_connection import ServiceConnection
    from pymobiledevice3.services.crash_reports import CrashReportsManager

MOVED = b"ping\x00"
"""What the mover says when every report is where it can be read."""

FLUSH_S = 60.0
LIST_S = 60.0
READ_S = 60.0

DEEPEST = 8
"""Directories within directories that are looked into; a phone has two or three."""


class Pmd3ReportStore:
    """Reports of one phone; implements ``model.capabilities.ReportStore``.

    Args:
        phone: the phone's name.
        way: the way to the phone, as the manager was opened on it.
        manager: the reports as the library reaches them.
    """

    def __init__(self, phone: str, way: Way, manager: CrashReportsManager) -> None:
        self._phone = phone
        self._opened = Opened(phone, way, "store of reports")
        self._manager = manager
        self._files = manager.afc

    async def flush(self) -> None:
        """Have the phone move what it has just written to where it can be read.

        Raises:
            EvidenceError: the phone said something else than that it has.
        """
        async with self._opened.command("moving the reports", FLUSH_S):
            # The library's own flush leaves its connection open.
            mover = await self._manager.lockdown.start_lockdown_service(
                self._manager.crash_mover_service_name
            )
            try:
                said = await _what_came(mover, len(MOVED))
            finally:
                await mover.close()
        if said != MOVED:
            raise EvidenceError(
                f"the phone did not move its reports, it said {said!r}",
                phone=self._phone,
                fix="Restart the phone.",
            )

    async def files(self) -> tuple[ReportFile, ...]:
        """Every report of the store and its directories, by name; links are not followed."""
        async with self._opened.command("listing the reports", LIST_S):
            found = [file async for file in self._below("", 0)]
        return tuple(sorted(found, key=lambda file: file.name))

    async def read(self, name: str) -> bytes:
        """One report, whole; empty when it is gone.

        Args:
            name: path below the root of the store, as ``files`` tells it.
        """
        async with self._opened.command(f"reading the report {name}", READ_S):
            size_bytes = int((await self._stat(name) or {}).get("st_size", 0))
            return await self._read(name, size_bytes) if size_bytes else b""

    async def close(self) -> None:
        """Give the connection back; a lost phone is no error."""
        self._opened.close()
        await close_within(self._phone, "the reports", self._manager.aclose())

    async def _below(self, directory: str, depth: int) -> AsyncIterator[ReportFile]:
        names = [f"{directory}/{entry}".lstrip("/") for entry in await self._listed(directory)]
        # All at once: one after another, each would wait for the way there and back.
        for name, told in zip(names, await asyncio.gather(*map(self._stat, names)), strict=True):
            # What went between the listing and the question is no report any more.
            kind = told and told.get("st_ifmt")
            if told and kind == "S_IFREG":
                yield ReportFile(name, int(told["st_size"]), told["st_mtime"].timestamp())
            elif kind == "S_IFDIR" and depth < DEEPEST:
                async for file in self._below(name, depth + 1):
                    yield file

    async def _listed(self, directory: str) -> list[str]:
        from pymobiledevice3.exceptions import AfcFileNotFoundError

        try:
            return await self._files.listdir(f"/{directory}")
        except AfcFileNotFoundError:
            return []

    async def _stat(self, name: str) -> dict[str, Any] | None:
        from pymobiledevice3.exceptions import AfcFileNotFoundError

        try:
            return await self._files.stat(f"/{name}")
        except AfcFileNotFoundError:
            return None

    async def _read(self, name: str, size_bytes: int) -> bytes:
        from pymobiledevice3.exceptions import AfcFileNotFoundError

        try:
            handle = await self._files.fopen(f"/{name}", "r")
        except AfcFileNotFoundError:
            return b""
        try:
            return await self._files.fread(handle, size_bytes)
        finally:
            await self._files.fclose(handle)


async def _what_came(service: ServiceConnection, size_bytes: int) -> bytes:
    """The answer of a service that hangs up as soon as it has given it.

    asyncio's own goodbye then meets a closed socket, and a reader whose connection has ended in an error
    before it was asked tells the error, and not what it holds.

    Raises:
        ConnectionTerminatedError: the connection ended before all of it had come.
    """
    reader: Any = service.reader
    if reader.exception() is not None:
        reader.feed_eof()
        reader.set_exception(None)
    return await service.recvall(size_bytes)


async def open_reports(way: Way, phone: str) -> Pmd3ReportStore:
    """Open the store; returns once it is connected."""
    from pymobiledevice3.services.crash_reports import CrashReportsManager

    manager = CrashReportsManager(way.provider)
    await manager.afc.connect()
    return Pmd3ReportStore(phone, way, manager)
