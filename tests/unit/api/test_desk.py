from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from harness.api import desk as desk_module
from harness.api import fitness, phoneopening
from harness.api.desk import Desk
from harness.api.ways import Ways
from harness.config.devices import DeviceEntry, DevicesFile, Reach
from harness.errors import (
    CapabilityMissing,
    DeviceLost,
    DeviceQuarantined,
    FarmError,
    HostLost,
    StoreUnavailable,
)
from harness.farm.inventory import Wanted
from harness.farm.leases import tickets
from harness.farm.leases.lease import Lease
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, PhoneIdentity
from harness.model.undo import Undo, UndoOp
from harness.runtime.loop import LoopThread
from tests.unit.api.driver import BOTH, OWN, SPARE, CutPhone, Driver, StuckPhone, state
from tests.unit.evidence.phones import HandPhone, lost

FILE = DevicesFile(
    version=1, devices=(DeviceEntry(name="desk", udid=OWN.udid, connection=Reach.NETWORK),)
).located(Path("devices.yaml"))


@pytest.fixture
def desk(tmp_path: Path, driver: Driver) -> Iterator[Desk]:
    with LoopThread() as loop:
        store = LeaseStore.open(tmp_path / "leases.sqlite3")
        yield Desk(loop, FILE, [ReachablePhone(OWN, None, "", BOTH)], store, "pytest")


def test_a_phone_is_opened_once_for_many_tests_as_its_entry_has_it(desk: Desk, driver: Driver) -> None:
    candidates = desk.candidates([Wanted(name="desk")])
    first = desk.take(candidates, note="one", within_s=0)
    assert desk.take(candidates, note="two", within_s=0) is first
    assert (first.identity.name, first.identity.udid) == ("desk", OWN.udid)
    assert driver.opened == [("desk", Connection.NETWORK)]
    desk.close()


def always(lease: Lease) -> bool:
    return True


