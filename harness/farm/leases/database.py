"""The SQLite file behind the leases: opened, migrated, and changed one transaction at a time.

Every change runs under ``BEGIN IMMEDIATE``: one writer on the machine at a time, so a decision is
made on what it reads. ``synchronous=FULL`` makes an undo entry survive a power cut, too: it is on
the disk before the phone is touched.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import FarmError

_BUSY_S = 30.0
_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE holder (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    pid INTEGER NOT NULL,
    run TEXT NOT NULL,
    since_s REAL NOT NULL
);
CREATE TABLE phone (
    udid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'free',
    -- Counts grants; with the udid it names one lease for good.
    epoch INTEGER NOT NULL DEFAULT 0,
    -- Who has the lease, or, of a dirty phone, who is restoring it.
    holder TEXT REFERENCES holder(id),
    ticket INTEGER,
    note TEXT NOT NULL DEFAULT '',
    since_s REAL NOT NULL,
    last_holder TEXT NOT NULL DEFAULT '',
    failures INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    -- 'real', 'virtual', or empty while nobody has said.
    hardware TEXT NOT NULL DEFAULT '',
    -- Whether what was changed to stay is to be put back, too.
    recalled INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE ticket (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    holder TEXT NOT NULL REFERENCES holder(id),
    count INTEGER NOT NULL,
    note TEXT NOT NULL,
    since_s REAL NOT NULL,
    -- What becomes of settings that were changed to stay: 'avoid', 'undo' or 'accept'.
    kept TEXT NOT NULL DEFAULT 'avoid'
);
CREATE TABLE ticket_want (
    ticket INTEGER NOT NULL REFERENCES ticket(id) ON DELETE CASCADE,
    rank INTEGER NOT NULL,
    udid TEXT NOT NULL REFERENCES phone(udid),
    PRIMARY KEY (ticket, rank)
);
CREATE TABLE undo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    udid TEXT NOT NULL REFERENCES phone(udid),
    operation TEXT NOT NULL,
    value TEXT NOT NULL,
    bundle_id TEXT NOT NULL,
    since_s REAL NOT NULL,
    -- Whether a person changed it on purpose, to stay.
    kept INTEGER NOT NULL DEFAULT 0,
    -- Who changed it; the row of that holder may be gone.
    holder TEXT NOT NULL DEFAULT ''
);
"""
_UPGRADES = {
    1: """
ALTER TABLE phone ADD COLUMN hardware TEXT NOT NULL DEFAULT '';
ALTER TABLE phone ADD COLUMN recalled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ticket ADD COLUMN kept TEXT NOT NULL DEFAULT 'avoid';
ALTER TABLE undo ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
ALTER TABLE undo ADD COLUMN holder TEXT NOT NULL DEFAULT '';
""",
}
"""Version of a file -> what makes the next one of it. Columns are only ever added, each with a default, so
that a process which has an older file open goes on writing into it."""


class Database:
    """One lease file, shared by the threads of this process and by other processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mutex = threading.RLock()
        self._connection = self._connect()
        self._pid = os.getpid()
        # Using or closing a parent's connection in a forked child would damage the parent's.
        self._inherited: list[sqlite3.Connection] = []

    def _connect(self) -> sqlite3.Connection:
        # Two processes that create the file at once would get "database is locked" at the switch
        # to WAL, which does not wait. They wait here instead.
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(f"{self.path}.opening", "w") as gate:
                fcntl.flock(gate, fcntl.LOCK_EX)
                connection = _prepared(self.path)
                self._inode = os.stat(self.path).st_ino
        except (OSError, sqlite3.Error) as error:
            raise self._trouble(error) from error
        return connection

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A serialised read and change; committed at the end, rolled back by an exception.

        Raises:
            FarmError: the file is damaged, was replaced, or stayed locked.
        """
        with self._mutex:
            self._check_same_file()
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._trouble(error) from error
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

    def _trouble(self, error: OSError | sqlite3.Error) -> FarmError:
        fix = "When no test is running on this machine, remove the file"
        if isinstance(error, OSError) or "locked" in str(error) or "unable to open" in str(error):
            fix = "See who uses it, and that the directory is on a local disk and writable"
        return FarmError(f"the lease file {self.path} cannot be used: {error}", fix=fix)

    def close(self) -> None:
        """Close the file; a closed database is not used again."""
        with self._mutex:
            if os.getpid() == self._pid:
                self._connection.close()


def _prepared(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(f"BEGIN;{_SCHEMA};PRAGMA user_version={_SCHEMA_VERSION};COMMIT")
    elif version != _SCHEMA_VERSION and version not in _UPGRADES:
        raise sqlite3.DatabaseError(f"it has format {version}, this harness reads {_SCHEMA_VERSION}")
    else:
        _upgrade(connection, version)


def _upgrade(connection: sqlite3.Connection, version: int) -> None:
    """Bring a file of an older format to this one's; a crash amid leaves a whole file of some format."""
    for before in range(version, _SCHEMA_VERSION):
        after = f"PRAGMA user_version={before + 1}"
        connection.executescript(f"BEGIN IMMEDIATE;{_UPGRADES[before]};{after};COMMIT")
