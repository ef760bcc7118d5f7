from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import FarmError
from harness.farm.leases import schema
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp

FORMAT_1 = (Path(__file__).parent / "format_1.sql").read_text()
"""The dump of a lease file that a harness of the first format wrote: one phone left altered, one free."""

DESK = "00008120-001A2B3C4D5E6F70"


@pytest.fixture(params=[1, 2, 3])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of each format that there was."""
    path = tmp_path / "leases.sqlite3"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FORMAT_1)
        for before in range(1, request.param):
            connection.executescript(f"{';'.join(schema.STEPS[before])}; PRAGMA user_version={before + 1}")
    return path


def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Table -> what SQLite says of its columns, in their order."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        return {table: connection.execute(f"PRAGMA table_info({table})").fetchall() for table in tables}


def test_what_a_file_of_an_older_format_says_is_kept(old: Path) -> None:
    with closing(LeaseStore.open(old)) as store:
        desk, spare = store.snapshot().phones
    assert (desk.name, desk.state, desk.epoch, desk.note) == (
        "desk",
        PhoneState.DIRTY,
        1,
        "tests/test_a.py::test_b",
    )
    assert [entry.op for entry in desk.due] == [
        UndoOp(Undo.WIFI, "on"),
        UndoOp(Undo.BACKGROUND_REFRESH, "on", "com.example.app"),
    ]
    assert (desk.hardware, desk.recalled, spare.state) == ("", False, PhoneState.FREE)


def test_a_file_of_an_older_format_becomes_what_a_new_one_is(old: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.sqlite3"
    for path in (old, new):
        LeaseStore.open(path).close()
    assert columns(old) == columns(new)
    LeaseStore.open(old).close()


def test_a_process_that_has_a_file_open_while_it_is_upgraded_goes_on_writing(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as before:
        before.execute("SELECT * FROM undo").fetchall()
        with closing(LeaseStore.open(old)) as store:
            before.execute(
                "INSERT INTO undo (udid, operation, value, bundle_id, since_s)"
                f" VALUES ('{DESK}', 'condition', 'none', '', 1.0)"
            )
            phone = store.snapshot().phone(DESK)
    assert phone is not None
    assert str(phone.due[-1].op) == "condition back to none"


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(old)) as connection:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    wrong = ("ALTER TABLE holder ADD COLUMN absent INTEGER", "ALTER TABLE absent ADD COLUMN a")
    monkeypatch.setattr(schema, "STEPS", {**schema.STEPS, version: wrong})
    was = columns(old)
    with pytest.raises(FarmError, match="no such table: absent"):
        LeaseStore.open(old)
    assert columns(old) == was
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
