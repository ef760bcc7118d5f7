"""Who was granted a phone that an agent then refused: he stands in line where he stood."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager

import pytest

from harness.farm.leases import waiting
from harness.farm.leases.lease import Holder, Lease
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.store import LeaseStore
from tests.unit.farm.leases.seen import told
from tests.unit.farm.leases.test_deaths import eventually
from tests.unit.farm.leases.test_seat import acquiring, lease_of, path_of, until

WITHIN_S = 30.0


@pytest.fixture(autouse=True)
def woken_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks by himself: whoever does not learn of a refusal at once is too late in these tests."""
    for name in ("LOOK_AGAIN_S", "LOOK_RARELY_S"):
        monkeypatch.setattr(waiting, name, WITHIN_S)


@contextmanager
def holders(store: LeaseStore, *names: str) -> Generator[list[Holder]]:
    with ExitStack() as stack:
        yield [stack.enter_context(store.register(name)) for name in names]


def line(store: LeaseStore) -> list[str]:
    return [ticket.holder.name for ticket in store.snapshot().waiting]


def give_back(seat: HostSeat, lease: Lease) -> None:
    lease.release()
    seat.closed(until(seat, lambda duties: duties.to_close).to_close[0])


def give_on(seat: HostSeat, lease: Lease) -> None:
    """Have a phone given back, and opened for whoever is granted it."""
    give_back(seat, lease)
    (grant,) = until(seat, lambda duties: duties.to_open).to_open
    assert seat.opened(grant, path_of(grant))


def refuse(seat: HostSeat, udid: str) -> None:
    """Have a grant refused whose phone went away before its way was opened."""
    (grant,) = until(seat, lambda duties: duties.to_open).to_open
    assert grant.udid == udid
    seat.publish([told(other) for other in ("u1", "u2") if other != udid])
    seat.closed(grant)


def test_he_is_served_before_those_who_came_after_him(store: LeaseStore, seat: HostSeat) -> None:
    with holders(store, "has u1", "has u2", "first", "second") as (has_u1, has_u2, first, second):
        one, two = lease_of(seat, has_u1, "u1"), lease_of(seat, has_u2, "u2")
        with acquiring(first, "u1", "u2") as got_first:
            eventually(lambda: line(store) == ["first"])
            with acquiring(second, "u1", "u2") as got_second:
                eventually(lambda: line(store) == ["first", "second"])
                since_s = store.snapshot().waiting[0].since_s
                give_back(seat, one)
                refuse(seat, "u1")
                eventually(lambda: line(store) == ["first", "second"])
                assert store.snapshot().waiting[0].since_s == since_s
                give_on(seat, two)
                eventually(lambda: got_first)
                give_on(seat, got_first[0])
    assert (got_first[0].udid, got_second[0].udid) == ("u2", "u2")
