from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.errors import (
    CommandRefused,
    DeviceLost,
    DeviceQuarantined,
    LeaseLost,
    NoDeviceFree,
    NoSuchDevice,
)
from harness.farm.leases import doors
from harness.farm.leases.doors import Door
from harness.farm.leases.lease import Holder
from harness.farm.leases.states import TRANSITIONS, PhoneEvent, PhoneState
from harness.farm.leases.store import LeaseStore, doors_of
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.undo import Undo, UndoOp

WIFI = UndoOp(Undo.WIFI, "on")
LOW_POWER = UndoOp(Undo.LOW_POWER_MODE, "off")


class VirtualRestorer:
    """Notes what it puts back, or refuses to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.done: list[tuple[str, UndoOp]] = []
        self.error = error

    @contextmanager
    def reaching(self, udid: str) -> Generator[Callable[[UndoOp], None]]:
        def put_back(op: UndoOp) -> None:
            if self.error:
                raise self.error
            self.done.append((udid, op))

        yield put_back


@pytest.fixture
def one(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw0", run="r1") as holder:
        yield holder


@pytest.fixture
def other(store: LeaseStore) -> Iterator[Holder]:
    with store.register("pytest gw1", run="r1") as holder:
        yield holder


def state(store: LeaseStore, udid: str) -> PhoneState:
    phone = store.snapshot().phone(udid)
    assert phone is not None
    return phone.state


def test_a_phone_gets_free_only_by_the_gate_out_of_dirty() -> None:
    ways = [pair for pair, following in TRANSITIONS.items() if following is PhoneState.FREE]
    assert ways == [(PhoneState.DIRTY, PhoneEvent.CLEAN)]


def test_a_phone_is_granted_only_when_it_is_free() -> None:
    assert [before for before, event in TRANSITIONS if event is PhoneEvent.GRANT] == [PhoneState.FREE]


def test_the_preferred_free_phone_is_given(one: Holder, other: Holder) -> None:
    assert one.acquire(["b", "a"], within_s=0).udid == "b"
    assert other.acquire(["b", "a"], within_s=0).udid == "a"


def test_who_has_the_phone_is_told_when_none_is_free(store: LeaseStore, one: Holder, other: Holder) -> None:
    store.know([PhoneIdentity("desk", "u1", "16.7", "iPhone10,3", Hardware.REAL)])
    one.acquire(["u1"], within_s=0, note="tests/test_a.py::test_b")
    with pytest.raises(NoDeviceFree) as caught:
        other.acquire(["u1"], within_s=0.05)
    assert caught.value.what == "no phone got free within 0.05 s"
    (line,) = caught.value.why
    assert line.startswith("desk: held by pytest gw0 (pid ")
    assert line.endswith(" s, tests/test_a.py::test_b")


def test_nobody_waits_after_the_time_is_up(store: LeaseStore, one: Holder, other: Holder) -> None:
    lease = one.acquire(["u1"], within_s=0)
    with pytest.raises(NoDeviceFree):
        other.acquire(["u1"], within_s=0)
    lease.release()
    view = store.snapshot()
    assert (view.waiting, [phone.state for phone in view.phones]) == ((), [PhoneState.FREE])


def test_nobody_waits_after_ctrl_c(
    store: LeaseStore, one: Holder, other: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = one.acquire(["u1"], within_s=0)

    def interrupted(self: Door, timeout_s: float) -> None:
        # The phone is even granted to the waiter at the moment when it is interrupted.
        lease.release()
        raise KeyboardInterrupt

    monkeypatch.setattr(Door, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        other.acquire(["u1"], within_s=10)
    assert (store.snapshot().waiting, state(store, "u1")) == ((), PhoneState.FREE)


def test_phones_go_to_waiters_in_the_order_of_their_arrival(store: LeaseStore, one: Holder) -> None:
    lease, order, threads = one.acquire(["u1"], within_s=0), list[int](), list[threading.Thread]()

    def waiter(number: int) -> None:
        with store.register(f"waiter {number}") as holder, holder.acquire(["u1"], within_s=20):
            order.append(number)

    for number in range(5):
        threads.append(threading.Thread(target=waiter, args=(number,)))
        threads[-1].start()
        while len(store.snapshot().waiting) <= number:
            assert threads[-1].is_alive()
    lease.release()
    for thread in threads:
        thread.join(20)
    assert order == [0, 1, 2, 3, 4]


def test_one_who_needs_two_phones_is_not_overtaken_by_those_who_need_one(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    lease, got = one.acquire(["u1"], within_s=0), list[tuple[str, ...]]()
    with store.register("wants two") as wants_two:
        waiting = threading.Thread(
            target=lambda: got.append(
                wants_two.acquire(["u1", "u2"], within_s=20, count=2, note="t::two").udids
            )
        )
        waiting.start()
        while not store.snapshot().waiting:
            assert waiting.is_alive()
        with pytest.raises(
            NoDeviceFree, match=r"u2: set aside for wants two \(pid \d+[^)]*\), who has waited"
        ):
            other.acquire(["u2"], within_s=0)
        lease.release()
        waiting.join(20)
    assert got == [("u1", "u2")]


def test_more_phones_than_would_do_can_never_be_had(one: Holder) -> None:
    with pytest.raises(NoSuchDevice, match="2 phones are needed at once and 1 would do"):
        one.acquire(["u1", "u1"], within_s=0, count=2)
    with pytest.raises(NoSuchDevice):
        one.acquire([], within_s=0)


def test_a_revoked_lease_is_lost_and_does_not_disturb_the_next(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    lease = one.acquire(["u1"], within_s=0)
    entry = lease.will_change("u1", WIFI)
    lease.undone(entry)
    assert store.revoke("u1")
    following = other.acquire(["u1"], within_s=0)
    for use in (lease.check, lambda: lease.will_change("u1", WIFI), lambda: lease.undone(entry)):
        with pytest.raises(LeaseLost, match="it was granted 1 times since"):
            use()
    lease.release()
    following.check()
    assert not store.revoke("u2")


def test_a_released_lease_is_lost(one: Holder) -> None:
    with one.acquire(["u1"], within_s=0) as lease:
        lease.check()
    with pytest.raises(LeaseLost, match="it is free now"):
        lease.check()


def test_a_phone_of_another_lease_is_not_changed(one: Holder) -> None:
    lease = one.acquire(["u1"], within_s=0)
    one.acquire(["u2"], within_s=0)
    with pytest.raises(LeaseLost, match="it is not of this lease"):
        lease.will_change("u2", WIFI)


def test_a_closed_holder_holds_nothing(store: LeaseStore) -> None:
    holder = store.register("short")
    lease = holder.acquire(["u1"], within_s=0)
    holder.close()
    holder.close()
    assert state(store, "u1") is PhoneState.FREE
    with pytest.raises(LeaseLost, match="closed"):
        lease.check()
    with pytest.raises(LeaseLost, match="closed"):
        holder.acquire(["u1"], within_s=0)


def test_a_phone_is_free_when_all_changes_were_undone(store: LeaseStore, one: Holder) -> None:
    with one.acquire(["u1"], within_s=0) as lease:
        lease.undone(lease.will_change("u1", WIFI))
    assert state(store, "u1") is PhoneState.FREE


def test_an_altered_phone_is_not_granted_without_somebody_to_restore_it(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    with one.acquire(["u1"], within_s=0, note="t::a") as lease:
        lease.will_change("u1", WIFI)
    assert state(store, "u1") is PhoneState.DIRTY
    with pytest.raises(
        NoDeviceFree, match=r"left altered by pytest gw0 .*t::a; to be put back: wifi back to on"
    ):
        other.acquire(["u1"], within_s=0)


def test_changes_are_undone_last_first_before_the_phone_is_granted(one: Holder, other: Holder) -> None:
    with one.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", WIFI)
        lease.will_change("u1", LOW_POWER)
    restorer = VirtualRestorer()
    assert other.acquire(["u1"], within_s=0, restorer=restorer).udid == "u1"
    assert restorer.done == [("u1", LOW_POWER), ("u1", WIFI)]


def test_a_release_restores_what_it_can(store: LeaseStore, one: Holder) -> None:
    lease, restorer = one.acquire(["u1", "u2"], within_s=0, count=2), VirtualRestorer()
    lease.will_change("u2", WIFI)
    lease.release(restorer)
    assert restorer.done == [("u2", WIFI)]
    assert [phone.state for phone in store.snapshot().phones] == [PhoneState.FREE, PhoneState.FREE]


def test_one_failure_to_restore_keeps_the_change_and_the_phone(store: LeaseStore, one: Holder) -> None:
    lease = one.acquire(["u1"], within_s=0)
    lease.will_change("u1", WIFI)
    lease.release(VirtualRestorer(CommandRefused("the phone is locked", phone="desk")))
    phone = store.snapshot().phone("u1")
    assert phone is not None
    assert (phone.state, phone.reason, len(phone.undo)) == (PhoneState.DIRTY, "desk: the phone is locked", 1)
    assert [came.udid for came in one.restore(VirtualRestorer())] == ["u1"]
    assert state(store, "u1") is PhoneState.FREE


def test_a_defect_of_the_restorer_gives_the_phone_up_for_others_to_restore(
    store: LeaseStore, one: Holder
) -> None:
    lease = one.acquire(["u1"], within_s=0)
    lease.will_change("u1", WIFI)
    with pytest.raises(ZeroDivisionError):
        lease.release(VirtualRestorer(ZeroDivisionError()))
    assert [came.udid for came in one.restore(VirtualRestorer())] == ["u1"]


def test_three_failures_take_a_phone_out_of_rotation_until_a_person_clears_it(
    store: LeaseStore, one: Holder
) -> None:
    with one.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", WIFI)
    refusing = VirtualRestorer(CommandRefused("no"))
    assert [came.reason for _ in range(3) for came in one.restore(refusing)] == ["no"] * 3
    with pytest.raises(
        DeviceQuarantined,
        match=r"u1: out of rotation for \d+ s: no. By hand: Open Settings > Wi-Fi and switch it on",
    ):
        one.acquire(["u1"], within_s=60, restorer=VirtualRestorer())
    assert one.acquire(["u1", "u2"], within_s=0).udid == "u2"
    assert store.clear("u1")
    assert state(store, "u1") is PhoneState.DIRTY
    assert store.clear("u1", put_right_by_hand=True)
    assert state(store, "u1") is PhoneState.FREE


def test_who_waits_for_a_phone_that_cannot_be_put_right_tries_until_it_is_out_of_rotation(
    store: LeaseStore, one: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TRY_AGAIN_S", "LOOK_RARELY_S"):
        monkeypatch.setattr(f"harness.farm.leases.waiting.{name}", 0.01)
    with one.acquire(["u1"], within_s=0) as lease:
        lease.will_change("u1", WIFI)
    with pytest.raises(DeviceQuarantined, match=r"u1: out of rotation for \d+ s: no\. By hand"):
        one.acquire(["u1"], within_s=60, restorer=VirtualRestorer(CommandRefused("no")))
    assert state(store, "u1") is PhoneState.QUARANTINED


def test_a_detached_phone_is_not_granted_and_keeps_its_journal(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    with one.acquire(["u1"], within_s=0) as lease:
        store.mark_detached("u1")
        lease.check()
        lease.will_change("u1", WIFI)
    store.mark_detached("u1")
    with pytest.raises(NoDeviceFree, match="u1: not attached for"):
        other.acquire(["u1"], within_s=0, restorer=VirtualRestorer())
    store.mark_attached("u1")
    assert state(store, "u1") is PhoneState.DIRTY


class UnpluggedRestorer(VirtualRestorer):
    """Somebody pulls the cable of the phone that it is at."""

    def __init__(self, store: LeaseStore) -> None:
        super().__init__(DeviceLost("it is gone"))
        self._store = store

    @contextmanager
    def reaching(self, udid: str) -> Generator[Callable[[UndoOp], None]]:
        self._store.mark_detached(udid)
        with super().reaching(udid) as put_back:
            yield put_back


def test_a_phone_that_was_unplugged_while_it_was_put_right_is_put_right_when_it_is_back(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    lease = one.acquire(["u1"], within_s=0)
    lease.will_change("u1", WIFI)
    lease.release(UnpluggedRestorer(store))
    assert state(store, "u1") is PhoneState.OFFLINE
    store.mark_attached("u1")
    assert other.acquire(["u1"], within_s=0, restorer=VirtualRestorer()).restored[0].reason == ""


def test_a_phone_is_awaited_only_where_its_holder_could_have_another(
    store: LeaseStore, one: Holder, other: Holder
) -> None:
    one.acquire(["u2"], within_s=0).release()
    lease = one.acquire(["u1"], within_s=0)
    assert not lease.is_awaited(instead=["u2"])
    waiting = threading.Thread(target=lambda: other.acquire(["u1"], within_s=20))
    waiting.start()
    while not store.snapshot().waiting:
        assert waiting.is_alive()
    awaited = lease.is_awaited(instead=["u2"])
    in_vain = [lease.is_awaited(instead=udids) for udids in ([], ["u1"], ["unknown"])]
    lease.release()
    waiting.join(20)
    assert awaited
    assert in_vain == [False, False, False]


def test_a_process_that_was_taken_for_dead_gets_nothing(
    store: LeaseStore, one: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dead(directory: Path, holder: str, pid: int) -> bool:
        return True

    lease = one.acquire(["u1"], within_s=0)
    with monkeypatch.context() as patched:
        patched.setattr(doors, "is_dead", dead)
        store.snapshot()
    with pytest.raises(LeaseLost, match="it is free now"):
        lease.check()
    with pytest.raises(LeaseLost, match="taken for dead"):
        one.acquire(["u2"], within_s=0)


def test_a_holder_leaves_no_files_behind(store: LeaseStore) -> None:
    with store.register("a") as holder:
        assert {path.stem for path in doors_of(store.address).iterdir()} == {holder.id}
    assert list(doors_of(store.address).iterdir()) == []


def test_a_holder_whose_lock_file_was_cleaned_up_is_alive_while_its_process_is(
    store: LeaseStore, one: Holder
) -> None:
    lease = one.acquire(["u1"], within_s=0)
    for path in doors_of(store.address).iterdir():
        path.unlink()
    store.snapshot()
    lease.check()
