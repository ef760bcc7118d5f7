"""Several machines on one database, each with its own phones and no agent: who may strike whose journal."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from harness.cli.restoring import Came, away
from harness.errors import DeviceLost
from harness.farm.health.rotation import Against, Finding
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.undo import Undo, UndoOp
from tests.unit.farm.leases.older import lay_out
from tests.unit.farm.leases.seen import phone, told
from tests.unit.farm.leases.test_lease import VirtualRestorer
from tests.unit.farm.leases.test_seat import lease_of

pytestmark = [
    pytest.mark.judge("postgresql"),
    pytest.mark.parametrize("address", ["postgresql"], indirect=True),
]

WIFI = UndoOp(Undo.WIFI, "on")
LOST = Finding(Against.LOST, "a test lost it", "See to its cable.")


@pytest.fixture
def mini1(address: str) -> Generator[LeaseStore]:
    with closing(LeaseStore.of(address)) as store:
        yield store


@pytest.fixture
def mini2(address: str, mini1: LeaseStore, tmp_path: Path) -> Generator[LeaseStore]:
    """The same database, from a machine that sees no lock and no rack of the first one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state of mini2"))
        store = LeaseStore.of(address)
    with closing(store):
        yield store


def leave_altered(store: LeaseStore, hardware: Hardware, host: str = "mini1") -> None:
    """Have a phone altered by a process of a machine that died."""
    store.know([PhoneIdentity("v-16", "u1", "16.7", "iPhone10,3", hardware)])
    with store.register("pytest gw0", host=host) as holder:
        holder.acquire(["u1"], within_s=0).will_change("u1", WIFI)


def test_the_journal_of_a_virtual_phone_goes_with_the_rack_of_its_own_machine_alone(
    mini1: LeaseStore, mini2: LeaseStore
) -> None:
    leave_altered(mini1, Hardware.VIRTUAL)
    assert mini2.forget_gone(running=()) == ()
    assert [entry.op for entry in phone(mini2).due] == [WIFI]
    assert [gone.name for gone in mini1.forget_gone(running=())] == ["v-16"]
    assert phone(mini1).state is PhoneState.FREE


def test_another_machines_phone_of_the_same_udid_is_not_put_right_instead(
    mini1: LeaseStore, mini2: LeaseStore
) -> None:
    leave_altered(mini1, Hardware.VIRTUAL)
    with mini2.register("harness restore") as other, mini1.register("harness restore") as own:
        assert other.restore(VirtualRestorer()) == ()
        assert phone(mini2).state is PhoneState.DIRTY
        assert [one.put_back[0].op for one in own.restore(VirtualRestorer())] == [WIFI]
    assert phone(mini2).state is PhoneState.FREE


def test_a_real_phone_is_put_right_where_it_hangs_now_and_struck_by_nobody_else(
    mini1: LeaseStore, mini2: LeaseStore
) -> None:
    leave_altered(mini1, Hardware.REAL)
    with mini1.register("harness restore") as own, mini2.register("harness restore") as other:
        assert mini1.forget_gone(running=()) == ()
        assert own.restore(VirtualRestorer(DeviceLost("it is not here")))[0].is_lost
        assert [entry.op for entry in phone(mini1).due] == [WIFI]
        assert [one.put_back[0].op for one in other.restore(VirtualRestorer())] == [WIFI]
    assert phone(mini1).state is PhoneState.FREE


def test_what_was_changed_through_an_agent_is_its_machines_also_once_it_has_gone(
    mini1: LeaseStore, mini2: LeaseStore
) -> None:
    mini1.know([PhoneIdentity("v-16", "u1", "16.7", "iPhone10,3", Hardware.VIRTUAL)])
    with mini1.take_host("mini1", name="harness agent") as seat, mini2.register("pytest gw0") as holder:
        seat.publish([told("u1")])
        lease_of(seat, holder).will_change("u1", WIFI)
        assert [entry.host for entry in phone(mini1).undo] == ["mini1"]
    assert mini1.ungate("mini1") == ("u1",)
    assert mini2.forget_gone(running=()) == ()
    assert [gone.udid for gone in mini1.forget_gone(running=())] == ["u1"]


def test_what_an_older_harness_wrote_down_without_its_machine_is_left_to_a_person(address: str) -> None:
    lay_out(address)
    with closing(LeaseStore.of(address)) as store:
        assert store.forget_gone(running=()) == ()
        assert "of a machine that nobody wrote down" in away(phone(store))
        assert "harness restore --phone v-16 --by-hand" in away(phone(store))
        assert store.clear("u1", put_right_by_hand=True)
        assert phone(store).state is PhoneState.FREE


def test_who_cannot_reach_a_virtual_phone_is_told_where_it_is_put_right(
    mini1: LeaseStore, mini2: LeaseStore
) -> None:
    leave_altered(mini1, Hardware.VIRTUAL)
    assert away(phone(mini2)) == "it is a virtual phone of mini1. Run `harness restore` there"
    assert (
        "not put back: wifi back to on: it is a virtual phone"
        in Came(phone(mini2), (), away(phone(mini2))).text
    )


def test_what_was_held_against_a_virtual_phone_goes_with_the_rack_of_its_own_machine_alone(
    mini1: LeaseStore, mini2: LeaseStore
) -> None:
    mini1.know([PhoneIdentity("v-16", "u1", "16.7", "iPhone10,3", Hardware.VIRTUAL)])
    mini1.health.strike("u1", LOST)
    mini2.forget_gone(running=())
    assert phone(mini2).strikes == 1
    mini1.forget_gone(running=())
    assert phone(mini2).strikes == 0
