"""What each failure of a rack costs, as far as hosts and agents go: one test for each, named for the outcome.

What workers and controllers of a test run make of theirs is in ``tests/plugins/test_failure_table.py``.
"""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest

from harness.farm.leases.states import PhoneState
from tests.postgres import Server
from tests.virtual.cli.desk import HARNESS, Desk
from tests.virtual.farm.site import DEVICES, HOST, AgentProcess, HolderProcess, Site, forget_epochs, wait_for

LEASE_S = 10.0
"""How long a holder may be silent, as a farm is set up."""


def alter(site: Site, holder: HolderProcess) -> str:
    """Have a holder take a phone, connect to it, and leave its Wi-Fi off; returns the UDID."""
    udid = site.udid("v-a")
    holder.do("acquire", udid)
    holder.do("connect")
    holder.do("will_switch_wifi")
    site.switch_wifi_off("v-a")
    return udid


def wait_for_put_back(agent: AgentProcess) -> None:
    """Return once the agent has put Wi-Fi back."""
    agent.has_told("restored", "v-a")
    assert agent.told("restored") == ["put back: wifi back to on"]


# ---- workers


def test_a_crashed_worker_has_its_phone_cut_put_right_and_given_to_the_next(site: Site) -> None:
    with site.serving() as agent, site.holder("first") as first, site.holder("next") as following:
        udid = alter(site, first)
        waiting = following.begin("acquire", udid)
        first.kill()
        assert waiting()["epoch"] == 2
        assert site.wifi_is_on("v-a")
        wait_for_put_back(agent)
        agent.has_told("granted", times=2)
        order = [one["happening"] for one in agent.said if one["phone"] == "v-a"]
        assert order == ["attached", "granted", "cut", "restored", "granted"]


def test_a_hung_worker_is_cut_after_the_lease_time_and_finds_its_lease_lost(site: Site) -> None:
    with site.serving(), site.holder("hung") as hung, site.holder("next") as following:
        udid = alter(site, hung)
        waiting = following.begin("acquire", udid)
        stopped_s = time.monotonic()
        hung.signal(signal.SIGSTOP)
        got = waiting()
        assert time.monotonic() - stopped_s > LEASE_S / 2
        assert got["epoch"] == 2
        assert site.wifi_is_on("v-a")
        following.do("connect")
        hung.signal(signal.SIGCONT)
        assert not hung.do("is_connected")["is"]
        assert hung.fails("will_switch_wifi") == "LeaseLost"
        assert hung.fails("check") == "LeaseLost"
        assert following.do("is_connected")["is"]
        following.do("check")


# ---- hosts and agents


def test_a_dead_host_cuts_its_holders_its_phones_cannot_be_had_and_it_puts_them_right_on_return(
    site: Site,
) -> None:
    with site.holder("first") as first, site.holder("next") as following:
        with site.serving() as agent:
            udid = alter(site, first)
            cut = first.begin("await_cut")
            killed_s = time.time()
            agent.kill()
            # Nobody waits for its silence to last.
            assert cut()["at_s"] - killed_s < LEASE_S
        wait_for(lambda: site.state("v-b") is PhoneState.OFFLINE, "a phone without an agent is offline")
        assert following.begin("ask", site.udid("v-b"))()["error"] == "NoDeviceFree"
        why = following.begin("ask", site.udid("v-b"))()["what"]
        assert "v-b" in why
        assert "agent" in why
        waiting = following.begin("acquire", udid)
        with site.agent() as back:
            assert waiting()["epoch"] == 2
            assert site.wifi_is_on("v-a")
            wait_for_put_back(back)
            assert first.fails("check") == "LeaseLost"


def test_a_second_agent_of_a_host_does_not_start(site: Site) -> None:
    with site.serving() as agent:
        done = site.desk.run("agent", "--host", HOST, "--store", site.store)
        assert done.returncode == 4
        assert f"another agent serves {HOST} already: process {agent.process.pid}" in done.stderr


