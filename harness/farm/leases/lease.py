"""Holders and their leases.

A holder is a process, not a run or a machine: workers of a killed controller go on using their
phones for a while, and must go on holding them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self

from harness.errors import HostLost, LeaseLost, StoreUnavailable
from harness.farm.leases import atonce, phones, tickets, undo
from harness.farm.leases.doors import Door
from harness.farm.leases.grants import Grant
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.replay import Replay, Restored
from harness.farm.leases.request import Request
from harness.farm.leases.states import PhoneState
from harness.farm.leases.tickets import Granted
from harness.farm.leases.turns import Turns, leave
from harness.farm.leases.undo import Kept, UndoEntry
from harness.farm.leases.waiting import BACK_INTO_ROTATION, Waiting
from harness.model.undo import Restorer, UndoOp

__all__ = ["BACK_INTO_ROTATION", "Holder", "Janitor", "Lease"]


class Lease:
    """Phones that this process may use, until it gives them back or ends.

    Used as a context manager it gives them back at the end of the block.

    Attributes:
        grants: the phones, in the order of the slots that were asked for, and how to reach each.
        udids: the same, by UDID alone.
        note: what they are held for.
        restored: what was put back on them before they were had.
    """

    def __init__(
        self,
        holder: Holder,
        granted: Granted,
        note: str,
        restored: tuple[Restored, ...] = (),
    ) -> None:
        self._holder = holder
        self._gated = granted.gated
        self.grants = granted.grants
        self.udids = tuple(grant.udid for grant in granted.grants)
        self.note = note
        self.restored = tuple(one for one in restored if one.udid in self.udids)

    @property
    def udid(self) -> str:
        """The phone, of a lease of one."""
        return self.udids[0]

    def check(self) -> None:
        """Return when every phone of the lease is still this process's.

        While the database does not answer, it is: nothing can be taken from anybody then, and what was taken
        before is cut.

        Raises:
            LeaseLost: one is not; it must not be touched again.
            HostLost: the agent has gone that is the only way to one; it is this process's still.
        """
        self._holder.check_own()
        with suppress(StoreUnavailable), self._holder.turns.transaction() as db:
            for grant in self.grants:
                self._check_one(db, grant.udid)
                self._check_agent(db, grant)

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
            StoreUnavailable: it cannot be written down now, so nothing may be changed.
            FarmError: nobody can be started who puts it back if this process is killed.
        """
        self._holder.check_own()
        if not keep and udid not in self._gated:
            self._holder.set_guard()
        with self._holder.turns.transaction() as db:
            self._check_one(db, udid)
            return (undo.keep if keep else undo.add)(db, udid, op, self._holder.id)

    def kept(self, udid: str) -> tuple[UndoEntry, ...]:
        """What a person changed on a phone, to stay; ``undone`` strikes what was set back meanwhile."""
        with self._holder.turns.transaction() as db:
            return tuple(entry for entry in undo.entries(db, udid) if entry.kept)

    def undone(self, entry: UndoEntry) -> None:
        """Strike an entry, after the phone has confirmed that the thing was put back.

        Raises:
            LeaseLost: the phone is not this process's any more.
        """
        self._holder.check_own()
        with self._holder.turns.transaction() as db:
            self._check_one(db, entry.udid)
            undo.remove(db, entry)

    def is_altered(self) -> bool:
        """Whether something has to be put back on a phone of this lease when it ends."""
        with self._holder.turns.transaction() as db:
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
        could put everything back, and otherwise when somebody else has. One that an agent serves is cut and
        put right by that, whoever is asked to here.

        Returns:
            What came of restoring each phone that was altered; nothing without ``restorer``.
        """
        self._holder.check_own()
        with self._holder.turns.turn() as db:
            if all(atonce.give_back(db, grant, self._holder.id, self._holder.told) for grant in self.grants):
                db.concerns_nobody = not tickets.is_anybody_waiting(db)
                return ()
            mine = [udid for udid in self.udids if self._owner_fault(db, udid) is None]
            for udid in mine:
                phones.end(db, udid)
            altered = [udid for udid in mine if udid not in self._gated and undo.due(db, udid)]
            if restorer:
                # In the same transaction, so that nobody else starts to restore them.
                for udid in altered:
                    phones.claim(db, udid, self._holder.id)
        return tuple(self._holder.replay(restorer, udid) for udid in altered) if restorer else ()

    def _check_one(self, db: Transaction, udid: str) -> None:
        if fault := self._owner_fault(db, udid):
            fix = "Stop using it; the test has to start again with a new lease"
            what = f"this process no longer holds the phone: {fault}"
            raise LeaseLost(what, phone=phones.name_of(db, udid), fix=fix)

    def _owner_fault(self, db: Transaction, udid: str) -> str | None:
        epoch = next((grant.epoch for grant in self.grants if grant.udid == udid), None)
        row = db.execute("SELECT state, epoch, holder, revoked FROM phone WHERE udid=?", (udid,)).fetchone()
        if row is None or epoch is None:
            return "it is not of this lease"
        if tuple(row) == (PhoneState.LEASED, epoch, self._holder.id, 0):
            return None
        if row[1] != epoch:
            return f"it was granted {row[1] - epoch} times since"
        return "it is being taken back" if row[3] else f"it is {row[0]} now"

    def _check_agent(self, db: Transaction, grant: Grant) -> None:
        away = db.execute("SELECT away FROM phone WHERE udid=?", (grant.udid,)).fetchone()[0]
        if grant.udid in self._gated and away == phones.AGENT_GONE:
            fix = f"See whether `harness agent` runs on {grant.host}"
            what = f"the agent of {grant.host} has gone"
            raise HostLost(what, phone=phones.name_of(db, grant.udid), fix=fix)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class Janitor(Protocol):
    """Starts a process that restores what a holder leaves altered; see ``farm.janitor``."""

    def start(self, leases: str, holder: str, environment: Mapping[str, str]) -> None:
        """Start it; returns once it will outlive this process."""
        ...


class Holder:
    """This process, as the farm knows it; made by ``LeaseStore.register``.

    Attributes:
        id: never used twice.
        name: as it called itself.
        told: what people are told of it.
    """

    def __init__(
        self, turns: Turns, door: Door, name: str, host: str, janitor: Janitor | None = None
    ) -> None:
        self.turns = turns
        self.id = door.id
        self.name = name
        self.told = phones.called(name, os.getpid(), host)
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
            ledger = self.turns.ledger
            self._janitor.start(ledger.address, self.id, ledger.environment)
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
        kept = Kept.ACCEPT if as_found else None
        return self.request(Request((tuple(udids),) * count, note, within_s, 0, kept, restorer))

    def request(self, request: Request) -> Lease:
        """Lease all that is asked for at once, waiting for one's turn.

        Returns only when everything can be used: agents have opened their sockets for the phones that they
        serve.

        Raises:
            NoDeviceFree: not enough of the phones got free in time; says who has each.
            DeviceQuarantined: too many of them wait for a person.
            NoSuchDevice: fewer phones are named than are needed.
            LeaseLost: called in a forked child, or after ``close``.
            StoreUnavailable: the database does not answer. Who goes on afterwards closes this holder: it may
                be granted yet what it asked for.
        """
        self.check_own()
        request.check()
        waiting = Waiting(self.turns, self._door, request)
        granted = waiting.run()
        if granted.gated:
            self.turns.presence.keep_heard(self.id)
        return Lease(self, granted, request.note, tuple(waiting.restored))

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
            leave(self.turns, self._door)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
