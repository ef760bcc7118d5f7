"""Who waits for which phones, in the order of arrival.

A ticket names phones that would do, the preferred one first, and how many of them are needed at
once. Any process serves all tickets, oldest first, in one transaction. A ticket that cannot be
served yet sets aside the free phones that it matches, so a younger one that needs fewer does not
overtake it for ever.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from harness.farm import phones


def issue(db: sqlite3.Connection, holder: str, udids: Sequence[str], count: int, note: str) -> int:
    """Queue a request for ``count`` of ``udids``; returns the ticket's number."""
    cursor = db.execute(
        "INSERT INTO ticket (holder, count, note, since_s) VALUES (?, ?, ?, ?)",
        (holder, count, note, time.time()),
    )
    number = cursor.lastrowid or 0
    db.executemany(
        "INSERT INTO ticket_want (ticket, rank, udid) VALUES (?, ?, ?)",
        [(number, rank, udid) for rank, udid in enumerate(udids)],
    )
    return number


def is_queued(db: sqlite3.Connection, ticket: int) -> bool:
    """Whether a ticket is still waiting."""
    return db.execute("SELECT 1 FROM ticket WHERE id=?", (ticket,)).fetchone() is not None


def is_awaited(db: sqlite3.Connection, udid: str) -> bool:
    """Whether anybody is waiting who would take a phone."""
    return db.execute("SELECT 1 FROM ticket_want WHERE udid=?", (udid,)).fetchone() is not None


def granted(db: sqlite3.Connection, ticket: int) -> tuple[tuple[str, int], ...]:
    """What a ticket was given, as (udid, epoch); empty while it waits."""
    rows = db.execute("SELECT udid, epoch FROM phone WHERE ticket=? ORDER BY udid", (ticket,))
    return tuple((row[0], row[1]) for row in rows)


def withdraw(db: sqlite3.Connection, ticket: int) -> None:
    """Leave the queue; what was granted meanwhile is given back."""
    for udid, _ in granted(db, ticket):
        phones.end(db, udid)
    db.execute("DELETE FROM ticket WHERE id=?", (ticket,))


def serve(db: sqlite3.Connection) -> tuple[str, ...]:
    """Grant what can be granted; returns the holders that got something."""
    free = {row[0] for row in db.execute("SELECT udid FROM phone WHERE state='free'")}
    woken: list[str] = []
    if not free:
        return ()
    for number, holder, count, note in db.execute(
        "SELECT id, holder, count, note FROM ticket ORDER BY id"
    ).fetchall():
        matching = _matching(db, number, free)
        if len(matching) >= count:
            for udid in matching[:count]:
                phones.grant(db, udid, number, holder, note)
            db.execute("DELETE FROM ticket WHERE id=?", (number,))
            woken.append(holder)
        free.difference_update(matching[:count])
    return tuple(woken)


def _matching(db: sqlite3.Connection, ticket: int, free: set[str]) -> list[str]:
    rows = db.execute("SELECT udid FROM ticket_want WHERE ticket=? ORDER BY rank", (ticket,))
    return [row[0] for row in rows if row[0] in free]
