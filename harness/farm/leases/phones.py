"""The table of phones: moving them along the state machine, within a transaction of the store.

Times are ``time.time()`` of the one machine that the file is on. They tell people how long; no
decision rests on them, so a clock that is set back takes no phone from anybody.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable

from harness.farm.leases.states import PhoneEvent, PhoneState, after

GIVE_UP_AFTER_FAILURES = 3
"""Failed restorations in a row after which a phone waits for a person."""


def know(db: sqlite3.Connection, names: Iterable[tuple[str, str, str]]) -> None:
    """Remember phones as (udid, name, hardware); a new one begins as free.

    A name that is only the UDID again, and a hardware that is empty, say nothing and replace nothing.
    """
    for udid, name, hardware in names:
        db.execute(
            "INSERT INTO phone (udid, name, hardware, since_s) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (udid) DO UPDATE SET"
            " name=CASE WHEN excluded.name<>excluded.udid THEN excluded.name ELSE name END,"
            " hardware=CASE WHEN excluded.hardware<>'' THEN excluded.hardware ELSE hardware END",
            (udid, name, hardware, time.time()),
        )


def name_of(db: sqlite3.Connection, udid: str) -> str:
    """What people call a phone."""
    row = db.execute("SELECT name FROM phone WHERE udid=?", (udid,)).fetchone()
    return row[0] if row else udid


def move(db: sqlite3.Connection, udid: str, event: PhoneEvent) -> bool:
    """Move a phone along the state machine; ``False`` when the event means nothing in its state."""
    row = db.execute("SELECT state FROM phone WHERE udid=?", (udid,)).fetchone()
    following = after(PhoneState(row[0]), event) if row else None
    if following is None:
        return False
    db.execute("UPDATE phone SET state=?, since_s=? WHERE udid=?", (following, time.time(), udid))
    return True


def is_free(db: sqlite3.Connection, udid: str) -> bool:
    """Whether nobody has a phone, and nothing has to be put right on it."""
    return db.execute("SELECT 1 FROM phone WHERE udid=? AND state='free'", (udid,)).fetchone() is not None


def recall(db: sqlite3.Connection, udid: str) -> None:
    """Have everything put back on a free phone, also what was changed to stay."""
    move(db, udid, PhoneEvent.RECALL)
    db.execute("UPDATE phone SET recalled=1 WHERE udid=?", (udid,))


def grant(db: sqlite3.Connection, udid: str, ticket: int, holder: str, note: str) -> None:
    """Give a free phone to the holder of a ticket."""
    move(db, udid, PhoneEvent.GRANT)
    db.execute(
        "UPDATE phone SET epoch=epoch+1, holder=?, ticket=?, note=? WHERE udid=?",
        (holder, ticket, note, udid),
    )


def end(db: sqlite3.Connection, udid: str) -> None:
    """End the lease of a phone, or the claim of whoever was restoring it."""
    db.execute(
        "UPDATE phone SET last_holder="
        "(SELECT name || ' (pid ' || pid || ')' FROM holder WHERE id=phone.holder)"
        " WHERE udid=? AND state='leased'",
        (udid,),
    )
    move(db, udid, PhoneEvent.END)
    db.execute("UPDATE phone SET holder=NULL, ticket=NULL WHERE udid=?", (udid,))


def is_known(db: sqlite3.Connection, holder: str) -> bool:
    """Whether a holder is registered, and not buried."""
    return db.execute("SELECT 1 FROM holder WHERE id=?", (holder,)).fetchone() is not None


def end_all(db: sqlite3.Connection, holder: str) -> None:
    """End everything a holder has: its leases, its claims, its tickets, and its own row."""
    for (udid,) in db.execute("SELECT udid FROM phone WHERE holder=?", (holder,)).fetchall():
        end(db, udid)
    db.execute("DELETE FROM ticket WHERE holder=?", (holder,))
    db.execute("DELETE FROM holder WHERE id=?", (holder,))


def free_clean(db: sqlite3.Connection) -> None:
    """Free the dirty phones that nothing is due on and that nobody is restoring."""
    clean = db.execute(
        "SELECT udid FROM phone WHERE state='dirty' AND holder IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM undo WHERE undo.udid=phone.udid AND (phone.recalled OR NOT undo.kept))"
    ).fetchall()
    for (udid,) in clean:
        move(db, udid, PhoneEvent.CLEAN)
        db.execute("UPDATE phone SET failures=0, recalled=0, reason='', note='' WHERE udid=?", (udid,))


def claim(db: sqlite3.Connection, udid: str, holder: str) -> bool:
    """Take a dirty phone for restoring; ``False`` when it is not dirty or somebody else restores it."""
    cursor = db.execute(
        "UPDATE phone SET holder=? WHERE udid=? AND state='dirty' AND holder IS NULL", (holder, udid)
    )
    return cursor.rowcount == 1


def has_claim(db: sqlite3.Connection, udid: str, holder: str) -> bool:
    """Whether a holder is the one that restores a phone."""
    row = db.execute("SELECT holder FROM phone WHERE udid=? AND state='dirty'", (udid,)).fetchone()
    return row is not None and row[0] == holder


def fail(db: sqlite3.Connection, udid: str, reason: str, *, counts: bool = True) -> None:
    """Note that restoring a phone failed; too often in a row takes it out of rotation.

    Args:
        db: within a transaction.
        udid: the phone.
        reason: why, for people.
        counts: whether it speaks against the phone. That it went away does not: it may be back at once.
    """
    db.execute(
        "UPDATE phone SET holder=NULL, failures=failures+?, reason=? WHERE udid=?", (counts, reason, udid)
    )
    failures = db.execute("SELECT failures FROM phone WHERE udid=?", (udid,)).fetchone()[0]
    if failures >= GIVE_UP_AFTER_FAILURES:
        move(db, udid, PhoneEvent.GIVE_UP)
