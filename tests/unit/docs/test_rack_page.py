"""docs/rack.md: its commands say what is shown, on a PostgreSQL and with agents; its files can be used."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg import connect

from harness.config.devices import load_devices
from harness.farm.leases.store import LeaseStore
from tests.bench.leases import PARTS
from tests.plugins.runs import CONFTEST, UNASKED
from tests.postgres import Server, server
from tests.unit.docs.pages import ROOT, blocks, page
from tests.unit.docs.racked import PICTURE, picture
from tests.virtual.cli.desk import Desk
from tests.virtual.farm.site import WITHIN_S, environment_of, wait_for
from tests.virtual.farm.sshd import HOST, Sshd, sshd

TEXT = page("docs/rack.md")
REHEARSED, REAL = blocks(TEXT, "yaml")
(TESTS,) = blocks(TEXT, "python")
SESSIONS = blocks(TEXT, "console")
STORE = "postgresql://farm@db/farm"
"""How the page calls the store of the rehearsal."""


class Step(NamedTuple):
    """A command line of the page, and what is shown beneath it."""

    words: list[str]
    shown: str


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    with server() as running:
        yield running


class Rehearsal:
    """The directory in which the page's commands are run, and the agents that go on meanwhile.

    Args:
        directory: an empty one.
        store: the store that is meant.

    Attributes:
        store: the same.
    """

    def __init__(self, directory: Path, store: str) -> None:
        self.desk = Desk(directory)
        self.store = store
        self._agents: dict[str, tuple[subprocess.Popen[str], Path]] = {}
        self._ending = ExitStack()
        (directory / "devices.yaml").write_text(REHEARSED.replace(STORE, store))
        (directory / "test_it.py").write_text(TESTS)
        (directory / "conftest.py").write_text(CONFTEST)
        (directory / "pytest.ini").write_text("[pytest]\n")

    def do(self, step: Step) -> None:
        """Run a command, and see that it says what is shown."""
        name, *words = step.words
        if words[:1] == ["agent"]:
            self._serve(step)
        elif name == "pytest":
            said = self.tested(words)
            assert [line for line in map(plain, step.shown.splitlines()) if line not in said] == [], said
        else:
            done = self.desk.run(*words)
            assert self._told(done.stdout + done.stderr) == plain(step.shown), step.words

    def _told(self, text: str) -> str:
        return plain(text.replace(self.store, STORE))

    def _serve(self, step: Step) -> None:
        """Start an agent, which goes on, and wait until it has said as much as is shown."""
        host = step.words[-1]
        log = self.desk.directory / f"{host}.log"
        with log.open("w") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", "from harness.cli.main import main; main()", *step.words[1:]],
                env=self.desk.environment,
                cwd=self.desk.directory,
                stdout=out,
                start_new_session=True,
                text=True,
            )
        self._ending.callback(process.wait, WITHIN_S)
        self._ending.callback(process.send_signal, signal.SIGTERM)
        self._agents[host] = (process, log)
        shown = step.shown.splitlines()
        wait_for(lambda: set(shown) <= set(log.read_text().splitlines()), f"{host} says {shown}")

    def end(self, host: str) -> None:
        """Ctrl-C at an agent."""
        process, _ = self._agents[host]
        process.send_signal(signal.SIGINT)
        assert process.wait(WITHIN_S) == 0

    def tested(self, words: list[str], before_path: str = "") -> str:
        """What a run says; with a directory before all others in which programs are looked for."""
        search = os.pathsep.join(filter(None, (before_path, os.environ["PATH"])))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *UNASKED, *words],
            env=self.desk.environment | {"PATH": search},
            cwd=self.desk.directory,
            stdout=subprocess.PIPE,
            # What keeps it from beginning is said there.
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
        )
        return "\n".join(plain(line) for line in done.stdout.splitlines())

    def close(self) -> None:
        """Every agent is gone afterwards."""
        self._ending.close()


@pytest.fixture
def rehearsal(tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rehearsal]:
    for name, value in environment_of(tmp_path).items():
        monkeypatch.setenv(name, value)
    made = Rehearsal(tmp_path, postgres.create("rehearsed"))
    yield made
    made.close()


def plain(text: str) -> str:
    """What is said, whatever the widths of columns and however long it took; UDIDs are told as such."""
    told = re.sub(r"\b\d+ s\b|(?<=epoch )\d+|(?<=passed, 1 error).*", "#", text)
    return " ".join(re.sub(r"={3,}", "", told).split())


def steps(session: str) -> Iterator[Step]:
    """The command lines of a session, with what is shown beneath each."""
    for part in session.split("$ ")[1:]:
        line, _, shown = part.partition("\n")
        yield Step(shlex.split(line), shown)


@pytest.mark.judge("postgresql")
@pytest.mark.judge("ssh")
def test_the_rehearsal_goes_as_shown(rehearsal: Rehearsal) -> None:
    *before, without_mini1, ungated, bump = SESSIONS
    for step in (step for session in before for step in steps(session)):
        rehearsal.do(step)
    # Those of a command that has ended are the server's to miss.
    wait_for(lambda: sessions(rehearsal.store) == [2, 2], "each agent has two sessions")
    with sshd() as server:
        assert "2 passed" in through_ssh(rehearsal, server)
    rehearsal.end("mini1")
    for step in (*steps(without_mini1), *steps(bump), *steps(ungated)):
        rehearsal.do(step)


def sessions(store: str) -> list[int]:
    """How many sessions each process has at a database, other than this one's."""
    ours = "SELECT count(*) FROM pg_stat_activity WHERE datname=current_database() AND pid<>pg_backend_pid()"
    with connect(store) as session:
        return [count for (count,) in session.execute(f"{ours} GROUP BY application_name".encode())]


