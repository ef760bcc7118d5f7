"""Phones that an agent serves and finds unfit when it is to open the way to them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.grants import Grant
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.request import Request
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Hardware, PhoneIdentity

WITHIN_S = 20.0
LOCKED = Finding(Against.LOOK, "it is locked", "Unlock it.", "unlocked")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LeaseStore]:
    with closing(LeaseStore.open(tmp_path / "leases.sqlite3")) as store:
        yield store


@pytest.fixture
def seat(store: LeaseStore) -> Iterator[HostSeat]:
    with store.take_host("mini1", name="harness agent") as seat:
        seat.publish(
            PublishedPhone(PhoneIdentity(name, name, "16.7", "iPhone10,3", Hardware.REAL), "mini1")
            for name in ("A", "B", "C")
        )
        yield seat


class Asking:
    """A request under way on a thread of its own."""

    def __init__(self, store: LeaseStore, *slots: tuple[str, ...]) -> None:
        self._store = store
        self._slots = slots
        self.got: tuple[Grant, ...] = ()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def _ask(self) -> None:
        with self._store.register("pytest gw0") as holder:
            self.got = holder.request(Request(self._slots, "a test", WITHIN_S)).grants

    def ended(self) -> tuple[Grant, ...]:
        self._thread.join(WITHIN_S)
        assert not self._thread.is_alive()
        return self.got


def _serve(store: LeaseStore, seat: HostSeat, asking: Asking, unfit: str) -> tuple[Grant, ...]:
    """Be the agent until the request has ended: one phone turns out to be unfit when it is to be opened."""
    done = threading.Event()
    told: list[tuple[Grant, ...]] = []
    waiter = threading.Thread(target=lambda: (told.append(asking.ended()), done.set()))
    waiter.start()
    while not done.is_set():
        duties = seat.duties()
        for grant in duties.to_close:
            seat.closed(grant)
        for grant in duties.to_open:
            if grant.udid == unfit:
                store.health.strike(unfit, LOCKED)
                seat.closed(grant)
            else:
                seat.opened(grant, f"/sockets/{grant.udid}")
        seat.wait(0.02)
    waiter.join(WITHIN_S)
    return told[0]


def test_a_phone_that_its_agent_finds_unfit_is_passed_over_for_the_next_one(
    store: LeaseStore, seat: HostSeat
) -> None:
    got = _serve(store, seat, Asking(store, ("A", "B")), unfit="A")
    assert [(grant.udid, grant.mux) for grant in got] == [("B", "/sockets/B")]
    phone = store.snapshot().phone("A")
    assert phone is not None
    assert phone.state is PhoneState.QUARANTINED


def test_a_lease_of_two_is_never_had_with_one_of_them_refused(store: LeaseStore, seat: HostSeat) -> None:
    got = _serve(store, seat, Asking(store, ("A",), ("B", "C")), unfit="B")
    assert [grant.udid for grant in got] == ["A", "C"]
