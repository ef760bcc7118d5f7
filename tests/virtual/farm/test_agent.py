"""The host agent as a process: who gets a phone, through what, and what is left when somebody is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.farm.leases.states import PhoneState
from tests.postgres import Server
from tests.virtual.cli.desk import Desk
from tests.virtual.farm.site import HOST, Site, forget_epochs, wait_for

PYMOBILEDEVICE3 = str(Path(sys.executable).parent / "pymobiledevice3")


def listed(site: Site, mux: str) -> list[str]:
    """The phones that an unmodified client sees at a usbmuxd."""
    environment = site.desk.environment | {"USBMUXD_SOCKET_ADDRESS": mux}
    done = subprocess.run(
        [PYMOBILEDEVICE3, "usbmux", "list"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return [phone["UniqueDeviceID"] for phone in json.loads(done.stdout)]


def test_a_lease_has_a_socket_at_which_an_unmodified_client_sees_its_phone_only(site: Site) -> None:
    with site.serving(), site.holder() as holder:
        got = holder.do("acquire", site.udid("v-a"))
        assert listed(site, got["mux"]) == [site.udid("v-a")]
        holder.do("connect")
        holder.do("release")
        assert holder.do("await_cut")["how"] in ("end", "ConnectionResetError")
        wait_for(lambda: not os.path.exists(got["mux"]), "the socket is gone")
        wait_for(lambda: len(site.free()) == 2, "the phone can be had again")


def test_what_is_attached_is_told_with_its_labels_and_how_it_is_reached(site: Site) -> None:
    with site.serving() as agent:
        with site.open_store() as store:
            told = {phone.identity.name: phone for phone in store.published()}
        assert told.keys() == {"v-a", "v-b"}
        assert (told["v-a"].host, told["v-a"].labels, told["v-b"].labels) == (HOST, {"rack": "a"}, {})
        assert [str(way) for way in told["v-a"].ways] == ["usb"]
        assert os.path.exists(told["v-a"].clock)
        agent.has_told("attached", "v-a")
        agent.has_told("attached", "v-b")
        assert agent.told("attached") == ["attached by usb: iPhone12,1, iOS 16.7"] * 2


def test_the_phone_of_a_killed_holder_is_cut_put_right_and_given_to_the_next(site: Site) -> None:
    with site.serving() as agent, site.holder("first") as first, site.holder("next") as following:
        udid = site.udid("v-a")
        first.do("acquire", udid)
        first.do("will_switch_wifi")
        site.switch_wifi_off("v-a")
        waiting = following.begin("acquire", udid)
        first.kill()
        assert waiting()["epoch"] == 2
        assert site.wifi_is_on("v-a")
        assert agent.told("restored") == ["put back: wifi back to on"]
        agent.has_told("granted", times=2)
        order = [one["happening"] for one in agent.said if one["phone"] == "v-a"]
        assert order == ["attached", "granted", "cut", "restored", "granted"]


def test_a_killed_agent_cuts_its_holder_at_once_and_the_phone_is_given_when_it_is_back(site: Site) -> None:
    with site.holder("first") as first, site.holder("next") as following:
        with site.serving() as agent:
            udid = site.udid("v-a")
            first.do("acquire", udid)
            first.do("connect")
            first.do("will_switch_wifi")
            site.switch_wifi_off("v-a")
            cut = first.begin("await_cut")
            killed_s = time.time()
            agent.kill()
            assert cut()["at_s"] - killed_s < 2.0
        waiting = following.begin("acquire", udid)
        wait_for(lambda: site.state("v-b") is PhoneState.OFFLINE, "a phone without an agent is offline")
        assert site.state("v-a") in (PhoneState.LEASED, PhoneState.OFFLINE)
        assert len(following.said) == 1
        with site.agent() as back:
            assert waiting()["epoch"] == 2
            assert site.wifi_is_on("v-a")
            assert back.told("restored") == ["put back: wifi back to on"]
            assert first.fails("check") == "LeaseLost"


def test_an_agent_that_is_asked_to_end_puts_phones_right_and_leaves_them_offline(site: Site) -> None:
    with site.serving() as agent, site.holder() as holder:
        holder.do("acquire", site.udid("v-a"))
        holder.do("connect")
        holder.do("will_switch_wifi")
        site.switch_wifi_off("v-a")
        agent.signal(signal.SIGTERM)
        assert agent.ended() == 0
        assert site.wifi_is_on("v-a")
        assert not holder.do("is_connected")["is"]
        assert holder.fails("check") == "LeaseLost"
        assert {site.state(name) for name in ("v-a", "v-b")} == {PhoneState.OFFLINE}


def test_a_second_agent_of_a_host_is_refused(site: Site) -> None:
    with site.serving() as agent:
        done = site.desk.run("agent", "--host", HOST, "--store", site.store)
        assert done.returncode == 4
        assert f"another agent serves {HOST} already: process {agent.process.pid}" in done.stderr


def test_a_second_agent_of_a_host_is_refused_on_another_machine_too(site: Site, tmp_path: Path) -> None:
    with site.serving():
        elsewhere = site.desk.environment | {"HARNESS_STATE_DIR": str(tmp_path / "elsewhere")}
        command = [PYMOBILEDEVICE3.replace("pymobiledevice3", "harness"), "agent", "--host", HOST]
        done = subprocess.run(
            [*command, "--store", site.store],
            env=elsewhere,
            cwd=site.desk.directory,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 4
        assert "serves the phones of mini1" in done.stderr


def test_a_pulled_cable_takes_the_phone_off_and_plugging_it_in_brings_it_back(site: Site) -> None:
    with site.serving() as agent:
        site.desk.shell("--phone", "v-a", "cut-cable")
        agent.has_told("detached", "v-a")
        wait_for(lambda: site.state("v-a") is PhoneState.OFFLINE, "it is offline")
        site.desk.shell("--phone", "v-a", "plug-in")
        wait_for(lambda: site.state("v-a") is PhoneState.FREE, "it is back")


@pytest.mark.judge("postgresql")
def test_while_the_database_is_restarted_a_lease_and_its_connection_go_on(
    rack_site: Site, postgres: Server
) -> None:
    site = rack_site
    with site.serving() as agent, site.holder("first") as first, site.holder("next") as following:
        udid = site.udid("v-a")
        first.do("acquire", udid)
        first.do("connect")
        postgres.stop()
        try:
            agent.wait_until(lambda said: any("does not answer" in one["text"] for one in said))
            assert first.do("is_connected")["is"]
        finally:
            postgres.start()
        agent.has_told("over")
        first.do("check")
        assert first.do("is_connected")["is"]
        waiting = following.begin("acquire", udid)
        first.do("release")
        assert waiting()["epoch"] == 2
        assert agent.told("cut") == ["grant 1 is cut off"]


@pytest.mark.judge("postgresql")
def test_an_agent_that_starts_before_the_database_serves_once_that_is_there(
    rack_site: Site, postgres: Server
) -> None:
    site = rack_site
    postgres.stop()
    with site.agent() as agent:
        try:
            agent.has_told("trouble")
        finally:
            postgres.start()
        assert "does not answer" in agent.told("trouble")[0]
        agent.has_told("serving")
        wait_for(lambda: len(site.free()) == 2, "both phones can be had")


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
        assert f"under epoch 1, and this host has served epoch {served}" in " ".join(agent.told("trouble"))
        told = desk.run("farm", "bump", "--phone", "v-a", "--store", backup.store)
        assert (told.returncode, told.stderr) == (0, "")
        assert holder.do("acquire", udid)["epoch"] > served
