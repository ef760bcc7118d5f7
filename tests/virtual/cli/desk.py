"""A directory in which commands are run, for tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from harness.virtual.address import RackAddress, parse_rack_address
from harness.virtual.launcher import start_rack
from tests.virtual.served import CHECKOUT, run_served

HARNESS = [sys.executable, "-c", "from harness.cli.main import main; main()"]
WITHIN_S = 60
"""Wall seconds in which a command has ended, or a rack has begun or ended."""

SERVING_S = 600
"""Wall seconds for which a rack may be there; the tests of a whole module share one."""

ONE_PHONE = """\
version: 1
devices:
  - {name: v-16, virtual: {ios: "16.7", model: "iPhone10,3", seed: 3}}
"""
"""A devices.yaml for tests that need no more than a phone."""


@dataclass(frozen=True)
class Desk:
    """A directory to run commands in, with a state directory that no other rack knows.

    Attributes:
        directory: where they run.
        usbmux: the socket of this host's own usbmuxd.
    """

    directory: Path
    usbmux: str = "/nonexistent/usbmuxd"

    @property
    def environment(self) -> dict[str, str]:
        """What a command is told of where it is."""
        return os.environ | {
            "HARNESS_STATE_DIR": str(self.directory / "state"),
            "HOME": str(self.directory),
            "USBMUXD_SOCKET_ADDRESS": self.usbmux,
            "PYTHONPATH": CHECKOUT,
        }

    def run(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in a process that others have been run in before."""
        line = ("harness", *words)
        return run_served(
            line, self.directory, self.environment, host=self.usbmux, said=said, within_s=WITHIN_S
        )

    def run_alone(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command to its end, in a process of its own."""
        return subprocess.run(
            [*HARNESS, *words],
            env=self.environment,
            cwd=self.directory,
            input=said,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
        )

    def json(self, *words: str) -> dict[str, Any]:
        """What a command that has to succeed tells a machine."""
        done = self.run(*words, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    def shell(self, *words: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """Run the shell of the virtual phones."""
        return self.run("virtual", "shell", *words, said=said)

    def show(self, name: str) -> dict[str, Any]:
        """What the shell shows of a phone."""
        return json.loads(self.shell("--json", "--phone", name, "show").stdout)

    @contextmanager
    def start(self, *words: str, within_s: float = WITHIN_S) -> Generator[subprocess.Popen[str]]:
        """A command that goes on by itself; it has ended when the block has, whatever came of it."""
        process = subprocess.Popen(
            [*HARNESS, *words],
            env=self.environment,
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        # One that says nothing is ended, so that reading from it comes to an end.
        deadline = threading.Timer(within_s, process.kill)
        deadline.start()
        try:
            yield process
        finally:
            deadline.cancel()
            process.kill()
            process.wait(WITHIN_S)
            stdout_of(process).close()

    @contextmanager
    def serving(self, *words: str) -> Generator[RackAddress]:
        """A rack of what ``devices.yaml`` has, for the length of the block."""
        with self.start("virtual", "serve", "devices.yaml", *words, within_s=SERVING_S) as rack:
            try:
                yield parse_rack_address(stdout_of(rack).readline())
            finally:
                rack.terminate()
                rack.wait(WITHIN_S)


@contextmanager
def running_desk(directory: Path, devices: str = ONE_PHONE) -> Generator[Desk]:
    """A desk with a rack of these phones, which runs for as long as the block takes."""
    (directory / "devices.yaml").write_text(devices)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARNESS_STATE_DIR", str(directory / "state"))
        patch.setenv("HOME", str(directory))
        with start_rack(directory / "devices.yaml"):
            yield Desk(directory)


def stdout_of(process: subprocess.Popen[str]) -> IO[str]:
    """What a process that was started prints."""
    assert process.stdout is not None
    return process.stdout
