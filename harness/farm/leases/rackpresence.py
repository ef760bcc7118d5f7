"""How the processes of a rack know of each other: by their sessions at the database.

Each process has a second session for that. It holds a lock for each holder of the process, which the server
drops with the session, however that ends; it listens for calls to those holders; and from it they are heard.
A process that is killed is missed at once, one that is stopped or cut off after the lease time.

On its own machine a holder has the lock of ``doors`` besides, and calls reach it through its pipe there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from harness.farm.leases import doors
from harness.farm.leases.doors import Door
from harness.farm.leases.ledger import Transaction, session_key
from harness.farm.leases.listener import Listener
from harness.farm.leases.postgres import PostgresLedger, Server

PROBE_S = 0.1
"""How often an agent looks whether a holder of its phones has lost its session, in wall time."""


class RackPresence:
    """Sessions at the database, and the locks and pipes of this machine.

    Args:
        server: where the database is.
        ledger: the same, for decisions.
    """

    def __init__(self, server: Server, ledger: PostgresLedger) -> None:
        self._ledger = ledger
        self.doors_dir: Path = doors.directory_of_rack(server.address)
        self.place: str = _name_of_place(self.doors_dir)
        self.is_heard: bool = True
        self.probe_s: float = PROBE_S
        self._answered = ("", 0.0)
        self._listener = Listener(server, lambda holder: doors.wake(self.doors_dir, holder))

    def appear(self, db: Transaction) -> Door:
        """Lock and pipe on this machine, lock and ear at the database."""
        door = Door(self.doors_dir)
        try:
            self._listener.add(door.id)
        except BaseException:
            door.close()
            raise
        return door

    def keep_heard(self, holder: str) -> None:
        """It is heard from its first moment on."""

    def heard_s(self, holder: str, promised_s: float) -> float:
        """What its row says: it is heard there."""
        return promised_s

    def leave(self, holder: str) -> None:
        """Give its session's lock up."""
        self._listener.remove(holder)

    def generation(self, db: Transaction) -> str:
        """The life of the server that this session is of."""
        return self._ledger.generation

    def started_s(self, db: Transaction) -> float:
        """When the server first answered in this life of it.

        After a crash it may go through its log for longer than a lease lasts, and hears nobody meanwhile.
        """
        start, at_s = self._answered
        if start != self._ledger.generation:
            start, at_s = self._ledger.generation, _first_answer(db, self._ledger.generation)
            self._answered = start, at_s
        return at_s

    def connected(self, db: Transaction) -> frozenset[str]:
        """The keys of the locks that sessions hold."""
        return frozenset(row[0] for row in db.execute(_LOCKS))

    def any_ended(self, holders: Iterable[str]) -> bool:
        """Whether one of some holders is not connected, or has died on this machine."""
        asked = set(holders)
        if any(doors.has_ended(self.doors_dir, holder) for holder in asked):
            return True
        connected = self._listener.ask(_LOCKS)
        return connected is not None and not {str(session_key(one)) for one in asked} <= set(connected)

    def tell(self, db: Transaction, holders: frozenset[str]) -> None:
        """Call only those who got something or have something to do: a call to all would wake all."""
        if holders:
            channels = [Listener.channel(holder) for holder in sorted(holders)]
            db.execute("SELECT pg_notify(channel, '') FROM unnest(?::text[]) AS channel", (channels,))

    def wake(self, holders: frozenset[str]) -> None:
        """The server has called them with the commit."""

    def close(self) -> None:
        """End the session."""
        self._listener.close()


def _first_answer(db: Transaction, generation: str) -> float:
    """When the farm first had a turn in a life of the server; whoever has it writes it down."""
    row = db.execute("SELECT value FROM farm WHERE key='answered'").fetchone()
    start, _, at_s = (row[0] if row else "").partition(" ")
    if start == generation:
        return float(at_s)
    db.execute(
        "INSERT INTO farm (key, value) VALUES ('answered', ?)"
        " ON CONFLICT (key) DO UPDATE SET value=excluded.value",
        (f"{generation} {db.now_s!r}",),
    )
    return db.now_s


_LOCKS = (
    "SELECT ((classid::bigint << 32) | objid::bigint)::text FROM pg_locks"
    " WHERE locktype='advisory' AND objsubid=1 AND granted"
    " AND database=(SELECT oid FROM pg_database WHERE datname=current_database())"
)
"""What ``session_key`` makes of the holders that are connected, and the turn of whoever has it."""


def _name_of_place(doors_dir: Path) -> str:
    """A name that no other directory has, of this machine or another; made once, kept beside it."""
    path = doors_dir.with_suffix(".place")
    doors_dir.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mine = path.with_name(f"{path.name}.{os.getpid()}.{uuid4().hex}")
    mine.write_text(uuid4().hex)
    # Whoever comes second finds the first one's.
    with suppress(FileExistsError):
        os.link(mine, path)
    mine.unlink()
    return path.read_text()
