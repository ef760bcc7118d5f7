"""The test runner that WebDriverAgent is: an app without a screen, by which a computer works the phone's.

It is launched in the background and listens on the phone's own port ``USE_PORT`` from the moment its main
runs. What it answers there is not its matter: whoever puts it on a phone says who serves.

That it is never suspended, though nothing but its launch says what it is, is guessed, as is testmanagerd for
the holder of the assertion. That a port which is taken ends it is from memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.listeners import Serve
from harness.virtual.kernel.processes.process import Process, current_process
from harness.virtual.kernel.rules import AssertionKind

if TYPE_CHECKING:
    from harness.virtual.apps.uikit import UIApplication

RUNNER_ID = "io.appium.wda.xctrunner"
EXECUTABLE = "WebDriverAgentRunner-Runner"

PORT_VARIABLE = "USE_PORT"
"""The variable of its environment that says where it listens."""

DEFAULT_PORT = 8100
"""Where it listens when nobody says."""

ServerOf = Callable[[Process], Serve]
"""Makes what serves the connections of one process of the runner, with sessions that end with it."""


class Runner(UIApplicationDelegate):
    """The app.

    Args:
        server_of: makes its server.
    """

    def __init__(self, server_of: ServerOf) -> None:
        self._server_of = server_of

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Listen.

        Raises:
            PortInUse: somebody listens there, for which the runner ends.
            ValueError: ``USE_PORT`` is no number.
        """
        process = current_process()
        phone = process.phone
        port = int(process.environment.get(PORT_VARIABLE, DEFAULT_PORT))
        phone.listeners.listen(port, self._server_of(process), process.pid)
        kind = AssertionKind.AUTOMATION
        phone.runningboard.acquire(process.pid, kind, kind.value, None)
        phone.front.automation.runner_started()


def runner_app(server_of: ServerOf) -> AppBundle:
    """The runner's bundle, for a phone on which ``server_of`` makes what it serves."""
    return AppBundle(
        bundle_id=RUNNER_ID,
        name=EXECUTABLE,
        version="1.0",
        executable=EXECUTABLE,
        delegate=lambda: Runner(server_of),
        debuggable=True,
    )
