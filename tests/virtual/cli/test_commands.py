from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import tarfile
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from harness.config.devices import load_devices
from harness.drivers.virtual_clock import VirtualClock
from harness.evidence.record import from_line
from harness.farm.leases.store import LeaseStore
from harness.model.facts import StateSeen
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.states import AppState
from harness.virtual.address import RackAddress, parse_rack_address
from harness.virtual.launcher import start_rack
from tests.virtual.cli.desk import WITHIN_S, Desk, stdout_of

_APP = "dev.harness.downloader"
_DEVICES = """\
version: 1
devices:
  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3", seed: 3}}
  - {name: v-18, virtual: {ios: "18.5", model: "iPhone14,5", seed: 3}}
"""


@pytest.fixture(scope="module")
def rack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, RackAddress]]:
    directory = tmp_path_factory.mktemp("desk")
    (directory / "devices.yaml").write_text(_DEVICES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_STATE_DIR", str(directory / "state"))
        patch.setenv("HOME", str(directory))
        with start_rack(directory / "devices.yaml") as running:
            yield Desk(directory), running.address


@pytest.fixture
def shell(rack: tuple[Desk, RackAddress]) -> Desk:
    return rack[0]


@pytest.fixture
def empty(tmp_path: Path) -> Desk:
    """A directory where no rack runs."""
    return Desk(tmp_path)


@pytest.mark.parametrize("name", ["v-16", "v-18"])
def test_an_app_is_launched_and_killed_and_its_process_is_gone(shell: Desk, name: str) -> None:
    pid = shell.json("launch-app", _APP, "--phone", name)["pid"]
    killed = shell.json("kill-app", _APP, "--phone", name)
    assert killed | {"udid": ""} == {
        "bundle_id": _APP,
        "phone": name,
        "udid": "",
        "hardware": "virtual",
        "pid": pid,
        "gone": True,
        "signal": 9,
    }
    state = shell.json("state", _APP, "--phone", name)
    assert (state["state"], state["pid"]) == (AppState.NOT_RUNNING, None)


def test_an_app_that_is_not_running_is_not_killed(shell: Desk) -> None:
    shell.run("kill-app", _APP, "--phone", "v-16")
    done = shell.run("kill-app", _APP, "--phone", "v-16")
    assert (done.returncode, done.stdout) == (3, "")
    assert "v-16: dev.harness.downloader is not running. Launch it first" in done.stderr


def test_an_app_that_is_not_installed_is_named(shell: Desk) -> None:
    done = shell.run("kill-app", "com.example.none", "--phone", "v-16", "--json")
    assert done.returncode == 3
    error = json.loads(done.stdout)["error"]
    assert (error["kind"], error["phone"]) == ("AppNotInstalled", "v-16")


def test_of_several_phones_with_the_app_none_is_touched_and_all_are_listed(
    shell: Desk, rack: tuple[Desk, RackAddress]
) -> None:
    done = shell.run("kill-app", _APP)
    assert (done.returncode, done.stdout) == (4, "")
    assert all(phone.name in done.stderr and phone.udid in done.stderr for phone in rack[1].phones)
    assert "--phone" in done.stderr


def test_a_phone_that_somebody_holds_is_refused_at_once_with_who_holds_it_and_what_for(
    shell: Desk, rack: tuple[Desk, RackAddress]
) -> None:
    with _held(shell, rack[1]):
        done = shell.run("kill-app", _APP, "--phone", "v-16")
        listed = shell.run("leases", "--json")
        row = next(json.loads(line) for line in shell.run("devices", "--json").stdout.splitlines())
        examined = shell.run("doctor", "--phone", "v-16", "--json")
    assert (done.returncode, done.stdout) == (4, "")
    assert f"v-16: held by somebody's test (pid {os.getpid()}) for " in done.stderr
    assert "test_a_long_download" in done.stderr
    assert "--wait" in done.stderr
    lease = json.loads(listed.stdout)
    assert (lease["phone"], lease["state"], lease["note"]) == ("v-16", "leased", "test_a_long_download")
    assert (row["name"], row["holder"]) == ("v-16", f"somebody's test (pid {os.getpid()})")
    stages = {stage["stage"]: stage["health"] for stage in json.loads(examined.stdout)["stages"]}
    assert (stages["trusted"], stages["free"], stages["app installed"]) == ("ok", "not tried", "not tried")


def test_who_waits_for_a_phone_gets_it_when_it_is_given_back(
    shell: Desk, rack: tuple[Desk, RackAddress]
) -> None:
    shell.json("launch-app", _APP, "--phone", "v-16")
    with (
        _held(shell, rack[1]) as store,
        shell.start("kill-app", _APP, "--phone", "v-16", "--wait", "60") as kill,
    ):
        _until_somebody_waits(store)
        store.revoke(rack[1].phones[0].udid)
        assert kill.wait(WITHIN_S) == 0


def test_ctrl_c_ends_the_waiting_and_leaves_the_queue(shell: Desk, rack: tuple[Desk, RackAddress]) -> None:
    with _held(shell, rack[1]) as store, shell.start("state", "--phone", "v-16", "--wait", "60") as waiter:
        _until_somebody_waits(store)
        waiter.send_signal(signal.SIGINT)
        assert waiter.wait(10) == 130
        assert store.snapshot().waiting == ()


@contextlib.contextmanager
def _held(shell: Desk, rack: RackAddress) -> Generator[LeaseStore]:
    """The first phone, held by this process for the length of the block."""
    store = LeaseStore.open(shell.directory / "state" / "leases.sqlite3")
    try:
        with store.register("somebody's test") as holder:
            holder.acquire([rack.phones[0].udid], within_s=0, note="test_a_long_download")
            yield store
    finally:
        store.close()


def _until_somebody_waits(store: LeaseStore) -> None:
    deadline_s = time.monotonic() + WITHIN_S
    while not store.snapshot().waiting:
        assert time.monotonic() < deadline_s
        threading.Event().wait(0.02)


def test_an_app_that_is_sent_to_the_background_gets_suspended(
    shell: Desk, rack: tuple[Desk, RackAddress]
) -> None:
    shell.json("launch-app", _APP, "--phone", "v-16")
    assert shell.json("state", _APP, "--phone", "v-16")["state"] == AppState.FOREGROUND_ACTIVE
    shell.json("background-app", _APP, "--phone", "v-16")
    asyncio.run(_let_pass(rack[1], 30))
    assert shell.json("state", _APP, "--phone", "v-16")["state"] == AppState.SUSPENDED


async def _let_pass(rack: RackAddress, seconds: float) -> None:
    phone = rack.phones[0]
    identity = PhoneIdentity(phone.name, phone.udid, phone.ios, phone.model, Hardware.VIRTUAL)
    clock = VirtualClock(identity, rack.clock)
    until_s = (await clock.now()).at_s + seconds
    while (await clock.let_pass(until_s)).at_s < until_s:
        pass
    await clock.close()


def test_facts_are_followed_as_json_lines_and_ctrl_c_gives_the_phone_back(shell: Desk) -> None:
    pid = shell.json("launch-app", _APP, "--phone", "v-16")["pid"]
    with shell.start("tail", "--facts", "--app", _APP, "--phone", "v-16") as tail:
        fact = from_line(stdout_of(tail).readline())
        tail.send_signal(signal.SIGINT)
        assert tail.wait(WITHIN_S) == 130
    assert isinstance(fact, StateSeen)
    assert (fact.bundle_id, fact.pid, fact.state) == (_APP, pid, AppState.FOREGROUND_ACTIVE)
    leases = shell.run("leases", "--json")
    assert leases.stdout == ""


@pytest.mark.parametrize("name", ["v-16", "v-18"])
def test_what_a_phone_kept_of_its_log_is_saved_once(shell: Desk, name: str) -> None:
    shell.json("launch-app", _APP, "--phone", name)
    file = shell.directory / f"{name}.tar"
    saved = shell.json("log-archive", str(file), "--last", "600", "--phone", name)
    assert saved == {"phone": name, "file": str(file), "size_bytes": file.stat().st_size}
    assert tarfile.is_tarfile(file)
    again = shell.run("log-archive", str(file), "--phone", name)
    assert again.returncode == 2
    assert "is there already" in again.stderr


def test_a_healthy_phone_passes_every_stage_that_can_be_tried(shell: Desk) -> None:
    examined = shell.json("doctor", "--phone", "v-18")
    assert examined["well"]
    assert (examined["seen_by"], examined["reached_by"]) == (["usb"], "usb")
    health = {stage["stage"]: stage["health"] for stage in examined["stages"]}
    untried = {"passcode", "auto-lock", "origin reachable"}
    assert {name for name, became in health.items() if became == "not tried"} == untried
    assert {name for name, became in health.items() if became == "not needed"} == {"clock"}
    assert {became for name, became in health.items() if name not in untried | {"clock"}} == {"ok"}


def test_with_origin_the_app_shows_that_the_phone_reaches_this_host(shell: Desk) -> None:
    examined = shell.json("doctor", "--origin", "--phone", "v-16")
    (origin,) = [stage for stage in examined["stages"] if stage["stage"] == "origin reachable"]
    assert origin["health"] == "ok"
    assert origin["detail"].startswith("the app fetched http://127.0.0.1:")


def test_devices_lists_each_phone_once_also_when_its_usbmuxd_is_this_hosts_own(
    shell: Desk, rack: tuple[Desk, RackAddress]
) -> None:
    done = Desk(shell.directory, rack[1].usbmux).run("devices", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["name"], row["ios"], row["hardware"]) for row in rows] == [
        ("v-16", "16.7", "virtual"),
        ("v-18", "18.5", "virtual"),
    ]


