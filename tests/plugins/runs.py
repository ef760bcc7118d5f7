"""Runs of pytest with the harness's plugins, in a directory of their own."""

from __future__ import annotations

import fcntl
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

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

UNASKED = (
    *("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:anyio"),
    *("-p", "no:unraisableexception", "-p", "tests.plugins.brief", "--assert=plain"),
)
"""Does without what these runs have no use for, and which costs each of hundreds a third of its time.

anyio's plugin imports all of Trio where that is installed, in every process of a run.

Hypothesis's imports all of Hypothesis at the end of every process. On a loaded host that takes longer than
the five seconds after which execnet interrupts a worker that was told to end, in the middle of the import.

That for unraisable exceptions looks through all of the memory for garbage, at the end; see also ``brief``.

To show what is in an assert that fails, pytest reads every module of the harness in a way of its own; what
a run has to say of its asserts is seen in the main job.
"""

DEADLINE_S = 240.0
"""Wall time after which a run hangs: well before its test is given up, which would not show what it said.

A run that many tests look at is not made again by each of them then: its end is one of its outcomes.

The slowest takes 15 s of a processor, which on a busy machine may be a minute and a half.
"""


@dataclass(frozen=True)
class Ended:
    """A run that has ended.

    Attributes:
        status: exit status.
        said: stdout and stderr.
    """

    status: int
    said: str

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

    def run(self, *options: str, variables: Mapping[str, str] | None = None) -> Ended:
        """Run pytest here, with environment variables of its own; one that hangs is killed, and says so."""
        command = [sys.executable, "-m", "pytest", *UNASKED, "--devices=devices.yaml"]
        search = os.pathsep.join([str(Path.cwd()), *filter(None, sys.path)])
        environment = os.environ | {STATE_DIR_VARIABLE: str(self.path / "state"), "PYTHONPATH": search}
        environment |= variables or {}
        with subprocess.Popen(
            [*command, *options],
            cwd=self.path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            try:
                said = running.communicate(timeout=DEADLINE_S)[0]
            except subprocess.TimeoutExpired as hung:
                running.kill()
                # Its end is not read up to: what it has started may hold the pipe open.
                so_far: bytes = hung.output or b""
                said = f"{so_far.decode(errors='replace')}\nnot over within {DEADLINE_S:g} s, and killed"
        return Ended(running.returncode, said)


def told_of_a_slip(path: Path, mark: str, asks: str, devices: str) -> str:
    """What pytest says of one test whose mark has a slip, in plain words and before anything runs.

    Args:
        path: an empty directory.
        mark: of pytest, such as ``conditions(wifi='of')``.
        asks: the fixtures that the test asks for.
        devices: the text of the devices.yaml.
    """
    tests = f"import pytest\n\n@pytest.mark.{mark}\ndef test_it({asks}):\n    pass\n"
    run = Place(path, tests, devices).run("--collect-only")
    assert run.status == pytest.ExitCode.USAGE_ERROR, run.said
    assert run.is_plain, run.said
    return run.said


@dataclass(frozen=True)
class Shared:
    """A run that many tests look at, and where it ran; none of them changes what it left."""

    ended: Ended
    path: Path


def shared_run(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Ended]) -> Shared:
    """A run that is made once, whichever of xdist's workers its tests are given to.

    A fixture of a module is made anew by each worker that has a test of it, and ``--dist worksteal`` spreads
    the tests of a module over all of them. Here the first that asks makes the run, and the others wait.

    Args:
        factory: of this process.
        name: the same for the same run.
        make: runs it in an empty directory.
    """
    mine = factory.getbasetemp()
    everybodys = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    result = everybodys / f"{name}.json"
    with (everybodys / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # and let go of by a worker that dies
        if not result.exists():
            path = Path(tempfile.mkdtemp(dir=everybodys, prefix=f"{name}-"))
            result.write_text(json.dumps({"path": str(path), "ended": asdict(make(path))}))
    told = json.loads(result.read_text())
    return Shared(Ended(**told["ended"]), Path(told["path"]))
