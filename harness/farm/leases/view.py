"""What the farm looks like to people: who holds which phone, since when, for what, and who waits."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

from harness.farm.leases import undo
from harness.farm.leases.states import PhoneState
from harness.farm.leases.undo import UndoEntry


@dataclass(frozen=True)
class HolderView:
    """A process that holds phones, waits for some, or restores one.

    Attributes:
        id: never used twice.
        name: as it called itself, such as ``pytest gw0``.
        pid: process identifier on this machine.
        run: the run it belongs to, or empty.
    """

    id: str
    name: str
    pid: int
    run: str

    def __str__(self) -> str:
        return f"{self.name} (pid {self.pid})"


@dataclass(frozen=True)
class PhoneView:
    """One phone.

    Attributes:
        udid: unique device identifier.
        name: as devices.yaml calls it, or the UDID.
        state: whether it can be had.
        since_s: when it got into that state, seconds since 1970 by this machine.
        epoch: counts its grants.
        holder: who has it, or who is restoring it.
        last_holder: who had it before, with pid.
        note: what it is or was held for, usually a test.
        undo: its journal, oldest first.
        reason: why restoring it failed, or empty.
        hardware: ``real`` or ``virtual``; empty when nobody has said.
        recalled: whether what was changed to stay is to be put back, too.
    """

    udid: str
    name: str
    state: PhoneState
    since_s: float
    epoch: int
    holder: HolderView | None
    last_holder: str
    note: str
    undo: tuple[UndoEntry, ...]
    reason: str
    hardware: str = ""
    recalled: bool = False

    @property
    def due(self) -> tuple[UndoEntry, ...]:
        """What is to be put back before it is free, or when its lease ends; oldest first."""
        return tuple(entry for entry in self.undo if self.recalled or not entry.kept)

    @property
    def kept(self) -> tuple[UndoEntry, ...]:
        """What a person changed on it, to stay until a test gets it; oldest first."""
        return tuple(entry for entry in self.undo if entry.kept and not self.recalled)

    @property
    def by_hand(self) -> tuple[str, ...]:
        """What a person does to put back what is due, one sentence each, the last change first."""
        return tuple(dict.fromkeys(entry.by_hand for entry in reversed(self.due)))

    @property
    def is_idle(self) -> bool:
        """Whether nobody holds it, and nobody is restoring it."""
        return self.holder is None

    def why(self, now_s: float) -> str:
        """One line that says who has the phone, or why nobody can have it.

        Args:
            now_s: seconds since 1970 by this machine.
        """
        return f"{self.name}: {self._why(how_long(now_s - self.since_s))}"

    def _why(self, since: str) -> str:
        purpose = f", {self.note}" if self.note else ""
        if self.state is PhoneState.LEASED:
            return f"held by {self.holder} for {since}{purpose}"
        if self.state is PhoneState.DIRTY and self.holder:
            return f"being restored by {self.holder} for {since}"
        if self.state is PhoneState.DIRTY:
            changes = listed(self.due)
            failed = f"; last try: {self.reason}" if self.reason else ""
            return (
                f"left altered by {self.last_holder} {since} ago{purpose}; to be put back: {changes}{failed}"
            )
        if self.state is PhoneState.QUARANTINED:
            todo = f". By hand: {' '.join(self.by_hand)}" if self.due else ""
            return f"out of rotation for {since}: {self.reason.rstrip('.')}{todo.rstrip('.')}"
        if self.state is PhoneState.OFFLINE:
            return f"not attached for {since}"
        return (
            f"free, and changed to stay; to be put back for a test: {listed(self.kept)}"
            if self.kept
            else "free"
        )


def listed(entries: Iterable[UndoEntry]) -> str:
    """Lines of a journal as one line for people."""
    return ", ".join(str(entry.op) for entry in entries)


@dataclass(frozen=True)
class TicketView:
    """Somebody who waits.

    Attributes:
        holder: who.
        note: for what, usually a test.
        since_s: since when, seconds since 1970 by this machine.
        count: how many phones at once.
        udids: phones that would do, the preferred one first.
    """

    holder: HolderView
    note: str
    since_s: float
    count: int
    udids: tuple[str, ...]


@dataclass(frozen=True)
class FarmView:
    """All of it at one moment.

    Attributes:
        at_s: the moment, seconds since 1970 by this machine.
        phones: every phone that was ever asked for, by name.
        waiting: the queue, the first one first.
    """

    at_s: float
    phones: tuple[PhoneView, ...]
    waiting: tuple[TicketView, ...]

    def phone(self, udid: str) -> PhoneView | None:
        """One phone, or ``None`` when nobody ever asked for it."""
        return next((phone for phone in self.phones if phone.udid == udid), None)

    def why(self, udids: Iterable[str]) -> tuple[str, ...]:
        """One line for each phone that says why it cannot be had, in the order given."""
        return tuple(self._why(phone) for udid in udids if (phone := self.phone(udid)))

    def _why(self, phone: PhoneView) -> str:
        first = next((ticket for ticket in self.waiting if phone.udid in ticket.udids), None)
        if phone.state is PhoneState.FREE and first and not phone.kept:
            waited = how_long(self.at_s - first.since_s)
            return f"{phone.name}: set aside for {first.holder}, who has waited for {waited}, {first.note}"
        return phone.why(self.at_s)


def how_long(duration_s: float) -> str:
    """A duration as people say it: ``12 s``, ``3 min``, ``2 h 5 min``."""
    # A clock that was set back must not show a negative time.
    seconds = max(0, int(duration_s))
    if seconds < 120:
        return f"{seconds} s"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def read_view(db: sqlite3.Connection) -> FarmView:
    """The farm as the file has it, within a transaction of the caller's."""
    holders = {
        row[0]: HolderView(row[0], row[1], row[2], row[3])
        for row in db.execute("SELECT id, name, pid, run FROM holder")
    }
    return FarmView(time.time(), _phones(db, holders), _waiting(db, holders))


def _phones(db: sqlite3.Connection, holders: dict[str, HolderView]) -> tuple[PhoneView, ...]:
    rows = db.execute(
        "SELECT udid, name, state, since_s, epoch, holder, last_holder, note, reason, hardware, recalled"
        " FROM phone ORDER BY name, udid"
    ).fetchall()
    return tuple(
        PhoneView(
            udid=row[0],
            name=row[1],
            state=PhoneState(row[2]),
            since_s=row[3],
            epoch=row[4],
            holder=holders.get(row[5]),
            last_holder=row[6],
            note=row[7],
            undo=undo.entries(db, row[0]),
            reason=row[8],
            hardware=row[9],
            recalled=bool(row[10]),
        )
        for row in rows
    )


def _waiting(db: sqlite3.Connection, holders: dict[str, HolderView]) -> tuple[TicketView, ...]:
    rows = db.execute("SELECT id, holder, note, since_s, count FROM ticket ORDER BY id").fetchall()
    return tuple(TicketView(holders[row[1]], row[2], row[3], row[4], _wanted(db, row[0])) for row in rows)


def _wanted(db: sqlite3.Connection, ticket: int) -> tuple[str, ...]:
    rows = db.execute("SELECT udid FROM ticket_want WHERE ticket=? ORDER BY rank", (ticket,))
    return tuple(row[0] for row in rows)
