from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness.farm.leases.store import LeaseStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LeaseStore]:
    with closing(LeaseStore.open(tmp_path / "leases.sqlite3")) as store:
        yield store
