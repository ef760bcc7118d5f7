"""Grants of a rack's phones for clients that know nothing of leases, and what is told of where they run."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from harness.farm.gate.epochs import Epochs
from harness.farm.gate.scoped import ScopedSocket
from tests.virtual.judges.client import COMMAND_WITHIN_S
from tests.virtual.judges.standing import POLL_S, Standing, standing

T = TypeVar("T")

VERSIONS = ("16.7", "18.5")
"""Of the rack's phones: one before the tunnel, one behind it."""


@dataclass
class Gated:
    """A rack whose phones are reached through grants.

    Attributes:
        stand: the rack, on whose loop the grants' sockets are served too.
        directory: where those stand.
    """

    stand: Standing
    directory: Path
    turns: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop of the sockets."""
        return asyncio.run_coroutine_threadsafe(work, self.stand.loop).result(COMMAND_WITHIN_S)

    def becomes(self, condition: Callable[[], bool]) -> bool:
        """Whether something comes to hold; asked from this thread, so it may itself look into the rack."""
        deadline_s, pause = time.monotonic() + COMMAND_WITHIN_S, threading.Event()
        while not (holds := condition()) and time.monotonic() < deadline_s:
            pause.wait(POLL_S)
        return holds

    def udid(self, ios: str) -> str:
        """Who the phone of a version is."""
        return self.stand.phone(ios).spec.udid

    @contextmanager
    def grant(self, ios: str) -> Generator[ScopedSocket]:
        """A grant of the phone of a version, whose socket may be closed before the end."""
        epochs = Epochs(self.directory / "epochs.json")
        opening = ScopedSocket.open(
            self.directory, self.udid(ios), next(self.turns), epochs, upstream=self.stand.address.usbmux
        )
        granted = self.do(opening)
        try:
            yield granted
        finally:
            self.do(granted.close())

    def environment(self, path: str, prefix: str = "") -> Mapping[str, str]:
        """What leads a client to a socket; libusbmuxd wants the prefix ``UNIX:``."""
        return self.stand.environment() | {"USBMUXD_SOCKET_ADDRESS": prefix + path}

    def start(self, command: str, path: str, prefix: str = "") -> subprocess.Popen[bytes]:
        """Start a client; the caller ends it."""
        environment = os.environ | self.environment(path, prefix)
        client, *arguments = command.split()
        # One of this environment is found there, whether or not the shell knows its directory.
        own = Path(sys.executable).with_name(client)
        return subprocess.Popen(
            [str(own) if own.exists() else client, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def gated() -> Generator[Gated]:
    """A rack of its own, with no grant yet."""
    directory = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
    try:
        with standing(VERSIONS) as stand:
            yield Gated(stand, directory)
    finally:
        shutil.rmtree(directory)
