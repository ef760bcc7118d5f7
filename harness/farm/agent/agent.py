"""The host agent: the only way to the phones of its host, for as long as it runs.

Theory. The store decides who holds a phone, and the agent makes it so: it opens a usbmuxd socket for each
grant, and when the lease has ended it closes that socket and aborts the connections through it, says so,
puts the phone right, and lets the store free it.

Every step may fail, because the database, a phone or the disk does. It is then told and tried again; what is
due is read from the store each time, so nothing is forgotten and nothing is done twice. That holds for what
the harness has no name for as well, so every exception is caught: an agent that ended for a defect about one
phone would cut off all of them. While the database is away nothing is due: who has a phone goes on having it,
through the socket that is open.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from math import inf

from harness.errors import HarnessError, LeaseLost, StoreUnavailable
from harness.farm.agent.attendance import LEAVING, Attending, HostPhone
from harness.farm.agent.bays import TRY_AGAIN_S, Bays
from harness.farm.agent.clerk import Clerk
from harness.farm.agent.parts import Means
from harness.farm.agent.telling import Event, Happening, Tell, Troubles, reason_of
from harness.farm.leases.grants import Grant
from harness.farm.leases.published import PublishedPhone

ROUND_S = 1.0
"""Wall seconds between two looks at what is due, at the most: the seat wakes the agent for most things."""

WATCH_S = 1.0
"""Wall seconds between two looks at which phones are there."""

PUBLISH_S = 5.0
"""Wall seconds after which the phones are told of again. To who takes a slow agent for dead they are away,
until they are told of anew."""

HEALTH_S = 5.0
"""Wall seconds between two looks at which phones are due for a look at their health."""

LEAVE_WITHIN_S = 60.0
"""Wall seconds that phones may take to be put right when the agent is asked to end."""


class Agent:
    """Serves the phones of one host.

    Args:
        host: its name.
        means: what it works with.
        tell: is told what happens, on the loop's thread.

    Attributes:
        host: its name.
        troubles: what is wrong now.
    """

    def __init__(self, host: str, means: Means, tell: Tell) -> None:
        self.host = host
        self.troubles = Troubles(tell)
        self._tell = tell
        self._means = means
        self._clerk = Clerk(means.take_seat, means.who)
        self._bays = Bays(self._clerk, means, tell, self.troubles)
        self._attending = Attending()
        self._met: set[str] = set()
        self._back: list[HostPhone] = []
        self._served: frozenset[str] = frozenset()
        self._published_s = -inf

    @property
    def id(self) -> str:
        """What the store knows this agent by, once it serves; it changes when its place was lost."""
        return self._clerk.id

    @property
    def phones(self) -> tuple[HostPhone, ...]:
        """The phones that are there."""
        return self._attending.phones

    @property
    def served(self) -> tuple[HostPhone, ...]:
        """Those of them that are this agent's: not one that somebody has without an agent, or by another."""
        return tuple(phone for phone in self.phones if phone.udid in self._served)

    @property
    def away(self) -> Mapping[str, str]:
        """Name -> why another phone of this host is not there."""
        return self._attending.away

    @property
    def open_grants(self) -> Mapping[str, Grant]:
        """UDID -> the grant whose socket is open."""
        return self._bays.open

    async def run(self, over: asyncio.Event) -> None:
        """Serve until ``over`` is set; then cut everybody off, put right what can be, and go.

        Raises:
            HostTaken: another agent serves this host.
            FarmError: the store cannot be used at all.
        """
        looking: list[asyncio.Task[None]] = []
        try:
            if await self._sit_down(over):
                self._tell(Event(Happening.SERVING, f"serving the phones of {self.host}"))
                looking.append(asyncio.create_task(self._keep_watch(), name="watch"))
                looking.append(asyncio.create_task(self._keep_health(), name="health"))
            while not over.is_set():
                await self._round(over)
        finally:
            await _ended(looking)
            await self._leave()

    # ---- the store

    async def _sit_down(self, over: asyncio.Event) -> bool:
        """Take the host's place, waiting for the database as long as it takes; ``False`` when told to end."""
        while not over.is_set():
            try:
                await self._clerk.sit_down()
            except StoreUnavailable as error:
                self.troubles.begin("store", str(error))
                await _pause(over, TRY_AGAIN_S)
            else:
                self.troubles.end("store", "the database answers again")
                self._published_s = -inf
                return True
        return False

    async def _round(self, over: asyncio.Event) -> None:
        """Wait until something may be due, and have it done."""
        try:
            await self._clerk.wait(ROUND_S)
            await self._clerk.look()
        except LeaseLost as error:
            await self._begin_anew(error, over)
        except Exception as error:
            self.troubles.begin("store", reason_of(error))
            await _pause(over, TRY_AGAIN_S)
        else:
            self.troubles.end("store", "the database answers again")
            self._bays.begin_what_is_due()

    async def _begin_anew(self, error: LeaseLost, over: asyncio.Event) -> None:
        """The store has taken this agent for dead, so all its grants are over: cut them, and begin anew."""
        self.troubles.begin("seat", f"{error.what}: every phone is cut off, and served anew")
        self._served = frozenset()
        await self._bays.cut_all()
        with suppress(HarnessError):
            await self._clerk.stand_up()
        await self._sit_down(over)
        self.troubles.end("seat", f"serving the phones of {self.host} again")

    # ---- which phones are there

    async def _keep_watch(self) -> None:
        while True:
            try:
                await self._look_around()
            except Exception as error:
                self.troubles.begin("watch", reason_of(error))
            else:
                self.troubles.end("watch", "the phones can be looked at again")
            await asyncio.sleep(WATCH_S)

    async def _look_around(self) -> None:
        found = await self._means.watch.look()
        seen = self._had(found)
        if seen.wrong:
            self.troubles.begin("devices.yaml", seen.wrong)
        else:
            self.troubles.end("devices.yaml", "devices.yaml is right, and counts")
        if seen.blind:
            self.troubles.begin("usbmuxd", seen.blind)
        else:
            self.troubles.end("usbmuxd", "usbmuxd answers again")
        if seen != self._attending:
            for event in changes(self._attending, seen):
                self._tell(event)
            self._note_come(seen)
            self._attending, self._published_s = seen, -inf
        # Asked every time: what keeps the machine awake may have ended.
        self._means.keep_awake(bool(seen.phones))
        await self._count_come()
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._published_s + PUBLISH_S:
            # Noted at last: what fails is told again at the next look.
            why = dict.fromkeys(found.unseen, found.blind)
            why |= {phone.udid: LEAVING for phone in found.phones if phone.is_leaving}
            told = (published(self.host, phone) for phone in seen.phones)
            self._served = await self._clerk.publish(told, why)
            self._published_s = now_s

    def _had(self, seen: Attending) -> Attending:
        """A look without the leaving phones that nobody has, and on which nothing is left to put right."""
        phones = (phone for phone in seen.phones if not phone.is_leaving or self._bays.is_held(phone.udid))
        return replace(seen, phones=tuple(phones))

    def _note_come(self, seen: Attending) -> None:
        """Note which phones are there that had gone."""
        if seen.blind:
            # It is not they that go, nor they that come back.
            self._met.clear()
        gone = self._met - {phone.udid for phone in self._attending.phones}
        self._met |= {phone.udid for phone in seen.phones}
        self._back += [phone for phone in seen.phones if phone.udid in gone]

    async def _count_come(self) -> None:
        """Have it counted when phones come back: one that comes and goes has a bad cable."""
        while self._back:
            if self._means.health is not None:
                await self._means.health.came_back(self._back[0].reach)
            # Only now: while the database is away it is not counted yet.
            self._back.pop(0)

    async def _keep_health(self) -> None:
        """Have phones looked at that nobody has."""
        health = self._means.health
        while health is not None:
            try:
                await health.look_around(phone.reach for phone in self._attending.phones)
            except Exception as error:
                self.troubles.begin("health", reason_of(error))
            else:
                self.troubles.end("health", "the health of the phones can be looked at again")
            await asyncio.sleep(HEALTH_S)

    # ---- the end

    async def _leave(self) -> None:
        """Cut everybody off, put right what can be in time, and have the phones offline."""
        try:
            if self._clerk.is_seated:
                self._tell(Event(Happening.LEAVING, "leaving: phones are cut off, put right, and offline"))
                async with asyncio.timeout(LEAVE_WITHIN_S):
                    await self._wind_up()
        except Exception as error:
            why = f"not within {LEAVE_WITHIN_S:g} s" if isinstance(error, TimeoutError) else reason_of(error)
            what = f"left before everything was put right; the next agent does the rest: {why}"
            self._tell(Event(Happening.TROUBLE, what))
        finally:
            self._means.keep_awake(False)
            self._clerk.close()

    async def _wind_up(self) -> None:
        cut = await self._bays.cut_all()
        await self._bays.idle()
        cut += await self._bays.cut_all()  # what was just being opened
        for grant in cut:
            with suppress(LeaseLost):
                await self._clerk.closed(grant)
        await self._clerk.look()
        await self._bays.restore_all()
        await self._clerk.publish(())
        await self._clerk.stand_up()


def published(host: str, phone: HostPhone) -> PublishedPhone:
    """What an agent tells of a phone of its host."""
    reach = phone.reach
    return PublishedPhone(reach.identity, host, phone.labels, reach.ways, reach.clock)


def changes(before: Attending, after: Attending) -> tuple[Event, ...]:
    """What two looks tell of the phones that came and went between them, and of those that cannot be had."""
    was, now = ({phone.udid: phone for phone in look.phones} for look in (before, after))
    gone = [was[udid] for udid in was if udid not in now]
    come = [now[udid] for udid in now if udid not in was]
    names = {phone.name for phone in gone}
    silent = {name: why for name, why in after.away.items() if before.away.get(name) != why}
    return (
        *(Event(Happening.DETACHED, after.away.get(one.name, "it is gone"), one.name) for one in gone),
        *(Event(Happening.ATTACHED, _how(phone), phone.name) for phone in come),
        *(Event(Happening.SILENT, why, name) for name, why in silent.items() if name not in names),
    )


def _how(phone: HostPhone) -> str:
    identity = phone.reach.identity
    return f"attached by {' and '.join(phone.reach.ways)}: {identity.model}, iOS {identity.ios}"


async def _pause(over: asyncio.Event, for_s: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(over.wait(), for_s)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
