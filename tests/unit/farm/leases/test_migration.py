"""A store of the harness before becomes one of this harness, or stays what it was."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest

from harness.config.storeurl import is_remote
from harness.errors import StoreMismatch
from harness.farm.leases import schema
from harness.farm.leases.doors import Door
from harness.farm.leases.migration import migrate
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore, doors_of
from harness.farm.leases.turns import Turns
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.older import HELD, columns_of, format_of, lay_out, place_of
from tests.unit.farm.leases.processes import ROOT, heard
from tests.unit.farm.leases.seen import phone
from tests.unit.farm.leases.test_format import NEWER, set_format

FIRST_STATEMENTS = (1, len(schema.STEPS[3]) + 1)
"""After which of its statements a migration is killed: with a part of the columns, and with all and the new
format written down."""

LATE = """
import sys
from harness.farm.leases import store
migrate = store.migrate
def waiting(turns):
    print(turns.ledger.found, flush=True)
    sys.stdin.readline()
    migrate(turns)
store.migrate = waiting
opened = store.LeaseStore.of(sys.argv[1])
print(len(opened.snapshot().phones), flush=True)
"""
"""Opens a store, and does nothing about its format until it is told to."""

KILLED = """
import os, signal, sys
from harness.farm.leases import ledger, store
execute, left = ledger.Transaction.execute, int(sys.argv[2])
def until_killed(db, sql, parameters=()):
    global left
    rows = execute(db, sql, parameters)
    changes = sql.startswith(("ALTER", "PRAGMA user_version=", "UPDATE farm"))
    left -= changes
    if changes and not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return rows
