"""Commands that are run one after the other in one process, each as if it were alone there.

Most of what a command costs is the start of Python and what it imports. Here that is paid once. What only
a process of its own shows (signals, its end, what it holds when it is killed) is looked at with a process of
its own, and so is that a command ends alone as it does here.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import IO, TypedDict

CHECKOUT = str(Path(__file__).parents[2])

_SERVE = [sys.executable, "-c", "from tests.virtual.served import serve; serve()"]

MAINS = {"harness": "harness.cli.main:run", "pymobiledevice3": "pymobiledevice3.__main__:main"}
"""Command -> what its script calls."""

SERVERS_KEPT = 3
"""So many processes are kept by one that runs tests; it has seldom use for another host's."""


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
    """The process, seen from a test's."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            _SERVE,
            env={**environment, "PYTHONPATH": CHECKOUT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def is_running(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None

    def ask(self, asked: Asked, within_s: float) -> subprocess.CompletedProcess[str]:
        """Run a command to its end.

        Raises:
            TimeoutExpired: it did not end in time; the process was killed.
        """
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
            raise subprocess.TimeoutExpired(asked["words"], within_s)
        told: Told = json.loads(line)
        return subprocess.CompletedProcess(asked["words"], told["code"], told["out"], told["talk"])

    def close(self) -> None:
        """End it, and wait until it has ended."""
        with self._process:
            self._process.kill()


@functools.cache
def _servers() -> dict[str, Server]:
    servers: dict[str, Server] = {}
    atexit.register(lambda: [server.close() for server in servers.values()])
    return servers


def run_served(
    words: Sequence[str],
    directory: Path,
    environment: Mapping[str, str],
    *,
    host: str,
    said: str = "",
    within_s: float,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process in which others were run before.

    Args:
        words: the command line; its first word is one of ``MAINS``.
        directory: where it runs.
        environment: all of its variables.
        host: what those that share a process have to have in common: a process takes for good what it is
            told at first of where usbmuxd and the home directory are.
        said: what it reads from its standard input, which then ends.
        within_s: wall seconds.

    Raises:
        TimeoutExpired: it did not end in time.
    """
    servers = _servers()
    if host in servers and not servers[host].is_running:
        servers.pop(host).close()
    if host not in servers:
        servers[host] = Server(environment)
    while len(servers) > SERVERS_KEPT:
        servers.pop(next(iter(servers))).close()
    asked = Asked(words=[*words], directory=str(directory), environment={**environment}, said=said)
    return servers[host].ask(asked, within_s)


def serve() -> None:
    """Run each command that comes, until nobody is there to ask any more."""
    # Children that outlive a command must not hold on to what answers are written to.
    answers = os.fdopen(os.dup(1), "w")
    questions = os.fdopen(os.dup(0))
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    for line in questions:
        answers.write(json.dumps(_run(json.loads(line))) + "\n")
        answers.flush()


def _run(asked: Asked) -> Told:
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["directory"])
    sys.argv = asked["words"]
    sys.stdin = io.StringIO(asked["said"])
    with _written(1, sys.stdout) as out, _written(2, sys.stderr) as talk:
        code = _end_of(asked["words"][0])
    return Told(code=code, out=out.getvalue(), talk=talk.getvalue())


def _end_of(command: str) -> int:
    """Run a command that is set up, and return its exit code, as Python would at its end."""
    module, _, name = MAINS[command].partition(":")
    try:
        main: Callable[[], int] = getattr(importlib.import_module(module), name)
        return int(main())
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        # Whatever else leaves a script, also Ctrl-C, is shown and is a failure.
        traceback.print_exc()
        return 1


@contextlib.contextmanager
def _written(standard: int, stream: IO[str]) -> Generator[io.StringIO]:
    """What is written to a standard stream meanwhile, by whichever object; it is there in the end."""
    told, before = io.StringIO(), os.dup(standard)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), standard)
        try:
            yield told
        finally:
            stream.flush()
            os.dup2(before, standard)
            os.close(before)
            file.seek(0)
            told.write(file.read().decode(errors="replace"))
