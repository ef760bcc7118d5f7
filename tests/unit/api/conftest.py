from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.api import phoneopening
from harness.api.desk import Desk
from harness.farm.health import host, looking
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.runtime.loop import LoopThread
from tests.unit.api.driver import BOTH, OWN, SPARE, Driver


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Driver:
    driver = Driver()
    monkeypatch.setattr(phoneopening, "open_phone", driver.open_phone)
    monkeypatch.setattr(looking, "look", driver.look)
    # This machine need have no usbmuxd.
    monkeypatch.setattr(host, "ways", driver.ways)
    return driver


@pytest.fixture
def both(tmp_path: Path, driver: Driver) -> Iterator[Desk]:
    reach = [ReachablePhone(phone, None, "", BOTH) for phone in (OWN, SPARE)]
    with LoopThread() as loop:
        desk = Desk(loop, None, reach, LeaseStore.open(tmp_path / "leases.sqlite3"), "pytest")
        yield desk
        desk.close()
