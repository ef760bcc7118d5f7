"""Residents that are lent: each to one one-off, for the length of a lease, and cut with it.

Theory. A one-off at an agent goes through no socket: the agent asks the phone for it, by the driver that it
has open. So closing the socket of its grant cuts nothing. What is under way is given up instead, and the
driver is closed, since nobody knows how far the phone has come with it; both before the lease is said to be
over. A one-off that begins only then, because its thread was late, is told that its lease is lost.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from harness.drivers.pmd3.phone import Pmd3Phone
from harness.errors import LeaseLost
from harness.farm.agent.attendance import HostPhone
from harness.farm.agent.parts import Gates
from harness.farm.agent.residents import Residents
from harness.farm.leases.grants import Grant
from harness.runtime.loop import LoopThread

WITHIN_S = 60.0
"""Protective deadline of one thing that is asked of a phone, in wall seconds; the driver's are shorter."""

GIVEN_UP_WITHIN_S = 1.0
"""How long what is given up may take to end, in wall seconds; what takes longer loses its driver."""

CUT_WITHIN_S = 15.0
"""Protective deadline of a cut, in wall seconds; it is tried again then."""

_T = TypeVar("_T")


class Loan:
    """A resident in the hands of one one-off; made by ``Lending.lent``.

    Args:
        phone: the phone.
        epoch: of the grant that it is lent under.
        loop: where the driver is used.
    """

    def __init__(self, phone: HostPhone, epoch: int, loop: LoopThread) -> None:
        self.phone = phone
        self.epoch = epoch
        self._loop = loop
        self._under_way: set[asyncio.Task[Any]] = set()
        self._is_cut = False

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Ask the phone for something, and wait for it.

        Raises:
            LeaseLost: the lease has ended; nobody knows how far the phone came.
            CommandTimeout: it took too long.
        """
        return self._loop.run(self._cuttable(work), WITHIN_S, what="asking the phone")

    async def _cuttable(self, work: Coroutine[Any, Any, _T]) -> _T:
        if self._is_cut:
            work.close()
            raise self.lost()
        task = asyncio.get_running_loop().create_task(work, name=f"one-off on {self.phone.name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await task
        except BaseException as error:
            if self._is_cut:
                # Whatever it says is about a driver that was closed under it.
                raise self.lost() from error
            raise

    async def give_up(self) -> None:
        """Have nothing more asked of the phone, and what is under way ended."""
        self._is_cut = True
        ending = tuple(self._under_way)
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending, timeout=GIVEN_UP_WITHIN_S)

    def lost(self) -> LeaseLost:
        """What is told to who goes on after its lease has ended."""
        return LeaseLost(
            "the phone was taken back while this was being done",
            phone=self.phone.name,
            fix="See with `harness leases` who has it now, and with `harness state` how far this came",
        )


class Lending:
    """Lends residents, and takes them back.

    Args:
        residents: the drivers.
        loop: where they are used.
    """

    def __init__(self, residents: Residents, loop: LoopThread) -> None:
        self._residents = residents
        self._loop = loop
        self._mutex = threading.Lock()
        self._loans: list[Loan] = []
        self._cut_to: dict[str, int] = {}

    @contextmanager
    def lent(self, phone: HostPhone, epoch: int) -> Generator[tuple[Pmd3Phone, Loan]]:
        """A phone's driver for the length of the block, opened now if it is not open.

        Args:
            phone: the phone.
            epoch: of the grant that it is lent under.

        Raises:
            LeaseLost: that grant has ended already.
            HarnessError: it cannot be opened.
        """
        loan = Loan(phone, epoch, self._loop)
        with self._mutex:
            if epoch <= self._cut_to.get(phone.udid, 0):
                raise loan.lost()
            self._loans.append(loan)
        try:
            yield loan.run(self._residents.of(phone)), loan
        finally:
            with self._mutex:
                self._loans.remove(loan)

    async def cut(self, grant: Grant) -> None:
        """Take back what was lent under a grant, or an earlier one; nothing is asked under it afterwards.

        May be awaited on another loop than that of the drivers.
        """
        with self._mutex:
            self._cut_to[grant.udid] = max(grant.epoch, self._cut_to.get(grant.udid, 0))
            ended = [one for one in self._loans if one.phone.udid == grant.udid and one.epoch <= grant.epoch]
        if ended:
            taking = self._take_back(grant.udid, ended)
            await asyncio.to_thread(self._loop.run, taking, CUT_WITHIN_S, what="taking a phone back")

    async def _take_back(self, udid: str, loans: list[Loan]) -> None:
        for loan in loans:
            await loan.give_up()
        await self._residents.let_go(udid)


class CuttingGates:
    """Gates of an agent that lends residents; see ``parts.Gates``.

    Args:
        gates: the sockets of grants.
        lending: what is lent besides.
    """

    def __init__(self, gates: Gates, lending: Lending) -> None:
        self._gates = gates
        self._lending = lending

    async def open(self, grant: Grant, phone: HostPhone) -> str:
        """Open a grant's socket; returns its path."""
        return await self._gates.open(grant, phone)

    async def close(self, grant: Grant) -> None:
        """Close a grant's socket, and take back what was lent under it."""
        try:
            await self._gates.close(grant)
        finally:
            await self._lending.cut(grant)
