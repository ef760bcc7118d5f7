from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from harness.virtual.address import parse_rack_address
from harness.virtual.launcher import RackNotStarted, start_rack
from harness.virtual.serve import KEYS_VARIABLE

DEVICES = """\
version: 1
devices:
  - name: v-16
    virtual: {ios: "16.7", model: "iPhone10,3"}
  - name: desk
    udid: 00008030-0000000000000001
  - name: v-15
    virtual: {ios: "15.8.3", model: "iPhone10,1", seed: 2}
"""


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))
    path = tmp_path / "devices.yaml"
    path.write_text(DEVICES)
    return path


def racks(devices: Path) -> list[Path]:
    return list((devices.parent / "state" / "racks").iterdir())


def client(*arguments: str, mux: str, home: Path) -> str:
    """Run the client's command line; returns what it printed."""
    command = [str(Path(sys.executable).parent / "pymobiledevice3"), *arguments]
    environment = {**os.environ, "USBMUXD_SOCKET_ADDRESS": mux, "HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_a_rack_is_there_while_it_is_held_and_leaves_nothing_behind(devices: Path) -> None:
    with start_rack(devices) as rack:
        address = rack.address
        assert [phone.name for phone in address.phones] == ["v-16", "v-15"]
        (published,) = racks(devices)
        assert published.name == f"{address.pid}.json"
        assert parse_rack_address(published.read_text()) == address
        directory = Path(address.usbmux).parent
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert len(address.usbmux) <= 100
    assert not rack.is_running
    assert racks(devices) == []
    assert not directory.exists()


def test_keys_are_kept_where_the_environment_has_them_and_else_in_the_state_directory(
    devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, usual = devices.parent / "keys.json", devices.parent / "state" / "virtual-identity.json"
    monkeypatch.setenv(KEYS_VARIABLE, str(named))
    with start_rack(devices):
        made = named.read_text()
    with start_rack(devices):
        assert named.read_text() == made
    assert not usual.exists()
    monkeypatch.delenv(KEYS_VARIABLE)
    with start_rack(devices):
        assert usual.read_text() != made


def test_an_unmodified_client_works_with_it_from_its_command_line(devices: Path) -> None:
    with start_rack(devices) as rack:
        mux, udid = rack.address.usbmux, rack.address.phones[0].udid
        home = devices.parent
        listed = json.loads(client("usbmux", "list", mux=mux, home=home))
        assert {phone["UniqueDeviceID"] for phone in listed} == {phone.udid for phone in rack.address.phones}
        dvt = ("developer", "dvt")
        told = client(*dvt, "launch", "dev.harness.downloader", "--udid", udid, mux=mux, home=home)
        pid = int(told.split()[-1])
        found = client(
            *(*dvt, "process-id-for-bundle-id", "dev.harness.downloader", "--udid", udid), mux=mux, home=home
        )
        assert int(found) == pid


def test_two_racks_of_one_file_have_phones_of_their_own(devices: Path) -> None:
    with start_rack(devices, nonce="a") as one, start_rack(devices, nonce="b") as other:
        udids = {phone.udid for rack in (one, other) for phone in rack.address.phones}
        assert len(udids) == 4


def test_a_rack_is_of_the_phones_that_are_named(devices: Path) -> None:
    with start_rack(devices, names={"v-15", "desk"}) as rack:
        assert [phone.name for phone in rack.address.phones] == ["v-15"]
    with pytest.raises(RackNotStarted, match="no virtual phone"):
        start_rack(devices, names=())


def test_what_is_wrong_with_the_file_is_what_the_launcher_says(devices: Path) -> None:
    devices.write_text("version: 1\ndevices:\n  - name: v\n    virtual: {ios: sixteen}\n")
    with pytest.raises(RackNotStarted, match=r"devices.yaml:4:"):
        start_rack(devices)


def test_a_file_of_apps_is_installed_and_a_broken_one_is_named(devices: Path) -> None:
    apps = devices.parent / "apps.py"
    apps.write_text(
        "from harness.virtual.kernel.installed import AppBundle\n"
        'APPS = [AppBundle("com.example.mine", "Mine", "1.0", "Mine")]\n'
    )
    with start_rack(devices, apps=apps) as rack:
        listed = client(
            *("apps", "list", "--udid", rack.address.phones[0].udid),
            mux=rack.address.usbmux,
            home=devices.parent,
        )
        assert {"com.example.mine", "dev.harness.downloader"} <= json.loads(listed).keys()
    apps.write_text("raise RuntimeError('broken on purpose')\n")
    with pytest.raises(RackNotStarted, match="broken on purpose"):
        start_rack(devices, apps=apps)


def test_a_rack_ends_when_the_process_that_started_it_is_killed(devices: Path) -> None:
    program = (
        "import pathlib, sys, signal\n"
        "from harness.virtual.launcher import start_rack\n"
        "rack = start_rack(pathlib.Path(sys.argv[1]))\n"
        "print(rack.address.to_json(), flush=True)\n"
        "signal.pause()\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", program, str(devices)], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    address = parse_rack_address(starter.stdout.readline().decode())
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    # The rack has inherited nothing of this pipe, so its state file is what tells that it has ended.
    watch = subprocess.run(
        [sys.executable, "-c", _WAIT_UNTIL_GONE, str(Path(address.usbmux).parent)], timeout=30, check=False
    )
    starter.stdout.close()
    assert watch.returncode == 0
    assert racks(devices) == []


_WAIT_UNTIL_GONE = """
import os, select, sys
for _ in range(200):
    if not os.path.exists(sys.argv[1]):
        sys.exit(0)
    select.select([], [], [], 0.1)
sys.exit(1)
"""
