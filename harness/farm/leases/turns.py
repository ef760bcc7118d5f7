"""One change of the farm, with all that follows from it for everybody.

Nothing runs in the background. Whoever looks or changes something also buries the holders that have
died, frees what is clean and serves the queue, in the same transaction, and wakes those who got
something after it is committed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from harness.farm.leases import doors, phones, tickets
from harness.farm.leases.database import Database


class Turns:
    """The lease file and the doors of its holders."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.doors_dir = doors.directory_of(database.path)

    @contextmanager
    def turn(self) -> Generator[sqlite3.Connection]:
        """A serialised change and its consequences.

        Raises:
            FarmError: the lease file cannot be used.
        """
        with self.database.transaction() as db:
            yield db
            buried = self._bury(db)
            phones.free_clean(db)
            woken = tickets.serve(db)
        for holder in buried:
            doors.remove(self.doors_dir, holder)
        for holder in woken:
            doors.wake(self.doors_dir, holder)

    @contextmanager
    def look(self) -> Generator[sqlite3.Connection]:
        """The farm as it is once the consequences of all that happened so far are drawn.

        Raises:
            FarmError: the lease file cannot be used.
        """
        with self.turn():
            pass
        with self.database.transaction() as db:
            yield db

    def _bury(self, db: sqlite3.Connection) -> list[str]:
        holders = db.execute("SELECT id, pid FROM holder").fetchall()
        dead = [row[0] for row in holders if doors.is_dead(self.doors_dir, row[0], row[1])]
        for holder in dead:
            phones.end_all(db, holder)
        return dead
