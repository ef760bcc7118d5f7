"""An agent is the only way to its phones: it opens, cuts and puts right, and nobody gets past it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from harness.errors import (
    DeviceLost,
    HostLost,
    HostTaken,
    LeaseLost,
    NoDeviceFree,
    StoreUnavailable,
)
from harness.farm.leases import tickets
from harness.farm.leases.grants import Duties, Grant
from harness.farm.leases.lease import Holder, Lease
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.phones import GIVE_UP_AFTER_FAILURES
from harness.farm.leases.presence import LocalPresence
from harness.farm.leases.rackpresence import RackPresence
from harness.farm.leases.seat import HostSeat
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore, doors_of
from harness.farm.leases.turns import Turns
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.seen import NEWER, phone, told
from tests.unit.farm.leases.test_lease import VirtualRestorer

WIFI = UndoOp(Undo.WIFI, "on")
WITHIN_S = 30.0


def until(seat: HostSeat, condition: Callable[[Duties], object]) -> Duties:
    """Wait for duties as an agent does."""
    deadline_s = time.monotonic() + WITHIN_S
    while not condition(duties := seat.duties()):
        assert time.monotonic() < deadline_s, "there was nothing to do"
        seat.wait(1.0)
    return duties


def path_of(grant: Grant) -> str:
    return f"/var/farm/{grant.udid}.{grant.epoch}.sock"


@contextmanager
def acquiring(holder: Holder, *udids: str, count: int = 1) -> Generator[list[Lease]]:
    """Acquire in a thread for the length of the block; what was got is in the list after it."""
    got: list[Lease] = []
    asking = threading.Thread(
        target=lambda: got.append(holder.acquire(udids, within_s=WITHIN_S, count=count, note="t::a"))
    )
    asking.start()
    try:
        yield got
    finally:
        asking.join(WITHIN_S)


def lease_of(seat: HostSeat, holder: Holder, udid: str = "u1") -> Lease:
    with acquiring(holder, udid) as got:
        (grant,) = until(seat, lambda duties: duties.to_open).to_open
        assert seat.opened(grant, path_of(grant))
    return got[0]


def leave_altered(seat: HostSeat, holder: Holder) -> None:
    """A lease of the agent's phone is over and cut, and what was changed under it is to be put back."""
    lease = lease_of(seat, holder)
    lease.will_change("u1", WIFI)
    lease.release()
    seat.closed(seat.duties().to_close[0])


def test_what_an_agent_tells_is_known_to_all(store: LeaseStore, seat: HostSeat) -> None:
    assert store.published() == (told("u1"), told("u2"))
    assert (phone(store).state, phone(store).host, phone(store).gate) == (PhoneState.FREE, "mini1", seat.id)


def test_a_lease_begins_when_its_way_is_open(seat: HostSeat, holder: Holder) -> None:
    with acquiring(holder, "u1", "u2", count=2) as got:
        first, second = until(seat, lambda duties: duties.to_open).to_open
        assert seat.opened(first, path_of(first))
        assert seat.duties().to_open == (second,)
        assert got == []
        assert seat.opened(second, path_of(second))
    assert got[0].grants == (
        Grant("u1", 1, "mini1", path_of(first)),
        Grant("u2", 1, "mini1", path_of(second)),
    )
    assert seat.duties() == Duties()


