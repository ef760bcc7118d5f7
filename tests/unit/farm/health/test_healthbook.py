"""The health of phones in the store: who is granted what, what is told, and what becomes of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from harness.errors import DeviceQuarantined, NoDeviceFree
from harness.farm.health.ladder import Step, Tried
from harness.farm.health.rotation import FLAPS_PER_HOUR, Against, Finding, PhoneHealth
from harness.farm.leases.health import Event
from harness.farm.leases.lease import Holder
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.undo import Undo, UndoOp

LOCKED = Finding(Against.LOOK, "it is locked", "Unlock it.", "unlocked")
LOST = Finding(Against.LOST, "it went away amid a test", "Check the cable.")
TAKEN = Finding(Against.TAKEN, "it is in use by Anna's MacBook", "Let them finish.")


@pytest.fixture(autouse=True)
def known(store: LeaseStore) -> None:
    store.know(PhoneIdentity(name, name, "16.7", "iPhone10,3", Hardware.REAL) for name in ("A", "B"))


@pytest.fixture
def holder(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw0") as holder:
        yield holder


def _state(store: LeaseStore, udid: str) -> PhoneState:
    phone = store.snapshot().phone(udid)
    assert phone is not None
    return phone.state


def test_a_phone_that_is_not_fit_is_not_granted_and_the_next_one_is(
    store: LeaseStore, holder: Holder
) -> None:
    store.health.strike("A", LOCKED)
    assert _state(store, "A") is PhoneState.QUARANTINED
    assert holder.acquire(["A", "B"], within_s=0).udid == "B"


def test_who_asks_only_for_phones_that_are_not_fit_is_told_of_each_why_and_what_to_do(
    store: LeaseStore, holder: Holder
) -> None:
    store.health.strike("A", LOCKED)
    with pytest.raises(DeviceQuarantined) as refused:
        holder.acquire(["A"], within_s=5)
    assert "A: out of rotation for 10 min more: it is locked. Unlock it." in str(refused.value)


def test_a_quarantine_that_ends_while_one_waits_is_waited_for(store: LeaseStore, holder: Holder) -> None:
    store.health.strike("A", TAKEN)
    # It is out for a minute, and there are two to wait: nobody is sent to the phone for that.
    waiting = threading.Thread(target=lambda: holder.acquire(["A"], within_s=120))
    waiting.start()
    store.health.find_well("A")
    assert waiting.is_alive()
    store.clear("A")
    waiting.join(20)
    assert not waiting.is_alive()


def test_who_holds_a_phone_that_is_struck_keeps_it_and_nobody_gets_it_after_him(
    store: LeaseStore, holder: Holder
) -> None:
    lease = holder.acquire(["A"], within_s=0)
    store.health.strike("A", LOCKED)
    lease.check()
    assert _state(store, "A") is PhoneState.LEASED
    lease.release()
    assert _state(store, "A") is PhoneState.QUARANTINED


def test_what_was_left_altered_is_put_back_before_a_phone_is_quarantined_for_its_health(
    store: LeaseStore, holder: Holder
) -> None:
    lease = holder.acquire(["A"], within_s=0)
    entry = lease.will_change("A", UndoOp(Undo.WIFI, "on"))
    store.health.strike("A", LOCKED)
    lease.release()
    assert _state(store, "A") is PhoneState.DIRTY
    assert entry.op == UndoOp(Undo.WIFI, "on")


def test_a_good_look_takes_a_phone_back_and_its_history_tells_both(store: LeaseStore, holder: Holder) -> None:
    store.health.strike("A", LOCKED)
    assert store.health.disprovable(["A", "B"]) == ("A",)
    store.health.find_well("A")
    assert holder.acquire(["A"], within_s=0).udid == "A"
    told = [(event.kind, event.what, event.note) for event in store.health.history("A")]
    assert told == [(Event.WELL, "look", ""), (Event.OUT, "look", "it is locked")]


def test_a_phone_that_was_looked_at_needs_no_look_until_something_speaks_against_it(
    store: LeaseStore,
) -> None:
    assert store.health.due(["A"]) == ("A",)
    store.health.find_well("A")
    assert store.health.due(["A"]) == ()
    store.health.strike("A", LOST)
    assert store.health.due(["A"]) == ("A",)
    store.health.prove("A")
    assert store.health.due(["A"]) == ()
    assert store.health.record("A").strikes == 0


def test_a_phone_that_comes_and_goes_too_often_is_out_with_the_cable_to_check(store: LeaseStore) -> None:
    for _ in range(FLAPS_PER_HOUR):
        assert store.health.came_back("A").health is PhoneHealth.UNKNOWN
    assert store.health.came_back("A").health is PhoneHealth.BAD
    phone = store.snapshot().phone("A")
    assert phone is not None
    assert "Check the cable, the hub port" in phone.why(store.snapshot().at_s)
    assert store.health.disprovable(["A"]) == ()


def test_a_persons_word_takes_a_phone_back_and_strikes_off_everything(
    store: LeaseStore, holder: Holder
) -> None:
    for _ in range(FLAPS_PER_HOUR + 1):
        store.health.came_back("A")
    assert store.clear("A")
    assert store.health.record("A").strikes == 0
    assert holder.acquire(["A"], within_s=0).udid == "A"
    assert store.health.came_back("A").health is PhoneHealth.UNKNOWN
    assert Event.CLEARED in {event.kind for event in store.health.history("A")}


def test_steps_of_the_ladder_are_in_the_history_and_counted(store: LeaseStore) -> None:
    store.health.note_step("A", Tried(Step.REBOOT, "it did not come back"))
    store.health.note_step("A", Tried(Step.REBOOT, "not tried: it was, 2 times within a day", taken=False))
    assert store.health.taken_today("A", Step.REBOOT) == 1
    assert [event.note for event in store.health.history("A")][1] == "it did not come back"


def test_a_phone_that_recovers_is_kept_from_everybody_else_until_it_is_left(
    store: LeaseStore, holder: Holder
) -> None:
    store.health.strike("A", LOCKED)
    with store.register("another") as other:
        assert store.health.claim("A", other.id)
        assert not store.health.claim("A", holder.id)
        store.health.recover("A")
        with pytest.raises((NoDeviceFree, DeviceQuarantined)):
            holder.acquire(["A"], within_s=0)
        store.health.leave("A", other.id)
        assert holder.acquire(["A"], within_s=0).udid == "A"


def test_who_dies_amid_a_recovery_leaves_the_phone_as_it_was_found(store: LeaseStore) -> None:
    store.health.strike("A", LOCKED)
    other = store.register("another")
    assert store.health.claim("A", other.id)
    other.close()
    assert store.health.disprovable(["A"]) == ("A",)


def test_phones_that_nobody_has_are_looked_at_now_and_then_and_held_ones_are_not(
    store: LeaseStore, holder: Holder
) -> None:
    assert store.health.unwatched(["A", "B"], 240.0, 60.0) == ("A", "B")
    store.health.find_well("A")
    holder.acquire(["B"], within_s=0)
    assert store.health.unwatched(["A", "B"], 240.0, 60.0) == ()
    assert store.health.unwatched(["A", "B"], 0.0, 60.0) == ("A",)
    store.health.strike("A", LOCKED)
    assert store.health.unwatched(["A", "B"], 240.0, 60.0) == ()
    assert store.health.unwatched(["A", "B"], 240.0, 0.0) == ("A",)


def test_what_was_held_against_a_virtual_phone_goes_with_its_rack(store: LeaseStore, holder: Holder) -> None:
    store.know([PhoneIdentity("V", "V", "16.7", "iPhone10,3", Hardware.VIRTUAL)])
    for udid in ("A", "V"):
        store.health.strike(udid, LOCKED)
    store.forget_gone(set())
    assert holder.acquire(["V"], within_s=0).udid == "V"
    assert _state(store, "A") is PhoneState.QUARANTINED
