"""All sources of one phone and one app, for the length of one test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import TypeVar

from harness.errors import (
    AppNotInstalled,
    AppNotRunning,
    CapabilityMissing,
    DeveloperModeOff,
    DeviceLocked,
    HarnessError,
    ImageNotMounted,
    PairingRequired,
    SetupImpossible,
)
from harness.evidence.clocktrack import ClockTrack
from harness.evidence.items import ClockRead, Item, Noted, Watching
from harness.evidence.record import Entry
from harness.evidence.sources.base import EvidenceSource, end
from harness.evidence.sources.darwin import DarwinSource
from harness.evidence.sources.exits import ExitSource
from harness.evidence.sources.journal import JournalSource
from harness.evidence.sources.log import LogSource
from harness.evidence.sources.processes import ProcessSource
from harness.evidence.sources.receipts import ReceiptSource
from harness.evidence.sources.reports import ReportSource
from harness.evidence.sources.settings import SettingSource
from harness.evidence.sources.states import StateSource
from harness.evidence.tape import Tape
from harness.evidence.teller import Teller
from harness.evidence.timeline import Timeline
from harness.evidence.watched import WatchedApp
from harness.model.capabilities import Phone
from harness.model.facts import (
    ActionTaken,
    ClockCompared,
    Gap,
    Mark,
    ProcessEnded,
    ProcessSeen,
    Source,
    StateSeen,
    Verb,
)
from harness.model.states import AppState
from harness.model.time import Instant

__all__ = ["Recorder", "WatchedApp"]

_T = TypeVar("_T")

REFUSALS = (
    AppNotInstalled,
    AppNotRunning,
    CapabilityMissing,
    DeveloperModeOff,
    DeviceLocked,
    ImageNotMounted,
    PairingRequired,
    SetupImpossible,
)
"""Errors that say that an action was not done. Any other leaves it open; ``CommandRefused`` too, which is
also said of a launch that named no process."""


LAST_LOOK_S = 40.0
"""How long the last look may take, in wall time: a real phone takes seconds to move its reports and be read.
Guessed. What it did not come to is not on the timeline; no verdict waits for it any more."""

STOP_S = 10.0
"""How long the end of each source is waited for, in wall time; a phone that answers takes milliseconds.

