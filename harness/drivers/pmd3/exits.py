"""The channel on which a phone pushes the ends of processes.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

from typing import Any

from pymobiledevice3.dtx import dtx_method, dtx_on_dispatch

from harness.drivers.pmd3.dvt import PushChannel


class Exits(PushChannel):
    """``processcontrol``, for nothing but the ends of processes.

    The library's own service of that name only logs them. A channel of its own keeps what is observed
    apart from what is launched and killed: the phone has one service per channel, and one that kills a
    process cleans up after it. Source: Apple's DVTInstrumentsFoundation of iOS 26.1, read by others.
    """

    IDENTIFIER = "com.apple.instruments.server.services.processcontrol"

    @dtx_method("startObservingPid:")
    async def observe(self, pid: int) -> None:
        """Ask to be told of the end of a process."""

    @dtx_method("stopObservingPid:")
    async def forget(self, pid: int) -> None:
        """Ask not to be told of it any more."""

    @dtx_on_dispatch
    async def pushed(self, selector: str, *arguments: Any) -> None:
        """Keep a push."""
        self.arrived.put((selector, arguments))
