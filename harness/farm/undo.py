"""The undo journal: what has to be put back on a phone, written down before the phone is changed.

An entry is committed first, then the phone is touched, then, when the change was taken back, the
entry goes. A process can die between any two of these: the journal may then name a change that was
never made, which undoing does no harm to, and never lacks one that was.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class UndoOp:
    """How to put one thing back; doing it twice does no harm.

    Attributes:
        operation: what is put back, such as ``wifi`` or ``background-refresh``.
        value: to what, such as ``on``.
        bundle_id: of the app it belongs to, or empty.
    """

    operation: str
    value: str
    bundle_id: str = ""

    def __str__(self) -> str:
        return f"{self.operation}{f' of {self.bundle_id}' if self.bundle_id else ''} back to {self.value}"


@dataclass(frozen=True)
class UndoEntry:
    """One line of the journal.

    Attributes:
        id: orders the entries.
        udid: the phone.
        op: how to put it back.
    """

    id: int
    udid: str
    op: UndoOp


class Restorer(Protocol):
    """Puts things back on phones that this process can reach."""

    def undo(self, udid: str, op: UndoOp) -> None:
        """Put one thing back; return only when the phone has confirmed it.

        Raises:
            HarnessError: it could not be put back now.
        """
        ...


def entries(db: sqlite3.Connection, udid: str) -> tuple[UndoEntry, ...]:
    """The journal of a phone, oldest first."""
    rows = db.execute("SELECT id, operation, value, bundle_id FROM undo WHERE udid=? ORDER BY id", (udid,))
    return tuple(UndoEntry(row[0], udid, UndoOp(row[1], row[2], row[3])) for row in rows)


def add(db: sqlite3.Connection, udid: str, op: UndoOp) -> UndoEntry:
    """Write an entry; the caller has checked that the phone is its own."""
    cursor = db.execute(
        "INSERT INTO undo (udid, operation, value, bundle_id, since_s) VALUES (?, ?, ?, ?, ?)",
        (udid, op.operation, op.value, op.bundle_id, time.time()),
    )
    return UndoEntry(cursor.lastrowid or 0, udid, op)


def remove(db: sqlite3.Connection, entry: UndoEntry) -> None:
    """Strike an entry whose change was taken back; one that is gone already is no error."""
    db.execute("DELETE FROM undo WHERE id=? AND udid=?", (entry.id, entry.udid))
