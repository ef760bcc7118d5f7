"""Starting a rack from another process, and stopping it."""

from __future__ import annotations

import contextlib
import os
import pathlib
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Container, Generator
from types import TracebackType
from typing import IO

from harness.errors import ConfigError, HarnessError
from harness.runtime.children import wait_or_kill
from harness.virtual.address import RackAddress, RackUnreadable, parse_rack_address
from harness.virtual.specs import specs_of, specs_to_json

READY_WITHIN_S = 30.0
"""Wall seconds in which a rack has to say where it is; a loaded host is slow to start Python."""

STOPPED_WITHIN_S = 10.0
"""Wall seconds between SIGTERM and SIGKILL."""


class RackNotStarted(HarnessError):
    """The rack's process ended, or said nothing in time, before it was ready."""


class RunningRack:
    """A rack that this process has started; leaving ``with`` stops it.

    Attributes:
        address: where it is.
    """

    def __init__(self, process: subprocess.Popen[bytes], address: RackAddress, talk: int) -> None:
        self.address = address
        self._process = process
        self._talk: int | None = talk

    def stop(self) -> None:
        """End it and wait until it has ended; stopping twice is no error."""
        _end(self._process)
        self._forget_talk()

    def said(self) -> str:
        """What it has written for people so far, such as a traceback; empty once it was stopped."""
        return _read(self._talk) if self._talk is not None else ""

    def _forget_talk(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            os.close(talk)

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self._process.poll() is None

    def __enter__(self) -> RunningRack:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_rack(
    devices: pathlib.Path,
    *,
    apps: pathlib.Path | None = None,
    nonce: str = "",
    names: Container[str] | None = None,
    direct: bool = False,
    ready_within_s: float = READY_WITHIN_S,
) -> RunningRack:
    """Start a rack that ends with this process at the latest.

    Args:
        devices: the devices.yaml; its virtual phones are run.
        apps: a Python file that defines ``APPS``.
        nonce: makes the UDIDs differ from those of another rack of the same file.
        names: only the phones that the file calls so, such as those of one host; ``None`` is every one.
        direct: let phones with RSD be reached on ports of this machine too.
        ready_within_s: wall time it has to get ready.

    Raises:
        RackNotStarted: it ended or said nothing in time; the message has what it wrote.
    """
    command = [sys.executable, "-m", "harness.virtual", "serve", "-", "--parent", str(os.getpid())]
    command += ["--apps", str(apps)] if apps is not None else []
    command += ["--direct"] if direct else []
    try:
        specs = specs_to_json(specs_of(devices, nonce=nonce, names=names))
    except ConfigError as error:
        raise RackNotStarted(f"the virtual phones did not start: {error}") from error
    talk, talk_path = tempfile.mkstemp(prefix="ih-talk-")
    pathlib.Path(talk_path).unlink()
    # A session of its own: Ctrl-C must not take the phones away while a test still cleans up.
    with _told(specs) as told:
        process = subprocess.Popen(
            command, stdin=told, stdout=subprocess.PIPE, stderr=talk, start_new_session=True
        )
    assert process.stdout is not None
    try:
        line = _first_line(process.stdout, ready_within_s)
        return RunningRack(process, parse_rack_address(line), talk)
    except (RackUnreadable, TimeoutError) as error:
        _end(process)
        said = _read(talk).strip()
        os.close(talk)
        raise RackNotStarted(f"the virtual phones did not start: {said or error}") from error


@contextlib.contextmanager
def _told(specs: str) -> Generator[IO[bytes]]:
    # A file, not a pipe: nobody waits for a process that does not read, or is told that it ended.
    with tempfile.TemporaryFile() as told:
        told.write(specs.encode())
        told.seek(0)
        yield told


def _read(talk: int) -> str:
    # The process writes through a file offset that it shares with this one; seeking would move it.
    size_bytes = os.fstat(talk).st_size
    return os.pread(talk, size_bytes, 0).decode(errors="replace")


def _first_line(pipe: IO[bytes], within_s: float) -> str:
    """The first line, or what came before the pipe was closed.

    Raises:
        TimeoutError: no whole line in time.
    """
    held = b""
    deadline_s = time.monotonic() + within_s
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while b"\n" not in held:
            if not selector.select(max(deadline_s - time.monotonic(), 0.0)):
                raise TimeoutError(f"nothing was said within {within_s:g} s")
            chunk = os.read(pipe.fileno(), 65536)
            if not chunk:
                break
            held += chunk
    return held.partition(b"\n")[0].decode(errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        wait_or_kill(process, STOPPED_WITHIN_S)
    if process.stdout is not None:
        process.stdout.close()
