"""A host whose usbmuxd does not answer: told as what it is, and held against no phone."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from pathlib import Path
from socket import gethostname

import pytest

from harness.api.fitness import Fitness
from harness.errors import DeviceLost
from harness.farm.health import ladder, looking, rotation
from harness.farm.health.granting import Granting, PhoneUnfit
from harness.farm.health.host import fault_of_host, silent
from harness.farm.health.result import Health, StageResult
from harness.farm.health.rotation import RULES, Against, Finding, HealthRecord, PhoneHealth
from harness.farm.leases.lease import Holder, Lease
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.runtime.loop import LoopThread

IDENTITY = PhoneIdentity("desk-15", "u1", "16.7", "iPhone12,1", Hardware.REAL)
UNSEEN = Finding(Against.LOOK, "it does not answer", "Check the cable.", "seen")


@pytest.fixture
def down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ReachablePhone:
    """A phone of this host, where no usbmuxd runs."""
    monkeypatch.setenv("USBMUXD_SOCKET_ADDRESS", str(tmp_path / "nothing"))
    return ReachablePhone(IDENTITY, None, "", (Connection.USB,))


@pytest.fixture
def store(tmp_path: Path) -> Generator[LeaseStore]:
    store = LeaseStore.open(tmp_path / "leases.sqlite3")
    yield store
    store.close()


@pytest.fixture
def holder(store: LeaseStore) -> Generator[Holder]:
    with store.register("pytest") as holder:
        yield holder


def test_a_look_tells_the_host_from_the_phone(down: ReachablePhone, monkeypatch: pytest.MonkeyPatch) -> None:
    found = asyncio.run(looking.look(down))
    assert found is not None
    assert found == silent(None)
    assert (found.against, found.note) == (Against.HOST, f"usbmuxd on {gethostname()} does not answer")
    assert "systemctl restart usbmuxd" in found.fix

    async def answers(_: str | None) -> None:
        return None

    monkeypatch.setattr(looking, "fault_of_host", answers)
    assert getattr(asyncio.run(looking.look(down)), "against", None) is Against.LOOK


def test_a_phone_that_is_well_costs_no_second_question(
    down: ReachablePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def well(_: ReachablePhone) -> tuple[StageResult, ...]:
        return (StageResult("seen", Health.OK, "by usb"),)

    monkeypatch.setattr(looking, "quick_look", well)
    assert asyncio.run(looking.look(down)) is None


def test_it_is_out_for_a_moment_without_a_strike_and_a_good_look_ends_that() -> None:
    before = HealthRecord(PhoneHealth.GOOD, checked_s=1.0, strikes=1)
    out = rotation.struck(before, silent(None), 100.0)
    assert (out.is_out(100.0), out.strikes, out.until_s) == (True, 1, 100.0 + rotation.HOST_OUT_S)
    assert not out.is_out(100.0 + rotation.HOST_OUT_S)
    assert out.needs_look(100.0)
    assert rotation.found_well(out, 101.0).health is PhoneHealth.GOOD
    assert RULES[Against.HOST].out_at == 0
    assert ladder.may_help(silent(None)) == ()


def test_one_whose_host_stays_silent_is_waited_for_once() -> None:
    once = rotation.struck(HealthRecord(PhoneHealth.GOOD, checked_s=1.0), silent(None), 100.0)
    twice = rotation.struck(once, silent(None), 110.0)
    assert (twice.until_s, twice.strikes) == (110.0 + rotation.FIRST_OUT_S, 0)
    seen = rotation.found_well(twice, 120.0)
    assert rotation.struck(seen, silent(None), 130.0).until_s == 130.0 + rotation.HOST_OUT_S


def test_one_that_cannot_be_opened_then_is_out_for_its_host(
    down: ReachablePhone, store: LeaseStore, holder: Holder
) -> None:
    store.know([IDENTITY])
    asked: list[str] = []

    def ask(within_s: float) -> Lease:
        return holder.acquire(["u1"], within_s=within_s)

    def host(udid: str) -> Finding | None:
        asked.append(udid)
        return asyncio.run(fault_of_host(down.usbmux))

    def begin(lease: Lease) -> str:
        if len(asked) == 0:
            raise PhoneUnfit(lease.udid, UNSEEN)
        return lease.udid

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RULES, Against.HOST, rotation.Rule(0, look_ends=True, out_for_s=0.2))
        assert Granting(store.health, ask, lambda _: None, ["u1"], host).use(begin, within_s=30) == "u1"
    assert asked == ["u1"]
    assert (store.health.record("u1").strikes, store.health.history("u1")[-1].what) == (0, Against.HOST)


@pytest.mark.parametrize(("by_agent", "strikes"), [(False, 0), (True, 1)])
def test_one_that_is_lost_amid_a_test_then_has_no_strike(
    down: ReachablePhone, store: LeaseStore, holder: Holder, by_agent: bool, strikes: int
) -> None:
    store.know([IDENTITY])
    with LoopThread() as loop, holder.acquire(["u1"], within_s=0):
        fitness = Fitness(loop, store, {"u1": down}, "pytest")
        fitness.was_lost("u1", DeviceLost("it went away"), by_agent=by_agent)
    assert store.health.record("u1").strikes == strikes
    (phone,) = store.snapshot().phones
    assert (phone.state is PhoneState.QUARANTINED) is not by_agent