def test_a_way_that_is_never_opened_is_an_error_and_not_a_lease(
    store: LeaseStore, seat: HostSeat, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.farm.leases.waiting.OPENING_S", 0.1)
    with pytest.raises(NoDeviceFree, match=r"the agent of mini1 did not open the way to its phone"):
        holder.acquire(["u1"], within_s=0)
    (grant,) = seat.duties().to_close
    seat.closed(grant)
    assert phone(store).state is PhoneState.FREE


def test_who_has_time_left_takes_another_phone_when_an_agent_does_not_open_the_first(
    store: LeaseStore, seat: HostSeat, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    withdraw = tickets.withdraw

    def withdraw_and_be_patient(db: Transaction, ticket: int, holder_id: str) -> None:
        # The agent of the next phone is as quick as a busy machine lets it be.
        monkeypatch.setattr("harness.farm.leases.waiting.OPENING_S", WITHIN_S)
        withdraw(db, ticket, holder_id)

    monkeypatch.setattr("harness.farm.leases.waiting.OPENING_S", 0.1)
    monkeypatch.setattr(tickets, "withdraw", withdraw_and_be_patient)
    with acquiring(holder, "u1", "u2") as got:
        (grant,) = until(seat, lambda duties: [one for one in duties.to_open if one.udid == "u2"]).to_open
        assert seat.opened(grant, path_of(grant))
    assert got[0].udids == ("u2",)
    assert phone(store).revoked


def test_a_phone_is_free_only_once_its_way_is_cut(store: LeaseStore, seat: HostSeat, holder: Holder) -> None:
    lease = lease_of(seat, holder)
    lease.release()
    with store.register("next") as following:
        with pytest.raises(NoDeviceFree, match=r"name-u1: being taken back from pytest gw0 .* by the agent"):
            following.acquire(["u1"], within_s=0)
        (grant,) = seat.duties().to_close
        assert grant == lease.grants[0]
        seat.closed(grant)
        assert phone(store).state is PhoneState.FREE
        assert lease_of(seat, following).grants[0].epoch == 2


def test_only_the_agent_puts_a_phone_right_and_only_once_its_way_is_cut(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease, stranger, agent = lease_of(seat, holder), VirtualRestorer(), VirtualRestorer()
    lease.will_change("u1", WIFI)
    assert lease.release(stranger) == ()
    assert seat.restore(agent, "u1") is None
    seat.closed(seat.duties().to_close[0])
    assert phone(store).state is PhoneState.DIRTY
    assert holder.restore(stranger) == ()
    assert seat.duties().to_restore == ("u1",)
    came = seat.restore(agent, "u1")
    assert came is not None
    assert came.reason == ""
    assert (stranger.done, agent.done) == ([], [("u1", WIFI)])
    assert (phone(store).state, seat.duties()) == (PhoneState.FREE, Duties())


def test_a_phone_that_was_not_put_right_is_not_tried_again_at_once(
    store: LeaseStore, seat: HostSeat, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_altered(seat, holder)
    came = seat.restore(VirtualRestorer(DeviceLost("it was unplugged")), "u1")
    assert came is not None
    assert came.is_lost
    assert seat.duties() == Duties()
    monkeypatch.setattr("harness.farm.leases.seat.TRY_AGAIN_S", 0.0)
    assert seat.duties().to_restore == ("u1",)


class CutOffRestorer(VirtualRestorer):
    """Loses the store while it is at a phone."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self._patch = patch

    @contextmanager
    def reaching(self, udid: str) -> Generator[Callable[[UndoOp], None]]:
        with super().reaching(udid) as put_back:
            self._patch.setattr(Turns, "transaction", no_answer)
            yield put_back


@contextmanager
def no_answer(turns: Turns) -> Generator[Transaction]:
    raise StoreUnavailable("the lease database does not answer")
    yield


def test_a_phone_is_put_right_although_the_store_went_away_while_its_agent_was_at_it(
    store: LeaseStore, seat: HostSeat, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_altered(seat, holder)
    # As often as would take a phone out of rotation that cannot be put right.
    for _ in range(GIVE_UP_AFTER_FAILURES):
        assert seat.duties().to_restore == ("u1",)
        with monkeypatch.context() as patch, pytest.raises(StoreUnavailable):
            seat.restore(CutOffRestorer(patch), "u1")
    assert seat.duties().to_restore == ("u1",)
    assert seat.restore(VirtualRestorer(), "u1")
    assert phone(store).state is PhoneState.FREE


def test_a_phone_that_only_another_machine_sees_is_put_right_and_not_forgotten(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    leave_altered(seat, holder)
    # As somebody does at whose machine no virtual phone runs.
    assert store.forget_gone(running=()) == ()
    assert (phone(store).state, len(phone(store).due)) == (PhoneState.DIRTY, 1)


def test_what_only_a_newer_harness_puts_back_takes_its_phone_out_of_rotation_and_stops_no_agent(
    store: LeaseStore, seat: HostSeat, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.farm.leases.seat.TRY_AGAIN_S", 0.0)
    lease = lease_of(seat, holder)
    lease.will_change("u1", NEWER)
    lease.release()
    seat.closed(seat.duties().to_close[0])
    for _ in range(GIVE_UP_AFTER_FAILURES):
        assert seat.duties().to_restore == ("u1",)
        assert seat.restore(VirtualRestorer(), "u1")
    assert (phone(store).state, seat.duties()) == (PhoneState.QUARANTINED, Duties())


def test_what_a_person_revokes_is_cut(store: LeaseStore, seat: HostSeat, holder: Holder) -> None:
    lease = lease_of(seat, holder)
    assert store.revoke("u1")
    for use in (lease.check, lambda: lease.will_change("u1", WIFI)):
        with pytest.raises(LeaseLost, match="it is being taken back"):
            use()
    assert seat.duties().to_close == lease.grants
    lease.release()
    seat.closed(lease.grants[0])
    assert phone(store).state is PhoneState.FREE


def test_an_agent_may_end_a_lease_by_itself(store: LeaseStore, seat: HostSeat, holder: Holder) -> None:
    lease = lease_of(seat, holder)
    seat.closed(lease.grants[0])
    assert (phone(store).state, phone(store).last_holder[:10]) == (PhoneState.FREE, "pytest gw0")
    with pytest.raises(LeaseLost, match="it is free now"):
        lease.check()


def test_what_is_told_of_an_earlier_grant_changes_nothing(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    first = lease_of(seat, holder)
    first.release()
    seat.closed(first.grants[0])
    second = lease_of(seat, holder)
    seat.closed(first.grants[0])
    assert not seat.opened(first.grants[0], "/late")
    second.check()


def test_a_grant_that_was_given_back_while_it_was_opened_is_to_be_closed(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    with acquiring(holder, "u1"):
        (grant,) = until(seat, lambda duties: duties.to_open).to_open
        store.revoke("u1")
        assert not seat.opened(grant, path_of(grant))
        assert [one.epoch for one in seat.duties().to_close] == [1]
        seat.closed(grant)
        # Whoever asked is still in the queue, with its next grant.
        (grant,) = until(seat, lambda duties: duties.to_open).to_open
        assert grant.epoch == 2
        assert seat.opened(grant, path_of(grant))


def test_a_phone_that_went_away_while_it_was_leased_is_not_granted_again(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    seat.publish([told("u2")])
    lease.check()
    lease.release()
    seat.closed(lease.grants[0])
    with pytest.raises(NoDeviceFree, match="name-u1: not attached for"):
        holder.acquire(["u1"], within_s=0)
    seat.publish([told("u1", "it does not answer"), told("u2")])
    assert phone(store).why(phone(store).since_s) == "name-u1: it does not answer for 0 s"
    seat.publish([told("u1"), told("u2")])
    assert phone(store).state is PhoneState.FREE


def test_why_an_agent_tells_of_a_phone_no_more_is_known_until_it_is_not_there(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    seat.publish([told("u2")], {"u1": "devices.yaml lists it no more"})
    assert {one.identity.udid: one.away for one in store.published()}["u1"] == "devices.yaml lists it no more"
    with pytest.raises(NoDeviceFree, match=r"name-u1: devices[.]yaml lists it no more"):
        holder.acquire(["u1"], within_s=0)
    seat.publish([told("u2")])
    assert {one.identity.udid: one.away for one in store.published()}["u1"] == "not attached"


def test_a_phone_that_is_in_use_without_an_agent_gets_its_agent_afterwards(
    store: LeaseStore, holder: Holder
) -> None:
    lease = holder.acquire(["u1"], within_s=0)
    with store.take_host("mini1", name="harness agent") as seat:
        assert seat.publish([told("u1")]) == frozenset()
        assert (phone(store).gate, store.published()) == (None, ())
        lease.release()
        assert seat.publish([told("u1")]) == {"u1"}
        assert phone(store).gate == seat.id


def test_a_phone_that_two_hosts_see_stays_with_the_agent_that_has_it(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    with store.take_host("mini2", name="other") as other:
        assert other.publish([told("u1")]) == frozenset()
        assert (phone(store).gate, phone(store).host) == (seat.id, "mini1")
        lease = lease_of(seat, holder)
        assert other.duties() == Duties()
        lease.check()


def test_a_phone_that_is_carried_to_another_host_is_cut_at_the_first_before_it_gets_its_agent(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    with store.take_host("mini2", name="other") as other:
        seat.publish([told("u2")])
        other.publish([told("u1")])
        lease.release()
        other.publish([told("u1")])
        assert other.duties() == Duties()
        assert seat.duties().to_close == lease.grants
        seat.closed(lease.grants[0])
        other.publish([told("u1")])
        assert (phone(store).gate, phone(store).host) == (other.id, "mini2")
        assert lease_of(other, holder).grants[0].host == "mini2"


def test_a_host_has_one_agent(store: LeaseStore, seat: HostSeat) -> None:
    with pytest.raises(HostTaken, match=r"harness agent \(pid \d+\) serves the phones of mini1"):
        store.take_host("mini1", name="second")
    with store.take_host("mini2", name="other"):
        assert [one.host for one in store.published()] == ["mini1", "mini1"]


def test_who_could_not_be_made_known_leaves_nothing_behind(
    store: LeaseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreUnavailable("the lease database does not answer")

    for make in (lambda: store.register("pytest gw0"), lambda: store.take_host("mini1", name="agent")):
        with monkeypatch.context() as patch:
            for presence in (LocalPresence, RackPresence):
                patch.setattr(presence, "tell", fail)
            with pytest.raises(StoreUnavailable):
                make()
    assert list(doors_of(store.address).iterdir()) == []
    with store.take_host("mini1", name="agent"):
        assert len(list(doors_of(store.address).iterdir())) == 2


def test_the_phones_of_an_agent_that_left_cannot_be_had_until_one_is_back(
    store: LeaseStore, holder: Holder
) -> None:
    with store.take_host("mini1", name="first") as first:
        first.publish([told("u1"), told("u2")])
        lease = lease_of(first, holder)
        lease.will_change("u1", WIFI)
    assert [(one.state, one.away) for one in store.snapshot().phones] == [
        (PhoneState.LEASED, "the agent of its host has gone"),
        (PhoneState.OFFLINE, "the agent of its host has gone"),
    ]
    with pytest.raises(HostLost, match="the agent of mini1 has gone"):
        lease.check()
    restorer = VirtualRestorer()
    with store.take_host("mini1", name="second") as second:
        assert [(grant.udid, grant.epoch) for grant in second.duties().to_close] == [("u1", 1)]
        with pytest.raises(LeaseLost, match="it is being taken back"):
            lease.check()
        second.publish([told("u1"), told("u2")])
        second.closed(lease.grants[0])
        assert second.restore(restorer, "u1") is not None
        assert restorer.done == [("u1", WIFI)]
        assert [one.state for one in store.snapshot().phones] == [PhoneState.FREE] * 2


def test_who_wants_a_phone_that_only_its_gone_agent_can_take_back_is_told_so(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    seat.close()
    lease.release()
    with pytest.raises(
        NoDeviceFree, match=r"by the agent of mini1, which has gone: see that `harness agent`"
    ):
        holder.acquire(["u1"], within_s=0)


def test_nobody_waits_for_a_host_that_has_been_gone_for_as_long_already(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    seat.publish([told("u1")])
    seat.close()
    with pytest.raises(NoDeviceFree) as first:
        holder.acquire(["u1"], within_s=0.3)
    with pytest.raises(NoDeviceFree, match=r"`harness agent --host mini1` runs there"):
        holder.acquire(["u1"], within_s=0.2)
    assert first.value.why[0].startswith("name-u1: the agent of its host has gone for ")


def test_the_phones_of_a_host_are_used_without_an_agent_again_on_a_persons_word(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    assert store.ungate("mini1") == ()
    seat.close()
    assert store.ungate("mini1") == ("u1", "u2")
    with holder.acquire(["u1"], within_s=0) as lease:
        assert lease.grants[0].mux == ""


def test_a_phone_that_was_leased_when_its_host_went_for_good_is_another_hosts_on_a_persons_word(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    lease = lease_of(seat, holder)
    seat.close()
    with store.take_host("mini2", name="other") as other:
        lease.release()
        other.publish([told("u1")])
        assert "by the agent of mini1, which has gone" in phone(store).why(phone(store).since_s)
        assert store.ungate("mini1") == ("u1", "u2")
        other.publish([told("u1")])
        assert (phone(store).state, phone(store).gate) == (PhoneState.FREE, other.id)


def test_grants_are_counted_on_from_where_an_operator_says(
    store: LeaseStore, seat: HostSeat, holder: Holder
) -> None:
    store.bump("u1", 41)
    store.bump("u1", 7)
    assert lease_of(seat, holder).grants[0].epoch == 42
