"""A phone that exists in memory only: it shows what a test puts into it, and breaks when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Generic, TypeVar

from harness.errors import AppNotRunning, CapabilityMissing, DeviceError, DeviceLost, EvidenceError
from harness.model.capabilities import AttachedDebugger, DarwinStream, ProcessEvents, ReportStore
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.raw import (
    DarwinNotice,
    InstalledApp,
    LogLoss,
    LogRead,
    LogRecord,
    ProcessExit,
    ProcessRow,
    ReportFile,
    Setting,
    StateNotice,
)
from harness.model.time import Instant
from harness.wire.ostrace_record import OsTraceLoss, OsTraceRecord
from tests.unit.evidence.handacts import HandActs

APP = "dev.harness.downloader"
T = TypeVar("T")


def lost() -> DeviceError:
    return DeviceLost("the cable was pulled", phone="memory")


class HandClock:
    """A clock that a test sets, and that goes on a little whenever the phone is asked for a stream."""

    def __init__(self, at_s: float = 100.0, error_s: float = 0.01) -> None:
        self.at_s = at_s
        self.error_s = error_s

    async def now(self) -> Instant:
        return Instant(self.at_s, self.error_s)

    async def let_pass(self, until_s: float) -> Instant:
        self.at_s = max(self.at_s, until_s)
        return await self.now()


class HandStream(Generic[T]):
    """An ordered connection, which ends when it is cut."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[T | None] = asyncio.Queue()
        self.is_cut = False
        self.closed = False

    def show(self, *items: T) -> None:
        for item in items:
            self._items.put_nowait(item)

    def cut(self) -> None:
        self.is_cut = True
        self._items.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[T]:
        while (item := await self._items.get()) is not None:
            yield item
            self._items.task_done()

    async def round_trip(self) -> None:
        if self.is_cut:
            raise lost()
        await self._items.join()

    async def close(self) -> None:
        self.closed = True


class HandLog(HandStream[LogRead]):
    """A live log, each record in a read of its own."""

    def tell(self, *items: LogRecord | LogLoss) -> None:
        for item in items:
            self.show(LogRead(0.0, written_record(item)))


class HandEvents(HandStream[ProcessExit]):
    """Ends of processes; one that is not there cannot be observed."""

    def __init__(self, running: set[int]) -> None:
        super().__init__()
        self.running = running
        self.observed: list[int] = []

    async def observe(self, pid: int) -> None:
        if pid not in self.running:
            raise AppNotRunning(f"no process {pid}", phone="memory")
        self.observed.append(pid)


class HandStore:
    """Reports by name."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}
        self.is_gone = False
        self.is_odd = False
        self.flushed = 0

    async def flush(self) -> None:
        if self.is_gone:
            raise lost()
        if self.is_odd:
            raise EvidenceError("it did not move its reports")
        self.flushed += 1

    async def files(self) -> tuple[ReportFile, ...]:
        return tuple(ReportFile(name, len(body), 1.0) for name, body in self.bodies.items())

    async def read(self, name: str) -> bytes:
        return self.bodies.get(name, b"")

    async def close(self) -> None:
        self.is_gone = False


class HandContainer:
    """Files by path."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.is_cut = False

    def _check(self) -> None:
        if self.is_cut:
            raise lost()

    async def size_bytes(self, path: str) -> int | None:
        self._check()
        return len(self.files[path]) if path in self.files else None

    async def read(self, path: str, offset: int = 0) -> bytes:
        self._check()
        return self.files.get(path, b"")[offset:]

    async def write(self, path: str, data: bytes) -> None:
        self.files[path] = data

    async def remove(self, path: str) -> None:
        self.files.pop(path, None)

    async def close(self) -> None:
        self.is_cut = True


READ_TURNS = 4
"""Turns of the loop in which a record that was written is read: its queue, its reader, and two to spare."""


