"""What the farm looks like to people: who holds which phone, since when, for what, and who waits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.farm.health.rotation import HealthRecord, PhoneHealth, out_of_rotation
from harness.farm.leases import phones, tickets, undo
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.states import PhoneState
from harness.farm.leases.undo import UndoEntry, UnknownOp


@dataclass(frozen=True)
class HolderView:
    """A process that holds phones, waits for some, or restores one.

    Attributes:
        id: never used twice.
        name: as it called itself, such as ``pytest gw0``.
        pid: process identifier on its machine.
        run: the run it belongs to, or empty.
        host: its machine; empty where all are on one.
        kind: ``run``, ``agent`` or ``command``.
    """

    id: str
    name: str
    pid: int
    run: str
    host: str = ""
    kind: str = "run"

    def __str__(self) -> str:
        return phones.called(self.name, self.pid, self.host)


@dataclass(frozen=True)
class PhoneView:
    """One phone.

    Attributes:
        udid: unique device identifier.
        name: as devices.yaml calls it, or the UDID.
        state: whether it can be had.
        since_s: when it got into that state, seconds since 1970 by the clock of the store.
        epoch: counts its grants.
        holder: who has it, or who is restoring it.
        last_holder: who had it before, with pid.
        note: what it is or was held for, usually a test.
        undo: its journal, oldest first.
        reason: why restoring it failed, or empty.
        hardware: ``real`` or ``virtual``; empty when nobody has said.
        recalled: whether what was changed to stay is to be put back, too.
        host: the machine that it is attached to; empty where nobody has said.
        gate: id of the agent that is the only way to it, also of one that has gone; ``None`` without one.
        revoked: whether its lease is to end and waits for the agent to cut it.
        away: why its agent cannot give it now, or empty.
        ios: product version; empty where nobody has said.
        model: product type; empty where nobody has said.
        labels: what tests may ask for by name, as its agent tells.
        ways: how it is connected to its host, as its agent tells.
        health: ``unknown``, ``good`` or ``bad``.
        health_note: why it is bad.
        health_fix: what a person does about it.
        checked_s: when that was found, seconds since 1970 by the clock of the store; 0 for never.
        strikes: what spoke against it since it was last found good.
        until_s: when its quarantine ends; 0 where only a person ends it.
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
    host: str = ""
    gate: str | None = None
    revoked: bool = False
    away: str = ""
    ios: str = ""
    model: str = ""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    ways: tuple[str, ...] = ()
    health: str = "unknown"
    health_note: str = ""
    health_fix: str = ""
    checked_s: float = 0.0
    strikes: int = 0
    until_s: float = 0.0

    def is_called(self, word: str) -> bool:
        """Whether a person who says this name or UDID means the phone."""
        return word == self.name or word.upper() == self.udid.upper()

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
    def at_rest(self) -> str:
        """What there is to say of it while it is free: what a person changed on it, or empty."""
        unknown = [entry for entry in self.kept if isinstance(entry.op, UnknownOp)]
        if unknown:
            todo = " ".join(dict.fromkeys(entry.by_hand for entry in reversed(unknown)))
            return f"given to nobody here, for what is to be put back: {listed(unknown)}. By hand: {todo}"
        return f"changed to stay; to be put back for a test: {listed(self.kept)}" if self.kept else ""

    @property
    def is_idle(self) -> bool:
        """Whether nobody holds it, and nobody is restoring it."""
        return self.holder is None and self.state is not PhoneState.LEASED

    @property
    def is_out_for_health(self) -> bool:
        """Whether it is out of rotation because it is not fit, and not because it could not be restored."""
        return self.state is PhoneState.QUARANTINED and self.health == PhoneHealth.BAD and not self.reason

    @property
    def fitness(self) -> HealthRecord:
        """How well it is."""
        return HealthRecord(
            PhoneHealth(self.health),
            note=self.health_note,
            fix=self.health_fix,
            checked_s=self.checked_s or None,
            strikes=self.strikes,
            until_s=self.until_s or None,
        )

    def why(self, now_s: float) -> str:
        """One line that says who has the phone, or why nobody can have it.

        Args:
            now_s: seconds since 1970 by the clock of the store.
        """
        if self.is_out_for_health:
            helped = f"{self.holder} tries to have it recover; " if self.holder else ""
            return f"{self.name}: {helped}{out_of_rotation(self.fitness, now_s)}"
        return f"{self.name}: {self._why(how_long(now_s - self.since_s))}"

    def _why(self, since: str) -> str:
        purpose = f", {self.note}" if self.note else ""
        if self.state is PhoneState.LEASED and self.revoked:
            taken = f"being taken back from {self.last_holder} by the agent of {self.host}"
            has_gone = self.away == phones.AGENT_GONE
            return f"{taken}, which has gone: see that `harness agent` runs there" if has_gone else taken
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
            return f"{self.away or 'not attached'} for {since}"
        return f"free, and {self.at_rest}" if self.at_rest else "free"