Longer than a source waits for its connection to close. With the last look it is less than who stops a
recording waits for, so that the sources are closed in order and not cut short."""


APART_S = 0.001
"""Phone time from the end of one action to the next, at least; more than a phone rounds in writing a time."""


class Recorder:
    """Watches one app on one phone through every source it has.

    An item goes onto the tape, then to the teller, and what that tells goes onto the timeline; only then
    is anybody woken. All of it happens on the phone's loop.

    Args:
        phone: the phone.
        timeline: where everything goes.
        app: the app under test.
        tape: keeps every item, to be told again; ``None`` for none.
        observe_exits: whether the app's processes are observed for their ends; see ``ExitSource``.
    """

    def __init__(
        self,
        phone: Phone,
        timeline: Timeline,
        app: WatchedApp,
        tape: Tape | None = None,
        *,
        observe_exits: bool = False,
    ) -> None:
        self.phone = phone
        self.timeline = timeline
        self.app = app
        watching = Watching(host_s=time.monotonic(), app=app, nonce=timeline.nonce, ios=phone.identity.ios)
        self.teller = Teller(watching)
        self._tape = tape
        self._told = 0
        self._more = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None
        self._acted_s = float("-inf")
        self._failure: BaseException | None = None
        if tape:
            tape.write(watching)
        self.receipts = ReceiptSource(self)
        self.states = StateSource(self)
        self.exits = ExitSource(self, is_wanted=observe_exits)
        self.journal = JournalSource(self, app.bundle_id, app.journal) if app.journal else None
        self.log = LogSource(self)
        self.processes = ProcessSource(self)
        self.darwin = DarwinSource(self)
        self.reports = ReportSource(self)
        self.settings = SettingSource(self)

    @property
    def track(self) -> ClockTrack:
        """The readings of the phone's clock."""
        return self.teller.track

    @property
    def _prompt(self) -> tuple[EvidenceSource, ...]:
        """Sources that a round trip settles at once."""
        journal = (self.journal,) if self.journal else ()
        return (self.states, self.exits, *journal, self.receipts)

    @property
    def _slow(self) -> tuple[EvidenceSource, ...]:
        return (self.log, self.processes, self.darwin, self.reports)

    @property
    def _all(self) -> tuple[EvidenceSource, ...]:
        return (*self._prompt, *self._slow, self.settings)

    async def start(self) -> None:
        """Start every source; returns when all are confirmed live.

        One after the other: the client library gives a connection one second to come about, which on a busy
        host the imports and connections of five others can use up. The clock is read once after the last
        was confirmed, and all of them count from there.

        Raises:
            DeviceError: one could not be started.
        """
        for source in self._all:
            await source.open()
        now = await self.now()
        await _together(source.begin(now) for source in self._all)

    # ---- what comes

    def hand(self, item: Item) -> None:
        """Take an item: onto the tape, to the teller, onto the timeline; then wake who waits."""
        if self._tape:
            self._tape.write(item)
        told = self.teller.tell(item)
        for entry in told:
            self.timeline.append(entry)
            self._heed(entry)
        if told:
            self._told += len(told)
            self._more.set()
            self._more = asyncio.Event()
        is_read = self._reading is not None and not self._reading.done()
        if self.teller.is_waiting and self.track.jumps and not is_read:
            self._reading = asyncio.create_task(self._read_clock(), name="reading a clock that jumps")
            self._reading.add_done_callback(self._note_failure)

    def _note_failure(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and self._failure is None:
            self._failure = task.exception()

    def _raise_failure(self) -> None:
        """Raise what kept something from being told while nobody was waiting."""
        if self._failure is not None:
            raise self._failure

    async def _read_clock(self) -> None:
        """Read a clock that jumps right after something undated came: its next jump may be minutes long.

        Twice at most: what came while it was read the first time is placed by the second.
        """
        with suppress(HarnessError):
            await self.now()
            if self.teller.is_waiting:
                await self.now()

    def note(self, entry: Entry) -> None:
        """Put an entry of the harness's own onto tape and timeline."""
        self.hand(Noted(host_s=time.monotonic(), entry=entry))

    def _heed(self, entry: Entry) -> None:
        """What one source tells can be another's to look at: a process to observe, an end with a report."""
        match entry:
            case StateSeen(bundle_id=self.app.bundle_id, state=AppState.NOT_RUNNING) | ProcessEnded():
                self.reports.expect_one()
            case StateSeen(source=Source.STATE_STREAM, pid=pid, bundle_id=self.app.bundle_id) if pid:
                self.exits.know(pid)
            case ProcessSeen(pid=pid):
                self.exits.know(pid)
            case Gap(source=Source.STATE_STREAM | Source.SYSTEM_LOG):
                self.reports.expect_one()
            case _:
                pass

    @property
    def told(self) -> int:
        """How many entries came so far; take it before looking, so that nothing is missed."""
        return self._told

    async def wait_beyond(self, told: int) -> int:
        """Wait until more than ``told`` entries have come; returns how many there are."""
        while self._told <= told:
            await self._more.wait()
        return self._told

    # ---- what is asked

    async def now(self) -> Instant:
        """The phone's time, noted as an exchange between the two clocks."""
        asked_s = time.monotonic()
        now = await self.phone.clock.now()
        self.hand(ClockRead(host_s=time.monotonic(), asked_s=asked_s, phone=now))
        return now

    async def settle(self, *, thorough: bool = False) -> Instant:
        """Bring the timeline up to the phone's present.

        Args:
            thorough: also wait for the log to catch up, and look at processes, notifications and reports.

        Returns:
            The moment up to which the sources were asked to have shown everything.

        Raises:
            DeviceError: the phone's clock could not be read.
            Exception: what came could not be told or kept, such as on a full disk; see ``EvidenceSource``.
        """
        self._raise_failure()
        now = await self.now()
        sources = (*self._prompt, *self._slow) if thorough else self._prompt
        await asyncio.gather(*(source.settle(now) for source in sources))
        if self.teller.is_waiting:
            await self.now()  # what came meanwhile undated can be placed now
        return now

    async def look(self) -> None:
        """Take a look at the process list now."""
        await self.processes.settle(await self.now())

    async def read_settings(self) -> None:
        """Read the settings back, after one was changed, and see all that the phone posted of it.

        What it posts from then on was done by somebody else.
        """
        now = await self.now()
        await asyncio.gather(self.settings.settle(now), self.darwin.settle(now))

    async def act(
        self, verb: Verb, doing: Awaitable[_T], *, detail: str = "", pid: int = 0
    ) -> tuple[_T, Mark]:
        """Do something to the phone and note it, with the span of phone time it took.

        Args:
            verb: what is done.
            doing: the doing itself.
            detail: in words.
            pid: the process it is done to, or 0.

        Returns:
            What ``doing`` returned, and the mark to look on from.

        What ``doing`` raises is raised on, and the attempt is noted: a signal whose answer was lost may
        have been delivered, and would later pass for somebody else's.
        """
        before = await self._apart()
        try:
            result = await doing
        except BaseException as error:
            done = False if isinstance(error, REFUSALS) else None
            self._note_action(verb, before, detail=detail, pid=pid, done=done)
            raise
        if verb is Verb.LAUNCH and isinstance(result, int):
            self.exits.know(result)
        after = await self.now()
        self._acted_s = after.at_s
        span_s = after.latest_s - before.earliest_s
        at = Instant(before.earliest_s + span_s / 2, span_s / 2)
        self._note_action(verb, at, detail=detail, pid=pid, done=True)
        mark = Mark(at, f"{verb} {detail}".strip())
        self.note(mark)
        return result, mark

    async def _apart(self) -> Instant:
        """The phone's time, once it has left that of the action before.

        A clock that stands between two commands would date both to one instant, and what the first of them
        did could not be told from what the second did.
        """
        now = await self.now()
        while now.at_s < self._acted_s + APART_S:
            await self.phone.clock.let_pass(self._acted_s + APART_S)
            now = await self.now()
        return now

    def _note_action(self, verb: Verb, at: Instant, *, detail: str, pid: int, done: bool | None) -> None:
        self.note(
            ActionTaken(
                at=at,
                source=Source.HARNESS,
                bundle_id=self.app.bundle_id,
                pid=pid,
                verb=verb,
                detail=detail,
                done=done,
            )
        )

    def _compare_clocks(self, now: Instant) -> None:
        """Note how the two clocks stand to each other, for whoever reads host times beside phone times."""
        offset, slope = self.track.offset, self.track.slope
        if offset is not None:
            compared = ClockCompared(
                at=now,
                source=Source.HARNESS,
                ahead_s=offset.middle + time.monotonic() - time.time(),
                error_s=offset.error,
                drift=slope.middle - 1 if slope else None,
                drift_error=slope.error if slope else 0.0,
            )
            self.note(compared)

    async def stop(self) -> None:
        """Look a last time at what the phone keeps, and stop every source, whatever becomes of the look.

        Raises:
            Exception: what the look or a source raised; all the others have been stopped.
        """
        try:
            with suppress(HarnessError, TimeoutError):
                async with asyncio.timeout(LAST_LOOK_S):
                    await self._look_last()
        finally:
            await end(self._reading)
            await _together(_stopped(source) for source in self._all)
        self._raise_failure()

    async def _look_last(self) -> None:
        now = await self.now()
        self._compare_clocks(now)
        await _together((self.reports.settle(now), self.settings.settle(now)))


async def _stopped(source: EvidenceSource) -> None:
    """Stop a source; one that does not end in time is left: what it was to show, it has shown."""
    with suppress(TimeoutError):
        async with asyncio.timeout(STOP_S):
            await source.stop()


async def _together(doings: Iterable[Awaitable[None]]) -> None:
    """Do several things at once, and raise what the first that failed raised once all have ended.

    Whoever is told of a failure stops the sources, and one that was still being opened would be missed.
    """
    ended = await asyncio.gather(*doings, return_exceptions=True)
    for error in ended:
        if error is not None:
            raise error
