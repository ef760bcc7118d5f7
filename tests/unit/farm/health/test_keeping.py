"""What an agent does for the health of its phones, on a store and with phones of the test's making."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import pytest

from harness.errors import StoreUnavailable
from harness.farm.health.keeping import LOOK_EVERY_S, Keeper
from harness.farm.health.ladder import Step
from harness.farm.health.rotation import FLAPS_PER_HOUR, FRESH_S, Against, Finding, PhoneHealth
from harness.farm.leases.health import Event
from harness.farm.leases.healthbook import HealthBook
from harness.farm.leases.lease import Holder
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import ReachablePhone
from harness.model.identity import Connection, Hardware, PhoneIdentity

NO_IMAGE = Finding(Against.LOOK, "no developer services", "Mount the image.", "image mounted")
LOCKED = Finding(Against.LOOK, "it is locked", "Unlock it.", "unlocked")
LOST = Finding(Against.LOST, "lost amid a test", "Check the cable.")
PHONE = ReachablePhone(
    PhoneIdentity("desk-15", "A", "16.7", "iPhone10,3", Hardware.REAL), None, "", (Connection.USB,)
)


@dataclass
class VirtualRack:
    """One phone whose looks are scripted; the last one holds on.

    Attributes:
        looks: what looks find, in order.
        took: the steps that were taken.
        told: what people were told.
    """

    looks: list[Finding | None]
    took: list[Step] = field(default_factory=list[Step])
    told: list[str] = field(default_factory=list[str])
    state_amid: list[PhoneState] = field(default_factory=list[PhoneState])
    looked: int = 0
    while_at_it: Callable[[], object] = bool

    async def look(self, _: ReachablePhone) -> Finding | None:
        self.looked += 1
        return self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]

    async def take(self, step: Step) -> None:
        self.took.append(step)
        self.while_at_it()

    def tell(self, phone: str, text: str) -> None:
        self.told.append(f"{phone}: {text}")


@pytest.fixture
def agent(store: LeaseStore) -> Iterator[Holder]:
    store.know([PHONE.identity])
    with store.register("harness agent") as agent:
        yield agent


def _keep(
    store: LeaseStore, agent: Holder, rack: VirtualRack, *acts: Callable[[Keeper], Awaitable[object]]
) -> list[object]:
    keeper = Keeper(lambda: store.health, lambda: agent.id, rack.tell, rack.look, lambda _: rack)

    async def main() -> list[object]:
        return [await act(keeper) for act in acts]

    return asyncio.run(main())


async def _round(keeper: Keeper) -> None:
    await keeper.look_around([PHONE])


async def _before_lease(keeper: Keeper) -> Finding | None:
    return await keeper.before_lease(PHONE)


def _kinds(store: LeaseStore) -> Sequence[Event]:
    return [event.kind for event in store.health.history("A")]


def test_looks_at_idle_phones_are_more_frequent_than_good_ones_grow_old() -> None:
    assert LOOK_EVERY_S < FRESH_S


def test_a_phone_that_was_just_looked_at_is_not_looked_at_for_its_lease(
    store: LeaseStore, agent: Holder
) -> None:
    rack = VirtualRack([None])
    assert _keep(store, agent, rack, _round, _before_lease, _before_lease, _round) == [None] * 4
    assert rack.looked == 1


def test_a_phone_that_nobody_has_looked_at_is_looked_at_for_its_lease(
    store: LeaseStore, agent: Holder
) -> None:
    rack = VirtualRack([LOCKED])
    assert _keep(store, agent, rack, _before_lease) == [LOCKED]
    assert store.health.record("A").health is PhoneHealth.BAD


def test_a_phone_that_somebody_has_is_left_alone(store: LeaseStore, agent: Holder) -> None:
    rack = VirtualRack([None])
    with store.register("pytest gw0") as holder:
        holder.acquire(["A"], within_s=0)
        _keep(store, agent, rack, _round)
    assert rack.looked == 0


def test_what_a_step_can_help_climbs_until_a_look_finds_it_well(store: LeaseStore, agent: Holder) -> None:
    rack = VirtualRack([NO_IMAGE, NO_IMAGE, None])
    _keep(store, agent, rack, _round)
    assert rack.took == [Step.RECONNECT, Step.RESTART_SERVICES]
    record = store.health.record("A")
    assert (record.health, record.strikes) == (PhoneHealth.GOOD, 1)
    assert _kinds(store) == [Event.WELL, Event.TRIED, Event.TRIED, Event.OUT]
    assert rack.told == [
        "desk-15: out of rotation: no developer services. Mount the image.",
        "desk-15: reconnect: no developer services",
        "desk-15: restart services: the phone is well",
        "desk-15: back in rotation",
    ]


def test_nobody_is_granted_a_phone_that_is_being_helped(store: LeaseStore, agent: Holder) -> None:
    rack = VirtualRack([NO_IMAGE, None])

    def look_at_the_store() -> None:
        phone = store.snapshot().phone("A")
        assert phone is not None
        assert phone.holder is not None
        rack.state_amid.append(phone.state)
        assert "harness agent" in phone.why(store.snapshot().at_s)

    rack.while_at_it = look_at_the_store
    _keep(store, agent, rack, _round)
    assert rack.state_amid == [PhoneState.QUARANTINED]
    with store.register("pytest gw0") as holder:
        assert holder.acquire(["A"], within_s=0).udid == "A"


def test_a_phone_stays_kept_no_longer_than_the_database_is_away(
    store: LeaseStore, agent: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    rack = VirtualRack([NO_IMAGE, None])
    leaving = HealthBook.leave

    def away(book: HealthBook, udid: str, holder: str) -> None:
        monkeypatch.setattr(HealthBook, "leave", leaving)
        raise StoreUnavailable("the lease database does not answer")

    monkeypatch.setattr(HealthBook, "leave", away)
    _keep(store, agent, rack, _round, _round)
    phone = store.snapshot().phone("A")
    assert phone is not None
    assert (phone.state, phone.holder) == (PhoneState.FREE, None)


def test_a_claim_that_the_database_took_without_a_word_is_ended_too(
    store: LeaseStore, agent: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    rack = VirtualRack([NO_IMAGE, None])
    claiming = HealthBook.claim

    def unanswered(book: HealthBook, udid: str, holder: str) -> bool:
        monkeypatch.setattr(HealthBook, "claim", claiming)
        assert claiming(book, udid, holder)
        raise StoreUnavailable("the lease database did not say that it has committed")

    monkeypatch.setattr(HealthBook, "claim", unanswered)
    _keep(store, agent, rack, _round, _round)
    phone = store.snapshot().phone("A")
    assert phone is not None
    assert phone.holder is None


def test_a_phone_that_is_being_helped_stays_kept_when_the_look_at_another_fails_by_a_defect(
    store: LeaseStore, agent: Holder
) -> None:
    other = replace(PHONE, identity=replace(PHONE.identity, name="desk-16", udid="B"))
    store.know([other.identity])
    rack = VirtualRack([NO_IMAGE, None])
    amid: list[bool] = []

    async def look(phone: ReachablePhone) -> Finding | None:
        if phone == other:
            raise ZeroDivisionError
        return await rack.look(phone)

    class Slow:
        async def take(self, step: Step) -> None:
            for _ in range(20):
                await asyncio.sleep(0)
            found = store.snapshot().phone("A")
            amid.append(found is not None and found.holder is not None)

    keeper = Keeper(lambda: store.health, lambda: agent.id, rack.tell, look, lambda _: Slow())

    async def rounds() -> None:
        for _ in range(2):
            with suppress(ZeroDivisionError):
                await keeper.look_around([PHONE, other])

    asyncio.run(rounds())
    assert amid == [True]


def test_what_only_a_person_can_do_is_told_once_and_ends_with_a_good_look(
    store: LeaseStore, agent: Holder
) -> None:
    rack = VirtualRack([LOCKED, LOCKED, None])
    _keep(store, agent, rack, _round, _before_lease, _before_lease)
    assert rack.took == []
    assert rack.told == ["desk-15: out of rotation: it is locked. Unlock it."]
    assert store.health.record("A").health is PhoneHealth.GOOD


def test_a_phone_that_was_lost_twice_is_helped_at_the_next_round_although_it_looks_well(
    store: LeaseStore, agent: Holder
) -> None:
    rack = VirtualRack([None])
    _keep(store, agent, rack, _round)
    store.health.strike("A", LOST)
    store.health.strike("A", LOST)
    _keep(store, agent, rack, _round)
    assert rack.took == [Step.RESTART_SERVICES]
    assert store.health.record("A").strikes == 2


def test_a_phone_whose_cable_comes_and_goes_is_told_of_with_what_to_check(
    store: LeaseStore, agent: Holder
) -> None:
    rack = VirtualRack([None])

    async def came_back(keeper: Keeper) -> None:
        await keeper.came_back(PHONE)

    _keep(store, agent, rack, *[came_back] * (FLAPS_PER_HOUR + 1), _round)
    assert rack.took == []
    assert "Check the cable, the hub port" in rack.told[-1]
    phone = store.snapshot().phone("A")
    assert phone is not None
    assert phone.state is PhoneState.QUARANTINED
