"""A phone one of whose lines fails at one place: what is done to recordings, done to live stories."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Protocol, TypeVar

from harness.errors import DeviceLost
from harness.model.capabilities import Container, DarwinStream, LogStream, Phone, StateStream
from harness.model.facts import Source
from harness.model.raw import DarwinNotice, LogRead, ProcessRow, StateNotice
from tests.acceptance.cuts import CutPhone
from tests.acceptance.placements.placing import Act, Placement

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

LATE_S = 0.01
"""Wall time by which a thing is late for each unit of a placement's size."""


class _Stream(Protocol[T_co]):
    def __aiter__(self) -> AsyncIterator[T_co]: ...
    async def close(self) -> None: ...


@dataclass
class Trouble:
    """What happens to one source of one phone.

    Attributes:
        placement: where and what.
        phone: its name.
        seen: how many things have come over the source.
        is_cut: whether it is cut for good.
    """

    placement: Placement
    phone: str
    seen: int = 0
    is_cut: bool = False

    def concerns(self, source: Source) -> bool:
        """Whether it is this source's."""
        return self.placement.source is source

    def lost(self) -> DeviceLost:
        """What a cut line answers."""
        return DeviceLost(f"the {self.placement.source} is cut by a placement", phone=self.phone)

    def check(self, source: Source) -> None:
        """Open a source.

        Raises:
            DeviceLost: it is cut for good.
        """
        if self.concerns(source) and self.is_cut:
            raise self.lost()

    async def take(self, raw: T, shorter: Callable[[T, int], T]) -> tuple[T, ...]:
        """What becomes of the next thing that comes: nothing, less of it, or all of it, late.

        Raises:
            DeviceLost: the line is cut here.
        """
        self.seen += 1
        here, placement = self.seen - 1 - self.placement.at, self.placement
        if here < 0:
            return (raw,)
        if placement.act in (Act.CUT, Act.CUT_BRIEFLY) and here == 0:
            self.is_cut = placement.act is Act.CUT
            raise self.lost()
        if placement.act in (Act.DROP, Act.VANISH) and here < placement.size:
            return ()
        if placement.act is Act.DELAY and here == 0:
            await asyncio.sleep(LATE_S * placement.size)
        if placement.act is Act.TRUNCATE and here == 0:
            return (shorter(raw, placement.size),)
        return (raw,)


class TroubledStream(Generic[T]):
    """A stream that fails at its place; a round trip over it after that is answered only if it stands."""

    def __init__(self, inner: _Stream[T], trouble: Trouble, shorter: Callable[[T, int], T]) -> None:
        self._inner = inner
        self._trouble = trouble
        self._shorter = shorter
        self._broken = False

    async def __aiter__(self) -> AsyncIterator[T]:
        """What comes, as far as it does; ends where the line is cut."""
        async for raw in self._inner:
            try:
                left = await self._trouble.take(raw, self._shorter)
            except DeviceLost:
                self._broken = True
                await self._inner.close()
                return
            for one in left:
                yield one

    def check(self) -> None:
        """Use it.

        Raises:
            DeviceLost: it was cut.
        """
        if self._broken:
            raise self._trouble.lost()

    async def close(self) -> None:
        """Close what is beneath."""
        if not self._broken:
            await self._inner.close()


class TroubledStates(TroubledStream[StateNotice]):
    """The state stream of a troubled phone."""

    def __init__(self, inner: StateStream, trouble: Trouble) -> None:
        super().__init__(inner, trouble, lambda notice, _: notice)
        self._states = inner

    async def round_trip(self) -> None:
        """See ``StateStream``."""
        self.check()
        await self._states.round_trip()


class TroubledDarwin(TroubledStream[DarwinNotice]):
    """The Darwin notifications of a troubled phone."""

    def __init__(self, inner: DarwinStream, trouble: Trouble) -> None:
        super().__init__(inner, trouble, lambda notice, _: notice)
        self._darwin = inner

    async def round_trip(self) -> None:
        """See ``DarwinStream``."""
        self.check()
        await self._darwin.round_trip()


class TroubledContainer:
    """A container over a troubled line: what fails are the reads of the journal."""

    def __init__(self, inner: Container, trouble: Trouble) -> None:
        self._inner = inner
        self._trouble = trouble

    async def size_bytes(self, path: str) -> int | None:
        """See ``Container``."""
        self._trouble.check(Source.JOURNAL)
        return await self._inner.size_bytes(path)

    async def read(self, path: str, offset: int = 0) -> bytes:
        """See ``Container``."""
        self._trouble.check(Source.JOURNAL)
        data = await self._inner.read(path, offset)
        left = await self._trouble.take(data, lambda whole, size: whole[: max(0, len(whole) - size)])
        return left[0] if left else b""

    async def write(self, path: str, data: bytes) -> None:
        """See ``Container``; commands go over another line than the evidence."""
        await self._inner.write(path, data)

    async def remove(self, path: str) -> None:
        """See ``Container``."""
        await self._inner.remove(path)

    async def close(self) -> None:
        """See ``Container``."""
        await self._inner.close()


class TroubledPhone(CutPhone):
    """A phone with one placement upon it.

    Args:
        inner: the phone beneath.
        placement: which source fails, where and how.
    """

    def __init__(self, inner: Phone, placement: Placement) -> None:
        super().__init__(inner)
        self._trouble = Trouble(placement, inner.identity.name)

    async def states(self) -> StateStream:
        """See ``Phone``."""
        self._trouble.check(Source.STATE_STREAM)
        inner = await super().states()
        return TroubledStates(inner, self._trouble) if self._is(Source.STATE_STREAM) else inner

    async def log(self) -> LogStream:
        """See ``Phone``."""
        self._trouble.check(Source.SYSTEM_LOG)
        inner = await super().log()
        return TroubledStream(inner, self._trouble, _shorter_read) if self._is(Source.SYSTEM_LOG) else inner

    async def darwin(self, names: Sequence[str]) -> DarwinStream:
        """See ``Phone``."""
        self._trouble.check(Source.DARWIN)
        inner = await super().darwin(names)
        return TroubledDarwin(inner, self._trouble) if self._is(Source.DARWIN) else inner

    async def container(self, bundle_id: str) -> Container:
        """See ``Phone``."""
        inner = await super().container(bundle_id)
        return TroubledContainer(inner, self._trouble) if self._is(Source.JOURNAL) else inner

    async def processes(self) -> tuple[ProcessRow, ...]:
        """See ``Phone``."""
        rows = await super().processes()
        if not self._is(Source.PROCESS_LIST):
            return rows
        self._trouble.check(Source.PROCESS_LIST)
        left = await self._trouble.take(rows, lambda listed, _: listed[: len(listed) // 2])
        if not left:
            raise self._trouble.lost()
        return left[0]

    def _is(self, source: Source) -> bool:
        return self._trouble.concerns(source)


def _shorter_read(read: LogRead, size: int) -> LogRead:
    return replace(read, data=read.data[: max(0, len(read.data) - size)])


PLACES: Mapping[Source, int] = {
    Source.SYSTEM_LOG: 30,
    Source.STATE_STREAM: 14,
    Source.JOURNAL: 12,
    Source.PROCESS_LIST: 6,
    Source.DARWIN: 3,
}
"""Source -> about how many things come over it in a story, each a place where it can fail."""
