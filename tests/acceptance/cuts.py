"""A phone whose connections can be cut beneath the harness, and stay cut for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar

from harness.errors import DeviceLost
from harness.model.capabilities import (
    AttachedDebugger,
    Container,
    DarwinStream,
    Induced,
    LogStream,
    Phone,
    ProcessEvents,
    ReportStore,
    StateStream,
)
from harness.model.identity import PhoneIdentity
from harness.model.raw import (
    DarwinNotice,
    InstalledApp,
    LogRead,
    ProcessExit,
    ProcessRow,
    ReportFile,
    Setting,
    StateNotice,
)
from harness.model.rungs import Rung
from harness.model.screen import UserInterface
from harness.model.time import PhoneClock

_T = TypeVar("_T")
_Item = TypeVar("_Item", covariant=True)


class Line(StrEnum):
    """A connection that evidence comes over."""

    STATES = "state stream"
    LOG = "log"
    JOURNAL = "journal"
    PROCESSES = "process list"
    EXITS = "process events"
    DARWIN = "Darwin notifications"
    REPORTS = "crash reports"
    SETTINGS = "settings"


class _Closable(Protocol):
    async def close(self) -> None: ...


class _Stream(_Closable, Protocol[_Item]):
    def __aiter__(self) -> AsyncIterator[_Item]: ...


class Cuts:
    """Which lines of one phone are cut, and until when.

    Args:
        phone: its name.
        clock: its clock.
    """

    def __init__(self, phone: str, clock: PhoneClock) -> None:
        self._phone = phone
        self._clock = clock
        self._until_s: dict[Line, float] = {}
        self._open: dict[Line, list[_Closable]] = {line: [] for line in Line}

    async def cut(self, *lines: Line, for_s: float) -> None:
        """Close what is open over these lines, and let nothing be opened for a span of phone time.

        All are cut at one moment: to close a connection takes a while, and the phone goes on meanwhile.
        """
        now_s = (await self._clock.now()).at_s
        closing = [what for line in lines for what in self._open[line]]
        for line in lines:
            self._until_s[line] = now_s + for_s
            self._open[line].clear()
        for what in closing:
            await what.close()

    async def whole(self, line: Line, stream: _Stream[_T]) -> AsyncIterator[_T]:
        """What comes over a line for as long as it is not cut."""
        async for item in stream:
            if stream not in self._open[line]:
                return
            yield item

    async def check(self, line: Line) -> None:
        """Pass over a line.

        Raises:
            DeviceLost: it is cut.
        """
        until_s = self._until_s.get(line)
        if until_s is not None and (await self._clock.now()).at_s < until_s:
            raise DeviceLost(f"the {line} is cut", phone=self._phone)

    def opened(self, line: Line, what: _Closable) -> None:
        """Remember what has to be closed when the line is cut."""
        self._open[line].append(what)

    def closed(self, line: Line, what: _Closable) -> None:
        """Forget it; it was closed already."""
        if what in self._open[line]:
            self._open[line].remove(what)


class CutStateStream:
    """A state stream over a line that can be cut."""

    def __init__(self, inner: StateStream, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    def __aiter__(self) -> AsyncIterator[StateNotice]:
        return self._cuts.whole(Line.STATES, self._inner)

    async def round_trip(self) -> None:
        """See ``StateStream``."""
        await self._cuts.check(Line.STATES)
        await self._inner.round_trip()

    async def close(self) -> None:
        """See ``StateStream``."""
        self._cuts.closed(Line.STATES, self._inner)
        await self._inner.close()


class CutLogStream:
    """A live log over a line that can be cut."""

    def __init__(self, inner: LogStream, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    def __aiter__(self) -> AsyncIterator[LogRead]:
        return self._cuts.whole(Line.LOG, self._inner)

    async def close(self) -> None:
        """See ``LogStream``."""
        self._cuts.closed(Line.LOG, self._inner)
        await self._inner.close()


class CutProcessEvents:
    """Ends of processes over a line that can be cut."""

    def __init__(self, inner: ProcessEvents, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    def __aiter__(self) -> AsyncIterator[ProcessExit]:
        return self._cuts.whole(Line.EXITS, self._inner)

    async def observe(self, pid: int) -> None:
        """See ``ProcessEvents``."""
        await self._cuts.check(Line.EXITS)
        await self._inner.observe(pid)

    async def round_trip(self) -> None:
        """See ``ProcessEvents``."""
        await self._cuts.check(Line.EXITS)
        await self._inner.round_trip()

    async def close(self) -> None:
        """See ``ProcessEvents``."""
        self._cuts.closed(Line.EXITS, self._inner)
        await self._inner.close()


class CutDarwinStream:
    """Darwin notifications over a line that can be cut."""

    def __init__(self, inner: DarwinStream, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    def __aiter__(self) -> AsyncIterator[DarwinNotice]:
        return self._cuts.whole(Line.DARWIN, self._inner)

    async def round_trip(self) -> None:
        """See ``DarwinStream``."""
        await self._cuts.check(Line.DARWIN)
        await self._inner.round_trip()

    async def close(self) -> None:
        """See ``DarwinStream``."""
        self._cuts.closed(Line.DARWIN, self._inner)
        await self._inner.close()


class CutReportStore:
    """A store of reports over a line that can be cut."""

    def __init__(self, inner: ReportStore, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    async def flush(self) -> None:
        """See ``ReportStore``."""
        await self._cuts.check(Line.REPORTS)
        await self._inner.flush()

    async def files(self) -> tuple[ReportFile, ...]:
        """See ``ReportStore``."""
        await self._cuts.check(Line.REPORTS)
        return await self._inner.files()

    async def read(self, name: str) -> bytes:
        """See ``ReportStore``."""
        await self._cuts.check(Line.REPORTS)
        return await self._inner.read(name)

    async def close(self) -> None:
        """See ``ReportStore``."""
        self._cuts.closed(Line.REPORTS, self._inner)
        await self._inner.close()


class CutContainer:
    """An app's container over a line that can be cut."""

    def __init__(self, inner: Container, cuts: Cuts) -> None:
        self._inner = inner
        self._cuts = cuts

    async def size_bytes(self, path: str) -> int | None:
        """See ``Container``."""
        await self._cuts.check(Line.JOURNAL)
        return await self._inner.size_bytes(path)

    async def read(self, path: str, offset: int = 0) -> bytes:
        """See ``Container``."""
        await self._cuts.check(Line.JOURNAL)
        return await self._inner.read(path, offset)

    async def write(self, path: str, data: bytes) -> None:
        """See ``Container``."""
        await self._cuts.check(Line.JOURNAL)
        await self._inner.write(path, data)

    async def remove(self, path: str) -> None:
        """See ``Container``."""
        await self._cuts.check(Line.JOURNAL)
        await self._inner.remove(path)

    async def close(self) -> None:
        """See ``Container``."""
        self._cuts.closed(Line.JOURNAL, self._inner)
        await self._inner.close()


