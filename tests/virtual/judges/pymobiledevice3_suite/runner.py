"""Running the suite as a process of its own against one phone of a rack."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from tests.judges import suite_directory
from tests.virtual.judges.pymobiledevice3_suite.outcome import Result, read_results

TEST_WITHIN_S = 30
"""Wall seconds for one test of the suite; the slowest of those that pass takes 4 on an idle host."""

RUN_WITHIN_S = 300.0
"""Wall seconds for a run; it takes about 30 on an idle host."""

LOG_KEPT = 4_000
"""Characters of what a run wrote that are shown when it left no results."""


class SuiteUnusable(Exception):
    """The suite cannot be run, or did not get to its end."""


def run_suite(
    words: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    *,
    test_within_s: int = TEST_WITHIN_S,
) -> dict[str, Result]:
    """Run some tests of the suite to their end.

    Args:
        words: files, tests and options for the suite's pytest.
        environment: variables that lead it to the phone.
        directory: for its home, its temporary files and its results; private and empty.
        test_within_s: wall seconds for one test.

    Returns:
        Test -> what became of it.

    Raises:
        SuiteUnusable: the suite is not that of the installed package; or it was not over in time.
    """
    suite = _suite()
    results = directory / "results.xml"
    home = directory / "home"
    home.mkdir()
    command = [sys.executable, "-m", "pytest", "-m", "device", "-q", "-o", "junit_family=xunit1"]
    # Rewritten, so that a failed one shows its values, the suite's asserts cost as much as all else it reads.
    command += ["--assert=plain"]
    command += ["--timeout", str(test_within_s), "--junit-xml", str(results)]
    command += ["--basetemp", str(directory / "files"), "-p", "no:cacheprovider", *words]
    with (directory / "log").open("w+") as log:
        try:
            # 1 when a test failed: the table decides about that.
            status = subprocess.run(
                command,
                cwd=suite,
                env=_environment(suite, home, environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=RUN_WITHIN_S,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired as error:
            raise SuiteUnusable(f"not over within {RUN_WITHIN_S:g} s: {_tail(log.name)}") from error
    if status not in (0, 1) or not results.exists():
        raise SuiteUnusable(f"pytest ended with {status}: {_tail(log.name)}")
    return read_results(results.read_text())


@contextlib.contextmanager
def alone_on_this_host(name: str) -> Generator[None]:
    """Wait until no other process is between entering and leaving this under the same name."""
    path = Path(tempfile.gettempdir()) / f"ih-{os.getuid()}-{name}.lock"
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _suite() -> Path:
    suite = suite_directory()
    if suite is None:
        raise SuiteUnusable("the suite is not installed")
    pinned, installed = (suite / "VERSION").read_text().strip(), version("pymobiledevice3")
    if pinned != installed:
        raise SuiteUnusable(f"the suite is of pymobiledevice3 {pinned}, and {installed} is installed")
    return suite


def _environment(suite: Path, home: Path, added: Mapping[str, str]) -> dict[str, str]:
    # The suite gets the plugins it needs and no others: ours are installed here too.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "HARNESS_"))}
    return kept | {
        "HOME": str(home),
        "PYTHONPATH": str(suite / "site"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": "pytest_asyncio.plugin,pytest_timeout",
        **added,
    }


def _tail(path: str) -> str:
    return Path(path).read_text(errors="replace")[-LOG_KEPT:]