def test_a_second_agent_of_a_host_does_not_start_on_another_machine(site: Site, tmp_path: Path) -> None:
    with site.serving():
        elsewhere = site.desk.environment | {"HARNESS_STATE_DIR": str(tmp_path / "elsewhere")}
        command = [*HARNESS, "agent", "--host", HOST, "--store", site.store]
        done = subprocess.run(
            command, env=elsewhere, cwd=site.desk.directory, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 4
        assert "serves the phones of mini1" in done.stderr


# ---- the database


@pytest.mark.judge("postgresql")
def test_a_restart_of_the_database_costs_no_lease_and_no_connection(
    rack_site: Site, postgres: Server
) -> None:
    site = rack_site
    with site.serving() as agent, site.holder("first") as first, site.holder("next") as following:
        udid = site.udid("v-a")
        first.do("acquire", udid)
        first.do("connect")
        postgres.stop()
        try:
            agent.has_told_that("does not answer")
            assert first.do("is_connected")["is"]
        finally:
            postgres.start()
        agent.has_told("over")
        first.do("check")
        assert first.do("is_connected")["is"]
        waiting = following.begin("acquire", udid)
        first.do("release")
        assert waiting()["epoch"] == 2
        agent.has_told("cut")
        assert agent.told("cut") == ["grant 1 is cut off"]


@pytest.mark.judge("postgresql")
def test_while_the_database_is_down_leases_go_on_nothing_is_given_and_no_setting_may_be_changed(
    rack_site: Site, postgres: Server
) -> None:
    site = rack_site
    with site.serving() as agent, site.holder("first") as first, site.holder("next") as following:
        first.do("acquire", site.udid("v-a"))
        first.do("connect")
        other = site.udid("v-b")
        postgres.stop()
        try:
            assert first.fails("will_switch_wifi") == "StoreUnavailable"
            assert following.fails("ask", other) == "StoreUnavailable"
            assert first.do("is_connected")["is"]
            assert agent.process.poll() is None
        finally:
            postgres.start()
        first.do("will_switch_wifi")
        assert following.do("acquire", other)["epoch"] == 1


def test_a_farm_that_was_put_back_from_a_backup_is_refused_until_it_is_told_to_count_on(
    desk: Desk, tmp_path: Path
) -> None:
    forget_epochs(desk)
    site, backup = (Site(desk, str(tmp_path / f"{name}.sqlite3")) for name in ("farm", "backup"))
    with site.serving() as agent, site.holder() as holder:
        holder.do("acquire", site.udid("v-a"))
        holder.do("release")
        served = holder.do("acquire", site.udid("v-a"))["epoch"]
        agent.signal(signal.SIGTERM)
        assert agent.ended() == 0
    with backup.serving() as agent, backup.holder() as holder:
        udid = backup.udid("v-a")
        assert holder.fails("acquire", udid) == "NoDeviceFree"
        agent.has_told_that(f"under epoch 1, and this host has served epoch {served}")
        told = desk.run("farm", "bump", "--phone", "v-a", "--store", backup.store)
        assert (told.returncode, told.stderr) == (0, "")
        assert holder.do("acquire", udid)["epoch"] > served


# ---- phones


def test_an_unplugged_phone_is_offline_keeps_its_journal_and_is_put_right_when_it_is_back(site: Site) -> None:
    with site.serving() as agent, site.holder("first") as first, site.holder("next") as following:
        udid = alter(site, first)
        cut = first.begin("await_cut")
        site.desk.shell("--phone", "v-a", "cut-cable")
        cut()
        agent.has_told("detached", "v-a")
        first.kill()
        wait_for(lambda: site.state("v-a") is PhoneState.OFFLINE, "it is offline")
        assert [str(entry.op) for entry in site.phones()["v-a"].due] == ["wifi back to on"]
        assert following.fails("ask", udid) == "NoDeviceFree"
        waiting = following.begin("acquire", udid)
        site.desk.shell("--phone", "v-a", "plug-in")
        assert waiting()["epoch"] == 2
        assert site.wifi_is_on("v-a")
        wait_for_put_back(agent)


def test_a_phone_that_reboots_in_a_lease_is_offline_meanwhile_and_then_put_right(site: Site) -> None:
    with site.serving() as agent, site.holder("first") as first:
        alter(site, first)
        cut = first.begin("await_cut")
        site.desk.shell("--phone", "v-a", "reboot")
        cut()
        first.kill()
        wait_for_put_back(agent)
        wait_for(lambda: site.wifi_is_on("v-a"), "Wi-Fi is on again")


def test_a_phone_that_cannot_be_put_right_leaves_rotation_and_says_what_to_do(tmp_path: Path) -> None:
    # On phones of its own: that this one trusts nobody any more is not taken back by mending it.
    (tmp_path / "devices.yaml").write_text(DEVICES)
    site = Site(Desk(tmp_path), str(tmp_path / "leases.sqlite3"))
    with site.serving() as agent, site.holder("first") as first, site.holder("next") as following:
        udid = alter(site, first)
        site.desk.shell("--phone", "v-a", "untrust")
        first.kill()
        wait_for(lambda: site.state("v-a") is PhoneState.QUARANTINED, "it is out of rotation")
        agent.has_told("not restored", "v-a", times=3)
        assert "By hand: Open Settings > Wi-Fi and switch it on." in agent.told("not restored")[0]
        assert following.fails("ask", udid) == "DeviceQuarantined"
        assert following.do("acquire", site.udid("v-b"))["epoch"] == 1
