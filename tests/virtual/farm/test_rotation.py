"""Phones that are not fit leave rotation, with the reason and what to do, and come back."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymobiledevice3.exceptions import DeviceAlreadyInUseError
from pymobiledevice3.lockdown import create_using_usbmux
from pymobiledevice3.services.device_arbitration import DtDeviceArbitration

from harness.api.desk import Desk as FarmDesk
from harness.errors import DeviceQuarantined
from harness.farm.health.rotation import FLAPS_PER_HOUR, Against, Finding, PhoneHealth
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import rack_phones
from harness.model.identity import PhoneIdentity
from harness.runtime.loop import LoopThread
from tests.virtual.cli.desk import Desk
from tests.virtual.farm.site import Site, wait_for

WITHIN_S = 60.0
XCODE = "Anna's MacBook"
LOST = Finding(Against.LOST, "lost amid a test", "Check the cable.")

ON_ONE_STORE = pytest.mark.parametrize("site", ["sqlite"], indirect=True)
"""For what is told of both stores elsewhere: see ``tests/unit/farm/health``."""

HOLDS = """
import sys
from pathlib import Path
from harness.api.desk import Desk
from harness.farm.leases.store import LeaseStore
from harness.farm.reach import rack_phones
from harness.runtime.loop import LoopThread

with LoopThread() as loop:
    desk = Desk(loop, None, rack_phones(), LeaseStore.open(sys.argv[1]), "pytest gw0")
    (meant,) = [one.identity for one in rack_phones() if one.name == "v-a"]
    desk.take([meant], note="a test", within_s=0)
    print("held", flush=True)
    sys.stdin.read()
"""


class Bench:
    """A process's desk at a farm of its own, over the phones of the module."""

    def __init__(self, shell: Desk, farm: FarmDesk, store: LeaseStore) -> None:
        self.shell = shell
        self.farm = farm
        self.store = store
        self.identities = {phone.name: phone.identity for phone in rack_phones()}

    def take(self, *names: str) -> PhoneIdentity:
        """Take the first of these phones that is fit, without waiting for any."""
        meant = [self.identities[name] for name in names]
        return self.farm.take(meant, note="a test", within_s=0).identity

    def lock(self, name: str) -> None:
        """Lock a phone, with a passcode."""
        self.shell.shell("--phone", name, "passcode", "1234")
        self.shell.shell("--phone", name, "lock")

    def unlock(self, name: str) -> None:
        """Unlock it again, and take the passcode away."""
        self.shell.shell("--phone", name, "unlock")
        self.shell.shell("--phone", name, "passcode")

    def other_computer(self, name: str, *, leaves: bool = False) -> str:
        """Have another computer check a phone in, or out; who had it before, or empty."""
        return asyncio.run(_arbitrate(self.identities[name].udid, leaves))


async def _arbitrate(udid: str, leaves: bool) -> str:
    (usbmux,) = {phone.usbmux for phone in rack_phones()}
    lockdown = await create_using_usbmux(serial=udid, usbmux_address=usbmux)
    async with lockdown, DtDeviceArbitration(lockdown) as service:
        try:
            await (service.check_out() if leaves else service.check_in(XCODE))
        except DeviceAlreadyInUseError as refusal:
            return str(refusal.owner)
    return ""


@contextmanager
def _desk(shell: Desk, path: Path) -> Generator[Bench]:
    store = LeaseStore.open(path)
    with LoopThread() as loop:
        farm = FarmDesk(loop, None, rack_phones(), store, "pytest gw0")
        try:
            yield Bench(shell, farm, LeaseStore.open(path))
        finally:
            farm.close()


@pytest.fixture
def bench(desk: Desk, tmp_path: Path) -> Iterator[Bench]:
    with _desk(desk, tmp_path / "leases.sqlite3") as bench:
        yield bench
        for name in ("v-a", "v-b"):
            bench.unlock(name)
            bench.other_computer(name, leaves=True)


# ---- a process that takes phones by itself


def test_a_phone_that_is_not_fit_is_passed_over_and_out_of_rotation(bench: Bench) -> None:
    bench.lock("v-a")
    assert bench.take("v-a", "v-b").name == "v-b"
    view = bench.store.snapshot()
    phone = view.phone(bench.identities["v-a"].udid)
    assert phone is not None
    assert phone.state is PhoneState.QUARANTINED
    assert phone.why(view.at_s).startswith("v-a: out of rotation for 10 min more: it is locked. Unlock it")


def test_where_no_other_phone_would_do_each_says_why_and_what_to_do(bench: Bench) -> None:
    bench.lock("v-a")
    bench.lock("v-b")
    with pytest.raises(DeviceQuarantined) as refused:
        bench.take("v-a", "v-b")
    for name in ("v-a", "v-b"):
        assert f"{name}: out of rotation for 10 min more: it is locked. Unlock it" in str(refused.value)


