"""Each phone's bay at the agent: what is due about it is done one step after the other.

The order is close, say closed, put right, open. A phone has one task at most, so no two grants of it are ever
open at once, and what takes seconds on one phone delays the cut of no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from harness.errors import DeviceLost
from harness.farm.agent.attendance import LEAVING
from harness.farm.agent.clerk import Clerk
from harness.farm.agent.parts import Means
from harness.farm.agent.telling import Event, Happening, Tell, Troubles, reason_of
from harness.farm.leases.grants import Duties, Grant

TRY_AGAIN_S = 1.0
"""Wall seconds after a step of a phone that failed."""

RESTORE_AGAIN_S = 5.0
"""Wall seconds after a phone could not be put right; a few failures take it out of rotation."""


class Bays:
    """The phones of an agent, each on its own.

    Args:
        clerk: asks the store.
        means: what the agent works with.
        tell: is told what happens.
        troubles: is told what fails.
    """

    def __init__(self, clerk: Clerk, means: Means, tell: Tell, troubles: Troubles) -> None:
        self._clerk = clerk
        self._gates = means.gates
        self._restorer = means.restorer
        self._health = means.health
        self._find = means.watch.phone
        self._tell = tell
        self._troubles = troubles
        self._open: dict[str, Grant] = {}
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._not_before_s: dict[str, float] = {}
        self._altered: set[str] = set()

    @property
    def open(self) -> Mapping[str, Grant]:
        """UDID -> the grant whose socket is open."""
        return dict(self._open)

    def is_held(self, udid: str) -> bool:
        """Whether somebody has a phone, or what its last lease left is not put right yet.

        That it was just granted does not count: such a grant may be refused.
        """
        duties = self._clerk.duties
        is_closing = _of(duties.to_close, udid) is not None
        return udid in self._open or is_closing or udid in duties.to_restore or udid in self._altered

    def begin_what_is_due(self) -> None:
        """Have what is due done, each phone by a task of its own; one that is at it already goes on."""
        now_s = asyncio.get_running_loop().time()
        for udid in _phones_of(self._clerk.duties):
            if udid not in self._busy and now_s >= self._not_before_s.get(udid, 0.0):
                task = self._busy[udid] = asyncio.create_task(self._attend_to(udid), name=f"phone {udid}")
                task.add_done_callback(lambda _, udid=udid: self._busy.pop(udid, None))

    async def idle(self) -> None:
        """Return once no phone is attended to."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def cut_all(self) -> tuple[Grant, ...]:
        """Cut every grant off, whatever the store says; returns them."""
        grants = tuple(self._open.values())
        for grant in grants:
            await self._cut(grant)
        return grants

    async def restore_all(self) -> None:
        """Put right at once what is due to be, as far as it can be."""
        await asyncio.gather(*(self._restore(udid) for udid in self._clerk.duties.to_restore))

    # ---- one phone

    async def _attend_to(self, udid: str) -> None:
        """Do what is due about one phone, step by step, until nothing is, or a step fails."""
        name = self._name(udid)
        while step := self._step(udid):
            try:
                went_well = await step
                await self._clerk.look()
            except Exception as error:
                # Whatever is raised about one phone: the others are served, and this one is tried again.
                self._troubles.begin(udid, reason_of(error), phone=name)
                went_well = False
            if not went_well:
                return self._leave_alone(udid, TRY_AGAIN_S)
            self._troubles.end(udid, "it went well this time", phone=name)
        return None

    def _step(self, udid: str) -> Coroutine[Any, Any, bool] | None:
        duties = self._clerk.duties
        if closing := _of(duties.to_close, udid):
            return self._close(closing)
        if udid in duties.to_restore:
            return self._restore(udid)
        opening = _of(duties.to_open, udid)
        return self._let_in(opening) if opening else None

    def _leave_alone(self, udid: str, for_s: float) -> None:
        until_s = asyncio.get_running_loop().time() + for_s
        self._not_before_s[udid] = max(until_s, self._not_before_s.get(udid, 0.0))

    async def _close(self, grant: Grant) -> bool:
        """Cut a grant off, and only then say that its lease is over."""
        await self._cut(grant)
        await self._clerk.closed(grant)
        return True

    async def _cut(self, grant: Grant) -> None:
        await self._gates.close(grant)
        stood = self._open.get(grant.udid)
        if stood is not None and stood.epoch == grant.epoch:
            del self._open[grant.udid]
            self._tell(Event(Happening.CUT, f"grant {grant.epoch} is cut off", self._name(grant.udid)))

    async def _restore(self, udid: str) -> bool:
        """Put a phone right; returns whether it is."""
        self._altered.add(udid)  # until it is known that it is not
        restored = await self._clerk.restore(self._restorer, udid)
        if restored is None or not restored.reason:
            self._altered.discard(udid)
        if restored is None:
            return True
        how = Happening.NOT_RESTORED if restored.reason else Happening.RESTORED
        for line in restored.lines():
            self._tell(Event(how, line.removeprefix(f"{restored.name}: "), restored.name))
        if restored.reason:
            self._leave_alone(udid, RESTORE_AGAIN_S)
        return not restored.reason

    async def _let_in(self, grant: Grant) -> bool:
        """Open a grant's socket and tell its holder; if its lease is over by then, closing it is next."""
        phone = self._find(grant.udid)
        if phone is None:
            return False  # it was never here; its holder's patience has an end
        if phone.is_leaving and grant.udid not in self._open:
            await self._refuse(grant, LEAVING)
            return False  # a moment later the store knows, and grants it to nobody
        finding = await self._health.before_lease(phone.reach) if self._health else None
        if finding is not None:
            return await self._refuse(grant, finding.note)
        try:
            path = await self._gates.open(grant, phone)
        except DeviceLost as error:
            return await self._refuse(grant, error.what)
        self._open[grant.udid] = grant
        if await self._clerk.opened(grant, path):
            who = await self._clerk.who(grant.udid)
            self._tell(
                Event(Happening.GRANTED, f"granted to {who}: grant {grant.epoch}, by {path}", phone.name)
            )
        return True

    async def _refuse(self, grant: Grant, why: str) -> bool:
        """Have a lease ended whose phone cannot be used, so that its holder is given another one."""
        # Its socket stands where it was opened before, and the store did not hear of it.
        await self._cut(grant)
        await self._clerk.closed(grant)
        self._tell(Event(Happening.CUT, f"grant {grant.epoch} was not opened: {why}", self._name(grant.udid)))
        return True

    def _name(self, udid: str) -> str:
        phone = self._find(udid)
        return phone.name if phone else udid


def _phones_of(duties: Duties) -> tuple[str, ...]:
    """The phones that anything is due about, those to be cut first."""
    cut, opened = ([grant.udid for grant in grants] for grants in (duties.to_close, duties.to_open))
    return tuple(dict.fromkeys((*cut, *opened, *duties.to_restore)))


def _of(grants: tuple[Grant, ...], udid: str) -> Grant | None:
    return next((grant for grant in grants if grant.udid == udid), None)
