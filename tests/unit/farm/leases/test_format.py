"""A store that another version of the harness has laid out: refused, with which side is the older one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from harness.cli import agent
from harness.cli.out import NO_DEVICE, Out, exit_code
from harness.config.storeurl import is_remote
from harness.errors import FarmError, StoreMismatch
from harness.farm.leases import schema
from harness.farm.leases.store import LeaseStore
from tests.unit.farm.leases.seen import told

NEWER = schema.VERSION + 1


def lay_out(address: str, version: int) -> None:
    """Have a store that another version of the harness has made, and used."""
    with closing(LeaseStore.of(address)) as store, store.take_host("mini1", name="harness agent") as seat:
        seat.publish([told("u1")])
    set_format(address, version)


def set_format(address: str, version: int) -> None:
    """Write down that a store is of this format."""
    if is_remote(address):
        with psycopg.connect(address) as session:
            session.execute("UPDATE farm SET value=%s WHERE key='format'", (str(version),))
        return
    with closing(sqlite3.connect(address)) as file:
        file.execute(f"PRAGMA user_version={version}")


def test_a_store_of_another_format_is_refused_with_which_side_is_older_and_is_not_touched(
    address: str,
) -> None:
    lay_out(address, NEWER)
    with pytest.raises(StoreMismatch) as refused:
        LeaseStore.of(address)
    assert f"has format {NEWER}, and this harness is older: it reads {schema.VERSION}" in refused.value.what
    assert refused.value.fix == "Update the harness here to the version that the others have"
    set_format(address, schema.VERSION)
    with closing(LeaseStore.of(address)) as store:
        assert [phone.udid for phone in store.snapshot().phones] == ["u1"]


def test_a_format_that_no_harness_ever_had_is_refused(address: str) -> None:
    lay_out(address, -1)
    with pytest.raises(FarmError, match=r"of which there never was a harness|not the harness's"):
        LeaseStore.of(address)


def test_an_agent_that_meets_one_ends_and_says_so(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    lay_out(address, NEWER)
    with pytest.raises(StoreMismatch, match="this harness is older") as refused:
        agent.serve(agent.Service("mini1", address), Out(as_json=True))
    assert exit_code(refused.value) == NO_DEVICE
