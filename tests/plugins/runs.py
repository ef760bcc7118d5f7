"""Runs of pytest with the harness's plugins, in a directory of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from harness.config.places import STATE_DIR_VARIABLE

PHONES = """\
version: 1
devices:
  - name: v-a
    virtual: {ios: "16.7", seed: 1}
  - name: v-b
    virtual: {ios: "16.7", seed: 2}
"""

CONFTEST = "from harness.plugins import PLUGINS\n\npytest_plugins = PLUGINS\n"

UNASKED = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
"""Plugins that these runs have no use for.

Hypothesis's imports all of Hypothesis at the end of every process. On a loaded host that takes longer than
the five seconds after which execnet interrupts a worker that was told to end, in the middle of the import.
"""

DEADLINE_S = 90.0
"""Wall time after which a run hangs; the slowest here needs a few seconds."""


@dataclass(frozen=True)
class Ended:
    """A run that has ended.

    Attributes:
        status: exit status.
        said: stdout and stderr.
        took_s: wall time.
    """

    status: int
    said: str
    took_s: float

    @property
    def is_plain(self) -> bool:
        """Whether it was told in plain words: no traceback, and nothing internal."""
        return not re.search(r"Traceback|INTERNALERROR|site-packages|^E  ", self.said, re.MULTILINE)


class Place:
    """A directory with a devices.yaml, tests, and a state directory of its own.

    Args:
        path: an empty directory.
        tests: the text of its one test file.
        devices: the text of its devices.yaml.
    """

    def __init__(self, path: Path, tests: str, devices: str = PHONES) -> None:
        self.path = path
        (path / "pytest.ini").write_text("[pytest]\n")
        (path / "devices.yaml").write_text(devices)
        (path / "conftest.py").write_text(CONFTEST)
        (path / "test_it.py").write_text(tests)

    def run(self, *options: str) -> Ended:
        """Run pytest here.

        Raises:
            TimeoutExpired: it did not end within ``DEADLINE_S``; it was killed.
        """
        command = [sys.executable, "-m", "pytest", *UNASKED, "--devices=devices.yaml"]
        search = os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])
        environment = os.environ | {STATE_DIR_VARIABLE: str(self.path / "state"), "PYTHONPATH": search}
        began_s = time.monotonic()
        done = subprocess.run(
            [*command, *options],
            cwd=self.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
        return Ended(done.returncode, done.stdout, time.monotonic() - began_s)