class Away:
    """A database that does not answer a few times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, *_: object, **__: object) -> object:
        self.times -= 1
        if self.times >= 0:
            raise StoreUnavailable("it does not answer")
        return False


def test_a_test_waits_for_a_database_that_is_away_and_keeps_its_phone(
    desk: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = desk.candidates([Wanted()])
    held = desk.take(candidates, note="one", within_s=0)
    monkeypatch.setattr(desk_module, "STORE_AGAIN_S", 0)
    monkeypatch.setattr(Lease, "is_altered", Away(2))
    assert desk.take(candidates, note="two", within_s=60) is held
    desk.close()


def test_what_was_being_given_back_to_a_database_that_went_away_can_be_had_again(
    desk: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidates = desk.candidates([Wanted()])
    held = desk.take(candidates, note="one", within_s=0)
    monkeypatch.setattr(desk_module, "STORE_AGAIN_S", 0)
    monkeypatch.setattr(Lease, "is_altered", always)
    monkeypatch.setattr(Lease, "release", Away(1))
    assert desk.take(candidates, note="two", within_s=60) is not held
    monkeypatch.undo()
    desk.close()


def test_a_database_that_stays_away_is_told_when_the_time_is_up(
    desk: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.fitness, "use", Away(9))
    with pytest.raises(StoreUnavailable):
        desk.take(desk.candidates([Wanted()]), note="one", within_s=0)
    desk.close()


def test_who_gives_up_waiting_while_the_database_is_away_is_granted_nothing_later(
    tmp_path: Path, desk: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    with closing(store), store.register("somebody else") as other:
        held = other.acquire([OWN.udid], within_s=0)
        monkeypatch.setattr(tickets, "withdraw", Away(1))
        with pytest.raises(FarmError):
            desk.take(desk.candidates([Wanted()]), note="one", within_s=0)
        held.release()
        assert other.acquire([OWN.udid], within_s=0).udids == (OWN.udid,)
    desk.close()


def test_a_phone_that_cannot_be_closed_is_given_back_all_the_same(
    tmp_path: Path, desk: Desk, driver: Driver
) -> None:
    driver.kind = StuckPhone
    desk.take(desk.candidates([Wanted()]), note="one", within_s=0)
    assert state(tmp_path) is PhoneState.LEASED
    with pytest.raises(DeviceLost):
        desk.close()
    assert state(tmp_path) is PhoneState.FREE


def test_a_phone_whose_connection_was_cut_is_opened_anew_for_the_next_test(
    desk: Desk, driver: Driver
) -> None:
    candidates = desk.candidates([Wanted()])
    driver.kind = CutPhone
    cut = desk.take(candidates, note="one", within_s=0)
    driver.kind = HandPhone
    again = desk.take(candidates, note="two", within_s=0)
    assert again is not cut
    assert desk.take(candidates, note="three", within_s=0) is again
    desk.close()


def test_what_a_test_left_altered_is_put_back_before_the_next_one(desk: Desk, driver: Driver) -> None:
    candidates = desk.candidates([Wanted()])
    altered = desk.take(candidates, note="one", within_s=0)
    altered.lease.will_change(OWN.udid, UndoOp(Undo.WIFI, "on"))
    again = desk.take(candidates, note="two", within_s=0)
    assert again is not altered
    assert [phone.acts for phone in driver.phones] == [[], ["wifi True"], []]
    assert not again.lease.is_altered()
    desk.close()


def test_a_phone_that_a_dead_process_left_altered_is_put_right_by_whoever_gets_it(
    tmp_path: Path, desk: Desk, driver: Driver
) -> None:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    gone = store.register("gone")
    gone.acquire([OWN.udid], within_s=0).will_change(OWN.udid, UndoOp(Undo.CONDITION, "none"))
    gone.close()
    assert state(tmp_path) is PhoneState.DIRTY
    desk.take(desk.candidates([Wanted()]), note="one", within_s=0)
    assert [phone.acts for phone in driver.phones] == [["stop inducing"], []]
    desk.close()
    store.close()


def test_a_phone_that_another_process_waits_for_goes_to_it_while_there_is_a_spare_one(
    tmp_path: Path, driver: Driver
) -> None:
    reach = [ReachablePhone(phone, None, "", BOTH) for phone in (OWN, SPARE)]
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    with LoopThread() as loop, store.register("other") as other:
        desk = Desk(loop, None, reach, LeaseStore.open(tmp_path / "leases.sqlite3"), "pytest")
        assert desk.take([OWN, SPARE], note="one", within_s=0).identity == OWN
        waiting = threading.Thread(target=lambda: other.acquire([OWN.udid], within_s=20))
        waiting.start()
        while not store.snapshot().waiting:
            assert waiting.is_alive()
        assert desk.take([OWN], note="two", within_s=0).identity == OWN
        assert desk.take([OWN, SPARE], note="three", within_s=0).identity == SPARE
        waiting.join(20)
        assert not waiting.is_alive()
        desk.close()
    store.close()


def test_a_phone_that_a_look_finds_unfit_is_not_opened(both: Desk, driver: Driver) -> None:
    driver.unfit = {OWN.name}
    assert both.take([OWN, SPARE], note="one", within_s=0).identity == SPARE
    assert [name for name, _ in driver.opened] == [SPARE.name]


def test_a_phone_at_which_a_look_does_not_end_is_passed_over(
    both: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitness, "LOOK_S", 0.1)
    driver.looks = {OWN.name: asyncio.Event().wait}
    assert both.take([OWN, SPARE], note="one", within_s=0).identity == SPARE
    with pytest.raises(DeviceQuarantined, match=r"looking at .* did not end within 0\.1 s"):
        both.take([OWN], note="two", within_s=0)


def test_a_defect_of_a_look_leaves_no_lease_behind(tmp_path: Path, both: Desk, driver: Driver) -> None:
    async def fail() -> None:
        raise ZeroDivisionError

    driver.looks = {OWN.name: fail}
    with pytest.raises(ZeroDivisionError):
        both.take([OWN], note="one", within_s=0)
    assert state(tmp_path) is PhoneState.FREE


def test_a_phone_that_looks_well_and_cannot_be_opened_is_passed_over_and_told_of_where_none_is_left(
    both: Desk, driver: Driver
) -> None:
    driver.shut = {OWN.name: lost()}
    assert both.take([OWN, SPARE], note="one", within_s=0).identity == SPARE
    both.give_back()
    driver.shut[SPARE.name] = lost()
    with pytest.raises(DeviceQuarantined) as refused:
        both.take([OWN, SPARE], note="two", within_s=0)
    assert all(f"{name}: out of rotation for " in str(refused.value) for name in (OWN.name, SPARE.name))
    assert lost().what in str(refused.value)


def test_a_phone_that_is_cut_while_it_is_opened_is_asked_for_again_and_not_blamed(
    tmp_path: Path, both: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")

    async def cut(identity: PhoneIdentity, **how: Any) -> HandPhone:
        monkeypatch.setattr(phoneopening, "open_phone", driver.open_phone)
        store.revoke(identity.udid)
        raise lost()

    monkeypatch.setattr(phoneopening, "open_phone", cut)
    assert both.take([OWN], note="one", within_s=20).identity == OWN
    assert store.health.record(OWN.udid).strikes == 0
    store.close()


@pytest.mark.parametrize(("is_cut", "strikes"), [(False, 1), (True, 0)])
def test_a_phone_that_was_lost_amid_a_test_is_blamed_unless_it_was_cut_off(
    tmp_path: Path, both: Desk, is_cut: bool, strikes: int
) -> None:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    both.take([OWN], note="one", within_s=0)
    if is_cut:
        store.revoke(OWN.udid)
    both.note_lost(DeviceLost("its cable was pulled", phone=OWN.name))
    assert store.health.record(OWN.udid).strikes == strikes
    store.close()


def test_a_phone_is_not_blamed_for_a_connection_between_machines_that_died(
    tmp_path: Path, both: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(_: Ways, udid: str) -> None:
        raise HostLost("the connection to mini1 ended")

    both.take([OWN], note="one", within_s=0)
    monkeypatch.setattr(Ways, "check", check)
    both.note_lost(DeviceLost("its connection was aborted", phone=OWN.name))
    with closing(LeaseStore.open(tmp_path / "leases.sqlite3")) as store:
        assert store.health.record(OWN.udid).strikes == 0


def test_the_way_to_a_phone_that_cannot_be_opened_is_given_up(
    both: Desk, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []

    def leave(ways: Ways, udid: str) -> None:
        left.append(udid)
        leaving(ways, udid)

    leaving = Ways.leave
    monkeypatch.setattr(Ways, "leave", leave)
    driver.shut = {OWN.name: lost()}
    both.take([OWN, SPARE], note="one", within_s=0)
    assert left == [OWN.udid]


def test_a_desk_leaves_the_farm_also_when_a_way_cannot_be_closed(
    tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(_: Ways) -> None:
        raise lost()

    desk.take(desk.candidates([Wanted()]), note="one", within_s=0)
    monkeypatch.setattr(Ways, "close", stuck)
    with pytest.raises(DeviceLost):
        desk.close()
    assert list((tmp_path / "leases.sqlite3.holders").iterdir()) == []


def test_an_ios_that_has_no_way_is_no_fault_of_its_phone(tmp_path: Path, both: Desk, driver: Driver) -> None:
    driver.shut = {OWN.name: CapabilityMissing("reached only as root", phone=OWN.name)}
    with pytest.raises(CapabilityMissing, match="only as root"):
        both.take([OWN, SPARE], note="one", within_s=0)
    assert state(tmp_path) is PhoneState.FREE


def test_the_phones_that_an_agent_has_there_are_told_by_name(tmp_path: Path, desk: Desk) -> None:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    assert desk.served() == set()
    seat = store.take_host("mini1", name="agent")
    seat.publish([PublishedPhone(OWN, "mini1", {}, BOTH, "")])
    assert desk.served() == {"desk"}
    seat.publish([])
    assert desk.served() == set()
    seat.close()
    store.close()
    desk.close()
