"""Lease stores: what is said of leases is said of both kinds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from harness.farm.leases.store import LeaseStore
from tests.postgres import Server, server

ON_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.judge("postgresql"))]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this test process, started when the first test needs it."""
    with server() as running:
        yield running


@pytest.fixture(params=ON_BOTH)
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty store of each kind, by its address."""
    if request.param == "sqlite":
        return str(tmp_path / "leases.sqlite3")
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))
    running: Server = request.getfixturevalue("postgres")
    return running.create(f"farm_{uuid4().hex}")


@pytest.fixture
def store(address: str) -> Iterator[LeaseStore]:
    with closing(LeaseStore.of(address)) as store:
        yield store
