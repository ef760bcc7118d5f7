"""Which phones somebody gets who needs several, or is in a hurry; on both stores."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import DeviceQuarantined, NoDeviceFree, NoSuchDevice
from harness.farm.leases.lease import Holder
from harness.farm.leases.matching import choose, match
from harness.farm.leases.request import Request
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.test_lease import VirtualRestorer

SLOTS = st.lists(st.lists(st.sampled_from("abcde"), max_size=4, unique=True), max_size=5)


@pytest.fixture
def one(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw0") as holder:
        yield holder


@pytest.fixture
def other(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw1") as holder:
        yield holder


def most(slots: list[list[str]], can_be_had: frozenset[str]) -> int:
    """How many slots can have a phone at once, found by trying everything."""
    if not slots:
        return 0
    without = most(slots[1:], can_be_had)
    withs = [1 + most(slots[1:], can_be_had - {udid}) for udid in slots[0] if udid in can_be_had]
    return max([without, *withs])


@given(SLOTS, st.frozensets(st.sampled_from("abcde")))
def test_as_many_slots_as_possible_get_a_phone_that_would_do(
    slots: list[list[str]], can_be_had: frozenset[str]
) -> None:
    chosen = choose(slots, can_be_had)
    assert len(chosen) == most(slots, can_be_had)
    assert len(set(chosen.values())) == len(chosen)
    assert all(udid in slots[slot] and udid in can_be_had for slot, udid in chosen.items())


@given(SLOTS, st.frozensets(st.sampled_from("abcde")), st.frozensets(st.sampled_from("abcde")))
def test_what_was_chosen_stays_chosen_when_more_can_be_had(
    slots: list[list[str]], first: frozenset[str], then: frozenset[str]
) -> None:
    before = choose(slots, first)
    after = choose(slots, then, before)
    assert set(before.values()) <= set(after.values())
    assert len(after) == most(slots, then | set(before.values()))


def test_a_phone_that_would_do_for_two_goes_where_no_other_would() -> None:
    assert match([("a", "b"), ("a",)], {"a", "b"}) == {0: "b", 1: "a"}


def test_each_slot_gets_one_that_would_do_for_it(one: Holder) -> None:
    lease = one.request(Request((("a", "b"), ("a",)), "t::two"))
    assert lease.udids == ("b", "a")
    assert [grant.udid for grant in lease.grants] == ["b", "a"]


def test_all_is_given_or_nothing(store: LeaseStore, one: Holder, other: Holder) -> None:
    held = other.acquire(["c"], within_s=0)
    with pytest.raises(NoDeviceFree, match="c: held by pytest gw1"):
        one.request(Request((("a",), ("b",), ("c",))))
    assert {phone.state for phone in store.snapshot().phones if phone.udid != "c"} == {PhoneState.FREE}
    held.release()
    assert one.request(Request((("a",), ("b",), ("c",)))).udids == ("a", "b", "c")


def test_too_few_different_phones_can_never_be_enough(one: Holder) -> None:
    with pytest.raises(NoSuchDevice, match="3 phones are needed at once and 3 would do"):
        one.request(Request((("a",), ("a",), ("b", "c"))))


def test_what_is_set_aside_for_one_who_waits_longer_is_what_it_would_get(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    lease = one.acquire(["c"], within_s=0)
    with store.register("wants two") as waiter:
        asking = threading.Thread(
            target=lambda: waiter.request(Request((("a", "b"), ("c",)), "t::two", within_s=20)).release()
        )
        asking.start()
        while not store.snapshot().waiting:
            assert asking.is_alive()
        with pytest.raises(NoDeviceFree, match="a: set aside for wants two"):
            other.acquire(["a"], within_s=0)
        # It needs one of the two, so the other one may be had.
        assert other.acquire(["a", "b"], within_s=0).udid == "b"
        lease.release()
        asking.join(20)


def test_who_is_more_urgent_is_served_first(store: LeaseStore, one: Holder) -> None:
    lease, order, threads = one.acquire(["u1"], within_s=0), list[int](), list[threading.Thread]()

    def wait(priority: int) -> None:
        request = Request((("u1",),), "t::a", 20, priority)
        with store.register(f"priority {priority}") as holder, holder.request(request):
            order.append(priority)

    for number, priority in enumerate((0, 5, 1)):
        threads.append(threading.Thread(target=wait, args=(priority,)))
        threads[-1].start()
        while len(store.snapshot().waiting) <= number:
            assert threads[-1].is_alive()
    assert [ticket.priority for ticket in store.snapshot().waiting] == [5, 1, 0]
    lease.release()
    for thread in threads:
        thread.join(20)
    assert order == [5, 1, 0]


def test_altered_phones_are_put_back_only_where_that_is_enough(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    with other.acquire(["a"], within_s=0, as_found=True) as lease:
        lease.will_change("a", UndoOp(Undo.WIFI, "on"), keep=True)
    held, restorer = other.acquire(["b"], within_s=0), VirtualRestorer()
    with pytest.raises(NoDeviceFree):
        one.request(Request((("a",), ("b",)), restorer=restorer))
    assert restorer.done == []
    held.release()
    assert one.request(Request((("a",), ("b",)), restorer=restorer)).udids == ("a", "b")
    assert [udid for udid, _ in restorer.done] == ["a"]


def test_a_slot_whose_phones_all_wait_for_a_person_is_told_at_once(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    with other.acquire(["a"], within_s=0) as lease:
        lease.will_change("a", UndoOp(Undo.WIFI, "on"))
    for _ in range(3):
        other.restore(VirtualRestorer(NoDeviceFree("no")))
    with pytest.raises(DeviceQuarantined, match="a: out of rotation"):
        one.request(Request((("a",), ("b", "c")), within_s=60))
