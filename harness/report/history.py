"""The history of all runs on this machine: verdicts and latencies, in one SQLite file.

A run is added whole, in one transaction, when it is over: a process that is killed leaves all of its run or
nothing, and runs that end together wait for each other. With a write-ahead log a reader disturbs no writer.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.config.places import state_dir
from harness.errors import ConfigError
from harness.report.latency import latencies_of
from harness.report.run import RunRecord, TestRecord
from harness.report.tell import reason_of

VERSION = 1
"""Of the tables; a file of a later version is left alone."""

WAIT_S = 30.0
"""How long one run waits for another that is being added, in wall time."""

TABLES = (
    """CREATE TABLE runs (
        id INTEGER PRIMARY KEY, started_s REAL NOT NULL, duration_s REAL NOT NULL, command TEXT NOT NULL,
        revision TEXT NOT NULL)""",
    """CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs, test TEXT NOT NULL,
        attempt INTEGER NOT NULL, phone TEXT NOT NULL, ios TEXT NOT NULL, model TEXT NOT NULL,
        hardware TEXT NOT NULL, app TEXT NOT NULL, app_version TEXT NOT NULL, result TEXT NOT NULL,
        reason TEXT NOT NULL, phase TEXT NOT NULL, at_s REAL NOT NULL, duration_s REAL NOT NULL)""",
    """CREATE TABLE latencies (
        verdict INTEGER NOT NULL REFERENCES verdicts, kind TEXT NOT NULL, latency_s REAL NOT NULL,
        error_s REAL NOT NULL)""",
    "CREATE INDEX verdicts_by_test ON verdicts (test, at_s)",
    "CREATE INDEX latencies_by_verdict ON latencies (verdict)",
)

REVISION_VARIABLES = ("HARNESS_REVISION", "GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT", "BUILD_SOURCEVERSION")
"""Environment variables that name what was built; the first that is set counts."""


@dataclass(frozen=True)
class VerdictRow:
    """One attempt at one test on one phone, as the history remembers it.

    Attributes:
        test: pytest's name of the test.
        ios: version of iOS.
        hardware: ``real`` or ``virtual``.
        model: product type.
        build: what was tested: revision and version of the app; empty where neither was known.
        result: as of ``TestRecord``.
        reason: reason code, or empty.
        at_s: when, seconds since 1970.
    """

    test: str
    ios: str
    hardware: str
    model: str
    build: str
    result: str
    reason: str
    at_s: float


@dataclass(frozen=True)
class LatencyRow:
    """One wake that was proven; attributes as of ``VerdictRow`` and ``Latency``."""

    test: str
    ios: str
    hardware: str
    kind: str
    latency_s: float
    error_s: float
    at_s: float


def history_path() -> Path:
    """Where the history is unless another file is named.

    Raises:
        ConfigError: the state directory cannot be used.
    """
    return state_dir() / "history.sqlite"


def revision(environment: Mapping[str, str] | None = None) -> str:
    """What was built, as the environment tells it; empty when it does not."""
    known = os.environ if environment is None else environment
    return next((known[name] for name in REVISION_VARIABLES if known.get(name)), "")


class History:
    """The history in one file, made when it is missing.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, run: RunRecord, *, revision: str, app_versions: Mapping[tuple[str, int], str]) -> int:
        """Add a run; attempts that never got a phone tell of the rack and are left out.

        Args:
            run: redacted.
            revision: what was built, or empty.
            app_versions: (name of the test, attempt) -> version of the app.

        Returns:
            How many attempts were added; a run without any is not added.

        Raises:
            ConfigError: the file cannot be used.
        """
        seen = [record for record in run.tests if record.phone and record.result != "skipped"]
        if not seen:
            return 0
        with self._connected() as database:
            row = (run.started_s, run.duration_s, run.command, revision)
            number = database.execute(
                "INSERT INTO runs (started_s, duration_s, command, revision) VALUES (?, ?, ?, ?)", row
            ).lastrowid
            for record in seen:
                version = app_versions.get((record.nodeid, record.attempt), "")
                _add(database, number or 0, record, version)
        return len(seen)

    def verdicts(self, pattern: str = "*") -> tuple[VerdictRow, ...]:
        """Attempts at tests whose name fits a pattern, oldest first.

        Args:
            pattern: as a shell's, such as ``*background*``.

        Raises:
            ConfigError: the file cannot be used.
        """
        sql = """SELECT test, ios, hardware, model,
                trim(revision || ' ' || app_version), result, reason, at_s
            FROM verdicts JOIN runs ON runs.id = run WHERE test GLOB ? ORDER BY at_s, verdicts.id"""
        with self._connected() as database:
            return tuple(VerdictRow(*row) for row in database.execute(sql, (pattern,)))

    def latencies(self, pattern: str = "*") -> tuple[LatencyRow, ...]:
        """Latencies of tests whose name fits a pattern, oldest first.

        Raises:
            ConfigError: the file cannot be used.
        """
        sql = """SELECT test, ios, hardware, kind, latency_s, error_s, at_s
            FROM latencies JOIN verdicts ON verdicts.id = verdict WHERE test GLOB ? ORDER BY at_s"""
        with self._connected() as database:
            return tuple(LatencyRow(*row) for row in database.execute(sql, (pattern,)))

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        """A connection within one transaction, which is kept only if nothing is raised."""
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)) as database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("BEGIN IMMEDIATE")
                _prepare(database, self.path)
                yield database
                database.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            what = f"the history in {self.path} cannot be used: {error}"
            raise ConfigError(what, fix="Move the file away, or name another one with --history") from error


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    if version:
        raise ConfigError(
            f"{path} is a history of version {version}, and this harness knows version {VERSION}",
            fix="Update the harness, or name another file with --history",
        )
    for statement in TABLES:
        database.execute(statement)
    database.execute(f"PRAGMA user_version = {VERSION}")


def _add(database: sqlite3.Connection, run: int, record: TestRecord, app_version: str) -> None:
    phone = record.phone
    if phone is None:
        return
    row = {
        "run": run,
        "test": record.nodeid,
        "attempt": record.attempt,
        "phone": phone.name,
        "ios": phone.ios,
        "model": phone.model,
        "hardware": phone.hardware.value,
        "app": record.bundle_id,
        "app_version": app_version,
        "result": record.result,
        "reason": reason_of(record),
        "phase": record.phase,
        "at_s": record.started_s,
        "duration_s": record.duration_s,
    }
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    number = database.execute(f"INSERT INTO verdicts ({names}) VALUES ({marks})", row).lastrowid
    for one in latencies_of(record.entries, record.bundle_id, record.nonce):
        told = (number, one.kind, one.latency_s, one.error_s)
        database.execute(
            "INSERT INTO latencies (verdict, kind, latency_s, error_s) VALUES (?, ?, ?, ?)", told
        )
