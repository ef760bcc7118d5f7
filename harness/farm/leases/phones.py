"""The table of phones: moving them along the state machine, within a transaction of the store.

A phone is *gated* when an agent serves it: the agent is the only way to it. The lease of such a phone is
ended in two steps. First it is *revoked*, which takes it from its holder and calls the agent; the agent cuts
the way to the phone and says so, and only with that the lease is over. So whoever goes on using a phone that
is not his any more, such as a process that was stopped, never meets the next one on it.

Times are those of the database's clock. They tell people how long.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.farm.leases.ledger import Transaction
from harness.farm.leases.states import TRANSITIONS, PhoneEvent, PhoneState, after
from harness.farm.leases.undo import ELSEWHERE

GIVE_UP_AFTER_FAILURES = 3
"""Failed restorations in a row after which a phone waits for a person."""


def know(db: Transaction, names: Iterable[tuple[str, str, str]]) -> None:
    """Remember phones as (udid, name, hardware); a new one begins as free, and may be one that was forgotten.

    A name that is only the UDID again, and a hardware that is empty, say nothing and replace nothing.
    """
    known = {row[0]: (row[1], row[2]) for row in db.execute("SELECT udid, name, hardware FROM phone")}
    for udid, name, hardware in names:
        known_name, known_hardware = known.get(udid, (udid, ""))
        said = (name if name != udid else known_name, hardware or known_hardware)
        if udid not in known:
            db.execute(
                "INSERT INTO phone (udid, name, hardware, since_s, epoch) VALUES (?, ?, ?, ?, ?)",
                (udid, *said, db.now_s, _highest_forgotten(db)),
            )
        elif said != known[udid]:
            db.execute("UPDATE phone SET name=?, hardware=? WHERE udid=?", (*said, udid))
        known[udid] = said


def count_from(db: Transaction, epoch: int) -> None:
    """Have the grants of phones that are new counted from an epoch, or from a higher one said before."""
    db.execute(
        "INSERT INTO farm (key, value) VALUES ('forgotten_epoch', ?)"
        " ON CONFLICT (key) DO UPDATE SET value=excluded.value",
        (str(max(epoch, _highest_forgotten(db))),),
    )


def _highest_forgotten(db: Transaction) -> int:
    row = db.execute("SELECT value FROM farm WHERE key='forgotten_epoch'").fetchone()
    return int(row[0]) if row else 0


def name_of(db: Transaction, udid: str) -> str:
    """What people call a phone."""
    row = db.execute("SELECT name FROM phone WHERE udid=?", (udid,)).fetchone()
    return row[0] if row else udid


def move(db: Transaction, udid: str, event: PhoneEvent) -> bool:
    """Move a phone along the state machine; ``False`` when the event means nothing in its state."""
    row = db.execute("SELECT state FROM phone WHERE udid=?", (udid,)).fetchone()
    following = after(PhoneState(row[0]), event) if row else None
    if following is None:
        return False
    db.execute("UPDATE phone SET state=?, since_s=? WHERE udid=?", (following, db.now_s, udid))
    return True


def is_free(db: Transaction, udid: str) -> bool:
    """Whether nobody has a phone, and nothing has to be put right on it."""
    return db.execute("SELECT 1 FROM phone WHERE udid=? AND state='free'", (udid,)).fetchone() is not None


def recall(db: Transaction, udid: str) -> None:
    """Have everything put back on a free phone, also what was changed to stay."""
    move(db, udid, PhoneEvent.RECALL)
    db.execute("UPDATE phone SET recalled=1 WHERE udid=?", (udid,))
    db.call(gate_of(db, udid))


def grant(db: Transaction, udid: str, ticket: int, slot: int, holder: str, note: str) -> None:
    """Give a free phone to the holder of a ticket, for one of its slots."""
    row = db.execute(
        "UPDATE phone SET state=?, since_s=?, epoch=epoch+1, holder=?, ticket=?, slot=?, note=?,"
        " endpoint='', endpoint_epoch=0, revoked=0 WHERE udid=? AND state=? RETURNING gate",
        (_GRANTED, db.now_s, holder, ticket, slot, note, udid, PhoneState.FREE),
    ).fetchone()
    if row[0] is not None:
        db.call(row[0])
        # From here on silence can cost it the phone, so its time begins now.
        db.execute("UPDATE holder SET heard_s=? WHERE id=? AND heard_s=0", (db.now_s, holder))


_GRANTED = TRANSITIONS[PhoneState.FREE, PhoneEvent.GRANT]
_CLEAN = TRANSITIONS[PhoneState.DIRTY, PhoneEvent.CLEAN]


def gate_of(db: Transaction, udid: str) -> str | None:
    """The agent that is the only way to a phone, also when that has gone; ``None`` without one."""
    row = db.execute("SELECT gate FROM phone WHERE udid=?", (udid,)).fetchone()
    return row[0] if row else None


def end(db: Transaction, udid: str) -> None:
    """End the lease of a phone, or the claim of whoever was restoring it.

    The lease of a gated phone is revoked only, and ends when its agent has cut it.
    """
    state, gate, last = _held(db, udid)
    if state is PhoneState.LEASED and gate is not None:
        db.execute(
            "UPDATE phone SET holder=NULL, ticket=NULL, last_holder=COALESCE(?, last_holder), revoked=1"
            " WHERE udid=?",
            (last, udid),
        )
        db.call(gate)
    else:
        _cut(db, udid, state, last)


def cut(db: Transaction, udid: str) -> None:
    """End the lease or the claim of a phone to which nobody has a way any more."""
    state, _, last = _held(db, udid)
    _cut(db, udid, state, last)


def _cut(db: Transaction, udid: str, state: PhoneState | None, last: str | None) -> None:
    following = after(state, PhoneEvent.END) if state else None
    if following is None:
        db.execute("UPDATE phone SET holder=NULL, ticket=NULL WHERE udid=?", (udid,))
        return
    db.execute(
        "UPDATE phone SET state=?, since_s=?, holder=NULL, ticket=NULL, endpoint='', endpoint_epoch=0,"
        " revoked=0, last_holder=COALESCE(?, last_holder) WHERE udid=?",
        (following, db.now_s, last, udid),
    )


def _held(db: Transaction, udid: str) -> tuple[PhoneState | None, str | None, str | None]:
    """State, gate, and what people are told of the holder; all ``None`` of a phone that is not known."""
    row = db.execute(
        "SELECT state, gate, holder.name, holder.pid, holder.host FROM phone"
        " LEFT JOIN holder ON holder.id=phone.holder WHERE udid=?",
        (udid,),
    ).fetchone()
    if row is None:
        return None, None, None
    return PhoneState(row[0]), row[1], called(*row[2:]) if row[2] is not None else None


def called(name: str, pid: int, host: str) -> str:
    """What people are told of a holder."""
    return f"{name} (pid {pid} on {host})" if host else f"{name} (pid {pid})"


def is_known(db: Transaction, holder: str) -> bool:
    """Whether a holder is registered, and not buried."""
    return db.execute("SELECT 1 FROM holder WHERE id=?", (holder,)).fetchone() is not None


def end_all(db: Transaction, holder: str) -> None:
    """End everything a holder has: its leases, its claims, its tickets, its phones' way, its own row."""
    for (udid,) in db.execute("SELECT udid FROM phone WHERE holder=?", (holder,)).fetchall():
        end(db, udid)
    close_gate(db, holder)
    db.execute("DELETE FROM ticket WHERE holder=?", (holder,))
    db.execute("DELETE FROM holder WHERE id=?", (holder,))


