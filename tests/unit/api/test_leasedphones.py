from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.api.fitness import Fitness
from harness.api.leasedphones import LeasedPhones
from harness.api.phoneopening import PhoneOpener
from harness.api.ways import Ways
from harness.errors import DeviceLost, HostLost, LeaseLost
from harness.farm.health.granting import PhoneUnfit
from harness.farm.inventory import Inventory
from harness.farm.leases.grants import Grant
from harness.farm.leases.lease import Lease
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.runtime.loop import LoopThread
from tests.unit.api.driver import BOTH, OWN, SPARE, CutPhone, Driver, StuckPhone
from tests.unit.evidence.phones import lost


@dataclass
class Bench:
    """A lease of two phones, and who opens them.

    Attributes:
        left: the phones to which the way was given up.
    """

    phones: LeasedPhones
    lease: Lease
    store: LeaseStore
    left: list[str]


@pytest.fixture
def bench(tmp_path: Path, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    left: list[str] = []

    def leave(_: Ways, udid: str) -> None:
        left.append(udid)

    monkeypatch.setattr(Ways, "leave", leave)
    reach = {phone.udid: ReachablePhone(phone, None, "", BOTH) for phone in (OWN, SPARE)}
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    with LoopThread() as loop, store.register("pytest") as holder:
        ways = Ways(loop, {})
        inventory = Inventory.of(None, [OWN, SPARE], dict.fromkeys(reach, BOTH), None)
        opener = PhoneOpener(loop, reach, inventory, ways, None)
        phones = LeasedPhones(loop, opener, ways, Fitness(loop, store, reach, "pytest"), store)
        yield Bench(phones, holder.acquire(list(reach), count=2, within_s=0), store, left)
    store.close()


def test_phones_are_opened_in_the_order_of_the_lease(bench: Bench) -> None:
    opened = bench.phones.open(bench.lease)
    assert [one.identity.udid for one in opened] == list(bench.lease.udids)
    assert all(bench.phones.answers(one) for one in opened)


def test_a_phone_that_cannot_be_opened_is_named_and_leaves_none_open_before_it(
    bench: Bench, driver: Driver
) -> None:
    driver.shut = {SPARE.name: lost()}
    with pytest.raises(PhoneUnfit) as unfit:
        bench.phones.open(bench.lease)
    assert unfit.value.udid == SPARE.udid
    assert [phone.is_gone for phone in driver.phones] == [True]
    assert set(bench.left) == {OWN.udid, SPARE.udid}


def test_a_phone_that_was_cut_off_as_it_was_opened_is_no_unfit_one(bench: Bench, driver: Driver) -> None:
    driver.shut = {SPARE.name: lost()}
    assert bench.phones.cut_off(bench.lease) is None
    bench.store.revoke(SPARE.udid)
    with pytest.raises(LeaseLost, match="it was cut off while it was opened"):
        bench.phones.open(bench.lease)


def test_a_phone_behind_a_connection_between_machines_that_died_is_no_unfit_one(
    bench: Bench, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def check(_: Ways, udid: str) -> None:
        assert udid not in bench.left
        asked.append(udid)
        raise HostLost("the connection to mini1 ended")

    monkeypatch.setattr(Ways, "check", check)
    driver.shut = {SPARE.name: lost()}
    with pytest.raises(LeaseLost, match="it was cut off while it was opened: the connection to mini1 ended"):
        bench.phones.open(bench.lease)
    assert asked
    assert set(bench.left) == {OWN.udid, SPARE.udid}


def test_of_a_machine_that_cannot_be_reached_it_is_said_which_phone_is_there(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lead(_: Ways, grant: Grant, own: str | None, *, clock: bool) -> str | None:
        if grant.udid == SPARE.udid:
            raise HostLost("mini1 is out of reach", fix="Try it by hand.")
        return own

    monkeypatch.setattr(Ways, "lead", lead)
    with pytest.raises(HostLost, match="mini1 is out of reach") as out_of_reach:
        bench.phones.open(bench.lease)
    assert out_of_reach.value.phone == SPARE.name
    assert out_of_reach.value.fix == "Try it by hand."


def test_a_phone_whose_connection_was_cut_does_not_answer(bench: Bench, driver: Driver) -> None:
    driver.kind = CutPhone
    assert not bench.phones.answers(bench.phones.open(bench.lease)[0])


def test_the_way_to_a_phone_that_cannot_be_closed_is_given_up(bench: Bench, driver: Driver) -> None:
    driver.kind = StuckPhone
    own = bench.phones.open(bench.lease)[0]
    with pytest.raises(DeviceLost):
        bench.phones.close(own)
    assert bench.left == [OWN.udid]
