"""One change of the farm, with all that follows from it for everybody.

Nothing runs in the background. Whoever looks or changes something also buries the holders that have
died, frees what is clean and serves the queue, in the same transaction, and wakes those who got
something, and the agents that have something to do.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress

from harness.errors import StoreUnavailable
from harness.farm.leases import deaths, doors, health, phones, tickets
from harness.farm.leases.doors import Door
from harness.farm.leases.ledger import Ledger, Presence, Transaction


class Turns:
    """The database of the leases, and how their holders show themselves.

    Args:
        ledger: the database.
        presence: of the same farm.
    """

    def __init__(self, ledger: Ledger, presence: Presence) -> None:
        self.ledger = ledger
        self.presence = presence

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """A serialised read and change, without its consequences.

        Raises:
            FarmError: the store cannot be used.
        """
        with ExitStack() as unless_committed:
            with self.ledger.transaction() as db:
                unless_committed.callback(self._send_away, db)
                db.place = self.presence.place
                yield db
                called = frozenset(db.called)
                self.presence.tell(db, called)
            unless_committed.pop_all()
        self.presence.wake(called)

    def _send_away(self, db: Transaction) -> None:
        """Have the holders gone that nobody knows of, and that would look alive to those who do after all."""
        for door in db.entered:
            self.presence.leave(door.id)
            door.close()

    @contextmanager
    def turn(self) -> Generator[Transaction]:
        """A serialised change and its consequences.

        Raises:
            FarmError: the store cannot be used.
        """
        with self.transaction() as db:
            yield db
            buried = [] if db.concerns_nobody else self.settle(db)
        self.remove(buried)

    @contextmanager
    def look(self) -> Generator[Transaction]:
        """The farm as it is once the consequences of all that happened so far are drawn.

        Raises:
            FarmError: the store cannot be used.
        """
        with self.transaction() as db:
            buried = self.settle(db)
            yield db
        self.remove(buried)

    def enter(self, db: Transaction, name: str, *, run: str, host: str, kind: str) -> Door:
        """Make a holder of this process known; within a turn.

        Its lock is held before its row can be read: who buries the dead never sees the one without the other.
        """
        presence = self.presence
        door = presence.appear(db)
        db.entered.append(door)
        db.execute(
            "INSERT INTO holder (id, name, pid, run, since_s, host, kind, heard_s, generation, place)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                door.id,
                name,
                os.getpid(),
                run,
                db.now_s,
                host,
                kind,
                db.now_s if presence.is_heard or kind == "agent" else 0.0,
                presence.generation(db),
                presence.place,
            ),
        )
        known = db.execute("SELECT id FROM holder WHERE place=?", (presence.place,))
        doors.sweep(presence.doors_dir, keep={row[0] for row in known})
        return door

    def settle(self, db: Transaction) -> list[str]:
        """Draw the consequences of what has happened so far; returns the holders that are gone for good."""
        buried = deaths.bury(db, self.presence)
        # One question for four, because there is hardly ever one to be moved.
        if db.execute(_IS_TO_BE_MOVED, (db.now_s, db.now_s)).fetchone():
            health.readmit(db)
            phones.follow_away(db)
            phones.free_clean(db)
            health.take_out(db)
        tickets.serve(db)
        return buried

    def remove(self, buried: list[str]) -> None:
        """Remove the files of holders that are gone for good, once that is committed."""
        for holder in buried:
            doors.remove(self.presence.doors_dir, holder)


_IS_TO_BE_MOVED = (
    f"SELECT 1 FROM phone WHERE {health.COMES_BACK} OR {phones.FOLLOWS}"
    f" OR state='dirty' AND holder IS NULL OR state='free' AND {health.UNFIT} LIMIT 1"
)


def leave(turns: Turns, door: Door) -> None:
    """End everything a holder of this process has, and the holder, also while the database does not answer.

    Others presume then, or see by its lock, that it is dead.
    """
    try:
        with suppress(StoreUnavailable), turns.turn() as db:
            phones.end_all(db, door.id)
    finally:
        turns.presence.leave(door.id)
        door.close()
