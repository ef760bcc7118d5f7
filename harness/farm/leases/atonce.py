"""A lease while nobody waits: had and given back without a queue.

Theory. What a turn settles for everybody makes phones free that the dead had, and gives free phones to those
who wait. Where nobody waits, nobody gets anything by it, and a phone that is free already, is fit, and has no
agent that could be gone, is given whatever it finds. So it can be left to the next one who has to wait: the
outcome is as if this one had come a moment earlier. In the same way a lease that ends with nothing due passes
the gate of ``states`` in the statement that ends it. Wherever that does not hold, nothing is done here.
"""

from __future__ import annotations

import itertools

from harness.farm.leases import phones
from harness.farm.leases.grants import Grant
from harness.farm.leases.health import UNFIT
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.matching import match
from harness.farm.leases.request import Request
from harness.farm.leases.states import TRANSITIONS, PhoneEvent, PhoneState
from harness.farm.leases.tickets import Granted
from harness.farm.leases.undo import WITHHELD, Kept

_numbers = itertools.count(1)


def number() -> int:
    """What a lease without a ticket is known by to its holder; those of tickets are positive."""
    return -next(_numbers)


_CAN_BE_HAD = (
    "SELECT udid, epoch, host, gate, EXISTS (SELECT 1 FROM undo WHERE undo.udid=phone.udid) FROM phone"
    f" WHERE state='free' AND NOT {UNFIT} AND NOT {WITHHELD}"
    " AND NOT EXISTS (SELECT 1 FROM ticket) AND EXISTS (SELECT 1 FROM holder WHERE id=?)"
)


def take(db: Transaction, holder: str, request: Request, numbered: int) -> Granted | None:
    """Take everything that is asked for, if nobody waits and all of it is free.

    Args:
        db: within a transaction.
        holder: who asks.
        request: for what.
        numbered: what the lease is known by; see ``number``.

    Returns:
        What was granted; ``None`` where that is for the queue to decide.
    """
    rows = {row[0]: row for row in db.execute(_CAN_BE_HAD, (db.now_s, holder))}
    wanted = [rows[udid] for udid in request.udids if udid in rows]
    if any(gate is not None for _, _, _, gate, _ in wanted):
        return None
    as_found = request.attitude is Kept.ACCEPT
    chosen = match(request.slots, {udid for udid, _, _, _, altered in wanted if as_found or not altered})
    if chosen is None:
        return None
    for slot, udid in chosen.items():
        phones.grant(db, udid, numbered, slot, holder, request.note)
    grants = (Grant(udid, rows[udid][1] + 1, rows[udid][2]) for udid in chosen.values())
    return Granted(tuple(grants), frozenset(), stands=True)


_FREE_AGAIN = TRANSITIONS[TRANSITIONS[PhoneState.LEASED, PhoneEvent.END], PhoneEvent.CLEAN]


def give_back(db: Transaction, grant: Grant, holder: str, told: str) -> bool:
    """End the lease of a phone and free it, if it is fit and nothing is due on it.

    Args:
        db: within a transaction.
        grant: of the lease.
        holder: who has it.
        told: what people are told of that holder.

    Returns:
        Whether it is free now; otherwise nothing has changed.
    """
    rows = db.execute(
        "UPDATE phone SET state=?, since_s=?, holder=NULL, ticket=NULL, last_holder=?, failures=0,"
        " recalled=0, reason='', note='' WHERE udid=? AND epoch=? AND holder=? AND state='leased'"
        " AND revoked=0 AND gate IS NULL AND health<>'bad'"
        " AND NOT EXISTS (SELECT 1 FROM undo WHERE undo.udid=phone.udid)",
        (_FREE_AGAIN, db.now_s, told, grant.udid, grant.epoch, holder),
    )
    return rows.rowcount == 1
