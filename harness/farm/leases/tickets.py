"""Who waits for which phones: the more urgent first, and then in the order of arrival.

A ticket names, for each phone that it needs, those that would do, the preferred one first. Any process serves
all tickets in one transaction, each with all that it needs or with nothing. A ticket that cannot be served
yet sets aside the free phones that it would get, so a younger one that needs fewer does not overtake it for
ever. Who was given what he could not use, because an agent refused it, stands in line again where he stood.

Some free phones have settings that a person changed, to stay. A ticket says what it makes of them: they
will do as they are, or not at all, or once they are put back, which is asked for only where there are too
few others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.farm.leases import phones
from harness.farm.leases.grants import Grant
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.matching import choose
from harness.farm.leases.request import Request
from harness.farm.leases.undo import WITHHELD, Kept


@dataclass(frozen=True)
class Place:
    """A place in the queue.

    Attributes:
        number: of the ticket; among equals the smaller one is served first.
        since_s: when it was taken, by the clock of the store.
    """

    number: int
    since_s: float


def issue(db: Transaction, holder: str, request: Request, place: Place | None = None) -> Place:
    """Queue a request.

    Args:
        db: within a transaction.
        holder: who asks.
        request: for what.
        place: where it stood before it was granted what it could not use; ``None`` is at the end.

    Returns:
        Its place.
    """
    slots = request.slots
    # A number whose transaction was never committed may be another's by now.
    if place and db.execute("SELECT 1 FROM ticket WHERE id=?", (place.number,)).fetchone():
        place = None
    since_s = place.since_s if place else db.now_s
    columns, values = ("id, ", (place.number,)) if place else ("", ())
    values = (*values, holder, len(slots), request.note, since_s, request.attitude, request.priority)
    number: int = db.execute(
        f"INSERT INTO ticket ({columns}holder, count, note, since_s, kept, priority)"
        f" VALUES ({', '.join('?' * len(values))}) RETURNING id",
        values,
    ).fetchone()[0]
    # Where the same phones would do for each, they are written once.
    different = slots[:1] if len(set(slots)) == 1 else slots
    wants = [(slot, udid) for slot, udids in enumerate(different) for udid in dict.fromkeys(udids)]
    values = [value for rank, (slot, udid) in enumerate(wants) for value in (number, rank, slot, udid)]
    places = ", ".join(["(?, ?, ?, ?)"] * len(wants))
    db.execute(f"INSERT INTO ticket_want (ticket, rank, slot, udid) VALUES {places}", values)
    return Place(number, since_s)


def is_in_line(db: Transaction, ticket: int, holder: str) -> bool:
    """Whether a ticket of a holder waits, or has got its phones."""
    waits = db.execute("SELECT 1 FROM ticket WHERE id=? AND holder=?", (ticket, holder)).fetchone()
    has = "SELECT 1 FROM phone WHERE ticket=? AND holder=?"
    return waits is not None or db.execute(has, (ticket, holder)).fetchone() is not None


def is_anybody_waiting(db: Transaction) -> bool:
    """Whether the queue is not empty."""
    return db.execute("SELECT 1 FROM ticket LIMIT 1").fetchone() is not None


def is_awaited(db: Transaction, udid: str) -> bool:
    """Whether anybody is waiting who would take a phone."""
    return db.execute("SELECT 1 FROM ticket_want WHERE udid=?", (udid,)).fetchone() is not None


@dataclass(frozen=True)
class Granted:
    """What a ticket was given.

    Attributes:
        grants: in the order of its slots; empty while it waits.
        gated: the phones among them that an agent serves.
        stands: whether every agent has opened its socket.
    """

    grants: tuple[Grant, ...]
    gated: frozenset[str]
    stands: bool


NOTHING_YET = Granted((), frozenset(), stands=True)


def granted(db: Transaction, ticket: int, holder: str) -> Granted:
    """What a ticket of a holder was given so far."""
    rows = db.execute(
        "SELECT udid, epoch, host, endpoint, gate FROM phone WHERE ticket=? AND holder=? ORDER BY slot, udid",
        (ticket, holder),
    ).fetchall()
    gated = frozenset(row[0] for row in rows if row[4] is not None)
    stands = all(row[3] for row in rows if row[0] in gated)
    return Granted(tuple(Grant(*row[:4]) for row in rows), gated, stands)


def withdraw(db: Transaction, ticket: int, holder: str) -> None:
    """Leave the queue; what was granted meanwhile is given back. A ticket of another holder is left alone."""
    if is_in_line(db, ticket, holder):
        for grant in granted(db, ticket, holder).grants:
            phones.end(db, grant.udid)
        db.execute("DELETE FROM ticket WHERE id=?", (ticket,))


@dataclass(frozen=True)
class _Ticket:
    """One who waits, with what it wants."""

    number: int
    holder: str
    note: str
    kept: str
    slots: tuple[tuple[str, ...], ...]


def serve(db: Transaction) -> None:
    """Grant what can be granted; who got something is woken."""
    altered_too = "SELECT udid, EXISTS (SELECT 1 FROM undo WHERE undo.udid=phone.udid) FROM phone"
    rows = db.execute(f"{altered_too} WHERE state='free' AND NOT {WITHHELD}").fetchall()
    free, altered = {udid for udid, _ in rows}, {udid for udid, is_altered in rows if is_altered}
    # While everything is taken, which is most of the time in a queue, nobody reads it.
    for ticket in _waiting(db) if free else ():
        fit = free if ticket.kept == Kept.ACCEPT else free - altered
        chosen = choose(ticket.slots, fit)
        if len(chosen) == len(ticket.slots):
            _grant(db, ticket, chosen)
        elif ticket.kept == Kept.UNDO:
            free -= _recall(db, ticket, free & altered, chosen)
        free -= set(chosen.values())


def _grant(db: Transaction, ticket: _Ticket, chosen: Mapping[int, str]) -> None:
    for slot, udid in chosen.items():
        phones.grant(db, udid, ticket.number, slot, ticket.holder, ticket.note)
    db.execute("DELETE FROM ticket WHERE id=?", (ticket.number,))
    db.call(ticket.holder)


def _recall(db: Transaction, ticket: _Ticket, altered: set[str], chosen: Mapping[int, str]) -> set[str]:
    """Have as many altered phones put back as a ticket lacks, if that is enough; returns them."""
    under_way = {
        row[0]
        for row in db.execute("SELECT udid FROM phone WHERE state='dirty' AND recalled=1 AND reason=''")
    }
    soon = choose(ticket.slots, under_way, chosen)
    then = choose(ticket.slots, altered, soon)
    if len(then) < len(ticket.slots):
        return set()
    recalled = set(then.values()) - set(soon.values())
    for udid in recalled:
        phones.recall(db, udid)
    return recalled


def _waiting(db: Transaction) -> tuple[_Ticket, ...]:
    """The queue, the first to be served first."""
    rows = db.execute(
        "SELECT id, holder, count, note, kept, slot, udid FROM ticket JOIN ticket_want ON ticket=id"
        " ORDER BY priority DESC, id, rank"
    ).fetchall()
    tickets: dict[int, list[Any]] = {}
    for row in rows:
        tickets.setdefault(row[0], []).append(row)
    return tuple(_read(of_one) for of_one in tickets.values())


def _read(rows: Sequence[Any]) -> _Ticket:
    number, holder, count, note, kept = rows[0][:5]
    return _Ticket(number, holder, note, kept, slots_of(count, [(row[5], row[6]) for row in rows]))


def slots_of(count: int, wants: Sequence[tuple[int, str]]) -> tuple[tuple[str, ...], ...]:
    """For each phone that a ticket needs, those that would do.

    Args:
        count: how many it needs.
        wants: as (slot, UDID), the preferred one first; only slot 0 where the same would do for each.
    """
    slots: dict[int, list[str]] = {}
    for slot, udid in wants:
        slots.setdefault(slot, []).append(udid)
    told = tuple(tuple(slots[slot]) for slot in sorted(slots))
    return told * count if len(told) == 1 else told
