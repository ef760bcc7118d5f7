"""The agent's talk with the store, in threads: the store may be slow, and the sockets must not be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from harness.farm.agent.parts import Seat
from harness.farm.leases.grants import Duties, Grant
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.replay import Restored
from harness.model.undo import Restorer

_T = TypeVar("_T")

CLERKS = 4
RESTORED_AT_ONCE = 64
"""How many phones may be put right at the same time: more than any host has."""


class Clerk:
    """Asks the seat, on behalf of the agent's tasks.

    Args:
        take_seat: takes the host's place in the store.
        who: says who has a phone, by its UDID.

    Attributes:
        duties: what was due when ``look`` was last called.
    """

    def __init__(self, take_seat: Callable[[], Seat], who: Callable[[str], str]) -> None:
        self.duties = Duties()
        self._take_seat = take_seat
        self._who = who
        self._seat: Seat | None = None
        self._looking = asyncio.Lock()
        # Apart, so that phones that are being put right leave a thread for the cut of another one.
        self._clerks = ThreadPoolExecutor(CLERKS, "store")
        self._menders = ThreadPoolExecutor(RESTORED_AT_ONCE, "restore")

    @property
    def is_seated(self) -> bool:
        """Whether the host's place was ever taken."""
        return self._seat is not None

    @property
    def id(self) -> str:
        """What the store knows this agent by; it changes when its place was lost."""
        return self._here.id

    @property
    def _here(self) -> Seat:
        assert self._seat is not None
        return self._seat

    async def sit_down(self) -> None:
        """Take the host's place.

        Raises:
            HostTaken: another agent has it.
            StoreUnavailable: the database does not answer.
        """
        self._seat = await self._ask(self._take_seat)

    async def look(self) -> None:
        """Read what is due."""
        # One after the other, so that what is due is never replaced by what was due before it.
        async with self._looking:
            self.duties = await self._ask(self._here.duties)

    async def wait(self, timeout_s: float) -> None:
        """Return when something may be due, or after ``timeout_s`` seconds."""
        await self._ask(lambda: self._here.wait(timeout_s))

    async def publish(
        self, phones: Iterable[PublishedPhone], why: Mapping[str, str] | None = None
    ) -> frozenset[str]:
        """Tell which phones are there, and by its UDID why another one is not, if it is attached.

        Returns the UDIDs of those that are this agent's to serve.
        """
        told = tuple(phones)
        return await self._ask(lambda: self._here.publish(told, why))

    async def opened(self, grant: Grant, path: str) -> bool:
        """A grant's socket stands; returns whether its lease does, too."""
        return await self._ask(lambda: self._here.opened(grant, path))

    async def who(self, udid: str) -> str:
        """Who has a phone."""
        return await self._ask(lambda: self._who(udid))

    async def closed(self, grant: Grant) -> None:
        """A grant was cut off."""
        await self._ask(lambda: self._here.closed(grant))

    async def restore(self, restorer: Restorer, udid: str) -> Restored | None:
        """Put a phone right, which takes as long as the phone does; ``None`` when it is right already."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._menders, self._here.restore, restorer, udid)

    async def stand_up(self) -> None:
        """Leave the host's place."""
        await self._ask(self._here.close)

    def close(self) -> None:
        """End the threads; who still restores a phone is not waited for."""
        self._menders.shutdown(wait=False, cancel_futures=True)
        self._clerks.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, question: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._clerks, question)
