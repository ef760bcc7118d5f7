"""Runs of pytest in a process group of their own, and what of them is still there after they were hit."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from harness.config.places import STATE_DIR_VARIABLE
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.view import PhoneView
from harness.virtual.address import parse_rack_address
from tests.plugins.runs import CONFTEST, PHONES, UNASKED

DEADLINE_S = 60.0


class Place:
    """A directory with a devices.yaml, tests, and a state directory of its own.

    Args:
        path: an empty directory.
        tests: the text of its one test file; finds ``ready`` beside itself to say how far it is.
    """

    def __init__(self, path: Path, tests: str) -> None:
        self.path = path
        self.ready = path / "ready"
        self.ready.mkdir()
        (path / "devices.yaml").write_text(PHONES)
        (path / "conftest.py").write_text(CONFTEST)
        (path / "test_it.py").write_text(tests)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a run here."""
        search = os.pathsep.join([str(Path.cwd()), *sys.path])
        return os.environ | {STATE_DIR_VARIABLE: str(self.path / "state"), "PYTHONPATH": search}

    def start(self, *options: str) -> subprocess.Popen[str]:
        """Start pytest here."""
        command = [sys.executable, "-m", "pytest", "-q", *UNASKED, "--devices=devices.yaml"]
        return subprocess.Popen(
            [*command, *options],
            cwd=self.path,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def said(self) -> list[str]:
        """The names of the files that tests have put into ``ready``."""
        return sorted(path.name for path in self.ready.iterdir())

    def rack_pid(self) -> int | None:
        """The process of the rack that says it runs here."""
        for path in (self.path / "state" / "racks").glob("*.json"):
            return parse_rack_address(path.read_text()).pid
        return None

    def leased(self) -> list[str]:
        """The phones that are leased here, with the dead buried."""
        return [phone.udid for phone in self.phones() if phone.state is PhoneState.LEASED]

    def phones(self) -> tuple[PhoneView, ...]:
        """The phones that were ever leased here, with the dead buried."""
        store = LeaseStore.open(self.path / "state" / "leases.sqlite3")
        try:
            return store.snapshot().phones
        finally:
            store.close()


def wait_for(condition: Callable[[], object], what: str) -> None:
    """Look again and again at something in another process, which nobody here can be told of."""
    deadline_s = time.monotonic() + DEADLINE_S
    pause = time.sleep
    while not condition():
        assert time.monotonic() < deadline_s, f"not within {DEADLINE_S:g} s: {what}"
        pause(0.05)


def is_running(pid: int) -> bool:
    """Whether a process exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end_group(run: subprocess.Popen[str]) -> None:
    """Whatever is left of a run's process group ends with the test."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
