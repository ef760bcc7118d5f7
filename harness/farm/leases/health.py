"""The health of phones in the store, and its history; within a transaction of the store.

``farm.health.rotation`` says what comes of what. Here it is read, written and told: every change leaves an
event, so that people see what was tried, and when. Events are kept for a month.

The state of a phone follows its health: one that is free and out of rotation is quarantined, and one that was
quarantined for its health alone, and whose time is up or who was found well, goes back through *dirty*. So
whoever holds a phone that is struck keeps it, and nobody gets it after him.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.farm.health import rotation
from harness.farm.health.ladder import DAY_S, Step, Tried
from harness.farm.health.rotation import RULES, Against, Finding, HealthRecord, PhoneHealth
from harness.farm.leases import phones
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.states import PhoneEvent

KEPT_FOR_S = 30 * DAY_S

_COLUMNS = "health, health_cause, health_note, health_fix, checked_s, strikes, until_s"


class Event(StrEnum):
    """What can happen to the health of a phone. These words are in lease files."""

    STRIKE = "strike"
    """Something spoke against it, and it stayed in rotation."""
    OUT = "out"
    """Something spoke against it, and it left rotation."""
    WELL = "well"
    """A look found it well, and it had not been; or a step of the ladder has helped."""
    CAME_BACK = "came back"
    """It was attached again after it had gone."""
    TRIED = "tried"
    """A step of the recovery ladder was taken."""
    LEFT_OUT = "left out"
    """A step of the recovery ladder was not taken."""
    CLEARED = "cleared"
    """A person took it back into rotation."""


@dataclass(frozen=True)
class HealthEvent:
    """One line of the history of a phone.

    Attributes:
        at_s: when, seconds since 1970 by the store's clock.
        kind: what happened.
        what: of which sort: what spoke against the phone, or which step was taken; or empty.
        note: the words for people.
    """

    at_s: float
    kind: Event
    what: str
    note: str


def read(db: Transaction, udid: str) -> HealthRecord:
    """What is known of a phone's fitness; of one that nobody knows, nothing."""
    row = db.execute(f"SELECT {_COLUMNS} FROM phone WHERE udid=?", (udid,)).fetchone()
    return _record(row) if row else HealthRecord()


def read_all(db: Transaction) -> Mapping[str, HealthRecord]:
    """UDID -> what is known of a phone's fitness."""
    return {row[0]: _record(row[1:]) for row in db.execute(f"SELECT udid, {_COLUMNS} FROM phone")}


def _record(row: Any) -> HealthRecord:
    health, cause, note, fix, checked_s, strikes, until_s = row
    return HealthRecord(
        PhoneHealth(health),
        Against(cause) if cause else None,
        note,
        fix,
        checked_s or None,
        strikes,
        until_s or None,
    )


def _write(db: Transaction, udid: str, record: HealthRecord) -> None:
    db.execute(
        "UPDATE phone SET health=?, health_cause=?, health_note=?, health_fix=?, checked_s=?, strikes=?,"
        " until_s=?, health_place=? WHERE udid=?",
        (
            record.health,
            record.cause or "",
            record.note,
            record.fix,
            record.checked_s or 0.0,
            record.strikes,
            record.until_s or 0.0,
            db.place,
            udid,
        ),
    )


def is_idle(db: Transaction, udid: str) -> bool:
    """Whether nobody has a phone, and nobody is at it."""
    row = db.execute(
        "SELECT 1 FROM phone WHERE udid=? AND holder IS NULL AND state IN ('free', 'quarantined')", (udid,)
    )
    return row.fetchone() is not None


def is_disprovable(db: Transaction, udid: str) -> bool:
    """Whether a phone is out of rotation, and whoever uses it may take it back by a good look now.

    Not so while somebody is at it, or where an agent serves it, which looks at it by itself.
    """
    row = db.execute(
        "SELECT 1 FROM phone WHERE udid=? AND state='quarantined' AND holder IS NULL AND gate IS NULL",
        (udid,),
    )
    record = read(db, udid)
    return row.fetchone() is not None and record.cause is not None and RULES[record.cause].look_ends


UNFIT = "(health='bad' AND (until_s=0 OR until_s>?))"
"""Which phones are out for their health, at a moment of the store's clock."""

# One that could not be restored has failures counted, and waits for a person whatever its health.
COMES_BACK = f"(state='quarantined' AND holder IS NULL AND failures=0 AND NOT {UNFIT})"
"""Which phones were out for their health, and are not any more; at such a moment."""


def readmit(db: Transaction) -> None:
    """Take phones back into rotation that were out for their health, and are not any more."""
    rows = db.execute(f"SELECT udid FROM phone WHERE {COMES_BACK}", (db.now_s,)).fetchall()
    for (udid,) in rows:
        phones.move(db, udid, PhoneEvent.CLEAR)


def take_out(db: Transaction) -> None:
    """Take phones out of rotation that nobody has, and that are not fit."""
    rows = db.execute(f"SELECT udid FROM phone WHERE state='free' AND {UNFIT}", (db.now_s,)).fetchall()
    for (udid,) in rows:
        phones.move(db, udid, PhoneEvent.FOUND_BAD)