def test_a_phone_that_was_seen_to_is_had_at_once_where_no_other_would_do(bench: Bench) -> None:
    bench.lock("v-a")
    with pytest.raises(DeviceQuarantined):
        bench.take("v-a")
    bench.unlock("v-a")
    assert bench.take("v-a").name == "v-a"
    assert bench.store.health.record(bench.identities["v-a"].udid).strikes == 1


def test_a_phone_that_was_looked_at_is_not_looked_at_again_for_the_next_test(bench: Bench) -> None:
    udid = bench.identities["v-a"].udid
    bench.take("v-a")
    looked_s = bench.store.health.record(udid).checked_s
    bench.farm.give_back()
    # Nobody looks: a phone that got locked since is found out by the test that has it.
    bench.lock("v-a")
    assert bench.take("v-a").name == "v-a"
    assert bench.store.health.record(udid).checked_s == looked_s


def test_a_phone_that_was_lost_is_looked_at_before_the_next_test(bench: Bench) -> None:
    udid = bench.identities["v-a"].udid
    bench.take("v-a")
    bench.farm.give_back()
    bench.store.health.strike(udid, LOST)
    bench.lock("v-a")
    assert bench.take("v-a", "v-b").name == "v-b"


def test_other_computers_see_who_has_a_phone_until_it_is_given_back(bench: Bench) -> None:
    bench.take("v-a")
    assert ": pytest gw0 (pid " in bench.other_computer("v-a")
    bench.farm.give_back()
    assert bench.other_computer("v-a") == ""


def test_a_phone_that_another_computer_uses_is_left_to_it_and_no_strike_is_counted(bench: Bench) -> None:
    bench.other_computer("v-a")
    assert bench.take("v-a", "v-b").name == "v-b"
    bench.farm.give_back()
    with pytest.raises(
        DeviceQuarantined, match=r"v-a: out of rotation for \d+ s more: it is in use by Anna's"
    ):
        bench.take("v-a")
    assert bench.store.health.record(bench.identities["v-a"].udid).strikes == 0


def test_the_next_user_of_this_host_takes_the_place_of_a_killed_one(bench: Bench, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path / "leases.sqlite3")]
    process = subprocess.Popen(
        command,
        env=bench.shell.environment,
        cwd=bench.shell.directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        before = bench.other_computer("v-a")
        assert f"(pid {process.pid})" in before
    finally:
        process.kill()
        process.communicate(timeout=WITHIN_S)
    assert bench.take("v-a").name == "v-a"
    after = bench.other_computer("v-a")
    assert after
    assert after != before


# ---- phones that an agent serves


def test_an_agent_gives_no_phone_that_is_not_fit(site: Site) -> None:
    with site.serving() as agent, site.holder() as holder:
        udids = [site.udid(name) for name in ("v-a", "v-b")]
        site.desk.shell("--phone", "v-a", "passcode", "1234")
        site.desk.shell("--phone", "v-a", "lock")
        with site.open_store() as store:
            store.health.strike(udids[0], LOST)
        got = holder.do("acquire", *udids)
        assert got["udid"] == udids[1]
        agent.has_told_that("out of rotation: it is locked")
        assert site.state("v-a") is PhoneState.QUARANTINED
        site.desk.shell("--phone", "v-a", "unlock")
        site.desk.shell("--phone", "v-a", "passcode")


@ON_ONE_STORE
def test_an_agent_has_a_phone_recover_that_was_lost_in_tests(site: Site) -> None:
    with site.serving() as agent:
        udid = site.udid("v-a")
        with site.open_store() as store:
            store.health.strike(udid, LOST)
            store.health.strike(udid, LOST)
        agent.has_told_that("back in rotation")
        assert "restart services: the phone is well" in agent.told("health")
        wait_for(lambda: site.state("v-a") is PhoneState.FREE, "it can be had again")
        with site.open_store() as store:
            assert store.health.record(udid).health is PhoneHealth.GOOD


@ON_ONE_STORE
def test_a_cable_that_comes_and_goes_takes_its_phone_out_of_rotation(site: Site) -> None:
    with site.serving() as agent:
        udid = site.udid("v-a")
        with site.open_store() as store:
            for _ in range(FLAPS_PER_HOUR):
                store.health.came_back(udid)
        site.desk.shell("--phone", "v-a", "cut-cable")
        agent.has_told("detached", "v-a")
        site.desk.shell("--phone", "v-a", "plug-in")
        wait_for(lambda: site.state("v-a") is PhoneState.QUARANTINED, "it is out of rotation")
        agent.has_told_that("Check the cable, the hub port")
