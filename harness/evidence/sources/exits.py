"""The ends of the app's processes, pushed by the phone."""

from __future__ import annotations

import asyncio
import time
from typing import cast

from harness.errors import HarnessError
from harness.evidence.items import ExitCame, Observed
from harness.evidence.sources.base import Desk, StreamSource, end
from harness.model.capabilities import ProcessEvents
from harness.model.facts import Source
from harness.model.raw import ProcessExit
from harness.model.time import Instant


class ExitSource(StreamSource[ProcessEvents]):
    """Ends of processes; each is observed from the moment at which it becomes known.

    Observing is not neutral on a real phone: it holds an assertion on the process and lifts its memory
    limit, and whether a process that is held so can be suspended is not known
    (``harness.drivers.pmd3.processevents``). So it is done only where it is asked for: an experiment must
    not be altered by what watches it.

    Args:
        desk: the recorder.
        is_wanted: whether to observe at all.
    """

    def __init__(self, desk: Desk, *, is_wanted: bool) -> None:
        super().__init__(desk, Source.PROCESS_EVENTS)
        self._is_missing = not is_wanted
        self._alive: set[int] = set()
        self._asking: dict[int, asyncio.Task[None]] = {}

    def know(self, pid: int) -> None:
        """The app has this process: ask for its end, unless that was done."""
        if self._is_missing or self._is_over or pid in self._alive:
            return
        self._alive.add(pid)
        if self._is_live and self._stream is not None:
            self._ask(self._stream, pid)

    async def open(self) -> None:
        """See ``StreamSource``."""
        if not self._is_missing:
            await super().open()

    async def begin(self, now: Instant) -> None:
        """See ``StreamSource``; what is known to run is asked for."""
        await super().begin(now)
        if self._stream is not None:
            for pid in self._alive:
                self._ask(self._stream, pid)

    async def stop(self) -> None:
        """See ``StreamSource``."""
        self._is_over = True
        try:
            await asyncio.gather(*(end(asking) for asking in tuple(self._asking.values())))
        finally:
            await super().stop()

    async def _connect(self) -> ProcessEvents:
        return await self._desk.phone.process_events()

    def _take(self, raw: object) -> bool:
        told = cast("ProcessExit", raw)
        self._alive.discard(told.pid)
        self._desk.hand(ExitCame(host_s=told.host_s, exit=told))
        return True

    async def _prove(self, stream: ProcessEvents, now: Instant) -> bool:
        await asyncio.gather(*self._asking.values())
        await stream.round_trip()
        return True

    def _ask(self, stream: ProcessEvents, pid: int) -> None:
        task = asyncio.create_task(self._observe(stream, pid), name=f"observing {pid}")
        task.add_done_callback(self._note_failure)
        self._asking[pid] = task

    async def _observe(self, stream: ProcessEvents, pid: int) -> None:
        refused = ""
        try:
            await stream.observe(pid)
        except HarnessError as error:
            refused = str(error)
        except Exception as error:  # whatever a client library raised, its end will not be told: say so
            refused = f"asking for it broke: {error!r}"
        finally:
            self._asking.pop(pid, None)
        if refused:
            self._alive.discard(pid)
        self._desk.hand(Observed(host_s=time.monotonic(), pid=pid, refused=refused))
