"""How the processes of one machine know of each other: a lock and a pipe for each, and nothing else.

The lock of a process that has ended is free at once, whatever ended it, and a process that was stopped keeps
its own. So on one machine no clock is needed to know who has died, only to know who does not answer: see
``deaths``.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.farm.leases import doors
from harness.farm.leases.database import Database
from harness.farm.leases.doors import Door
from harness.farm.leases.ledger import BEATS_IN_A_LEASE, Transaction, lease_s
from harness.farm.leases.pulse import Pulse

PROBE_S = 0.05
"""How often somebody who waits looks whether a holder of this machine has ended, in wall time."""


class LocalPresence:
    """Locks and pipes beside a lease file.

    Args:
        database: the lease file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pulses: dict[str, Pulse] = {}
        self.doors_dir: Path = doors.directory_of(database.path)
        # Whoever can open the file sees the same locks.
        self.place: str = ""
        self.is_heard: bool = False
        self.probe_s: float = PROBE_S

    def appear(self, db: Transaction) -> Door:
        """Lock and pipe of a new holder of this process."""
        return Door(self.doors_dir)

    def keep_heard(self, holder: str) -> None:
        """Start its heartbeat."""
        if holder not in self._pulses:
            with self._database.transaction() as db:
                every_s = lease_s(db) / BEATS_IN_A_LEASE
            self._pulses[holder] = Pulse(lambda: doors.touch(self.doors_dir, holder), every_s)

    def heard_s(self, holder: str, promised_s: float) -> float:
        """When it last touched its lock; the file's clock is this machine's, too."""
        return max(promised_s, doors.touched_s(self.doors_dir, holder))

    def leave(self, holder: str) -> None:
        """Stop its heartbeat."""
        if pulse := self._pulses.pop(holder, None):
            pulse.stop()

    def generation(self, db: Transaction) -> str:
        """A file needs no process to run."""
        return ""

    def started_s(self, db: Transaction) -> float:
        """A file needs no process to run."""
        return 0.0

    def connected(self, db: Transaction) -> frozenset[str]:
        """Nobody is connected to a file."""
        return frozenset()

    def any_ended(self, holders: Iterable[str]) -> bool:
        """Whether one of some holders has ended."""
        return any(doors.has_ended(self.doors_dir, holder) for holder in holders)

    def tell(self, db: Transaction, holders: frozenset[str]) -> None:
        """Who is woken now would only wait for the end of this transaction."""

    def wake(self, holders: frozenset[str]) -> None:
        """Wake by their pipes."""
        for holder in holders:
            doors.wake(self.doors_dir, holder)

    def close(self) -> None:
        """Each door is closed by its holder."""
