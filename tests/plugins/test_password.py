"""A password in the store's URL, in a run that does all that can go wrong: it is in nothing that is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.plugins.runs import PHONES, Ended, Place
from tests.postgres import Server, server

SECRET = "hunter2"

TESTS = """\
import os, signal, subprocess

def test_that_fails(device, app):
    app.launch()
    device.network.wifi_off()
    with open("processes", "w") as listed:
        subprocess.run(["ps", "-A", "-ww", "-o", "args="], stdout=listed, check=True)
    raise LookupError("the author's own")

def test_that_is_killed(device):
    device.network.wifi_off()
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """One whose role ``locked`` gets in with its password only."""
    with server() as running:
        running.demand("locked", SECRET)
        yield running


def place(postgres: Server, tmp_path: Path, password: str) -> Place:
    database = f"farm_{tmp_path.name}"
    url = postgres.create(database).replace("farm@", f"locked:{password}@")
    return Place(tmp_path, TESTS, PHONES.replace("version: 1\n", f"version: 1\nstore: {url}\n"))


def shown_in(path: Path, ended: Ended) -> list[str]:
    """Where the password is shown, besides the devices.yaml that it was written into."""
    files = [one for one in path.rglob("*") if one.is_file() and one.name != "devices.yaml"]
    assert len(files) > 5
    told = [str(one) for one in files if SECRET.encode() in read(one)]
    return [*told, *(["the output"] if SECRET in ended.said else [])]


def read(path: Path) -> bytes:
    """What is in a file, and nothing once it has gone: a janitor that ends removes its own."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


@pytest.mark.judge("postgresql")
def test_a_run_tells_it_nowhere_and_its_janitors_get_in(postgres: Server, tmp_path: Path) -> None:
    run = place(postgres, tmp_path, SECRET)
    ended = run.run("-n2", "--timelines=kept", "--report=out", "--junit-xml=junit.xml", "--showlocals", "-rA")
    assert "FAILED test_it.py::test_that_fails" in ended.said, ended.said
    assert "FAILED test_it.py::test_that_is_killed" in ended.said, ended.said
    assert "postgresql://locked@" in (tmp_path / "processes").read_text()
    assert shown_in(tmp_path, ended) == []
    (log,) = tmp_path.glob("state/**/janitor.log")
    assert log.read_text() == ""


@pytest.mark.judge("postgresql")
def test_a_run_that_does_not_get_in_does_not_tell_with_what_it_tried(
    postgres: Server, tmp_path: Path
) -> None:
    ended = place(postgres, tmp_path, f"{SECRET}-no-more").run("--report=out", "--showlocals")
    assert "password authentication failed" in ended.said, ended.said
    assert shown_in(tmp_path, ended) == []