class CutPhone:
    """A phone over lines that can be cut; implements ``model.capabilities.Phone``.

    Args:
        inner: the phone beneath.

    Attributes:
        cuts: cuts its lines.
        before_signal: done when a signal is asked for, before it is sent.
        send_instead: number of a signal -> the number that is really sent.
        is_stuck: whether its Wi-Fi stays as it is although the phone says that it switched it.
    """

    def __init__(self, inner: Phone) -> None:
        self._inner = inner
        self.cuts = Cuts(inner.identity.name, inner.clock)
        self.before_signal: Callable[[], Awaitable[None]] | None = None
        self.send_instead: dict[int, int] = {}
        self.is_stuck = False

    @property
    def identity(self) -> PhoneIdentity:
        """See ``Phone``."""
        return self._inner.identity

    @property
    def clock(self) -> PhoneClock:
        """See ``Phone``."""
        return self._inner.clock

    async def launch(
        self,
        bundle_id: str,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        kill_existing: bool = False,
    ) -> int:
        """See ``Phone``."""
        return await self._inner.launch(
            bundle_id, arguments=arguments, environment=environment, kill_existing=kill_existing
        )

    async def signal(self, pid: int, number: int) -> None:
        """See ``Phone``; what was asked to come first or instead does."""
        first, self.before_signal = self.before_signal, None
        if first is not None:
            await first()
        await self._inner.signal(pid, self.send_instead.get(number, number))

    async def pid_of(self, bundle_id: str) -> int | None:
        """See ``Phone``."""
        return await self._inner.pid_of(bundle_id)

    async def processes(self) -> tuple[ProcessRow, ...]:
        """See ``Phone``."""
        await self.cuts.check(Line.PROCESSES)
        return await self._inner.processes()

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        """See ``Phone``."""
        return await self._inner.app_info(bundle_id)

    async def apps(self) -> tuple[InstalledApp, ...]:
        """See ``Phone``."""
        return await self._inner.apps()

    async def container(self, bundle_id: str) -> Container:
        """See ``Phone``."""
        await self.cuts.check(Line.JOURNAL)
        inner = await self._inner.container(bundle_id)
        self.cuts.opened(Line.JOURNAL, inner)
        return CutContainer(inner, self.cuts)

    async def post_darwin(self, name: str) -> None:
        """See ``Phone``."""
        await self._inner.post_darwin(name)

    async def states(self) -> StateStream:
        """See ``Phone``."""
        await self.cuts.check(Line.STATES)
        inner = await self._inner.states()
        self.cuts.opened(Line.STATES, inner)
        return CutStateStream(inner, self.cuts)

    async def log(self) -> LogStream:
        """See ``Phone``."""
        await self.cuts.check(Line.LOG)
        inner = await self._inner.log()
        self.cuts.opened(Line.LOG, inner)
        return CutLogStream(inner, self.cuts)

    async def provoke_log(self) -> None:
        """See ``Phone``."""
        await self._inner.provoke_log()

    async def process_events(self) -> ProcessEvents:
        """See ``Phone``."""
        await self.cuts.check(Line.EXITS)
        inner = await self._inner.process_events()
        self.cuts.opened(Line.EXITS, inner)
        return CutProcessEvents(inner, self.cuts)

    async def darwin(self, names: Sequence[str]) -> DarwinStream:
        """See ``Phone``."""
        await self.cuts.check(Line.DARWIN)
        inner = await self._inner.darwin(names)
        self.cuts.opened(Line.DARWIN, inner)
        return CutDarwinStream(inner, self.cuts)

    async def reports(self) -> ReportStore:
        """See ``Phone``."""
        await self.cuts.check(Line.REPORTS)
        inner = await self._inner.reports()
        self.cuts.opened(Line.REPORTS, inner)
        return CutReportStore(inner, self.cuts)

    async def settings(self) -> tuple[Setting, ...]:
        """See ``Phone``."""
        await self.cuts.check(Line.SETTINGS)
        return await self._inner.settings()

    async def log_archive(self, since_s: float) -> bytes:
        """See ``Phone``."""
        return await self._inner.log_archive(since_s)

    async def attach_debugger(self, pid: int) -> AttachedDebugger:
        """See ``Phone``."""
        return await self._inner.attach_debugger(pid)

    @property
    def rungs(self) -> frozenset[Rung]:
        """See ``Phone``."""
        return self._inner.rungs

    @property
    def ui(self) -> UserInterface:
        """See ``Phone``."""
        return self._inner.ui

    async def set_wifi(self, on: bool) -> None:
        """See ``Phone``; one that is stuck says that it did."""
        if not self.is_stuck:
            await self._inner.set_wifi(on)

    async def induce(self, condition: str) -> Induced:
        """See ``Phone``."""
        return await self._inner.induce(condition)

    async def stop_inducing(self) -> None:
        """See ``Phone``."""
        await self._inner.stop_inducing()

    async def simulate_location(self, latitude: float, longitude: float) -> None:
        """See ``Phone``."""
        await self._inner.simulate_location(latitude, longitude)

    async def stop_simulating_location(self) -> None:
        """See ``Phone``."""
        await self._inner.stop_simulating_location()

    async def upgrade(self, package: Path) -> None:
        """See ``Phone``."""
        await self._inner.upgrade(package)

    async def reboot(self) -> None:
        """See ``Phone``."""
        await self._inner.reboot()

    async def mount_image(self) -> None:
        """See ``Phone``."""
        await self._inner.mount_image()

    async def close(self) -> None:
        """See ``Phone``."""
        await self._inner.close()
