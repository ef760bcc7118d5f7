"""A PostgreSQL server of the tests' own: in a temporary directory, started when one first needs it.

It keeps ``fsync`` on, as a real one does. ``initdb`` refuses to run as root, so it runs as a user without
rights then.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from tests.judges import executable

OWNERS = ("postgres", "nobody")
"""Who runs the server when root runs the tests, the first one that there is."""

SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200")


class Server:
    """One server, stopped and started at will.

    Args:
        directory: an empty one.

    Attributes:
        port: at 127.0.0.1.
    """

    def __init__(self, directory: Path) -> None:
        self._data = directory / "data"
        self._log = directory / "log"
        self._user = next((name for name in OWNERS if _exists(name)), None) if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(directory, self._user)
        self._run("initdb", "-D", self._data, "-U", "farm", "--auth=trust", "-E", "UTF8", "--locale=C")
        self.port = _free_port()

    def url(self, database: str = "postgres") -> str:
        """Where a database of it is."""
        return f"postgresql://farm@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it; returns once it answers."""
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"port={self.port}"))
        self._run("pg_ctl", "-D", self._data, "-l", self._log, "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a crash of its machine does: every session is cut."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def create(self, database: str) -> str:
        """Make an empty database; returns its URL."""
        with psycopg.connect(self.url(), autocommit=True) as session:
            session.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def _run(self, name: str, *words: object) -> None:
        found = executable(name)
        assert found, f"{name} is not installed"
        command: Sequence[str] = [found, *map(str, words)]
        ran = subprocess.run(
            command, user=self._user, cwd="/", stdin=-3, stdout=-3, stderr=-1, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def server() -> Generator[Server]:
    """A running server, for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="ih-pg-") as directory:
        # Its owner has to get there.
        os.chmod(directory, 0o755)
        made = Server(Path(directory))
        made.start()
        try:
            yield made
        finally:
            made.stop()
