from __future__ import annotations

import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.api.membership import Membership
from harness.errors import FarmError, LeaseLost
from harness.farm.leases.lease import Holder, Lease
from harness.farm.leases.request import Request
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp
from tests.unit.api.driver import OWN, state

WIFI_ON = UndoOp(Undo.WIFI, "on")
ONE = Request(((OWN.udid,),), "one", 0)


class Willing:
    """Puts back whatever it is told to."""

    def __init__(self) -> None:
        self.done: list[UndoOp] = []

    @contextmanager
    def reaching(self, udid: str) -> Generator[Callable[[UndoOp], None]]:
        """Note what is put back."""
        yield self.done.append


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Membership]:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    place = Membership(store, "pytest")
    yield place
    place.leave()
    store.close()


def forget_all(tmp_path: Path) -> None:
    """Take every process at the farm for dead."""
    with sqlite3.connect(tmp_path / "leases.sqlite3") as leases:
        assert leases.execute("DELETE FROM holder").rowcount == 1


def test_a_process_that_was_taken_for_dead_while_it_held_nothing_asks_again_as_another(
    tmp_path: Path, place: Membership
) -> None:
    place.release(place.ask(ONE, 0), Willing())
    forget_all(tmp_path)
    place.ask(ONE, 0)
    assert state(tmp_path) is PhoneState.LEASED


def test_a_process_that_is_taken_for_dead_again_and_again_says_so_when_the_time_is_up(
    place: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def lose(holder: Holder, request: Request) -> Lease:
        asked.append(holder.id)
        raise LeaseLost("it was taken for dead")

    monkeypatch.setattr(Holder, "request", lose)
    with pytest.raises(LeaseLost):
        place.ask(ONE, 0)
    assert len(asked) == len(set(asked)) == 2


def test_what_was_put_back_is_told_once_whether_before_a_lease_or_at_its_end(
    tmp_path: Path, place: Membership
) -> None:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    with store.register("gone") as gone:
        gone.acquire([OWN.udid], within_s=0).will_change(OWN.udid, WIFI_ON)
    store.close()
    restorer = Willing()
    lease = place.ask(Request(((OWN.udid,),), "one", 0, restorer=restorer), 0)
    lease.will_change(OWN.udid, WIFI_ON)
    place.release(lease, restorer)
    told = [entry.op for one in place.take_restored() for entry in one.put_back]
    assert told == restorer.done == [WIFI_ON, WIFI_ON]
    assert place.take_restored() == ()


def test_who_cannot_give_a_phone_back_keeps_it_from_nobody(
    tmp_path: Path, place: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise FarmError("the lease database cannot be used")

    lease = place.ask(ONE, 0)
    monkeypatch.setattr(Lease, "release", fail)
    with pytest.raises(FarmError):
        place.release(lease, Willing())
    assert state(tmp_path) is PhoneState.FREE


def test_whoever_leaves_has_given_back_what_it_held(tmp_path: Path, place: Membership) -> None:
    place.ask(ONE, 0)
    place.leave()
    assert state(tmp_path) is PhoneState.FREE
    place.ask(ONE, 0)
    assert state(tmp_path) is PhoneState.LEASED
