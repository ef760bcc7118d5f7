"""``harness farm``: what is written for the machine, what is said next, and from where a farm counts on."""

from __future__ import annotations

import json
import plistlib
import sqlite3
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli import farm
from harness.cli.farm import Plan
from harness.cli.out import Out
from harness.errors import ConfigError, FarmError, HostTaken, LeaseLost, NoSuchDevice
from harness.farm.agent.places import epochs_path
from harness.farm.gate.epochs import Epochs
from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.store import LeaseStore
from harness.model.identity import Hardware, PhoneIdentity

DEVICES = """\
version: 1
hosts: {mini1: {}}
devices:
  - {name: desk-15, udid: 00008120-001A2B3C4D5E6F70, host: mini1}
"""
PHONE = PhoneIdentity("desk-15", "00008120-001A2B3C4D5E6F70", "17.5", "iPhone15,4", Hardware.REAL)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory of the test's own, where the command is run."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_without_a_host_only_the_tables_are_made(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    farm.init(Plan(), Out(as_json=True))
    assert said(capsys) == [{"store": str(home / "state" / "leases.sqlite3")}]
    assert (home / "state" / "leases.sqlite3").is_file()


def test_on_a_mac_a_launchd_job_runs_the_agent_of_this_environment(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    (home / "devices.yaml").write_text(DEVICES)
    farm.init(Plan(host="mini1"), Out(as_json=True))
    told = said(capsys)[1]
    path = home / "Library" / "LaunchAgents" / "dev.harness.agent.mini1.plist"
    assert told["service"] == str(path)
    assert "Local Network" in " ".join(told["needs"])
    assert "login session" in " ".join(told["needs"])
    assert f"launchctl bootstrap gui/$(id -u) {path}" in told["next"]
    # It says where the rack's database is, and as whom to go there.
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    job: dict[str, Any] = plistlib.loads(path.read_bytes())
    harness = str(Path(sys.executable).parent / "harness")
    devices = str(home / "devices.yaml")
    words = ["agent", "--host", "mini1", "--store", "sqlite", "--devices", devices]
    assert job["ProgramArguments"] == [harness, *words]
    assert job["WorkingDirectory"] == str(home)
    assert job["EnvironmentVariables"]["HARNESS_STATE_DIR"] == str(home / "state")
    assert job["EnvironmentVariables"]["PATH"].startswith(str(Path(sys.executable).parent))
    assert Path(job["StandardOutPath"]).parent.is_dir()


def test_elsewhere_it_is_a_systemd_unit(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    farm.init(Plan(host="mini1"), Out(as_json=False))
    path = home / ".config" / "systemd" / "user" / "harness-agent-mini1.service"
    assert '"agent" "--host" "mini1" "--store" "sqlite"\n' in path.read_text()
    told = capsys.readouterr().out
    assert f"wrote {path}" in told
    assert "systemctl --user enable --now harness-agent-mini1.service" in told


def test_a_host_that_has_no_phones_is_refused_before_anything_is_written(home: Path) -> None:
    (home / "devices.yaml").write_text(DEVICES)
    with pytest.raises(ConfigError, match="no phone has 'host: mini2'"):
        farm.init(Plan(host="mini2"), Out(as_json=True))
    assert not (home / "state").exists()
    assert not (home / ".config").exists()
    assert not (home / "Library").exists()


def test_a_client_of_postgresql_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def installed(_: str) -> str:
        return "3.1.19"

    monkeypatch.setattr(farm, "version", installed)
    with pytest.raises(FarmError, match=r"psycopg 3\.1\.19 is too old: 3\.2 is the oldest"):
        farm.init(Plan("postgresql://farm@db/farm"), Out(as_json=True))


def _serve(epoch: int) -> None:
    """Have a farm that has granted the phone never, and an agent that has let it through that often."""
    store = LeaseStore.of("sqlite")
    with store.take_host("mini1", name="harness agent") as seat:
        seat.publish([PublishedPhone(PHONE, "mini1")])
    store.close()
    if epoch:
        Epochs(epochs_path("mini1")).claim(PHONE.udid, epoch)


@pytest.mark.parametrize("word", [None, PHONE.name, PHONE.udid.lower()])
def test_a_farm_counts_on_from_what_was_served_here(
    word: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    _serve(7)
    farm.bump(Plan(), word, Out(as_json=True))
    assert said(capsys) == [{"phone": "desk-15", "udid": PHONE.udid, "was": 0, "served": 7}]
    store = LeaseStore.of("sqlite")
    assert [phone.epoch for phone in store.snapshot().phones] == [7]
    store.close()


@pytest.mark.parametrize(("word", "who"), [(None, "no phone"), ("desk-15", "desk-15"), ("other", "other")])
def test_what_was_never_served_here_is_named_with_where_to_go(word: str | None, who: str) -> None:
    _serve(0)
    with pytest.raises(NoSuchDevice, match=rf"{who} was (n)?ever served from (this machine|here)") as refused:
        farm.bump(Plan(), word, Out(as_json=True))
    assert "desk-15" in str(refused.value.fix)


def test_phones_whose_agent_has_gone_for_good_are_used_without_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _serve(0)
    farm.ungate(Plan(), "mini1", Out(as_json=False))
    assert capsys.readouterr().out == "desk-15: no agent\n"
    store = LeaseStore.of("sqlite")
    assert [phone.gate for phone in store.snapshot().phones] == [None]
    store.close()
    with pytest.raises(NoSuchDevice, match="no phone of mini1 waits for an agent"):
        farm.ungate(Plan(), "mini1", Out(as_json=False))


def test_phones_whose_agent_is_there_stay_its_own() -> None:
    store = LeaseStore.of("sqlite")
    with store.take_host("mini1", name="harness agent") as seat:
        seat.publish([PublishedPhone(PHONE, "mini1")])
        with pytest.raises(HostTaken, match="the agent of mini1 is there"):
            farm.ungate(Plan(), "mini1", Out(as_json=False))
    store.close()


def test_a_phone_is_taken_from_a_process_whose_machine_is_not_there_any_more(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(LeaseStore.of("sqlite")) as store:
        store.know([PHONE])
        with store.register("pytest gw0") as gone, store.register("pytest gw1") as after:
            lost = gone.acquire([PHONE.udid], within_s=0)
            # Nobody here sees the lock that its machine would have given back.
            with closing(sqlite3.connect(store.address)) as file, file:
                file.execute("UPDATE holder SET place='a machine that is off' WHERE id=?", (gone.id,))
            farm.revoke(Plan(), "desk-15", Out(as_json=True))
            assert after.acquire([PHONE.udid], within_s=0).udid == PHONE.udid
            with pytest.raises(LeaseLost):
                lost.check()
    told = capsys.readouterr()
    assert json.loads(told.out)["holder"].startswith("pytest gw0 (pid ")
    assert "see that it has ended" in told.err


def test_of_an_agents_phone_it_is_said_that_it_is_taken_and_its_agent_cuts_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with closing(LeaseStore.of("sqlite")) as store, store.take_host("mini1", name="harness agent") as seat:
        seat.publish([PublishedPhone(PHONE, "mini1")])
        with store.register("pytest gw0") as holder, ThreadPoolExecutor(1) as beside:
            asking = beside.submit(holder.acquire, [PHONE.udid], within_s=60)
            while not (opening := seat.duties().to_open):
                seat.wait(1)
            seat.opened(opening[0], "/tmp/a.sock")
            asking.result()
            farm.revoke(Plan(), PHONE.udid, Out(as_json=False))
            assert [grant.udid for grant in seat.duties().to_close] == [PHONE.udid]
    told = capsys.readouterr()
    assert told.out.startswith("desk-15: taken from pytest gw0 (pid ")
    assert told.err == ""


def test_a_phone_that_nobody_holds_is_taken_from_nobody() -> None:
    _serve(0)
    with pytest.raises(NoSuchDevice, match="nobody holds desk-15"):
        farm.revoke(Plan(), "desk-15", Out(as_json=True))


@pytest.mark.parametrize("word", [PHONE.name, PHONE.udid.lower()])
def test_a_phone_that_is_gone_for_good_is_forgotten_and_devices_yaml_is_named_where_it_lists_it(
    word: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _serve(0)
    (home / "devices.yaml").write_text(DEVICES)
    farm.forget(Plan(), word, Out(as_json=True))
    told = capsys.readouterr()
    assert json.loads(told.out) == {"phone": "desk-15", "udid": PHONE.udid}
    assert told.err == "devices.yaml still lists it: take it out there, too\n"
    with closing(LeaseStore.of("sqlite")) as store:
        assert store.snapshot().phones == ()


def test_who_means_a_phone_that_nobody_knows_is_told_which_there_are() -> None:
    _serve(0)
    with pytest.raises(NoSuchDevice, match="no phone here is called desk-16; there are desk-15"):
        farm.forget(Plan(), "desk-16", Out(as_json=True))


def test_of_two_phones_with_one_name_the_udid_says_which_has_gone() -> None:
    _serve(0)
    replaced = replace(PHONE, udid="00008120-000000000000A11E")
    with closing(LeaseStore.of("sqlite")) as store:
        store.know([replaced])
        with pytest.raises(FarmError, match=rf"2 phones are called desk-15: .*{PHONE.udid}: offline"):
            farm.forget(Plan(), "desk-15", Out(as_json=True))
        farm.forget(Plan(), PHONE.udid, Out(as_json=True))
        assert [phone.udid for phone in store.snapshot().phones] == [replaced.udid]
