"""What can be wrong with a lease file, as the one who uses it is told."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.errors import FarmError, StoreUnavailable
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Hardware, PhoneIdentity


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LeaseStore]:
    with closing(LeaseStore.open(tmp_path / "leases.sqlite3")) as store:
        yield store


def test_a_lease_file_that_is_taken_away_ends_all_use(tmp_path: Path, store: LeaseStore) -> None:
    lease = store.register("a").acquire(["u1"], within_s=0)
    (tmp_path / "leases.sqlite3").unlink()
    with pytest.raises(FarmError, match="removed or replaced"):
        lease.check()


def test_a_damaged_lease_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "leases.sqlite3"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(FarmError, match=r"leases\.sqlite3 cannot be used: file is not a database"):
        LeaseStore.open(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FarmError, match="cannot be used"):
        LeaseStore.open(tmp_path / "file" / "leases.sqlite3")


def test_the_machines_own_file_is_the_store_that_is_called_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path))
    with closing(LeaseStore.of("sqlite")) as store:
        assert store.snapshot().phones == ()
        assert store.address == str(tmp_path / "leases.sqlite3")


def test_who_has_no_client_for_postgresql_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("postgres", "rackpresence", "listener"):
        monkeypatch.delitem(sys.modules, f"harness.farm.leases.{module}", raising=False)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(FarmError, match=r"need psycopg: .*pip install iphone-harness\[rack\]"):
        LeaseStore.of("postgresql://farm@db/farm")


def test_a_lease_file_that_stays_locked_is_one_that_does_not_answer_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.farm.leases.database._BUSY_S", 0.05)
    path = tmp_path / "leases.sqlite3"
    with closing(LeaseStore.open(path)) as store, closing(sqlite3.connect(path)) as stopped:
        lease = store.register("a").acquire(["u1"], within_s=0)
        stopped.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match=r"leases\.sqlite3 cannot be used: database is locked"):
            lease.release()
        stopped.rollback()
        lease.release()


def test_a_full_disk_is_a_lease_file_that_does_not_answer_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leases.sqlite3"
    LeaseStore.open(path).close()
    connect = sqlite3.connect

    def on_a_full_disk(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        connection = connect(*args, **kwargs)
        # The least that it may be is what the file has already.
        connection.execute("PRAGMA max_page_count=1")
        return connection

    monkeypatch.setattr(sqlite3, "connect", on_a_full_disk)
    many = [
        PhoneIdentity(f"phone {number}", f"u{number}", "16.7", "m", Hardware.REAL) for number in range(999)
    ]
    with (
        closing(LeaseStore.open(path)) as store,
        pytest.raises(StoreUnavailable, match=r"disk is full.*with room on it"),
    ):
        store.know(many)