ledger.Transaction.execute = until_killed
store.LeaseStore.of(sys.argv[1])
"""
"""Opens a store, and is killed after one of the statements that change it."""


@pytest.fixture
def new(tmp_path: Path) -> dict[str, list[str]]:
    """The columns of a store that this harness has made."""
    path = tmp_path / "new.sqlite3"
    LeaseStore.open(path).close()
    return columns_of(str(path))


@contextmanager
def alive(address: str) -> Generator[Door]:
    """Somebody who lives, for the length of the block."""
    door = Door(doors_of(address))
    try:
        yield door
    finally:
        door.close()


def test_what_it_says_is_kept_and_its_tables_are_as_new_ones(address: str, new: dict[str, list[str]]) -> None:
    lay_out(address)
    with closing(LeaseStore.of(address)) as store:
        left = phone(store, "u1")
        assert (left.name, left.state, left.epoch) == ("v-16", PhoneState.DIRTY, 3)
        assert [entry.op for entry in left.due] == [UndoOp(Undo.WIFI, "on")]
        with store.register("pytest") as holder, holder.acquire(["u2"], within_s=0) as lease:
            lease.will_change("u2", UndoOp(Undo.WIFI, "on"))
    assert columns_of(address) == new
    assert format_of(address) == schema.VERSION


def test_while_somebody_has_a_phone_it_stays_as_it_is_and_who_that_is_is_said(address: str) -> None:
    with alive(address) as door:
        lay_out(address, door)
        before = columns_of(address)
        with pytest.raises(StoreMismatch, match=r"has format 3, .* is newer") as refused:
            LeaseStore.of(address)
        assert "desk-3: held by pytest gw0 (pid " in refused.value.what
        assert "on mini1) for" in refused.value.what
        assert "wait for it, and start again" in (refused.value.fix or "")
        assert (columns_of(address), format_of(address)) == (before, 3)
    LeaseStore.of(address).close()
    assert format_of(address) == schema.VERSION


def test_while_an_agent_of_the_older_harness_serves_its_host_nobody_changes_its_store(address: str) -> None:
    lay_out(address)
    with alive(address) as door:
        enter_agent(address, door)
        with pytest.raises(StoreMismatch, match=r"harness agent \(pid \d+\) serves the phones of mini1"):
            LeaseStore.of(address)
        assert format_of(address) == 3
    LeaseStore.of(address).close()
    assert format_of(address) == schema.VERSION


def test_what_the_dead_had_holds_up_nobody_and_is_free_then(address: str) -> None:
    lay_out(address)
    with closing(LeaseStore.of(address)) as store:
        assert phone(store, HELD).state is PhoneState.FREE


def test_of_two_that_come_at_once_the_second_finds_it_done(address: str) -> None:
    lay_out(address)
    command = [sys.executable, "-c", LATE, address]
    with (
        subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as one,
        subprocess.Popen(command, cwd=ROOT, stdin=-1, stdout=-1, text=True) as two,
    ):
        assert [heard(each) for each in (one, two)] == ["3", "3"]
        for each in (one, two):
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        assert [heard(each) for each in (one, two)] == ["3", "3"]
    assert (one.returncode, two.returncode, format_of(address)) == (0, 0, schema.VERSION)


def test_who_finds_it_newer_by_then_is_refused_and_does_not_make_it_older(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come_second(turns: Turns) -> None:
        assert turns.ledger.found == 3
        set_format(address, NEWER)
        migrate(turns)

    lay_out(address)
    monkeypatch.setattr("harness.farm.leases.store.migrate", come_second)
    with pytest.raises(StoreMismatch, match="this harness is older"):
        LeaseStore.of(address)
    assert format_of(address) == NEWER


@pytest.mark.parametrize("statements", FIRST_STATEMENTS)
def test_a_crash_amid_leaves_it_as_it_was_and_the_next_one_does_it(address: str, statements: int) -> None:
    lay_out(address)
    before = columns_of(address)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, address, str(statements)], cwd=ROOT, check=False, timeout=60
    )
    assert killed.returncode == -signal.SIGKILL
    assert (columns_of(address), format_of(address)) == (before, 3)
    LeaseStore.of(address).close()
    assert format_of(address) == schema.VERSION


def test_who_has_it_open_with_the_older_harness_goes_on_writing(address: str) -> None:
    lay_out(address)
    LeaseStore.of(address).close()
    write_as_before(address)
    with closing(LeaseStore.of(address)) as store:
        assert [entry.op.operation for entry in phone(store, "u1").due] == ["wifi", "condition"]


def write_as_before(address: str) -> None:
    """Write into a journal what the harness of the third format writes."""
    write(
        address,
        "INSERT INTO undo (udid, operation, value, bundle_id, since_s, kept, holder)"
        " VALUES ('u1', 'condition', 'none', '', 1.0, 0, 'somebody')",
    )


def enter_agent(address: str, door: Door) -> None:
    """Have an agent of the third format, which lives as long as its lock is held."""
    place = place_of(address) if is_remote(address) else ""
    write(
        address,
        "INSERT INTO holder (id, name, pid, run, since_s, host, kind, place)"
        f" VALUES ('{door.id}', 'harness agent', 1073741824, '', 1.0, 'mini1', 'agent', '{place}')",
    )


def write(address: str, sql: str) -> None:
    if is_remote(address):
        with psycopg.connect(address) as session:
            session.execute(sql.encode())
        return
    with closing(sqlite3.connect(address)) as file, file:
        file.execute(sql)


@pytest.mark.judge("postgresql")
@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_an_older_backup_that_comes_back_amid_a_run_is_not_touched_and_said(address: str) -> None:
    with closing(LeaseStore.of(address)) as store:
        with psycopg.connect(address, autocommit=True) as session:
            session.execute("UPDATE farm SET value='3' WHERE key='format'")
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname=current_database() AND pid<>pg_backend_pid()"
            )
        with pytest.raises(StoreMismatch, match="Start again"):
            store.snapshot()


@pytest.mark.judge("postgresql")
@pytest.mark.parametrize("address", ["postgresql"], indirect=True)
def test_one_whose_machine_was_not_heard_for_long_holds_up_nobody_and_keeps_its_phone(address: str) -> None:
    with alive(address) as door:
        lay_out(address, door)
        write(address, "UPDATE holder SET place='another machine', heard_s=1.0")
        with closing(LeaseStore.of(address)) as store:
            held = phone(store, HELD)
            assert (held.state, str(held.holder).partition(" (")[0]) == (PhoneState.LEASED, "pytest gw0")
    assert format_of(address) == schema.VERSION
