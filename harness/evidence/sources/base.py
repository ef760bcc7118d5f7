"""What the sources share: whom they hand items to, and how a stream is kept alive."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Generic, Protocol, TypeVar

from harness.errors import CapabilityMissing, HarnessError
from harness.evidence.items import Ended, Item, Opened, Settled
from harness.evidence.teller import Teller
from harness.model.capabilities import Phone
from harness.model.facts import Source
from harness.model.time import Instant

CLOSE_S = 2.0
"""How long the end of a dead connection is waited for, in wall time, before a new one is opened."""

STOP_S = 5.0
"""How long the end of a connection is waited for, in wall time, when a recording is over."""


class Desk(Protocol):
    """What a source needs of the recorder."""

    @property
    def phone(self) -> Phone:
        """The phone."""
        ...

    @property
    def teller(self) -> Teller:
        """What the items mean so far."""
        ...

    def hand(self, item: Item) -> None:
        """Take an item: onto the tape, and from there to the timeline."""
        ...

    async def now(self) -> Instant:
        """The phone's time."""
        ...


class EvidenceSource(Protocol):
    """Something that is watched for the length of a test."""

    async def open(self) -> None:
        """Connect; what the phone lacks is passed over in silence.

        Raises:
            DeviceError: the phone could not be asked.
        """
        ...

    async def begin(self, now: Instant) -> None:
        """Watch; ``now`` was read after it was opened."""
        ...

    async def settle(self, now: Instant) -> None:
        """Ask for a proof that everything up to ``now`` has come; no proof is no error.

        Raises:
            Exception: what came could not be taken, such as by a timeline on a full disk. Evidence that
                was here is lost then, for a reason that is not the phone's: no verdict can follow.
        """
        ...

    async def stop(self) -> None:
        """End; what was shown stays."""
        ...


Raw = TypeVar("Raw")
Raw_co = TypeVar("Raw_co", covariant=True)


class Stream(Protocol[Raw_co]):
    """A connection over which things come."""

    def __aiter__(self) -> AsyncIterator[Raw_co]:
        """What comes, in order; ends when the connection is gone."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


S = TypeVar("S", bound=Stream[object])


class StreamSource(ABC, Generic[S]):
    """A source that things come from, kept alive for the length of a test.

    Args:
        desk: the recorder.
        source: which it is.
    """

    def __init__(self, desk: Desk, source: Source) -> None:
        self._desk = desk
        self._source = source
        self._stream: S | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_live = False
        self._is_missing = False
        self._is_over = False
        self._failure: BaseException | None = None
        self._opening = asyncio.Lock()

    # ---- what a source says of itself

    @abstractmethod
    async def _connect(self) -> S:
        """Open the stream; returns once the phone confirmed it."""

    @abstractmethod
    def _take(self, raw: object) -> bool:
        """Hand on one thing that came; whether the stream can be read on."""

    @abstractmethod
    async def _prove(self, stream: S, now: Instant) -> bool:
        """Ask for the proof; whether it came.

        Raises:
            DeviceError: the stream is dead.
        """

    # ---- its life

    async def open(self) -> None:
        """See ``EvidenceSource``."""
        try:
            self._stream = await self._connect()
        except CapabilityMissing:
            self._is_missing = True

    async def begin(self, now: Instant) -> None:
        """See ``EvidenceSource``; it is watched from ``now`` on, read after the phone had confirmed it."""
        if self._stream is None:
            return
        self._desk.hand(Opened(host_s=time.monotonic(), source=self._source, shown_s=now.latest_s))
        self._is_live = True
        self._task = asyncio.create_task(self._follow(self._stream), name=str(self._source))
        self._task.add_done_callback(self._note_failure)

    async def settle(self, now: Instant) -> None:
        """See ``EvidenceSource``; a dead stream is opened anew instead."""
        async with self._opening:
            self._raise_failure()
            if self._is_missing or self._is_over:
                return
            if not self._is_live or self._stream is None:
                await self._reopen()
                return
            try:
                answered = await self._proven(self._stream, now)
            except HarnessError as error:
                self._lose(str(error))
            else:
                self._desk.hand(
                    Settled(host_s=time.monotonic(), source=self._source, asked=now, answered=answered)
                )

    async def stop(self) -> None:
        """See ``EvidenceSource``; a connection that does not close in time is left to the driver."""
        self._is_over = True
        try:
            await end(self._task)
        finally:
            if self._stream is not None:
                await _close_within(self._stream, STOP_S)
        self._raise_failure()

    async def _follow(self, stream: S) -> None:
        self._lose(await self._read(stream))
        async with self._opening:
            if not self._is_live and not self._is_over:
                await self._reopen()

    async def _read(self, stream: S) -> str:
        """Hand on what comes until nothing does any more; returns why.

        Only what the stream itself raises is the connection's: what goes wrong while a thing is taken is
        raised, as nothing that came behind it may be told without it.
        """
        coming = aiter(stream)
        while True:
            try:
                raw = await anext(coming)
            except StopAsyncIteration:
                return "the connection ended"
            except HarnessError as error:
                return str(error)
            except Exception as error:  # whatever a client library raised, the stream is dead: say so
                return f"the connection broke: {error!r}"
            if not self._take(raw):
                return "the connection ended"

    async def _proven(self, stream: S, now: Instant) -> bool:
        """As ``_prove``, but does not wait for it once nobody takes what comes."""
        proving = asyncio.create_task(self._prove(stream, now), name=f"proof of {self._source}")
        reading = (self._task,) if self._task is not None else ()
        try:
            await asyncio.wait((proving, *reading), return_when=asyncio.FIRST_COMPLETED)
            self._raise_failure()
            return await proving
        finally:
            await end(proving)

    def _note_failure(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and self._failure is None:
            self._failure = task.exception()

    def _raise_failure(self) -> None:
        """Raise what went wrong while nobody was waiting, at every settling: what was lost stays lost."""
        if self._failure is not None:
            raise self._failure

    def _lose(self, why: str) -> None:
        self._is_live = False
        self._desk.hand(Ended(host_s=time.monotonic(), source=self._source, why=why))

    async def _reopen(self) -> None:
        """Open it again, the old connection closed; where that fails it stays lost."""
        if self._task is not asyncio.current_task():
            await end(self._task)
        old, self._stream = self._stream, None
        with suppress(HarnessError):
            if old is not None:
                await _close_within(old, CLOSE_S)
        with suppress(HarnessError):
            self._stream = await self._connect()
            await self.begin(await self._desk.now())


async def _close_within(stream: Stream[object], within_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await stream.close()


async def end(task: asyncio.Task[Any] | None) -> None:
    """Cancel a task and wait until it is gone; one that has ended already costs no turn of the loop."""
    if task is not None and task.done():
        _ = task.cancelled() or task.exception()  # heard, so that the loop does not complain of it
    elif task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
