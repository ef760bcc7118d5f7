"""How long each test took, less what it waited for its phones, kept for the next run's order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.plugins.durations import NO_PHONE, Durations
from harness.plugins.interrupted import FIELD as INTERRUPTED

WAITED = pytest.StashKey[float]()
"""How long a test waited until it had its phones, in wall time."""

WAITED_FIELD = "harness_waited_s"
"""Name of the extra field of a report that says the same."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say with the setup of a test how much of it was waiting."""
    report = yield
    if call.when == "setup" and WAITED in item.stash:
        setattr(report, WAITED_FIELD, item.stash[WAITED])
    return report


def pytest_configure(config: pytest.Config) -> None:
    """Take times, in the controller or the only process, of a run whose phones are named."""
    if config.getoption("--devices") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Timing(config), "harness timing")


class Timing:
    """The times of a run.

    Args:
        config: of the controller, or of the only process.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._root = config.rootpath
        self._took_s: dict[tuple[str, str], float] = defaultdict(float)
        self._whole: dict[tuple[str, str], bool] = {}
        self._new: list[tuple[str, str, float]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add up the phases of an attempt; one that did not pass tells nothing of how long a test takes."""
        worker: str = getattr(report, "worker_id", "")
        key = (worker, report.nodeid)
        self._took_s[key] += report.duration - getattr(report, WAITED_FIELD, 0.0)
        self._whole[key] = self._whole.get(key, True) and report.passed and not hasattr(report, INTERRUPTED)
        if report.when == "teardown":
            took_s, whole = self._took_s.pop(key), self._whole.pop(key)
            if whole:
                self._new.append((report.nodeid, _kind(report), took_s))

    def pytest_sessionfinish(self) -> None:
        """Keep them; a run that cannot is none the worse for it, only the next one may be slower."""
        if not self._new:
            return
        with suppress(HarnessError, OSError):
            durations = Durations.of(self._root)
            for nodeid, kind, took_s in self._new:
                durations.add(nodeid, kind, took_s)
            durations.save()


def _kind(report: pytest.TestReport) -> str:
    """What kind of phone a test had; the same words as ``requirements.kind_of``."""
    from harness.plugins.report import LEFT_FIELD

    left: dict[str, Any] = getattr(report, LEFT_FIELD, {})
    phone: dict[str, str] | None = left.get("phone")
    return f"{phone['hardware']} iOS {phone['ios'].split('.')[0]}" if phone else NO_PHONE
