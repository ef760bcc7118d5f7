"""A farm in memory for tests of the agent: what is due is what a test says, what is done is noted."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from harness.errors import HarnessError
from harness.farm.agent.attendance import LEAVING, Attending, HostPhone
from harness.farm.health.rotation import Finding
from harness.farm.leases.grants import Duties, Grant
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.replay import Restored
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.model.undo import Restorer, UndoOp

WITHIN_S = 20.0


class VirtualSeat:
    """What is due is what the test says, until it is done; every call is noted."""

    id = "seat"

    def __init__(self) -> None:
        self.due = Duties()
        self.done: list[str] = []
        self.fails: dict[str, HarnessError] = {}
        self.restoring: dict[str, threading.Event] = {}
        self.not_restored: dict[str, str] = {}
        self.altered: set[str] = set()
        self.others: set[str] = set()
        self.published: tuple[PublishedPhone, ...] = ()
        self.why: dict[str, str] = {}

    def publish(self, told: Iterable[PublishedPhone], why: Mapping[str, str] | None = None) -> frozenset[str]:
        self._check("publish")
        self.published, self.why = tuple(told), dict(why or {})
        return frozenset(phone.identity.udid for phone in self.published) - self.others

    def duties(self) -> Duties:
        self._check("duties")
        return self.due

    def opened(self, grant: Grant, path: str) -> bool:
        self._check("opened")
        self.done.append(f"opened {grant.udid}")
        self.due = replace(self.due, to_open=_without(self.due.to_open, grant))
        return True

    def closed(self, grant: Grant) -> None:
        self._check("closed")
        self.done.append(f"closed {grant.udid}")
        left = (grant.udid,) if grant.udid in self.altered else ()
        opening, closing = _without(self.due.to_open, grant), _without(self.due.to_close, grant)
        due = replace(self.due, to_open=opening, to_close=closing)
        self.due = replace(due, to_restore=(*due.to_restore, *left))

    def restore(self, restorer: Restorer, udid: str) -> Restored | None:
        if udid in self.restoring:
            assert self.restoring[udid].wait(WITHIN_S)
        self._check("restore")
        if reason := self.not_restored.get(udid):
            return Restored(udid, udid, (), reason)
        self.done.append(f"restored {udid}")
        self.altered.discard(udid)
        self.due = replace(self.due, to_restore=tuple(one for one in self.due.to_restore if one != udid))
        return Restored(udid, udid, ())

    def wait(self, timeout_s: float) -> None:
        self._check("wait")
        threading.Event().wait(0.01)

    def close(self) -> None:
        self.done.append("left")

    def _check(self, what: str) -> None:
        if what in self.fails:
            raise self.fails[what]


class VirtualGates:
    """Gates without sockets.

    Args:
        seat: where what is done is noted, in one order with what is told.
    """

    def __init__(self, seat: VirtualSeat) -> None:
        self._seat = seat
        self.fails: dict[str, Exception] = {}
        self.open_ones: dict[str, Grant] = {}

    async def open(self, grant: Grant, phone: HostPhone) -> str:
        if "open" in self.fails:
            raise self.fails["open"]
        self._seat.done.append(f"open {grant.udid}")
        self.open_ones[grant.udid] = grant
        return f"/sockets/{grant.udid}.{grant.epoch}"

    async def close(self, grant: Grant) -> None:
        self._seat.done.append(f"close {grant.udid}")
        self.open_ones.pop(grant.udid, None)


class VirtualWatch:
    """Phones that are there because the test says so."""

    def __init__(self, *udids: str) -> None:
        self.attending = Attending(tuple(host_phone(udid) for udid in udids))
        self.looks = 0

    async def look(self) -> Attending:
        self.looks += 1
        return self.attending

    def phone(self, udid: str) -> HostPhone | None:
        there = (phone for phone in self.attending.phones if phone.udid == udid)
        return next(there, host_phone(udid))

    def leaves(self, udid: str) -> None:
        """Have devices.yaml list a phone no more."""
        phones = (
            replace(phone, is_leaving=phone.is_leaving or phone.udid == udid)
            for phone in self.attending.phones
        )
        self.attending = Attending(tuple(phones), {udid: LEAVING})


class VirtualHealth:
    """Finds what the test says; every return and every look is noted, but for what it loses."""

    def __init__(self) -> None:
        self.finds: dict[str, Finding] = {}
        self.back: list[str] = []
        self.rounds = 0
        self.fails: HarnessError | None = None
        self.loses: dict[str, HarnessError] = {}

    async def before_lease(self, phone: ReachablePhone) -> Finding | None:
        return self.finds.get(phone.identity.udid)

    async def came_back(self, phone: ReachablePhone) -> None:
        if phone.identity.udid in self.loses:
            raise self.loses[phone.identity.udid]
        self.back.append(phone.identity.udid)

    async def look_around(self, phones: Iterable[ReachablePhone]) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())

    async def _look(self) -> None:
        if self.fails is not None:
            raise self.fails
        self.rounds += 1


class NoRestorer:
    """The seat of these tests restores by itself."""

    def reaching(self, udid: str) -> AbstractContextManager[Callable[[UndoOp], None]]:
        raise AssertionError("nobody restores here")


def host_phone(udid: str) -> HostPhone:
    """A phone that is there."""
    identity = PhoneIdentity(udid, udid, "16.7", "iPhone12,1", Hardware.VIRTUAL)
    return HostPhone(ReachablePhone(identity, "/rack/usbmux", "", (Connection.USB,)))


async def until(holds: Callable[[], object]) -> None:
    """Look again and again, between the turns of the loop, until something holds."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            if holds():
                return
            await asyncio.sleep(0.005)


def _without(grants: tuple[Grant, ...], grant: Grant) -> tuple[Grant, ...]:
    return tuple(one for one in grants if one.udid != grant.udid)