def listed(entries: Iterable[UndoEntry]) -> str:
    """Lines of a journal as one line for people."""
    return ", ".join(str(entry.op) for entry in entries)


@dataclass(frozen=True)
class TicketView:
    """Somebody who waits.

    Attributes:
        holder: who.
        note: for what, usually a test.
        since_s: since when, seconds since 1970 by the clock of the store.
        count: how many phones at once.
        udids: phones that would do for any of them, the preferred one first.
        slots: for each phone that is needed, those that would do.
        priority: the greater one is served first.
    """

    holder: HolderView
    note: str
    since_s: float
    count: int
    udids: tuple[str, ...]
    slots: tuple[tuple[str, ...], ...] = ()
    priority: int = 0


@dataclass(frozen=True)
class FarmView:
    """All of it at one moment.

    Attributes:
        at_s: the moment, seconds since 1970 by the clock of the store.
        phones: every phone that was ever asked for, and not forgotten since, by name.
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


def read_view(db: Transaction) -> FarmView:
    """The farm as the store has it, within a transaction of the caller's."""
    holders = {
        row[0]: HolderView(*row) for row in db.execute("SELECT id, name, pid, run, host, kind FROM holder")
    }
    return FarmView(db.now_s, _phones(db, holders), _waiting(db, holders))


_OF_A_PHONE = (
    "SELECT udid, name, state, since_s, epoch, holder, last_holder, note, reason, hardware, recalled, host,"
    " gate, revoked, away, ios, model, labels, ways, health, health_note, health_fix, checked_s, strikes,"
    " until_s FROM phone ORDER BY name, udid"
)


def _phones(db: Transaction, holders: Mapping[str, HolderView]) -> tuple[PhoneView, ...]:
    journals = undo.all_entries(db)
    return tuple(_phone(row, holders, journals) for row in db.execute(_OF_A_PHONE).fetchall())


def _phone(
    row: tuple[Any, ...],
    holders: Mapping[str, HolderView],
    journals: Mapping[str, tuple[UndoEntry, ...]],
) -> PhoneView:
    return PhoneView(
        udid=row[0],
        name=row[1],
        state=PhoneState(row[2]),
        since_s=row[3],
        epoch=row[4],
        holder=holders.get(row[5]),
        last_holder=row[6],
        note=row[7],
        undo=journals.get(row[0], ()),
        reason=row[8],
        hardware=row[9],
        recalled=bool(row[10]),
        host=row[11],
        gate=row[12],
        revoked=bool(row[13]),
        away=row[14],
        ios=row[15],
        model=row[16],
        labels=json.loads(row[17]),
        ways=tuple(way for way in row[18].split(",") if way),
        health=row[19],
        health_note=row[20],
        health_fix=row[21],
        checked_s=row[22],
        strikes=row[23],
        until_s=row[24],
    )


def _waiting(db: Transaction, holders: Mapping[str, HolderView]) -> tuple[TicketView, ...]:
    wants: dict[int, list[tuple[int, str]]] = {}
    for ticket, slot, udid in db.execute("SELECT ticket, slot, udid FROM ticket_want ORDER BY rank"):
        wants.setdefault(ticket, []).append((slot, udid))
    rows = db.execute(
        "SELECT id, holder, note, since_s, count, priority FROM ticket ORDER BY priority DESC, id"
    ).fetchall()
    return tuple(_ticket(row, holders[row[1]], wants.get(row[0], [])) for row in rows)


def _ticket(row: tuple[Any, ...], holder: HolderView, wants: Sequence[tuple[int, str]]) -> TicketView:
    _, _, note, since_s, count, priority = row
    udids = tuple(dict.fromkeys(udid for _, udid in wants))
    return TicketView(holder, note, since_s, count, udids, tickets.slots_of(count, wants), priority)
