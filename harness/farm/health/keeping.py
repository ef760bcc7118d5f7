"""How an agent keeps the health of its phones: looks again and again, and the ladder for what is not well.

Phones that nobody has are looked at every few minutes, those in rotation and those out of it; one that is
held is left alone. So a phone has mostly been looked at when it is granted, and what is wrong with it is
known before somebody waits for it. What is out of rotation and may be helped climbs the recovery ladder, kept
from everybody else meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from harness.errors import HarnessError
from harness.farm.health import ladder
from harness.farm.health.ladder import Recoverer, Step, Tried
from harness.farm.health.looking import look
from harness.farm.health.recovery import DriverRecoverer
from harness.farm.health.rotation import Finding, HealthRecord
from harness.farm.leases.healthbook import HealthBook
from harness.farm.reach import ReachablePhone

_T = TypeVar("_T")

LOOK_EVERY_S = 240.0
"""Seconds of the store's clock between two looks at a phone that nobody has: less than a good look holds for
(``rotation.FRESH_S``), so that a grant of an idle phone need not wait for one."""

LOOK_AGAIN_S = 60.0
"""The same for a phone that is out of rotation because a look failed: somebody may just have seen to it."""

Tell = Callable[[str, str], None]
"""Is told what happens: the phone's name, and the words for people."""


@dataclass(frozen=True)
class Keeper:
    """Keeps the health of the phones of one agent.

    Attributes:
        book: gives where it is written down; raises ``StoreUnavailable`` while the database does not answer.
        holder: gives the id of the agent in the store, which changes when it was taken for dead.
        tell: is told what happens.
        look: looks at a phone; ``None`` when it is well.
        recoverer: does the steps of the ladder on a phone.
        claimed: the phones that are kept from everybody else, or may be, as (UDID, id of the holder).
    """

    book: Callable[[], HealthBook]
    holder: Callable[[], str]
    tell: Tell
    look: Callable[[ReachablePhone], Awaitable[Finding | None]] = look
    recoverer: Callable[[ReachablePhone], Recoverer] = DriverRecoverer
    claimed: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]], init=False)

    async def before_lease(self, phone: ReachablePhone) -> Finding | None:
        """Look at a phone that was granted, unless it was looked at lately; ``None`` when it is well.

        What is wrong is written down, so that nobody is granted the phone once this lease has ended.
        """
        udid = phone.identity.udid
        if not await self._ask(lambda book: book.due([udid])):
            return None
        return await self._checked(phone)

    async def came_back(self, phone: ReachablePhone) -> None:
        """Note that a phone is attached again; it is looked at with the next round."""
        record = await self._ask(lambda book: book.came_back(phone.identity.udid))
        if record.note:
            self.tell(phone.name, f"{record.note}. {record.fix}")

    async def look_around(self, phones: Iterable[ReachablePhone]) -> None:
        """Look at those phones that nobody has and that are due, and have those recover that are not well.

        What fails for one phone is told, and tried again the next time.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        for udid, holder in tuple(self.claimed):
            await self._leave(udid, holder)  # the database did not answer when its ladder had ended
        by_udid = {phone.identity.udid: phone for phone in phones}
        due = await self._ask(lambda book: book.unwatched(list(by_udid), LOOK_EVERY_S, LOOK_AGAIN_S))
        # Each to its end, also beside a defect: what goes on unseen would lose its claim to the next round.
        ends = await asyncio.gather(*(self._tend(by_udid[udid]) for udid in due), return_exceptions=True)
        for defect in filter(None, ends):
            raise defect

    async def _ask(self, question: Callable[[HealthBook], _T]) -> _T:
        return await asyncio.to_thread(lambda: question(self.book()))

    async def _tend(self, phone: ReachablePhone) -> None:
        try:
            await self._look_and_help(phone)
        except HarnessError as error:
            self.tell(phone.name, f"its health could not be kept: {error.what}")

    async def _look_and_help(self, phone: ReachablePhone) -> None:
        finding = await self._checked(phone)
        record = await self._ask(lambda book: book.record(phone.identity.udid))
        if finding is None and record.cause is not None:
            finding = Finding(record.cause, record.note, record.fix)
        if finding is not None and ladder.may_help(finding, record.strikes):
            await self._recover(phone, finding, record)

    async def _checked(self, phone: ReachablePhone) -> Finding | None:
        """Look at a phone, and write down what was found."""
        udid, finding = phone.identity.udid, await self.look(phone)
        if finding is None:
            await self._ask(lambda book: book.find_well(udid))
            return None
        before = await self._ask(lambda book: book.record(udid))
        await self._ask(lambda book: book.strike(udid, finding))
        if before.note != finding.note:
            self.tell(phone.name, f"out of rotation: {finding.words}")
        return finding

    async def _recover(self, phone: ReachablePhone, finding: Finding, record: HealthRecord) -> None:
        """Climb the ladder, with the phone kept from everybody else."""
        udid, holder = phone.identity.udid, self.holder()
        # Noted first: the database may take a claim and be gone before it says so.
        self.claimed.add((udid, holder))
        if not await self._ask(lambda book: book.claim(udid, holder)):
            self.claimed.discard((udid, holder))
            return
        try:
            left = await self._climb(phone, finding, record.strikes)
            if left is None:
                await self._ask(lambda book: book.recover(udid))
                self.tell(phone.name, "back in rotation")
            else:
                await self._ask(lambda book: book.strike(udid, left))
        finally:
            await self._leave(udid, holder)

    async def _leave(self, udid: str, holder: str) -> None:
        """End a claim; nobody looks at a phone that is claimed, so one that stays is ended the next time."""
        await self._ask(lambda book: book.leave(udid, holder))
        self.claimed.discard((udid, holder))

    async def _climb(self, phone: ReachablePhone, finding: Finding, strikes: int) -> Finding | None:
        udid = phone.identity.udid

        async def taken_today(step: Step) -> int:
            return await self._ask(lambda book: book.taken_today(udid, step))

        async def note(tried: Tried) -> None:
            await self._ask(lambda book: book.note_step(udid, tried))
            self.tell(phone.name, f"{tried.step}: {tried.came}")

        return await ladder.climb(
            finding, self.recoverer(phone), lambda: self.look(phone), taken_today, note, strikes
        )
