"""The Appium server of a run with ``--ui appium``: one for all workers, started and ended by the controller.

Without workers it is started when a screen is first worked.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import HarnessError
from harness.plugins.options import devices_file

if TYPE_CHECKING:
    from harness.drivers.ui.appium.server import ServerInReserve

SERVER_INPUT = "harness_appium"
"""Key in xdist's ``workerinput`` under which a worker finds the URL of the controller's server."""

LOG = "appium.log"
"""The server's log, in the report."""


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell an xdist worker where the server of the run is, started for the first one."""
    if not _is_wanted(node.config):
        return
    try:
        node.workerinput[SERVER_INPUT] = _reserve().started()
    except HarnessError as error:
        pytest.exit(f"{type(error).__name__}: {error}", returncode=pytest.ExitCode.TESTS_FAILED)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server with the run, and keep its log in the report."""
    if not _is_wanted(config):
        return
    said = _reserve().said()
    _reserve().stop()
    report: str | None = config.getoption("--report")
    if report and said and not hasattr(config, "workerinput"):
        (Path(report) / LOG).write_text(_redacted(config, said), encoding="utf-8")


def server_of_run(config: pytest.Config) -> str | None:
    """URL of the server that the controller has started for this worker; ``None`` for none."""
    told: dict[str, str] = getattr(config, "workerinput", {})
    return told.get(SERVER_INPUT)


def _is_wanted(config: pytest.Config) -> bool:
    return config.getoption("--ui") == "appium" and not config.getoption("--appium-url")


def _reserve() -> ServerInReserve:
    from harness.drivers.ui.appium.server import server_of_this_process

    return server_of_this_process()


def _redacted(config: pytest.Config, said: str) -> str:
    from harness.report.redact import Redactor

    spec = devices_file(config).report
    redactor = Redactor(spec.redact, unasked=not spec.hide_lan)
    return "".join(redactor.text(line) for line in said.splitlines(keepends=True))
