"""A phone that is gone for good is forgotten on a person's word, and not while anything depends on it."""

from __future__ import annotations

import threading

import pytest

from harness.errors import LeaseLost, NoSuchDevice, NotForgotten
from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.lease import Holder
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.seen import phone, told

WIFI = UndoOp(Undo.WIFI, "on")
WITHIN_S = 30.0


def test_a_phone_that_is_forgotten_is_listed_no_more_and_others_are(
    store: LeaseStore, seat: HostSeat
) -> None:
    seat.publish([told("u2")])
    store.health.strike("u1", Finding(Against.LOST, "it went away in a test", "Look at its cable"))
    assert phone(store).state is PhoneState.OFFLINE
    assert store.forget("u1").name == "name-u1"
    assert [one.udid for one in store.snapshot().phones] == ["u2"]
    assert [one.identity.udid for one in store.published()] == ["u2"]
    assert store.health.history("u1") == ()
    with pytest.raises(NoSuchDevice, match="nobody has ever heard of a phone u1"):
        store.forget("u1")


def test_what_is_found_out_about_a_phone_that_was_forgotten_meanwhile_is_no_error(
    store: LeaseStore, holder: Holder
) -> None:
    holder.acquire(["u1"], within_s=0).release()
    store.forget("u1")
    store.health.came_back("u1")
    store.health.strike("u1", Finding(Against.LOST, "it went away in a test", "Look at its cable"))
    assert store.health.history("u1") == ()
    assert store.snapshot().phones == ()


def test_one_whose_agent_has_gone_can_be_forgotten(store: LeaseStore) -> None:
    with store.take_host("mini1", name="harness agent") as seat:
        seat.publish([told("u1")])
    store.forget("u1")
    assert store.snapshot().phones == ()


def test_one_that_is_seen_again_is_new_and_no_number_is_given_twice(
    store: LeaseStore, holder: Holder
) -> None:
    for _ in range(3):
        holder.acquire(["u1"], within_s=0).release()
    given_back = holder.acquire(["u2"], within_s=0)
    given_back.release()
    for udid in ("u1", "u2"):
        store.forget(udid)
    with holder.acquire(["u1", "u2"], count=2, within_s=0) as lease:
        assert [grant.epoch for grant in lease.grants] == [4, 4]
        with pytest.raises(LeaseLost):
            given_back.check()


def test_one_that_somebody_has_stays(store: LeaseStore, holder: Holder) -> None:
    with (
        holder.acquire(["u1"], within_s=0, note="test_it.py::test_one"),
        pytest.raises(NotForgotten, match=r"held by pytest gw0 .*, test_it\.py::test_one") as refused,
    ):
        store.forget("u1")
    assert refused.value.phone == "u1"
    store.forget("u1")


def test_one_that_its_agent_has_still_to_cut_stays(store: LeaseStore, seat: HostSeat, holder: Holder) -> None:
    taking = threading.Thread(target=lambda: holder.acquire(["u1"], within_s=WITHIN_S))
    taking.start()
    while not (to_open := seat.duties().to_open):
        seat.wait(WITHIN_S)
    seat.opened(to_open[0], "/socket")
    taking.join(WITHIN_S)
    seat.publish([told("u2")])
    assert store.revoke("u1")
    with pytest.raises(NotForgotten, match=r"being taken back from pytest gw0 .* by the agent of mini1"):
        store.forget("u1")
    seat.closed(to_open[0])
    store.forget("u1")


def test_one_that_somebody_waits_for_stays(store: LeaseStore, holder: Holder) -> None:
    def wait_for_both() -> None:
        with store.register("pytest gw1") as other:
            other.acquire(["u1", "u2"], count=2, within_s=WITHIN_S, note="test_it.py::test_two").release()

    lease = holder.acquire(["u2"], within_s=0)
    waiting = threading.Thread(target=wait_for_both)
    waiting.start()
    while not store.snapshot().waiting:
        assert waiting.is_alive()
    with pytest.raises(NotForgotten, match=r"pytest gw1 .* waits for it, test_it\.py::test_two"):
        store.forget("u1")
    lease.release()
    waiting.join(WITHIN_S)
    store.forget("u1")


def test_one_that_its_agent_sees_stays(store: LeaseStore, seat: HostSeat) -> None:
    with pytest.raises(NotForgotten, match=r"it is attached to mini1, .*Unplug it"):
        store.forget("u1")


@pytest.mark.parametrize("keep", [False, True])
def test_one_with_something_to_be_put_back_stays_until_a_person_says_that_it_is(
    store: LeaseStore, holder: Holder, keep: bool
) -> None:
    with holder.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", WIFI, keep=keep)
    store.mark_detached("u1")
    with pytest.raises(NotForgotten, match=r"not put back: .*restore --phone u1 --by-hand"):
        store.forget("u1")
    assert [entry.op for entry in phone(store).undo] == [WIFI]
    assert store.clear("u1", put_right_by_hand=True)
    assert phone(store).state is PhoneState.OFFLINE
    store.forget("u1")
