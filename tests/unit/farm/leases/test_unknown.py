"""A phone whose journal names what only a newer harness knows: it is told, and concerns no other phone."""

from __future__ import annotations

import pytest

from harness.errors import DeviceQuarantined, NoDeviceFree
from harness.farm.leases.lease import Holder
from harness.farm.leases.phones import GIVE_UP_AFTER_FAILURES
from harness.farm.leases.request import Request
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.undo import Kept
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.seen import NEWER, phone
from tests.unit.farm.leases.test_lease import VirtualRestorer

WIFI = UndoOp(Undo.WIFI, "on")
TODO = (
    "Run `harness restore` of the newer harness that wrote it down,"
    " or put flashlight of the phone back to off."
)


def leave(holder: Holder, *ops: UndoOp, keep: bool = False) -> None:
    """Leave a phone as a newer harness does that was killed, or that a person has changed it with to stay."""
    with holder.acquire(["u1"], within_s=0) as lease:
        for op in ops:
            lease.will_change("u1", op, keep=keep)


def test_the_farm_is_told_with_it_and_its_other_phones_are_given(store: LeaseStore, holder: Holder) -> None:
    leave(holder, WIFI, NEWER)
    with holder.acquire(["u2"], within_s=0, restorer=VirtualRestorer()):
        view = store.snapshot()
    assert {one.udid: one.state for one in view.phones} == {"u1": PhoneState.DIRTY, "u2": PhoneState.LEASED}
    assert [str(entry.op) for entry in phone(store).due] == [
        "wifi back to on",
        "flashlight back to off (written by a newer harness: restore it with that one)",
    ]
    assert phone(store).by_hand == (TODO, "Open Settings > Wi-Fi and switch it on.")


def test_whoever_waits_for_it_among_others_gets_another(holder: Holder) -> None:
    leave(holder, NEWER)
    with holder.acquire(["u1", "u2"], within_s=0, restorer=VirtualRestorer()) as lease:
        assert lease.udid == "u2"


def test_nothing_is_put_back_before_it_and_the_phone_is_soon_out_of_rotation(
    store: LeaseStore, holder: Holder
) -> None:
    leave(holder, WIFI, NEWER)
    restorer = VirtualRestorer()
    for _ in range(GIVE_UP_AFTER_FAILURES):
        (came,) = holder.restore(restorer)
        assert "flashlight back to off (written by a newer harness: restore it with that one)" in came.reason
        assert came.by_hand[0] == TODO
    assert (restorer.done, phone(store).state) == ([], PhoneState.QUARANTINED)
    with pytest.raises(
        DeviceQuarantined, match=r"written by a newer harness.*Run `harness restore` of the newer"
    ):
        holder.acquire(["u1"], within_s=0, restorer=restorer)
    store.clear("u1", put_right_by_hand=True)
    holder.acquire(["u1"], within_s=0, restorer=restorer).release()


@pytest.mark.parametrize("attitude", Kept)
def test_a_phone_that_was_changed_to_stay_is_given_to_nobody_and_not_touched(
    store: LeaseStore, holder: Holder, attitude: Kept
) -> None:
    leave(holder, NEWER, keep=True)
    restorer = VirtualRestorer()
    request = Request((("u1",),), "one", 0, kept=attitude, restorer=restorer)
    with pytest.raises(NoDeviceFree, match=r"given to nobody here.*flashlight back to off.*By hand: Run"):
        holder.request(request)
    assert (phone(store).state, restorer.done) == (PhoneState.FREE, [])