def test_attached_phones_are_added_once_and_can_then_be_named(
    empty: Desk, rack: tuple[Desk, RackAddress]
) -> None:
    # Seen from a state directory that knows of no rack, its phones are like any that are attached.
    desk = Desk(empty.directory, rack[1].usbmux)
    added = [json.loads(line) for line in desk.run("devices", "--add", "--json").stdout.splitlines()]
    assert sorted(each["udid"] for each in added) == sorted(phone.udid for phone in rack[1].phones)
    entries = load_devices(desk.directory / "devices.yaml").devices
    assert [(entry.name, entry.udid) for entry in entries] == [(each["name"], each["udid"]) for each in added]
    again = desk.run("devices", "--add")
    assert (again.returncode, again.stdout) == (0, "")
    assert "every attached phone is in devices.yaml" in again.stderr


def test_without_any_phone_the_way_to_one_is_told(empty: Desk) -> None:
    done = empty.run("kill-app", _APP)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("harness: there is no phone here. ")
    assert "harness virtual serve" in done.stderr


def test_a_malformed_file_is_a_usage_error_with_its_place(empty: Desk) -> None:
    (empty.directory / "mine.yaml").write_text(
        "version: 1\ndevices:\n  - {name: v-16, virtual: {ois: '16'}}\n"
    )
    done = empty.run("kill-app", _APP, "--devices", "mine.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("harness: mine.yaml:3:")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_virtual_serve_says_one_line_and_leaves_nothing_when_it_is_ended(
    empty: Desk, number: signal.Signals
) -> None:
    (empty.directory / "devices.yaml").write_text(_DEVICES)
    with empty.start("virtual", "serve", "devices.yaml") as serving:
        address = parse_rack_address(stdout_of(serving).readline())
        assert [phone.name for phone in address.phones] == ["v-16", "v-18"]
        assert Path(address.usbmux).is_socket()
        serving.send_signal(number)
        assert serving.wait(WITHIN_S) == 0
        assert stdout_of(serving).read() == ""
    assert not Path(address.usbmux).parent.exists()
    assert list((empty.directory / "state" / "racks").iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.killpg(serving.pid, 0)


def test_virtual_serve_under_nohup_outlives_its_terminal(empty: Desk) -> None:
    (empty.directory / "devices.yaml").write_text(_DEVICES)
    with ignored(signal.SIGHUP), empty.start("virtual", "serve", "devices.yaml") as serving:
        address = parse_rack_address(stdout_of(serving).readline())
        serving.send_signal(signal.SIGHUP)
        # Signals of a process are seen in no order: it is asked what is asked of a rack that runs.
        assert "v-16" in empty.run("devices").stdout
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(WITHIN_S) == 0
    assert not Path(address.usbmux).parent.exists()


@contextlib.contextmanager
def ignored(number: signal.Signals) -> Generator[None]:
    """What is started within the block ignores a signal."""
    before = signal.signal(number, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(number, before)
