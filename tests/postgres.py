"""A PostgreSQL server of the tests' own: in a temporary directory, started when one first needs it.

It keeps ``fsync`` on, as a real one does. ``initdb`` refuses to run as root, so it runs as a user without
rights then.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg

from tests.judges import executable
from tests.ports import free_port

OWNERS = ("postgres", "nobody")
"""Who runs the server when root runs the tests, the first one that there is."""

SUPERUSER = "postgres"
ROLE = "farm"
"""Whom databases belong to: a role that may log in, and nothing else, as the documentation has it."""

ANSWERS_WITHIN_S = 60.0
"""Wall seconds for a server to go through its log after a crash, on a busy machine too."""

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
        self._run("initdb", "-D", self._data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--locale=C")
        self.port = free_port()

    def url(self, database: str = "postgres", role: str = ROLE) -> str:
        """Where a database of it is, for a role."""
        return f"postgresql://{role}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it; returns once it answers."""
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"port={self.port}"))
        self._run("pg_ctl", "-D", self._data, "-l", self._log, "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a crash of its machine does: every session is cut."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def crash(self) -> None:
        """Kill the process of one session: all sessions are cut, and the server itself goes on.

        Returns once it answers again.
        """
        with closing(psycopg.connect(self.url())) as victim, closing(psycopg.connect(self.url())) as other:
            os.kill(victim.info.backend_pid, signal.SIGKILL)
            _await_end(other)
        self._await_answer()

    def _await_answer(self) -> None:
        deadline_s, pause = time.monotonic() + ANSWERS_WITHIN_S, threading.Event()
        while True:
            try:
                return psycopg.connect(self.url()).close()
            except psycopg.OperationalError:
                if time.monotonic() > deadline_s:
                    raise
            pause.wait(0.05)

    def create(self, database: str) -> str:
        """Make an empty database; returns its URL."""
        self.do(f'CREATE DATABASE "{database}" OWNER {ROLE}')
        return self.url(database)

    def demand(self, role: str, password: str) -> None:
        """Make a role that gets in with this password only; to all else it is as the owner of databases."""
        self.do(f"CREATE ROLE {role} LOGIN PASSWORD '{password}' IN ROLE {ROLE}")
        rules = self._data / "pg_hba.conf"
        # The first rule that fits decides.
        rules.write_text(f"host all {role} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self.do("SELECT pg_reload_conf()")
        self._await_refusal(role)

    def demand_certificate(self, role: str, directory: Path) -> None:
        """Make a role that gets in with a certificate only; to all else it is as the owner of databases.

        Args:
            role: its name, and what the certificate has to say.
            directory: with ``server.crt``, ``server.key`` and ``ca.crt``; theirs is who runs the server.
        """
        for name in ("server.crt", "server.key", "ca.crt"):
            kept = shutil.copy(directory / name, self._data / name)
            os.chmod(kept, 0o600)
            if self._user:
                shutil.chown(kept, self._user)
        self.do(f"CREATE ROLE {role} LOGIN IN ROLE {ROLE}")
        rules = self._data / "pg_hba.conf"
        rules.write_text(f"hostssl all {role} 127.0.0.1/32 cert\n{rules.read_text()}")
        for name, value in (("ssl_ca_file", "ca.crt"), ("ssl", "on")):
            self.do(f"ALTER SYSTEM SET {name} = '{value}'")
        self.do("SELECT pg_reload_conf()")

    def _await_refusal(self, role: str) -> None:
        deadline_s, pause = time.monotonic() + ANSWERS_WITHIN_S, threading.Event()
        with suppress(psycopg.OperationalError):
            while time.monotonic() < deadline_s:
                psycopg.connect(self.url(role=role)).close()
                pause.wait(0.05)
            raise AssertionError(f"{role} gets in without a password")

    def do(self, sql: str) -> None:
        """Have the superuser do something."""
        with psycopg.connect(self.url(role=SUPERUSER), autocommit=True) as session:
            session.execute(sql.encode())

    def _run(self, name: str, *words: object) -> None:
        found = executable(name)
        assert found, f"{name} is not installed"
        command: Sequence[str] = [found, *map(str, words)]
        ran = subprocess.run(
            command, user=self._user, cwd="/", stdin=-3, stdout=-3, stderr=-1, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr


def _await_end(session: psycopg.Connection[tuple[object, ...]]) -> None:
    """Return once the server has cut a session."""
    with suppress(psycopg.OperationalError):
        session.execute("SELECT pg_sleep(%s)", (ANSWERS_WITHIN_S,))
        raise AssertionError("the session was not cut")


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


@contextmanager
def server() -> Generator[Server]:
    """A running server, for the length of the block."""
    with tempfile.TemporaryDirectory(prefix="ih-pg-") as directory:
        # Its owner has to get there.
        os.chmod(directory, 0o755)
        made = Server(Path(directory))
        made.start()
        made.do(f"CREATE ROLE {ROLE} LOGIN")
        try:
            yield made
        finally:
            made.stop()
