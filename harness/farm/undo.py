"""The undo journal: what has to be put back on a phone, written down before the phone is changed.

An entry is committed first, then the phone is touched, then, when the change was taken back, the
entry goes. A process can die between any two of these: the journal may then name a change that was
never made, which undoing does no harm to, and never lacks one that was.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass

from harness.errors import FarmError
from harness.model.undo import Undo, UndoOp


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


def entries(db: sqlite3.Connection, udid: str) -> tuple[UndoEntry, ...]:
    """The journal of a phone, oldest first.

    Raises:
        FarmError: it names something that this harness cannot put back.
    """
    rows = db.execute("SELECT id, operation, value, bundle_id FROM undo WHERE udid=? ORDER BY id", (udid,))
    return tuple(UndoEntry(row[0], udid, UndoOp(_known(udid, row[1]), row[2], row[3])) for row in rows)


def _known(udid: str, operation: str) -> Undo:
    try:
        return Undo(operation)
    except ValueError:
        what = f"the lease file is damaged: nothing called {operation!r} can be put back"
        fix = "When no test is running on this machine, put its phones right by hand and remove the file"
        raise FarmError(what, phone=udid, fix=fix) from None


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
