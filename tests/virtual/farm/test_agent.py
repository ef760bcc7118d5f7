"""The host agent as a process: who gets a phone, through what, and what is left when somebody is killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.farm.agent.frontdoor import Question, Refusal, parse_answer
from harness.farm.agent.places import parse_address
from harness.farm.leases.states import PhoneState
from tests.postgres import Server
from tests.virtual.cli.desk import HARNESS, Desk
from tests.virtual.farm.site import DEVICES, HOST, WITHIN_S, Site, wait_for

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


IN_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Has the terminal at its standard input be its own, and becomes the command."""


def test_an_agent_whose_terminal_is_closed_puts_phones_right_and_leaves_them_offline(site: Site) -> None:
    ours, theirs = os.openpty()
    command = [*HARNESS, "agent", "--host", HOST, "--store", site.store]
    agent = subprocess.Popen(
        [sys.executable, "-c", IN_A_TERMINAL, *command],
        env=site.desk.environment,
        cwd=site.desk.directory,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        with site.holder() as holder:
            wait_for(lambda: len(site.free()) == 2, "both phones can be had")
            holder.do("acquire", site.udid("v-a"))
            holder.do("will_switch_wifi")
            site.switch_wifi_off("v-a")
            os.close(ours)
            assert agent.wait(WITHIN_S) == 0
        assert site.wifi_is_on("v-a")
        assert {site.state(name) for name in ("v-a", "v-b")} == {PhoneState.OFFLINE}
    finally:
        agent.kill()
        agent.wait(WITHIN_S)


def test_a_pulled_cable_takes_the_phone_off_and_plugging_it_in_brings_it_back(site: Site) -> None:
    with site.serving() as agent:
        site.desk.shell("--phone", "v-a", "cut-cable")
        agent.has_told("detached", "v-a")
        wait_for(lambda: site.state("v-a") is PhoneState.OFFLINE, "it is offline")
        site.desk.shell("--phone", "v-a", "plug-in")
        wait_for(lambda: site.state("v-a") is PhoneState.FREE, "it is back")


def test_a_phone_that_was_forgotten_and_turns_up_again_is_served_again(site: Site) -> None:
    forget = ("farm", "forget", "v-a", "--store", site.store)
    with site.serving(), site.holder() as holder:
        holder.do("acquire", site.udid("v-a"))
        holder.do("release")
        wait_for(lambda: len(site.free()) == 2, "both phones can be had")
        refused = site.desk.run(*forget)
        assert (refused.returncode, "it is attached to mini1" in refused.stderr) == (4, True)
        site.desk.shell("--phone", "v-a", "cut-cable")
        wait_for(lambda: site.state("v-a") is PhoneState.OFFLINE, "it is offline")
        assert site.desk.run(*forget).returncode == 0
        assert site.phones().keys() == {"v-b"}
        site.desk.shell("--phone", "v-a", "plug-in")
        wait_for(lambda: len(site.free()) == 2, "both phones can be had")
        got = holder.do("acquire", site.udid("v-a"))
        assert listed(site, got["mux"]) == [site.udid("v-a")]


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


def test_an_agent_runs_the_virtual_phones_of_its_host_that_nobody_runs(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(DEVICES)
    site = Site(Desk(tmp_path), str(tmp_path / "leases.sqlite3"))
    with site.serving() as agent, site.holder() as holder:
        assert sorted(site.free()) == ["v-a", "v-b"]
        got = holder.do("acquire", site.udid("v-b"))
        assert listed(site, got["mux"]) == [site.udid("v-b")]
        (rack,) = (tmp_path / "state" / "racks").iterdir()
        agent.signal(signal.SIGTERM)
        assert agent.ended() == 0
        assert not rack.exists()


def test_devices_yaml_is_heeded_while_an_agent_runs(tmp_path: Path) -> None:
    file = tmp_path / "devices.yaml"
    file.write_text(DEVICES)
    site = Site(Desk(tmp_path), str(tmp_path / "leases.sqlite3"))
    added = '  - {name: v-c, host: mini1, virtual: {ios: "16.7", seed: 3}}\n'
    without_a = "".join(line for line in DEVICES.splitlines(keepends=True) if "v-a" not in line)
    with site.serving() as agent, site.holder() as holder:
        got = holder.do("acquire", site.udid("v-a"))
        holder.do("connect")
        file.write_text(without_a.replace("v-b, host: mini1", "v-b, host: mini1, labels: {rack: b}") + added)
        wait_for(lambda: sorted(site.free()) == ["v-b", "v-c"], "the new phone can be had")
        with site.open_store() as store:
            assert {one.identity.name: one.labels for one in store.published()}["v-b"] == {"rack": "b"}
        agent.has_told("silent", "v-a")
        assert holder.do("is_connected")["is"]
        assert listed(site, got["mux"]) == [site.udid("v-a")]
        holder.do("release")
        wait_for(lambda: site.state("v-a") is PhoneState.OFFLINE, "it is taken out when its lease is over")
        agent.has_told("detached")
        assert agent.told("detached") == ["devices.yaml lists it no more"]
        with site.open_store() as store:
            assert {one.identity.name: one.away for one in store.published()}["v-a"] == agent.told("silent")[
                0
            ]
        file.write_text(f"{DEVICES}  - {{name: v-d, host: mini9}}\n")
        wrong = "devices.yaml:7:5: phone 'v-d' needs 'udid'"
        wait_for(lambda: any(told.startswith(wrong) for told in agent.told("trouble")), "its line is told")
        assert sorted(site.free()) == ["v-b", "v-c"]
        file.write_text(DEVICES + added)
        wait_for(lambda: sorted(site.free()) == ["v-a", "v-b", "v-c"], "it can be had again")
        agent.has_told("over")
        assert agent.told("over") == ["devices.yaml is right, and counts"]


def test_a_phone_that_was_taken_out_is_put_right_when_its_holder_has_died_and_not_granted_on(
    tmp_path: Path,
) -> None:
    file = tmp_path / "devices.yaml"
    file.write_text(DEVICES)
    site = Site(Desk(tmp_path), str(tmp_path / "leases.sqlite3"))
    with site.serving() as agent, site.holder() as holder, site.holder("waits") as waiting:
        holder.do("acquire", site.udid("v-a"))
        holder.do("will_switch_wifi")
        site.switch_wifi_off("v-a")
        waiting.begin("acquire", site.udid("v-a"))
        file.write_text("".join(line for line in DEVICES.splitlines(keepends=True) if "v-a" not in line))
        agent.has_told("silent", "v-a")
        holder.kill()
        agent.has_told("restored", "v-a")
        wait_for(lambda: site.state("v-a") is PhoneState.OFFLINE, "it is taken out when it is put right")
        assert site.wifi_is_on("v-a")
        assert len(agent.told("granted")) == 1


def test_its_front_door_tells_who_it_is_what_it_serves_and_what_is_open(site: Site) -> None:
    with site.serving() as agent, site.holder() as holder:
        holder.do("acquire", site.udid("v-b"))
        told = asked(site, "status")
        assert (told["host"], told["pid"]) == (HOST, agent.process.pid)
        assert {phone["name"]: phone["epoch"] for phone in told["phones"]} == {"v-a": None, "v-b": 1}


def test_a_host_without_phones_in_the_file_is_refused_and_its_neighbours_are_named(site: Site) -> None:
    done = site.desk.run("agent", "--host", "mini2", "--store", site.store)
    assert done.returncode == 2
    assert "no phone has 'host: mini2'" in done.stderr
    assert HOST in done.stderr


def asked(site: Site, what: str) -> dict[str, Any]:
    """What the agent's front door answers."""
    told = parse_address((site.desk.directory / "state" / "agents" / f"{HOST}.json").read_text())
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(told.door)
        door.sendall(Question(what).to_line())
        answer = parse_answer(door.makefile("rb").readline())
    assert not isinstance(answer, Refusal)
    return dict(answer)
