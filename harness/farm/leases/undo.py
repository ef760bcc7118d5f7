"""The undo journal: what has to be put back on a phone, written down before the phone is changed.

An entry is committed first, then the phone is touched, then, when the change was taken back, the
entry goes. A process can die between any two of these: the journal may then name a change that was
never made, which undoing does no harm to, and never lacks one that was.

An entry is *kept* when a person changed the thing on purpose, to stay. It is due only on a phone that was
recalled; all others are due as soon as the lease ends that they were made under.

An entry may name what this harness has never heard of, because a newer one wrote it. That concerns its phone
alone: it is told as it stands, it is for the newer one or for a person to put back, and here nobody gets the
phone before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.errors import FarmError
from harness.farm.leases.ledger import Transaction
from harness.model.undo import Undo, UndoOp

BY_HAND: Mapping[Undo, str] = {
    Undo.WIFI: "Open Settings > Wi-Fi and switch it {value}.",
    Undo.BACKGROUND_REFRESH: "Open Settings > General > Background App Refresh and set {whose} to {value}.",
    Undo.LOW_POWER_MODE: "Open Settings > Battery and switch Low Power Mode {value}.",
    Undo.AIRPLANE_MODE: "Open Settings and switch Airplane Mode {value}.",
    Undo.CONDITION: "Restart the phone: what it was asked to simulate ends with that.",
}
"""What a person does where the harness could not: one sentence for each thing that can be put back."""


BY_WHOEVER_WROTE_IT = (
    "Run `harness restore` of the newer harness that wrote it down,"
    " or put {operation} of {whose} back to {value}."
)
"""The same for what this harness has never heard of."""


@dataclass(frozen=True)
class UnknownOp:
    """How to put back something that this harness has never heard of.

    Attributes:
        operation: what is put back, in the words of the harness that wrote it.
        value: to what.
        bundle_id: of the app it belongs to, or empty.
    """

    operation: str
    value: str
    bundle_id: str = ""

    def __str__(self) -> str:
        whose = f" of {self.bundle_id}" if self.bundle_id else ""
        change = f"{self.operation}{whose} back to {self.value}"
        return f"{change} (written by a newer harness: restore it with that one)"


class Kept(StrEnum):
    """What somebody who waits for a phone makes of settings that a person changed on it, to stay."""

    AVOID = "avoid"
    """Takes only a phone without."""
    UNDO = "undo"
    """Has them put back first, when there are too few phones without."""
    ACCEPT = "accept"
    """Takes the phone as it is found."""


@dataclass(frozen=True)
class UndoEntry:
    """One line of the journal.

    Attributes:
        id: orders the entries.
        udid: the phone.
        op: how to put it back.
        kept: whether a person changed it on purpose, to stay.
        holder: id of the process that changed it; empty when nobody knows.
        host: the machine that the phone was at then, as people call it; empty where there is one, and when
            nobody knows.
    """

    id: int
    udid: str
    op: UndoOp | UnknownOp
    kept: bool = False
    holder: str = ""
    host: str = ""

    @property
    def by_hand(self) -> str:
        """What a person does instead, one sentence."""
        if isinstance(self.op, UnknownOp):
            whose = self.op.bundle_id or "the phone"
            return BY_WHOEVER_WROTE_IT.format(operation=self.op.operation, whose=whose, value=self.op.value)
        whose = f"the switch of {self.op.bundle_id}" if self.op.bundle_id else "it"
        return BY_HAND[self.op.operation].format(value=self.op.value, whose=whose)


def entries(db: Transaction, udid: str) -> tuple[UndoEntry, ...]:
    """The journal of a phone, oldest first."""
    rows = db.execute(f"{_ENTRIES} WHERE udid=? ORDER BY id", (udid,))
    return tuple(_read(row) for row in rows)


def all_entries(db: Transaction) -> Mapping[str, tuple[UndoEntry, ...]]:
    """The journals of all phones that have one, oldest entries first."""
    journals: dict[str, tuple[UndoEntry, ...]] = {}
    for row in db.execute(f"{_ENTRIES} ORDER BY id"):
        journals[row[1]] = (*journals.get(row[1], ()), _read(row))
    return journals


_ENTRIES = "SELECT id, udid, operation, value, bundle_id, kept, holder, host FROM undo"


def _read(row: tuple[Any, ...]) -> UndoEntry:
    number, udid, operation, value, bundle_id, kept, holder, host = row
    return UndoEntry(number, udid, _op(operation, value, bundle_id), bool(kept), holder, host)


def _op(operation: str, value: str, bundle_id: str) -> UndoOp | UnknownOp:
    if operation in _KNOWN:
        return UndoOp(Undo(operation), value, bundle_id)
    return UnknownOp(operation, value, bundle_id)


_KNOWN = frozenset(one.value for one in Undo)

_KNOWN_WORDS = ", ".join(f"'{word}'" for word in sorted(_KNOWN))

WITHHELD = f"EXISTS (SELECT 1 FROM undo WHERE undo.udid=phone.udid AND operation NOT IN ({_KNOWN_WORDS}))"
"""Of which phones the journal names what this harness has never heard of: it gives them to nobody."""


ELSEWHERE = (
    "(gate IS NULL AND hardware='virtual' AND EXISTS (SELECT 1 FROM undo WHERE undo.udid=phone.udid"
    " AND (recalled=1 OR kept=0) AND place NOT IN ('', ?)))"
)
"""Of which phones something is due that only another machine than the one given can put back.

