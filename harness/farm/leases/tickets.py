"""Who waits for which phones, in the order of arrival.

A ticket names phones that would do, the preferred one first, and how many of them are needed at
once. Any process serves all tickets, oldest first, in one transaction. A ticket that cannot be
served yet sets aside the free phones that it matches, so a younger one that needs fewer does not
overtake it for ever.

Some free phones have settings that a person changed, to stay. A ticket says what it makes of them: they
will do as they are, or not at all, or once they are put back, which is asked for only where there are too
few others.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence

from harness.farm.leases import phones
from harness.farm.leases.undo import Kept


def issue(
    db: sqlite3.Connection, holder: str, udids: Sequence[str], count: int, note: str, kept: Kept
) -> int:
    """Queue a request for ``count`` of ``udids``; returns the ticket's number."""
    cursor = db.execute(
        "INSERT INTO ticket (holder, count, note, since_s, kept) VALUES (?, ?, ?, ?, ?)",
        (holder, count, note, time.time(), kept),
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
    if not free:
        return ()
    altered = {row[0] for row in db.execute("SELECT DISTINCT udid FROM undo")}
    woken: list[str] = []
    for number, holder, count, note, kept in db.execute(
        "SELECT id, holder, count, note, kept FROM ticket ORDER BY id"
    ).fetchall():
        matching = _matching(db, number, free)
        fit = [udid for udid in matching if kept == Kept.ACCEPT or udid not in altered]
        if len(fit) >= count:
            for udid in fit[:count]:
                phones.grant(db, udid, number, holder, note)
            db.execute("DELETE FROM ticket WHERE id=?", (number,))
            woken.append(holder)
        elif kept == Kept.UNDO:
            altered_ones = [udid for udid in matching if udid not in fit]
            free.difference_update(_recall(db, number, altered_ones, count - len(fit)))
        free.difference_update(fit[:count])
    return tuple(woken)


def _recall(db: sqlite3.Connection, ticket: int, altered: list[str], lacking: int) -> list[str]:
    """Have as many altered phones put back as a ticket lacks, if that is enough; returns them."""
    under_way = db.execute(
        "SELECT count(*) FROM phone JOIN ticket_want USING (udid)"
        " WHERE ticket_want.ticket=? AND state='dirty' AND recalled AND reason=''",
        (ticket,),
    ).fetchone()[0]
    lacking -= under_way
    if lacking <= 0 or len(altered) < lacking:
        return []
    for udid in altered[:lacking]:
        phones.recall(db, udid)
    return altered[:lacking]


def _matching(db: sqlite3.Connection, ticket: int, free: set[str]) -> list[str]:
    rows = db.execute("SELECT udid FROM ticket_want WHERE ticket=? ORDER BY rank", (ticket,))
    return [row[0] for row in rows if row[0] in free]
