"""The SQLite file behind the leases: opened, laid out, and changed one transaction at a time.

Every change runs under ``BEGIN IMMEDIATE``: one writer on the machine at a time, so a decision is
made on what it reads. ``synchronous=FULL`` makes an undo entry survive a power cut, too: it is on
the disk before the phone is touched.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from harness.errors import FarmError, StoreUnavailable
from harness.farm.leases import schema
from harness.farm.leases.ledger import Transaction

_BUSY_S = 30.0

_PASSES = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
"""What may be over in a moment: somebody was stopped amid a change, or the disk is full."""


class Database:
    """One lease file, shared by the threads of this process and by other processes.

    Args:
        path: the file; one that is not there is made.

    Attributes:
        path: the same.
        found: the format that it had when it was opened last.

    Raises:
        StoreMismatch: nothing can be made of its format.
        FarmError: it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.RLock()
        self._connection = self._connect()
        self._pid = os.getpid()
        # Using or closing a parent's connection in a forked child would damage the parent's.
        self._inherited: list[sqlite3.Connection] = []

    @property
    def address(self) -> str:
        """The path of the file."""
        return str(self.path)

    @property
    def told(self) -> str:
        """Its path, and what it is."""
        return f"the lease file {self.path}"

    @property
    def environment(self) -> Mapping[str, str]:
        """A file is opened by its path."""
        return {}

    def format_of(self, db: Transaction) -> int:
        """What the file says."""
        return db.execute("PRAGMA user_version").fetchone()[0]

    def set_format(self, db: Transaction, version: int) -> None:
        """Have the file say so."""
        db.execute(f"PRAGMA user_version={version}")

    def spelled(self, statement: str) -> str:
        """The same."""
        return statement

    def _connect(self) -> sqlite3.Connection:
        # Two processes that create the file at once would get "database is locked" at the switch
        # to WAL, which does not wait. They wait here instead.
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(f"{self.path}.opening", "w") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)
                connection, self.found = _prepared(self.path, self.told)
                self._inode = os.stat(self.path).st_ino
        except (OSError, sqlite3.Error) as error:
            raise self._trouble(error) from error
        return connection

    @contextmanager
    def transaction(self) -> Generator[Transaction]:
        """A serialised read and change; committed at the end, rolled back by an exception.

        Its clock is this machine's, which all who use the file are on.

        Raises:
            StoreUnavailable: the file stayed locked, or its disk takes nothing more.
            FarmError: it is damaged, or was replaced.
        """
        with self._mutex:
            self._check_same_file()
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield Transaction(self._connection.execute, time.time())
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._trouble(error, StoreUnavailable if _passes(error) else FarmError) from error
            finally:
                # Left open by an exception, or by Ctrl-C between any two of the lines above.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def _check_same_file(self) -> None:
        if os.getpid() != self._pid:
            self._inherited.append(self._connection)
            self._connection, self._pid = self._connect(), os.getpid()
        try:
            same = os.stat(self.path).st_ino == self._inode
        except FileNotFoundError:
            same = False
        if not same:
            what = f"the lease file {self.path} was removed or replaced while this process used it"
            raise FarmError(what, fix="Start again, and leave the file alone while tests run")

    def _trouble(self, error: OSError | sqlite3.Error, kind: type[FarmError] = FarmError) -> FarmError:
        fix = "When no test is running on this machine, remove the file"
        if isinstance(error, OSError) or _passes(error) or "unable to open" in str(error):
            fix = "See who uses it, and that the directory is on a local disk and writable, with room on it"
        return kind(f"the lease file {self.path} cannot be used: {error}", fix=fix)

    def close(self) -> None:
        """Close the file; a closed database is not used again."""
        with self._mutex:
            if os.getpid() == self._pid:
                self._connection.close()


def _passes(error: sqlite3.Error) -> bool:
    # The lowest byte is the kind, the others say more of it. Source: sqlite.org/rescode.html. An error of the
    # module's own has none.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSES


def _prepared(path: Path, told: str) -> tuple[sqlite3.Connection, int]:
    """The file, and the format that it has."""
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        found = _prepare(connection)
        schema.check(told, found)
    except BaseException:
        connection.close()
        raise
    return connection, found


def _prepare(connection: sqlite3.Connection) -> int:
    """Lay an empty file out; returns the format of one that is not."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found:
        return found
    connection.executescript(f"BEGIN;{schema.TABLES};PRAGMA user_version={schema.VERSION};COMMIT")
    return schema.VERSION