A virtual phone is nowhere but on its machine: what another one has under the same UDID, because it read the
same devices.yaml, is another phone. A real one is put right wherever it hangs: there is one with its UDID.
"""


def due(db: Transaction, udid: str) -> tuple[UndoEntry, ...]:
    """What of the journal of a phone keeps it from being free, oldest first."""
    recalled = db.execute("SELECT 1 FROM phone WHERE udid=? AND recalled=1", (udid,)).fetchone()
    return tuple(entry for entry in entries(db, udid) if recalled or not entry.kept)


def to_put_back(journal: Iterable[UndoEntry]) -> tuple[tuple[UndoEntry, UndoOp], ...]:
    """What to do for each of some entries, the last change first.

    Raises:
        FarmError: this harness has never heard of one, so it can undo none: their order matters.
    """
    steps: list[tuple[UndoEntry, UndoOp]] = []
    for entry in journal:
        if isinstance(entry.op, UnknownOp):
            raise FarmError(f"this harness cannot put it right: {entry.op}", phone=entry.udid)
        steps.append((entry, entry.op))
    return tuple(reversed(steps))


def add(db: Transaction, udid: str, op: UndoOp, holder: str, *, kept: bool = False) -> UndoEntry:
    """Write an entry; the caller has checked that the phone is its own."""
    row = db.execute(
        "INSERT INTO undo (udid, operation, value, bundle_id, since_s, kept, holder, place, host)"
        " SELECT ?, ?, ?, ?, ?, ?, ?, coalesce(max(place), ''), coalesce(max(host), '') FROM holder"
        f" WHERE {_HAS_ITS_WAY} RETURNING id, host",
        (udid, op.operation, op.value, op.bundle_id, db.now_s, int(kept), holder, udid, holder),
    ).fetchone()
    return UndoEntry(row[0], udid, op, kept, holder, row[1])


_HAS_ITS_WAY = "id=coalesce((SELECT gate FROM phone WHERE udid=?), ?)"
"""Who is on the machine that a phone is at: its agent, and of a phone without one who has it."""


def keep(db: Transaction, udid: str, op: UndoOp, holder: str) -> UndoEntry:
    """Write an entry of something that is to stay; of what was changed before, how it was first counts."""
    same = (op.operation, op.bundle_id)
    before = [one for one in entries(db, udid) if one.kept and (one.op.operation, one.op.bundle_id) == same]
    return before[0] if before else add(db, udid, op, holder, kept=True)


def forget_gone(db: Transaction, running: Collection[str]) -> tuple[str, ...]:
    """Strike what was changed on virtual phones of this machine that went with their rack; returns them.

    A rack is seen by its own machine alone, so nobody else knows that it has gone. What nobody can put down
    to a machine is left to a person.

    Args:
        db: within a transaction.
        running: the UDIDs of all virtual phones of the racks that run here.
    """
    rows = db.execute(
        "SELECT DISTINCT phone.udid FROM phone JOIN undo ON undo.udid=phone.udid WHERE undo.place=?"
        " AND hardware='virtual' AND gate IS NULL AND phone.holder IS NULL AND state<>'leased'",
        (db.place,),
    )
    gone = tuple(udid for (udid,) in rows.fetchall() if udid not in running)
    for udid in gone:
        db.execute("DELETE FROM undo WHERE udid=? AND place=?", (udid, db.place))
    return gone


def remove(db: Transaction, entry: UndoEntry) -> None:
    """Strike an entry whose change was taken back; one that is gone already is no error."""
    db.execute("DELETE FROM undo WHERE id=? AND udid=?", (entry.id, entry.udid))
