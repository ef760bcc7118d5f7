"""What a person changed on a phone to stay: one-offs take it as it is, and a test has it put back first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.errors import CommandRefused, DeviceLost, NoDeviceFree
from harness.farm.leases.lease import Holder
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.undo import BY_HAND
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.seen import phone
from tests.unit.farm.leases.test_lease import VirtualRestorer

WIFI = UndoOp(Undo.WIFI, "on")
REFRESH = UndoOp(Undo.BACKGROUND_REFRESH, "wifi-and-cellular")
CONDITION = UndoOp(Undo.CONDITION, "none")


@pytest.fixture
def person(store: LeaseStore) -> Iterator[Holder]:
    with store.register("harness set") as holder:
        yield holder


@pytest.fixture
def test(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw0") as holder:
        yield holder


def keep(person: Holder, *ops: UndoOp, udid: str = "u1") -> None:
    with person.acquire([udid], within_s=0, as_found=True) as lease:
        for op in ops:
            lease.will_change(udid, op, keep=True)


def test_what_is_to_stay_keeps_nobody_from_the_phone_who_takes_it_as_it_is(
    store: LeaseStore, person: Holder
) -> None:
    keep(person, WIFI)
    assert (phone(store).state, phone(store).due) == (PhoneState.FREE, ())
    assert [entry.op for entry in phone(store).kept] == [WIFI]
    restorer = VirtualRestorer()
    with person.acquire(["u1"], within_s=0, as_found=True, restorer=restorer) as lease:
        assert not lease.is_altered()
    assert (restorer.done, phone(store).state) == ([], PhoneState.FREE)


def test_a_test_has_it_put_back_first_and_is_told(store: LeaseStore, person: Holder, test: Holder) -> None:
    keep(person, WIFI, REFRESH)
    restorer = VirtualRestorer()
    lease = test.acquire(["u1"], within_s=0, restorer=restorer)
    assert restorer.done == [("u1", REFRESH), ("u1", WIFI)]
    (restored,) = lease.restored
    assert [(entry.op, entry.kept) for entry in restored.put_back] == [(REFRESH, True), (WIFI, True)]
    lease.release()
    assert (phone(store).state, phone(store).undo, phone(store).recalled) == (PhoneState.FREE, (), False)
    assert test.acquire(["u1"], within_s=0, restorer=restorer).restored == ()


def test_a_phone_without_is_taken_before_one_with(store: LeaseStore, person: Holder, test: Holder) -> None:
    keep(person, WIFI)
    with test.acquire(["u1", "u2"], within_s=0, restorer=VirtualRestorer()) as lease:
        assert lease.udid == "u2"
    assert [entry.op for entry in phone(store).kept] == [WIFI]


def test_no_more_phones_are_put_back_than_are_needed(store: LeaseStore, person: Holder, test: Holder) -> None:
    for udid in ("u1", "u2"):
        keep(person, WIFI, udid=udid)
    restorer = VirtualRestorer()
    with test.acquire(["u1", "u2", "u3"], count=2, within_s=0, restorer=restorer) as lease:
        assert lease.udids == ("u1", "u3")
    assert restorer.done == [("u1", WIFI)]
    assert phone(store, "u2").kept


def test_nothing_is_put_back_for_who_would_not_get_enough_phones(
    store: LeaseStore, person: Holder, test: Holder
) -> None:
    keep(person, WIFI)
    taken = person.acquire(["u2"], within_s=0)
    with pytest.raises(NoDeviceFree):
        test.acquire(["u1", "u2"], count=2, within_s=0, restorer=VirtualRestorer())
    assert phone(store).kept
    taken.release()


def test_who_can_put_nothing_back_does_not_get_it(person: Holder, test: Holder) -> None:
    keep(person, WIFI)
    with pytest.raises(NoDeviceFree, match="changed to stay; to be put back for a test: wifi back to on"):
        test.acquire(["u1"], within_s=0)


def test_how_it_was_at_first_is_what_is_put_back(store: LeaseStore, person: Holder) -> None:
    keep(person, REFRESH)
    keep(person, UndoOp(Undo.BACKGROUND_REFRESH, "wifi"))
    keep(person, UndoOp(Undo.BACKGROUND_REFRESH, "on", "com.example.app"))
    assert [str(entry.op) for entry in phone(store).kept] == [
        "background-refresh back to wifi-and-cellular",
        "background-refresh of com.example.app back to on",
    ]


def test_what_a_person_set_back_is_struck(store: LeaseStore, person: Holder) -> None:
    keep(person, WIFI)
    with person.acquire(["u1"], within_s=0, as_found=True) as lease:
        for entry in lease.kept("u1"):
            lease.undone(entry)
    assert phone(store).undo == ()


def test_what_was_changed_for_a_while_is_put_back_and_what_is_to_stay_stays(
    store: LeaseStore, person: Holder
) -> None:
    keep(person, WIFI)
    lease, restorer = person.acquire(["u1"], within_s=0, as_found=True), VirtualRestorer()
    lease.will_change("u1", CONDITION)
    lease.release(restorer)
    assert restorer.done == [("u1", CONDITION)]
    assert (phone(store).state, [entry.op for entry in phone(store).kept]) == (PhoneState.FREE, [WIFI])


def test_a_recalled_phone_that_was_not_put_right_is_no_longer_had_as_it_is(
    store: LeaseStore, person: Holder, test: Holder
) -> None:
    keep(person, WIFI)
    with pytest.raises(NoDeviceFree, match="to be put back: wifi back to on; last try: no"):
        test.acquire(["u1"], within_s=0, restorer=VirtualRestorer(CommandRefused("no")))
    with pytest.raises(NoDeviceFree):
        person.acquire(["u1"], within_s=0, as_found=True)
    restorer = VirtualRestorer()
    assert person.acquire(["u1"], within_s=0, as_found=True, restorer=restorer).udid == "u1"
    assert restorer.done == [("u1", WIFI)]


def test_a_person_has_it_put_back_without_a_test(store: LeaseStore, person: Holder) -> None:
    keep(person, WIFI)
    assert (store.recall("u1"), store.recall("u1"), store.recall("u2")) == (True, False, False)
    restorer = VirtualRestorer()
    assert [came.udid for came in person.restore(restorer)] == ["u1"]
    assert (restorer.done, phone(store).state) == ([("u1", WIFI)], PhoneState.FREE)


def test_that_a_phone_went_away_does_not_take_it_out_of_rotation(store: LeaseStore, test: Holder) -> None:
    with test.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", WIFI)
    for _ in range(4):
        (came,) = test.restore(VirtualRestorer(DeviceLost("it was unplugged")))
        assert (came.put_back, came.reason) == ((), "it was unplugged")
    assert phone(store).state is PhoneState.DIRTY


def test_everything_that_is_put_back_can_be_put_back_by_hand(store: LeaseStore, test: Holder) -> None:
    assert set(BY_HAND) == set(Undo)
    with test.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", UndoOp(Undo.BACKGROUND_REFRESH, "on", "com.example.app"))
        lease.will_change("u1", WIFI)
    assert phone(store).by_hand == (
        "Open Settings > Wi-Fi and switch it on.",
        "Open Settings > General > Background App Refresh and set the switch of com.example.app to on.",
    )


def test_the_journal_of_a_virtual_phone_goes_with_its_rack(store: LeaseStore, test: Holder) -> None:
    virtual, real = (
        PhoneIdentity(name, udid, "16.7", "iPhone10,3", hardware)
        for name, udid, hardware in (("v-16", "u1", Hardware.VIRTUAL), ("desk", "u2", Hardware.REAL))
    )
    store.know([virtual, real])
    held = test.acquire(["u1", "u2"], within_s=0, count=2)
    for udid in held.udids:
        held.will_change(udid, WIFI)
    assert store.forget_gone(running=()) == ()
    held.release()
    assert store.forget_gone(running=["u1"]) == ()
    assert [gone.name for gone in store.forget_gone(running=())] == ["v-16"]
    assert (phone(store).state, phone(store, "u2").state) == (PhoneState.FREE, PhoneState.DIRTY)


def test_a_virtual_phone_out_of_rotation_is_free_again_once_its_rack_is_gone(
    store: LeaseStore, test: Holder
) -> None:
    store.know([PhoneIdentity("v-16", "u1", "16.7", "iPhone10,3", Hardware.VIRTUAL)])
    with test.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", WIFI)
    for _ in range(3):
        test.restore(VirtualRestorer(CommandRefused("no")))
    assert phone(store).state is PhoneState.QUARANTINED
    store.forget_gone(running=())
    assert phone(store).state is PhoneState.FREE