class HandPhone(HandActs):
    """The phone; what no source of evidence asks for is missing.

    Attributes:
        connecting_s: phone time that goes by until a stream is confirmed.
        logs_when_provoked: whether a provoked record comes.
        provoking_s: wall time until it writes a provoked record, of which its answer comes later.
        offers_all: whether it has process events, Darwin notifications, reports and settings.
    """

    def __init__(self) -> None:
        super().__init__()
        self.identity = PhoneIdentity("memory", "0000", "17.0", "iPhone15,4", Hardware.VIRTUAL)
        self.clock = HandClock()
        self.state_streams: list[HandStream[StateNotice]] = []
        self.log_streams: list[HandLog] = []
        self.files = HandContainer()
        self.rows: tuple[ProcessRow, ...] = ()
        self.connecting_s = 0.0
        self.is_gone = False
        self.logs_when_provoked = True
        self.provoking_s = 0.0
        self.offers_all = False
        self.event_streams: list[HandEvents] = []
        self.darwin_streams: list[HandStream[DarwinNotice]] = []
        self.store = HandStore()
        self.running: set[int] = set()

    def _reach(self) -> None:
        if self.is_gone:
            raise lost()

    async def states(self) -> HandStream[StateNotice]:
        self._reach()
        self.clock.at_s += self.connecting_s
        self.state_streams.append(HandStream())
        return self.state_streams[-1]

    async def log(self) -> HandLog:
        self._reach()
        self.clock.at_s += self.connecting_s
        self.log_streams.append(HandLog())
        return self.log_streams[-1]

    async def provoke_log(self) -> None:
        self._reach()
        await asyncio.sleep(self.provoking_s)
        if self.logs_when_provoked:
            self.log_streams[-1].tell(logged(self.clock.at_s + 0.5))
        for _ in range(READ_TURNS):
            await asyncio.sleep(0)

    async def container(self, bundle_id: str) -> HandContainer:
        self._reach()
        self.files.is_cut = False
        return self.files

    async def processes(self) -> tuple[ProcessRow, ...]:
        self._reach()
        return self.rows

    async def launch(
        self,
        bundle_id: str,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        kill_existing: bool = False,
    ) -> int:
        raise CapabilityMissing("it launches nothing", phone="memory")

    async def signal(self, pid: int, number: int) -> None:
        raise CapabilityMissing("it signals nothing", phone="memory")

    async def pid_of(self, bundle_id: str) -> int | None:
        return next((row.pid for row in self.rows if row.bundle_id == bundle_id), None)

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        return None

    async def apps(self) -> tuple[InstalledApp, ...]:
        return ()

    async def post_darwin(self, name: str) -> None:
        raise CapabilityMissing("it hears nothing", phone="memory")

    async def process_events(self) -> ProcessEvents:
        self._offer("it observes nothing")
        self.event_streams.append(HandEvents(self.running))
        return self.event_streams[-1]

    async def darwin(self, names: Sequence[str]) -> DarwinStream:
        self._offer("it relays nothing")
        self.darwin_streams.append(HandStream())
        return self.darwin_streams[-1]

    async def reports(self) -> ReportStore:
        self._offer("it keeps no reports")
        return self.store

    async def settings(self) -> tuple[Setting, ...]:
        self._reach()
        return (Setting("wifi", "on"),) if self.offers_all else ()

    def _offer(self, why_not: str) -> None:
        self._reach()
        if not self.offers_all:
            raise CapabilityMissing(why_not, phone="memory")

    async def log_archive(self, since_s: float) -> bytes:
        raise CapabilityMissing("it keeps no log", phone="memory")

    async def attach_debugger(self, pid: int) -> AttachedDebugger:
        raise CapabilityMissing("it has no debugserver", phone="memory")

    async def close(self) -> None:
        self.is_gone = True


def written_record(item: LogRecord | LogLoss) -> bytes:
    """A record, as it comes over the wire."""
    at_us = round(item.phone_s * 1e6)
    if isinstance(item, LogLoss):
        return OsTraceLoss(at_us, 1).encode()
    path = f"/usr/libexec/{item.process}"
    return OsTraceRecord(
        at_us, item.pid, path, item.message, subsystem=item.subsystem, category=item.category, image_path=path
    ).encode()


def logged(at_s: float, message: str = "something", process: str = "lockdownd") -> LogRecord:
    return LogRecord(at_s, process, 30, "notice", message)


def suspended(at_s: float, pid: int = 41) -> LogRecord:
    return logged(at_s, f"[app<{APP}>:{pid}] Suspending task.", "runningboardd")


def notice(at_s: float, state: int, pid: int = 41, bundle_id: str = APP) -> StateNotice:
    return StateNotice(at_s, int(at_s * 1e6), pid, state, bundle_id, "Downloader")