def through_ssh(rehearsal: Rehearsal, server: Sshd) -> str:
    """What a run says that reaches both minis by ssh, with a key held to carrying sockets as on the page."""
    held_to = next(block.strip() for block in blocks(TEXT, "text") if "port-forwarding" in block)
    key = Path(server.command[-1]).with_name("user.pub")
    key.write_text(f"{held_to} {key.read_text()}")
    directory = rehearsal.desk.directory
    calls = directory / "calls"
    shim = directory / "bin" / "ssh"
    shim.parent.mkdir()
    shim.write_text(
        f'#!/bin/sh\necho "$@" >>{calls}\nexec {shutil.which("ssh")} {" ".join(server.command[1:])} "$@"\n'
    )
    shim.chmod(0o755)
    file = directory / "devices.yaml"
    by_ssh = (
        file.read_text()
        .replace("mini1: {}", f"mini1: {{ssh: {HOST}}}")
        .replace("mini2: {}", f"mini2: {{ssh: {HOST}}}")
    )
    (directory / "by-ssh.yaml").write_text(by_ssh)
    said = rehearsal.tested(["--devices", "by-ssh.yaml", "-k", "new_one or two_at_once"], str(shim.parent))
    # One for each lease of a phone.
    assert len(calls.read_text().splitlines()) >= 3
    return said


@pytest.mark.judge("postgresql")
def test_the_role_and_the_database_of_the_page_are_enough(postgres: Server) -> None:
    (statements,) = blocks(TEXT, "sql")
    # The tests' server has a role called farm already.
    for statement in statements.replace("farm", "keeper").split(";")[:-1]:
        postgres.do(statement)
    store = LeaseStore.of(postgres.url("keeper", role="keeper"))
    try:
        with store.take_host("mini1", name="agent"), store.register("worker"):
            assert store.snapshot().phones == ()
    finally:
        store.close()


def test_the_file_of_a_real_rack_is_read(tmp_path: Path) -> None:
    path = tmp_path / "devices.yaml"
    path.write_text(REAL)
    file = load_devices(path)
    assert {name: host.ssh for name, host in file.hosts.items()} == {
        "mini1": "farm@mini1.rack.example",
        "mini2": "farm@mini2.rack.example",
    }
    assert [phone.name for phone in file.on("mini1").devices] == ["a1"]


def test_what_is_to_measure_can_be_measured() -> None:
    named = re.findall(r"--only ([\w-]+)", TEXT)
    assert len(named) == 2
    assert set(named) <= set(PARTS)


def test_the_picture_is_as_it_is_drawn() -> None:
    assert (ROOT / PICTURE).read_text(encoding="utf-8") == picture(), "run python -m tests.unit.docs.racked"
    assert os.path.relpath(ROOT / PICTURE, ROOT / "docs") in TEXT
