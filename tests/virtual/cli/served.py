"""Commands that are run one after the other in one process, each as if it were alone there.

Most of what a command costs is the start of Python and what it imports. Here that is paid once. What only
a process of its own shows (signals, its end, what it holds when it is killed) is looked at with
``Desk.start``, and that a command ends alone as it does here, with ``Desk.run_alone``.
"""

from __future__ import annotations

import atexit
import functools
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TypedDict

_SERVE = [sys.executable, "-c", "from tests.virtual.cli.served import serve; serve()"]


class Asked(TypedDict):
    """A command: where and with what it is run."""

    words: list[str]
    directory: str
    environment: dict[str, str]
    said: str


class Told(TypedDict):
    """What became of it."""

    code: int
    out: str
    talk: str


class Server:
    """The process, seen from a test's.

    Args:
        checkout: where the harness is imported from.
    """

    def __init__(self, checkout: str) -> None:
        self._process = subprocess.Popen(
            _SERVE,
            env=os.environ | {"PYTHONPATH": checkout},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(
        self,
        words: Sequence[str],
        directory: Path,
        environment: Mapping[str, str],
        said: str,
        within_s: float,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end.

        Raises:
            TimeoutExpired: it did not end in time; the process was killed.
        """
        asked = Asked(words=[*words], directory=str(directory), environment={**environment}, said=said)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        deadline = threading.Timer(within_s, self._process.kill)
        deadline.start()
        try:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        finally:
            deadline.cancel()
        if not line:
            raise subprocess.TimeoutExpired([*words], within_s)
        told: Told = json.loads(line)
        return subprocess.CompletedProcess([*words], told["code"], told["out"], told["talk"])

    def close(self) -> None:
        """End it, and wait until it has ended."""
        with self._process:
            self._process.kill()


@functools.cache
def _servers() -> dict[tuple[str, str], Server]:
    servers: dict[tuple[str, str], Server] = {}
    atexit.register(lambda: [server.close() for server in servers.values()])
    return servers


def server(checkout: str, usbmux: str) -> Server:
    """The one of this process for commands of a host; a new one, should the last have been killed.

    Args:
        checkout: where the harness is imported from.
        usbmux: the socket of the host's usbmuxd; a process takes what it is told at first for it, for good.
    """
    servers, host = _servers(), (checkout, usbmux)
    if host in servers and not servers[host].is_running:
        servers.pop(host).close()
    if host not in servers:
        servers[host] = Server(checkout)
    return servers[host]


def serve() -> None:
    """Run each command that comes, until nobody is there to ask any more."""
    # Children that outlive a command must not hold on to what answers are written to.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    questions = os.fdopen(os.dup(sys.stdin.fileno()))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    for line in questions:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()


def _run(asked: Asked) -> Told:
    from harness.cli.main import run

    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["directory"])
    sys.argv = ["harness", *asked["words"]]
    sys.stdin = io.StringIO(asked["said"])
    out, talk = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(talk):
        code = run()
    return Told(code=code, out=out.getvalue(), talk=talk.getvalue())