def claim(db: Transaction, udid: str, holder: str) -> bool:
    """Take a quarantined phone to have it recover.

    Returns:
        Whether it was had: nobody else is at it, and no agent but this one serves it.
    """
    rows = db.execute(
        "UPDATE phone SET holder=? WHERE udid=? AND state='quarantined' AND holder IS NULL"
        " AND (gate IS NULL OR gate=?)",
        (holder, udid, holder),
    )
    return rows.rowcount == 1


def leave(db: Transaction, udid: str, holder: str) -> None:
    """End a claim; a person may have cleared the phone meanwhile."""
    db.execute("UPDATE phone SET holder=NULL WHERE udid=? AND holder=? AND state<>'leased'", (udid, holder))


# ---- what happens to it


def strike(db: Transaction, udid: str, finding: Finding) -> HealthRecord:
    """Note that something speaks against a phone; returns what is known of it now."""
    before = read(db, udid)
    after = rotation.struck(before, finding, db.now_s)
    _write(db, udid, after)
    if not before.is_out(db.now_s):
        kind = Event.OUT if after.is_out(db.now_s) else Event.STRIKE
        _log(db, udid, kind, finding.against, finding.note)
    return after


def find_well(db: Transaction, udid: str) -> HealthRecord:
    """Note that a look found a phone well; returns what is known of it now."""
    before = read(db, udid)
    after = rotation.found_well(before, db.now_s)
    _write(db, udid, after)
    if before.health is PhoneHealth.BAD and after.health is PhoneHealth.GOOD:
        _log(db, udid, Event.WELL, before.cause or "", "")
    return after


def recover(db: Transaction, udid: str) -> None:
    """Note that a step of the ladder has helped."""
    before = read(db, udid)
    _write(db, udid, rotation.recovered(before, db.now_s))
    _log(db, udid, Event.WELL, before.cause or "", "")


def prove(db: Transaction, udid: str) -> None:
    """Note that a test had a phone and came to a verdict."""
    _write(db, udid, rotation.proven(read(db, udid), db.now_s))


def came_back(db: Transaction, udid: str) -> HealthRecord:
    """Note that a phone is attached again; coming and going too often takes it out of rotation."""
    _log(db, udid, Event.CAME_BACK, "", "")
    if _count(db, udid, Event.CAME_BACK, "", rotation.FLAP_WINDOW_S) > rotation.FLAPS_PER_HOUR:
        return strike(db, udid, rotation.CAME_AND_WENT)
    after = rotation.came_back(read(db, udid))
    _write(db, udid, after)
    return after


def clear(db: Transaction, udid: str) -> bool:
    """Hold nothing against a phone any more, on a person's word; whether it was out of rotation."""
    was_out = read(db, udid).is_out(db.now_s)
    _write(db, udid, rotation.by_hand())
    # How often it came and went before is not held against it either.
    db.execute("DELETE FROM event WHERE udid=? AND kind=?", (udid, Event.CAME_BACK))
    if was_out:
        _log(db, udid, Event.CLEARED, "", "")
    return was_out


def forget_gone(db: Transaction, running: Collection[str]) -> None:
    """Forget what this machine has held against virtual phones that went with their rack.

    One that starts under the same UDID later is a new phone.

    Args:
        db: within a transaction.
        running: the UDIDs of all virtual phones of the racks that run here.
    """
    rows = db.execute(
        "SELECT udid FROM phone WHERE hardware='virtual' AND gate IS NULL AND health_place=?", (db.place,)
    )
    for (udid,) in rows.fetchall():
        if udid not in running:
            db.execute("DELETE FROM event WHERE udid=?", (udid,))
            _write(db, udid, HealthRecord())


# ---- what was tried


def note_step(db: Transaction, udid: str, tried: Tried) -> None:
    """Write a step of the recovery ladder into the history of a phone."""
    _log(db, udid, Event.TRIED if tried.taken else Event.LEFT_OUT, tried.step, tried.came)


def taken_today(db: Transaction, udid: str, step: Step) -> int:
    """How often a step of the ladder was taken on a phone within a day."""
    return _count(db, udid, Event.TRIED, step, DAY_S)


def history(db: Transaction, udid: str, latest: int = 20) -> tuple[HealthEvent, ...]:
    """The latest events of a phone, the last one first."""
    rows = db.execute(
        "SELECT at_s, kind, what, note FROM event WHERE udid=? ORDER BY id DESC LIMIT ?", (udid, latest)
    )
    return tuple(HealthEvent(row[0], Event(row[1]), row[2], row[3]) for row in rows)


def _log(db: Transaction, udid: str, kind: Event, what: str, note: str) -> None:
    """Write an event down; of a phone that was forgotten meanwhile there is no history."""
    db.execute("DELETE FROM event WHERE udid=? AND at_s<?", (udid, db.now_s - KEPT_FOR_S))
    db.execute(
        "INSERT INTO event (udid, at_s, kind, what, note) SELECT udid, ?, ?, ?, ? FROM phone WHERE udid=?",
        (db.now_s, kind, what, note, udid),
    )


def _count(db: Transaction, udid: str, kind: Event, what: str, within_s: float) -> int:
    row = db.execute(
        "SELECT count(*) FROM event WHERE udid=? AND kind=? AND what=? AND at_s>?",
        (udid, kind, what, db.now_s - within_s),
    ).fetchone()
    return row[0]