def end_presumed(db: Transaction, holder: str, kind: str) -> bool:
    """End what a holder has that can be cut, and its place in the queue; whether nothing else is left of it.

    An agent keeps its own row: it is the only way to its phones, whoever else takes it for dead, and goes on
    when it is back.
    """
    gated = "SELECT udid FROM phone WHERE holder=? AND state='leased' AND gate IS NOT NULL"
    for (udid,) in db.execute(gated, (holder,)).fetchall():
        end(db, udid)
    db.execute("DELETE FROM ticket WHERE holder=?", (holder,))
    if kind == "agent":
        close_gate(db, holder)
        return False
    if db.execute("SELECT 1 FROM phone WHERE holder=?", (holder,)).fetchone():
        return False
    db.execute("DELETE FROM holder WHERE id=?", (holder,))
    return True


AGENT_GONE = "the agent of its host has gone"


def close_gate(db: Transaction, gate: str) -> None:
    """Note that an agent has gone: nobody gets to its phones now."""
    db.execute("UPDATE phone SET away=? WHERE gate=? AND away<>?", (AGENT_GONE, gate, AGENT_GONE))


FOLLOWS = (
    "(gate IS NOT NULL AND holder IS NULL"
    " AND (away<>'' AND state IN ('free', 'dirty') OR away='' AND state='offline'))"
)
"""Of which phones the state is not yet what their agents tell."""


def follow_away(db: Transaction) -> None:
    """Take phones off that their agents cannot give, and back when they can."""
    rows = db.execute(f"SELECT udid, away FROM phone WHERE {FOLLOWS}").fetchall()
    for udid, away in rows:
        move(db, udid, PhoneEvent.DETACH if away else PhoneEvent.ATTACH)


def free_clean(db: Transaction) -> None:
    """Free the dirty phones that nothing is due on and that nobody is restoring."""
    db.execute(
        "UPDATE phone SET state=?, since_s=?, failures=0, recalled=0, reason='', note=''"
        " WHERE state=? AND holder IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM undo WHERE undo.udid=phone.udid AND (phone.recalled=1 OR undo.kept=0))",
        (_CLEAN, db.now_s, PhoneState.DIRTY),
    )


def claim(db: Transaction, udid: str, holder: str) -> bool:
    """Take a dirty phone for restoring.

    Returns:
        Whether it was had: it is dirty, nobody else restores it, no agent but this one serves it, and it is
        not a virtual phone of another machine.
    """
    rows = db.execute(
        "UPDATE phone SET holder=? WHERE udid=? AND state='dirty' AND holder IS NULL"
        f" AND (gate IS NULL OR gate=?) AND NOT {ELSEWHERE}",
        (holder, udid, holder, db.place),
    )
    return rows.rowcount == 1


def has_claim(db: Transaction, udid: str, holder: str) -> bool:
    """Whether a holder is the one that restores a phone, which may have been unplugged meanwhile."""
    row = db.execute("SELECT holder FROM phone WHERE udid=? AND state<>'leased'", (udid,)).fetchone()
    return row is not None and row[0] == holder


def fail(db: Transaction, udid: str, reason: str, *, counts: bool = True) -> None:
    """Note that restoring a phone failed; too often in a row takes it out of rotation.

    Args:
        db: within a transaction.
        udid: the phone.
        reason: why, for people.
        counts: whether it speaks against the phone. That it went away does not: it may be back at once.
    """
    db.execute(
        "UPDATE phone SET holder=NULL, failures=failures+?, reason=? WHERE udid=?",
        (int(counts), reason, udid),
    )
    failures = db.execute("SELECT failures FROM phone WHERE udid=?", (udid,)).fetchone()[0]
    if failures >= GIVE_UP_AFTER_FAILURES:
        move(db, udid, PhoneEvent.GIVE_UP)
