from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.config.places import racks_dir
from harness.config.privatedir import sweep
from harness.virtual.address import parse_rack_address
from harness.virtual.launcher import start_rack
from harness.virtual.leftovers import private_dir, process_runs, sweep_addresses

DEVICES = 'version: 1\ndevices:\n  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3"}}\n'


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("HARNESS_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="module")
def dead() -> int:
    """The identifier of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_what_a_killed_rack_left_is_gone_when_the_next_one_starts(tmp_path: Path) -> None:
    (tmp_path / "devices.yaml").write_text(DEVICES)
    command = [sys.executable, "-m", "harness.virtual", "serve", str(tmp_path / "devices.yaml")]
    killed = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert killed.stdout is not None
    address = parse_rack_address(killed.stdout.readline().decode())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    killed.stdout.close()
    directory = Path(address.usbmux).parent
    assert directory.exists()
    with start_rack(tmp_path / "devices.yaml") as rack:
        assert not directory.exists()
        assert [path.name for path in racks_dir().iterdir()] == [f"{rack.address.pid}.json"]


def test_a_directory_is_there_while_it_is_used_and_gone_afterwards() -> None:
    with private_dir() as directory:
        sweep(directory.parent)
        assert directory.is_dir()
    assert not directory.exists()


def test_only_addresses_of_dead_racks_are_swept(dead: int) -> None:
    kept = {f"{os.getpid()}.json", "notes.json"}
    for name in (*kept, f"{dead}.json"):
        (racks_dir() / name).touch()
    sweep_addresses()
    assert {path.name for path in racks_dir().iterdir()} == kept


def test_a_process_runs_until_it_has_been_waited_for(dead: int) -> None:
    assert process_runs(os.getpid())
    assert process_runs(1)
    assert not process_runs(dead)
