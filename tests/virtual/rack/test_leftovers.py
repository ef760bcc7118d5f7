from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.config.places import racks_dir
from harness.virtual.address import parse_rack_address
from harness.virtual.launcher import start_rack
from harness.virtual.leftovers import MARKER, private_dir, process_runs, sweep

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


def left(base: Path, pid: int | str, mode: int = 0o700) -> Path:
    """A directory as a rack leaves it that is killed."""
    directory = base / "ih-12345678"
    (directory / "phones").mkdir(parents=True)
    (directory / MARKER).write_text(str(pid))
    directory.chmod(mode)
    return directory


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


def test_a_directory_is_there_while_it_is_used_and_never_swept_meanwhile() -> None:
    with private_dir() as directory:
        sweep([directory.parent])
        assert (directory / MARKER).read_text() == str(os.getpid())
    assert not directory.exists()


def test_a_lock_protects_even_where_the_process_cannot_be_seen(dead: int) -> None:
    with private_dir() as directory:
        (directory / MARKER).write_text(str(dead))
        sweep([directory.parent])
        assert directory.exists()


def test_a_directory_of_a_dead_process_is_swept(tmp_path: Path, dead: int) -> None:
    directory = left(tmp_path, dead)
    sweep([tmp_path])
    assert not directory.exists()


KEPT: dict[str, Callable[[Path, int], Path]] = {
    "its process lives": lambda base, dead: left(base, os.getpid()),
    "being made": lambda base, dead: left(base, ""),
    "not a rack's": lambda base, dead: left(base, "somebody"),
    "not private": lambda base, dead: left(base, dead, mode=0o755),
    "another name": lambda base, dead: left(base, dead).rename(base / "other"),
}


@pytest.mark.parametrize("why", KEPT)
def test_anything_else_is_left_alone(tmp_path: Path, dead: int, why: str) -> None:
    directory = KEPT[why](tmp_path, dead)
    sweep([tmp_path])
    assert directory.exists()


def test_links_are_not_followed(tmp_path: Path, dead: int) -> None:
    elsewhere = left(tmp_path / "elsewhere", dead)
    (tmp_path / "ih-linked00").symlink_to(elsewhere)
    marker = left(tmp_path, "") / MARKER
    marker.unlink()
    marker.symlink_to(elsewhere / MARKER)
    sweep([tmp_path])
    assert elsewhere.exists()
    assert marker.parent.exists()


def test_only_addresses_of_dead_racks_are_swept(tmp_path: Path, dead: int) -> None:
    kept = {f"{os.getpid()}.json", "notes.json"}
    for name in (*kept, f"{dead}.json"):
        (racks_dir() / name).touch()
    sweep([tmp_path])
    assert {path.name for path in racks_dir().iterdir()} == kept


def test_a_process_runs_until_it_has_been_waited_for(dead: int) -> None:
    assert process_runs(os.getpid())
    assert process_runs(1)
    assert not process_runs(dead)
