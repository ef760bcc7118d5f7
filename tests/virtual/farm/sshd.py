"""ssh's own server on the loopback, with keys and a configuration of its own, and a client that knows it."""

from __future__ import annotations

import contextlib
import getpass
import os
import shlex
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from tests.judges import SSHD
from tests.ports import free_port

HOST = "mini"
"""What the client's configuration calls the server."""

LISTENS_WITHIN_S = 20.0

SERVER = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {place}/host
AuthorizedKeysFile {place}/user.pub
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
"""

CLIENT = """\
Host {name}
  HostName 127.0.0.1
  Port {port}
  User {user}
  IdentityFile {place}/user
  IdentitiesOnly yes
  UserKnownHostsFile {place}/known
"""

PRIVILEGES = Path("/run/sshd")
"""Where a server that is started by root drops its privileges to; it does not start without."""


@dataclass(frozen=True)
class Sshd:
    """A server that runs.

    Attributes:
        process: its own.
        command: how the client is called that knows it as ``HOST``.
    """

    process: subprocess.Popen[bytes]
    command: tuple[str, ...]

    def put_into(self, directory: Path) -> None:
        """Write a program ``ssh`` that knows it, for a ``PATH``: ssh heeds no other home than its user's."""
        program, *options = self.command
        found = shutil.which(program)
        assert found is not None
        wrapper = directory / program
        wrapper.write_text(f'#!/bin/sh\nexec {shlex.join([found, *options])} "$@"\n')
        wrapper.chmod(0o700)

    def sessions(self) -> list[int]:
        """The processes of its own that serve a connection each."""
        return [pid for pid, parent, _ in _processes() if parent == self.process.pid]

    def clients(self) -> list[int]:
        """The processes that are connected to it, or about to be."""
        called = f"{shlex.join(self.command[1:])} "
        return [pid for pid, _, said in _processes() if called in said and not said.startswith("/bin/sh")]

    def stop(self) -> None:
        """End it, with all that it serves, as when the machine goes away."""
        subprocess.run(["pkill", "-KILL", "-P", str(self.process.pid)], check=False)
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def sshd() -> Generator[Sshd]:
    """A server that is gone afterwards."""
    place = Path(tempfile.mkdtemp(prefix="ih-ssh-", dir="/tmp"))
    if os.geteuid() == 0:
        PRIVILEGES.mkdir(mode=0o755, exist_ok=True)
    port = free_port()
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name)], check=True)
    known = (place / "host.pub").read_text().split()[:2]
    (place / "known").write_text(f"[127.0.0.1]:{port} {' '.join(known)}\n")
    (place / "server").write_text(SERVER.format(port=port, place=place))
    (place / "client").write_text(CLIENT.format(name=HOST, port=port, place=place, user=getpass.getuser()))
    with (place / "talk").open("wb") as talk:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", place / "server"], stderr=talk)
    it = Sshd(process, ("ssh", "-F", str(place / "client")))
    try:
        _wait_for(port, process, place / "talk")
        yield it
    finally:
        it.stop()
        shutil.rmtree(place)


def _wait_for(port: int, process: subprocess.Popen[bytes], talk: Path) -> None:
    deadline_s, pause = time.monotonic() + LISTENS_WITHIN_S, time.sleep
    while True:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        assert process.poll() is None, talk.read_text()
        assert time.monotonic() < deadline_s, talk.read_text()
        pause(0.02)


def _processes() -> list[tuple[int, int, str]]:
    """Those of this machine: pid, parent's pid, command line."""
    words = ["ps", "axww", "-o", "pid=,ppid=,command="]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    return [(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) == 3]
