"""An agent's seat with two phones, and somebody who holds phones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.farm.leases.lease import Holder
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.store import LeaseStore
from tests.unit.farm.leases.seen import told


@pytest.fixture
def seat(store: LeaseStore) -> Iterator[HostSeat]:
    with store.take_host("mini1", name="harness agent") as seat:
        seat.publish([told("u1"), told("u2")])
        yield seat


@pytest.fixture
def holder(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw0") as holder:
        yield holder
