"""Holders and their leases.

A holder is a process, not a run or a machine: workers of a killed controller go on using their
phones for a while, and must go on holding them.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from harness.errors import DeviceQuarantined, LeaseLost, NoDeviceFree, NoSuchDevice
from harness.farm.leases import phones, tickets, undo
from harness.farm.leases.doors import Door
from harness.farm.leases.replay import Replay, Restored
from harness.farm.leases.states import PhoneState
from harness.farm.leases.turns import Turns
from harness.farm.leases.undo import Kept, UndoEntry
from harness.farm.leases.view import FarmView, read_view
from harness.model.undo import Restorer, UndoOp

TRY_AGAIN_S = 5.0
"""How long who waits for a phone leaves it alone after putting it right has failed, in wall time.

One that cannot be put right leaves rotation after a few failures, so nobody waits for it in vain for long.
"""

LOOK_AGAIN_S = 0.25
"""How often a waiter looks whether a holder has died; all else wakes it at once."""

BACK_INTO_ROTATION = (
    "Put it right by hand and say so with `harness restore --phone NAME --by-hand`, or have it tried again "
    "with `harness restore --phone NAME`"
)
"""What to do about a phone that is out of rotation."""


class Lease:
    """Phones that this process may use, until it gives them back or ends.

    Used as a context manager it gives them back at the end of the block.

    Attributes:
        udids: the phones.
        note: what they are held for.
        restored: what was put back on them before they were had.
    """

    def __init__(
        self,
        holder: Holder,
        granted: tuple[tuple[str, int], ...],
        note: str,
        restored: tuple[Restored, ...] = (),
    ) -> None:
        self._holder = holder
        self._granted = granted
        self.udids = tuple(udid for udid, _ in granted)
        self.note = note
        self.restored = tuple(one for one in restored if one.udid in self.udids)

    @property
    def udid(self) -> str:
        """The phone, of a lease of one."""
        return self.udids[0]

    def check(self) -> None:
        """Return when every phone of the lease is still this process's.

        Raises:
            LeaseLost: one is not; it must not be touched again.
        """
        self._holder.check_own()
        with self._holder.turns.database.transaction() as db:
            for udid, epoch in self._granted:
                self._check_one(db, udid, epoch)

    def will_change(self, udid: str, op: UndoOp, *, keep: bool = False) -> UndoEntry:
        """Write down how to put something back, before it is changed; on disk when this returns.

        Args:
            udid: a phone of this lease.
            op: how to put it back.
            keep: whether the change is to stay when the lease ends, because a person made it on purpose. It
                is put back before a test gets the phone. Changing the same thing again adds nothing: how it
                was at first counts.

        Raises:
            LeaseLost: the phone is not this process's any more; it must not be changed.
            FarmError: nobody can be started who puts it back if this process is killed.
        """
        self._holder.check_own()
        if not keep:
            self._holder.set_guard()
        with self._holder.turns.database.transaction() as db:
            self._check_one(db, udid, dict(self._granted).get(udid, -1))
            return (undo.keep if keep else undo.add)(db, udid, op, self._holder.id)

    def kept(self, udid: str) -> tuple[UndoEntry, ...]:
        """What a person changed on a phone, to stay; ``undone`` strikes what was set back meanwhile."""
        with self._holder.turns.database.transaction() as db:
            return tuple(entry for entry in undo.entries(db, udid) if entry.kept)

    def undone(self, entry: UndoEntry) -> None:
        """Strike an entry, after the phone has confirmed that the thing was put back.

        Raises:
            LeaseLost: the phone is not this process's any more.
        """
        self._holder.check_own()
        with self._holder.turns.database.transaction() as db:
            self._check_one(db, entry.udid, dict(self._granted).get(entry.udid, -1))
            undo.remove(db, entry)

    def is_altered(self) -> bool:
        """Whether something has to be put back on a phone of this lease when it ends."""
        with self._holder.turns.database.transaction() as db:
            return any(undo.due(db, udid) for udid in self.udids)

    def is_awaited(self, instead: Sequence[str]) -> bool:
        """Whether somebody waits for a phone of this lease, while one of ``instead`` can be had at once.

        A process that keeps its phone between tests asks this, so that nobody waits until all its tests are
        done for a phone that it could do without.
        """
        with self._holder.turns.look() as db:
            awaited = any(tickets.is_awaited(db, udid) for udid in self.udids)
            return awaited and any(phones.is_free(db, udid) for udid in instead)

    def release(self, restorer: Restorer | None = None) -> tuple[Restored, ...]:
        """Give the phones back; what is lost or given back already is left alone.

        A phone with changes in its journal is dirty from here on. It gets free when ``restorer``
        could put everything back, and otherwise when somebody else has.

        Returns:
            What came of restoring each phone that was altered; nothing without ``restorer``.
        """
        self._holder.check_own()
        with self._holder.turns.turn() as db:
            mine = [udid for udid, epoch in self._granted if self._owner_fault(db, udid, epoch) is None]
            for udid in mine:
                phones.end(db, udid)
            altered = [udid for udid in mine if undo.due(db, udid)]
            if restorer:
                # In the same transaction, so that nobody else starts to restore them.
                for udid in altered:
                    phones.claim(db, udid, self._holder.id)
        return tuple(self._holder.replay(restorer, udid) for udid in altered) if restorer else ()

    def _check_one(self, db: sqlite3.Connection, udid: str, epoch: int) -> None:
        if fault := self._owner_fault(db, udid, epoch):
            fix = "Stop using it; the test has to start again with a new lease"
            raise LeaseLost(f"this process no longer holds the phone: {fault}", phone=udid, fix=fix)

    def _owner_fault(self, db: sqlite3.Connection, udid: str, epoch: int) -> str | None:
        row = db.execute("SELECT state, epoch, holder FROM phone WHERE udid=?", (udid,)).fetchone()
        if row is None or epoch < 0:
            return "it is not of this lease"
        if tuple(row) == (PhoneState.LEASED, epoch, self._holder.id):
            return None
        return f"it was granted {row[1] - epoch} times since" if row[1] != epoch else f"it is {row[0]} now"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


@dataclass(frozen=True)
class _Request:
    udids: tuple[str, ...]
    count: int
    note: str
    within_s: float
    restorer: Restorer | None
    kept: Kept


def _dirty(view: FarmView, request: _Request) -> set[str]:
    """The phones of a request that somebody could put right.

    Raises:
        DeviceQuarantined: too few are left when those that wait for a person are not counted.
    """
    known = [phone for phone in view.phones if phone.udid in request.udids]
    in_rotation = [phone for phone in known if phone.state is not PhoneState.QUARANTINED]
    if len(in_rotation) < request.count:
        what = "\n  ".join(("too few phones are in rotation", *view.why(request.udids)))
        raise DeviceQuarantined(what, fix=BACK_INTO_ROTATION)
    return {phone.udid for phone in in_rotation if phone.state is PhoneState.DIRTY and not phone.holder}


def _buried() -> LeaseLost:
    return LeaseLost("this process was taken for dead, and holds nothing any more", fix="Start it again")


class Janitor(Protocol):
    """Starts a process that restores what a holder leaves altered; see ``farm.janitor``."""

    def start(self, leases: Path, holder: str) -> None:
        """Start it; returns once it will outlive this process."""
        ...


class Holder:
    """This process, as the farm knows it; made by ``LeaseStore.register``.

    Attributes:
        id: never used twice.
        name: as it called itself.
    """

    def __init__(self, turns: Turns, door: Door, name: str, janitor: Janitor | None = None) -> None:
        self.turns = turns
        self.id = door.id
        self.name = name
        self._door = door
        self._janitor = janitor
        self._replay = Replay(turns, door.id)

    def check_own(self) -> None:
        """Refuse use in a forked child, and after ``close``.

        Raises:
            LeaseLost: this process is not the holder.
        """
        self._door.check_own()

    def set_guard(self) -> None:
        """Have this process's end watched for; called before it alters a phone, and done once.

        Raises:
            FarmError: nobody can be started who watches.
        """
        if self._janitor:
            self._janitor.start(self.turns.database.path, self.id)
            self._janitor = None

    def acquire(
        self,
        udids: Sequence[str],
        *,
        within_s: float,
        note: str = "",
        count: int = 1,
        restorer: Restorer | None = None,
        as_found: bool = False,
    ) -> Lease:
        """Lease ``count`` of the phones, all at once, waiting for one's turn.

        Args:
            udids: phones that would do, the preferred one first.
            within_s: how long to wait, in seconds of wall time; 0 asks once.
            note: what for, shown to others who wait; usually the test.
            count: how many are needed at the same time.
            restorer: puts dirty ones among them right; without it they stay dirty.
            as_found: whether a phone will do with the settings that a person changed on it, to stay.
                Otherwise they are put back first, or, without ``restorer``, the phone will not do.

        Raises:
            NoDeviceFree: not enough of them got free in time; says who has each.
            DeviceQuarantined: too many of them wait for a person.
            NoSuchDevice: fewer phones are named than are needed.
            LeaseLost: called in a forked child, or after ``close``.
        """
        self.check_own()
        kept = Kept.ACCEPT if as_found else Kept.UNDO if restorer else Kept.AVOID
        request = _Request(tuple(dict.fromkeys(udids)), count, note, within_s, restorer, kept)
        if not 1 <= count <= len(request.udids):
            raise NoSuchDevice(f"{count} phones are needed at once and {len(request.udids)} would do")
        ticket = self._issue(request)
        granted: tuple[tuple[str, int], ...] = ()
        restored: list[Restored] = []
        try:
            granted = self._wait(ticket, request, restored)
        finally:
            if not granted:
                # Also on Ctrl-C: nobody must stay in the queue, or get a phone, without wanting it.
                with self.turns.turn() as db:
                    tickets.withdraw(db, ticket)
        return Lease(self, granted, note, tuple(restored))

    def _issue(self, request: _Request) -> int:
        with self.turns.turn() as db:
            if not phones.is_known(db, self.id):
                raise _buried()
            phones.know(db, ((udid, udid, "") for udid in request.udids))
            return tickets.issue(db, self.id, request.udids, request.count, request.note, request.kept)

    def _wait(self, ticket: int, request: _Request, restored: list[Restored]) -> tuple[tuple[str, int], ...]:
        deadline_s = time.monotonic() + request.within_s
        tried_at_s: dict[str, float] = {}
        while True:
            with self.turns.look() as db:
                granted, queued = tickets.granted(db, ticket), tickets.is_queued(db, ticket)
                view = read_view(db)
            if granted:
                return granted
            if not queued:
                raise _buried()
            due_since_s = time.monotonic() - TRY_AGAIN_S
            due = {udid for udid in _dirty(view, request) if tried_at_s.get(udid, -math.inf) <= due_since_s}
            if request.restorer and due:
                restored += self.restore(request.restorer, tuple(due))
                tried_at_s |= dict.fromkeys(due, time.monotonic())
                continue
            if (left_s := deadline_s - time.monotonic()) <= 0:
                within = f" within {request.within_s:g} s" if request.within_s else ""
                raise NoDeviceFree(f"no phone got free{within}", why=view.why(request.udids))
            self._door.wait(min(left_s, LOOK_AGAIN_S))

    def restore(self, restorer: Restorer, udids: Sequence[str] | None = None) -> tuple[Restored, ...]:
        """Put dirty phones right that nobody else is at; returns what came of each.

        Args:
            restorer: puts things back on phones that this process can reach.
            udids: only these; ``None`` is every dirty phone.

        Raises:
            LeaseLost: called in a forked child, or after ``close``.
        """
        self.check_own()
        return self._replay.restore(restorer, udids)

    def replay(self, restorer: Restorer, udid: str) -> Restored:
        """Undo what is due on a phone that this holder has claimed, and drop the claim."""
        return self._replay.replay(restorer, udid)

    def close(self) -> None:
        """Give everything back and leave the farm; a phone with a journal is left dirty."""
        with suppress(LeaseLost):
            self.check_own()
            with self.turns.turn() as db:
                phones.end_all(db, self.id)
            self._door.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
