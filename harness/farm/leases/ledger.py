"""What the leases ask of a database: one serialised transaction at a time, and its clock.

There are two: a SQLite file for one machine, PostgreSQL for a rack. All SQL is written once, for both, with
``?`` where a value goes; what cannot be written once is in the two modules that implement these protocols.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from harness.farm.leases.doors import Door


class Rows(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Any:
        """The next row as a tuple, or ``None``."""
        ...

    def fetchall(self) -> list[Any]:
        """The rows that are left, as tuples."""
        ...

    def __iter__(self) -> Iterator[Any]: ...


class Transaction:
    """A serialised read and change of the farm.

    Args:
        run: executes one statement with its values.
        now_s: the moment, seconds since 1970 by the clock of the database. No other clock decides anything:
            those of several machines differ.

    Attributes:
        now_s: see above.
        called: the holders that are woken once this is committed.
        concerns_nobody: whether nothing follows from it for anybody, so that a turn need not settle it.
        entered: the locks and pipes of holders that it makes known; they go if it is not committed.
        place: on which of several machines it is; see ``Presence.place``.
    """

    def __init__(self, run: Callable[[str, Sequence[Any]], Rows], now_s: float) -> None:
        self._run = run
        self.now_s = now_s
        self.called: set[str] = set()
        self.concerns_nobody = False
        self.entered: list[Door] = []
        self.place = ""

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Execute one statement; ``?`` stands for each value."""
        return self._run(sql, parameters)

    def call(self, holder: str | None) -> None:
        """Have a holder woken once this is committed; ``None`` is nobody."""
        if holder is not None:
            self.called.add(holder)


class Ledger(Protocol):
    """A database that has the tables of the farm."""

    @property
    def address(self) -> str:
        """Where it is, for people and for other processes of this machine; without a password."""
        ...

    @property
    def told(self) -> str:
        """What it is called in a sentence."""
        ...

    @property
    def environment(self) -> Mapping[str, str]:
        """What another process needs in its environment to open it by its address."""
        ...

    @property
    def found(self) -> int:
        """Which format its tables had when it was opened; see ``schema``."""
        ...

    def format_of(self, db: Transaction) -> int:
        """Which format they have now."""
        ...

    def set_format(self, db: Transaction, version: int) -> None:
        """Note that they have another one; it is taken back with the transaction."""
        ...

    def spelled(self, statement: str) -> str:
        """A statement of ``schema`` as this database has it."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A serialised read and change; committed at the end, rolled back by an exception.

        Raises:
            StoreUnavailable: the database does not answer.
            FarmError: it cannot be used.
        """
        ...

    def close(self) -> None:
        """Give its connections up; it is not used again."""
        ...


class Presence(Protocol):
    """How processes know of each other that they live, and wake each other."""

    @property
    def doors_dir(self) -> Path:
        """Where the holders of this machine have their locks and pipes."""
        ...

    @property
    def place(self) -> str:
        """Names that directory among all machines: a lock proves death to who can see it."""
        ...

    @property
    def is_heard(self) -> bool:
        """Whether every holder is heard from its first moment on, and not agents alone."""
        ...

    def appear(self, db: Transaction) -> Door:
        """Show that a new holder of this process lives; its row is written in the same transaction."""
        ...

    def keep_heard(self, holder: str) -> None:
        """Have a holder of this process be heard until it leaves; once is enough."""
        ...

    def heard_s(self, holder: str, promised_s: float) -> float:
        """When a holder was last heard, by the clock of the database.

        Args:
            holder: one that has promised to be heard.
            promised_s: what its row says.
        """
        ...

    def leave(self, holder: str) -> None:
        """A holder of this process falls silent."""
        ...

    def generation(self, db: Transaction) -> str:
        """Which life of the database holders show themselves to; empty when it needs nobody to run.

        One ends with all sessions: by a restart, or a crash.
        """
        ...

    def started_s(self, db: Transaction) -> float:
        """When that life began: before, nobody could be heard. 0 when it needs nobody to run."""
        ...

    def connected(self, db: Transaction) -> frozenset[str]:
        """The keys (see ``session_key``) of the holders that have a connection to the database."""
        ...

    @property
    def probe_s(self) -> float:
        """How often it is worth asking ``any_ended``, in wall time."""
        ...

    def any_ended(self, holders: Iterable[str]) -> bool:
        """Whether one of some holders has ended or lost its session; a look that needs no turn."""
        ...

    def tell(self, db: Transaction, holders: frozenset[str]) -> None:
        """Within a transaction, have holders woken when it is committed."""
        ...

    def wake(self, holders: frozenset[str]) -> None:
        """After a transaction was committed, wake the holders that it called."""
        ...

    def close(self) -> None:
        """Stop listening; the holders of this process are closed already."""
        ...


def session_key(holder: str) -> int:
    """What names a holder to a database that knows its sessions by numbers: 60 bits of its id."""
    return int(holder[:15], 16)


LEASE_S = 10.0
"""How long a holder may be silent, in the database's time, where the farm says nothing else."""

BEATS_IN_A_LEASE = 5
"""How often a holder is heard in that time."""


def lease_s(db: Transaction) -> float:
    """How long a holder may be silent before it is presumed dead, in the database's time."""
    row = db.execute("SELECT value FROM farm WHERE key='lease_s'").fetchone()
    return float(row[0]) if row else LEASE_S
