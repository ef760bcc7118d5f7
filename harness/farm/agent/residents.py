"""An agent's residents: the drivers of its phones, kept open so that a one-off need not open anything.

Theory. Opening a phone takes a hundred times as long as telling it to end an app: a tunnel, and the
instruments behind it. An agent is there anyway, so it opens each phone that nobody has, and leaves it open.
Each tunnel is held by a process of its own, whose TCP takes no time from who cuts grants off.

A resident is spoken to only by who holds the phone's lease, or while nobody does: opening one is the only
thing done to a phone that nobody asked for, and it is not begun while the phone is held. One whose way is
lost is let go as soon as that shows, without asking the phone anything, and opened again when nobody has the
phone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.phone import Pmd3Phone, open_phone
from harness.drivers.virtual_clock import VirtualClock
from harness.farm.agent.attendance import HostPhone
from harness.farm.agent.telling import reason_of

SPRINGBOARD = "com.apple.springboard"
"""An app that runs on every phone: who asks for its process has the instruments open afterwards."""

ROUND_S = 1.0
"""Wall seconds between two looks at what is lost, and what is to be opened."""

OPEN_AGAIN_S = 10.0
"""Wall seconds for which a phone is left alone that could not be opened."""

OPENED_AT_ONCE = 2
"""How many are opened at the same time unasked: each takes a processor for half a second."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Resident:
    """A phone that is open.

    Attributes:
        where: how it was reached when it was opened.
        phone: its driver.
        clock: of a virtual phone; ``None`` for a real one.
    """

    where: HostPhone
    phone: Pmd3Phone
    clock: VirtualClock | None = None

    async def close(self) -> None:
        """Close it, as far as there is anything left."""
        await close_within(self.where.name, "its resident", self.phone.close())
        if self.clock is not None:
            await self.clock.close()


async def open_resident(where: HostPhone) -> Resident:
    """Open a phone and its instruments.

    Raises:
        HarnessError: it cannot be opened.
    """
    reach = where.reach
    clock = VirtualClock(reach.identity, reach.clock) if reach.clock else None
    try:
        phone = await open_phone(
            reach.identity,
            usbmux=reach.usbmux,
            clock=clock,
            connection=where.connection or next(iter(reach.ways), None),
            apart=True,
        )
    except BaseException:
        if clock is not None:
            await clock.close()
        raise
    resident = Resident(where, phone, clock)
    try:
        await phone.pid_of(SPRINGBOARD)
    except BaseException:
        await resident.close()
        raise
    return resident


class Residents:
    """The open phones of an agent; used on one loop.

    Args:
        there: the phones that are there now.
        is_held: whether somebody has a phone, by its UDID.
        open_one: opens a phone.
    """

    def __init__(
        self,
        there: Callable[[], Iterable[HostPhone]],
        is_held: Callable[[str], bool],
        open_one: Callable[[HostPhone], Awaitable[Resident]] = open_resident,
    ) -> None:
        self._there = there
        self._is_held = is_held
        self._open_one = open_one
        self._open: dict[str, Resident] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._not_before_s: dict[str, float] = {}
        self._room = asyncio.Semaphore(OPENED_AT_ONCE)

    @property
    def ready(self) -> frozenset[str]:
        """UDIDs of the phones that are open, with nothing known against them."""
        return frozenset(udid for udid, one in self._open.items() if one.phone.is_ready)

    async def keep(self) -> None:
        """Keep them open, until cancelled; then close them."""
        try:
            while True:
                try:
                    await self.tend()
                except Exception as error:
                    # As with every step of the agent: a defect about one phone must not end what serves all.
                    _log.warning("the phones that are kept open could not be seen to: %s", reason_of(error))
                await asyncio.sleep(ROUND_S)
        finally:
            await asyncio.shield(self.close())

    async def tend(self) -> None:
        """Let go of what is lost, and begin to open what nobody has and is not open."""
        there = {phone.udid: phone for phone in self._there()}
        for udid, one in tuple(self._open.items()):
            if there.get(udid) is None or not self._is_as_it_was(one, there[udid]):
                await self.let_go(udid)
        now_s = asyncio.get_running_loop().time()
        for udid, phone in there.items():
            due = udid not in self._open and now_s >= self._not_before_s.get(udid, 0.0)
            if due and udid not in self._opening and not self._is_held(udid):
                task = asyncio.create_task(self._open_unasked(phone), name=f"resident {phone.name}")
                self._opening[udid] = task
                task.add_done_callback(lambda _, udid=udid: self._opening.pop(udid, None))

    def _is_as_it_was(self, one: Resident, now: HostPhone) -> bool:
        was = one.where
        same_way = (was.reach.usbmux, was.connection) == (now.reach.usbmux, now.connection)
        return same_way and one.phone.is_ready

    async def _open_unasked(self, phone: HostPhone) -> None:
        async with self._room:
            if self._is_held(phone.udid):
                return
            try:
                await self.of(phone)
            except Exception as error:
                # Whoever wants the phone is told why it does not open; here nobody does.
                _log.debug("%s", reason_of(error))
                self._not_before_s[phone.udid] = asyncio.get_running_loop().time() + OPEN_AGAIN_S

    async def of(self, phone: HostPhone) -> Pmd3Phone:
        """A phone's driver, opened now if it is not open; for who holds the phone's lease.

        Raises:
            HarnessError: it cannot be opened.
        """
        async with self._turns.setdefault(phone.udid, asyncio.Lock()):
            known = self._open.get(phone.udid)
            if known is None or not self._is_as_it_was(known, phone):
                await self._drop(phone.udid)
                self._open[phone.udid] = known = await self._open_one(phone)
            return known.phone

    async def let_go(self, udid: str) -> None:
        """Close a phone's driver, if it is open; it is opened anew for the next one."""
        async with self._turns.setdefault(udid, asyncio.Lock()):
            await self._drop(udid)

    async def _drop(self, udid: str) -> None:
        one = self._open.pop(udid, None)
        if one is not None:
            await one.close()

    async def close(self) -> None:
        """Close all."""
        opening = tuple(self._opening.values())
        for task in opening:
            task.cancel()
        await asyncio.gather(*opening, return_exceptions=True)
        await asyncio.gather(*(self._drop(udid) for udid in tuple(self._open)))
