"""A store that an older harness has laid out is brought to the format of this one, by who opens it first.

Theory. The steps only add, so nothing that a process of the older harness writes goes wrong by them: what is
at stake is what that process does *not* write, because it knows nothing of it. What it does while it holds a
phone is what others rely on, and an agent serves them for weeks. So while any process has a phone, or is an
agent, and can be heard, the store stays as it is, and whoever comes with the newer harness is told who that
is: nobody's laptop makes a rack unusable that is not updated yet. A process that holds nothing goes on as it
was; when its session ends, it is refused by name, as everybody is who comes with an older harness.

All of it is one turn: the steps, the burial of the dead, whose phones must hold up nobody, and the look at
who is left. So of two that come at once the second finds the work done, who is told to wait finds the store
as it was, and a crash amid leaves it so, too: both databases undo changes of their layout with all else.
"""

from __future__ import annotations

from harness.errors import StoreMismatch
from harness.farm.leases import deaths, schema
from harness.farm.leases.ledger import Ledger, Transaction
from harness.farm.leases.turns import Turns
from harness.farm.leases.view import read_view

SILENT_S = 60.0
"""Seconds of the store's clock after which who is not heard holds up nobody: a machine that is gone for good
would do so for ever."""


def migrate(turns: Turns) -> None:
    """Bring a store to the format of this harness, if it is of an older one.

    Raises:
        StoreMismatch: somebody holds a phone, or serves some; it is as it was.
        FarmError: the store cannot be used.
    """
    if turns.ledger.found == schema.VERSION:
        return
    buried: list[str] = []
    with turns.transaction() as db:
        found = turns.ledger.format_of(db)
        # A still newer harness may have come first.
        schema.check(turns.ledger.told, found)
        if found != schema.VERSION:
            _take_steps(turns.ledger, db, found)
            buried = deaths.bury(db, turns.presence)
            _check_nobody_uses_it(turns, db, found)
    turns.remove(buried)


def _take_steps(ledger: Ledger, db: Transaction, found: int) -> None:
    for before in range(found, schema.VERSION):
        for statement in schema.STEPS[before]:
            db.execute(ledger.spelled(statement))
    ledger.set_format(db, schema.VERSION)


def _check_nobody_uses_it(turns: Turns, db: Transaction, found: int) -> None:
    if users := _who_have_phones(turns, db) + _agents(turns, db):
        what = f"{schema.not_yet(turns.ledger.told, found)}; it stays as it is while it is used:"
        fix = "End that, or wait for it, and start again; or use the older harness here, too"
        raise StoreMismatch("\n  ".join((what, *users)), fix=fix)


def _who_have_phones(turns: Turns, db: Transaction) -> list[str]:
    """Who holds a phone, one line each; one that waits for its agent alone is nobody's any more."""
    view = read_view(db)
    held = (phone for phone in view.phones if phone.holder)
    return [phone.why(view.at_s) for phone in held if phone.holder and _is_heard(turns, db, phone.holder.id)]


def _agents(turns: Turns, db: Transaction) -> list[str]:
    rows = db.execute("SELECT id, name, pid, host FROM holder WHERE kind='agent' ORDER BY host").fetchall()
    return [
        f"{name} (pid {pid}) serves the phones of {host}"
        for holder, name, pid, host in rows
        if _is_heard(turns, db, holder)
    ]


def _is_heard(turns: Turns, db: Transaction, holder: str) -> bool:
    """Whether a holder was heard lately, or has never promised to be; one that is not keeps what it has."""
    (promised_s,) = db.execute("SELECT heard_s FROM holder WHERE id=?", (holder,)).fetchone()
    return not promised_s or db.now_s - turns.presence.heard_s(holder, promised_s) < SILENT_S
