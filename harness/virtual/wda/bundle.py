"""The test runner as it is installed on the phones of a rack."""

from __future__ import annotations

from harness.virtual.apps.runner import runner_app
from harness.virtual.kernel.listeners import Serve
from harness.virtual.kernel.processes.process import Process


def _serve(process: Process) -> Serve:
    # A rack is ready sooner without what only a runner needs that somebody launched.
    from harness.virtual.wda.server import server_of

    return server_of(process)


WEB_DRIVER_AGENT = runner_app(_serve)
"""WebDriverAgent's runner."""
