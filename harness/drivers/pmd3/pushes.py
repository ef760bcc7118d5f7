"""The channel on which a phone pushes application states.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

from typing import Any

from pymobiledevice3.dtx import dtx_method, dtx_on_dispatch, dtx_on_notification

from harness.drivers.pmd3.dvt import PushChannel


class Pushes(PushChannel):
    """``mobilenotifications``."""

    IDENTIFIER = "com.apple.instruments.server.services.mobilenotifications"

    @dtx_method("setApplicationStateNotificationsEnabled:", expects_reply=False)
    async def enable(self, enabled: bool) -> None:
        """Ask for pushes, or for no more of them."""

    @dtx_on_dispatch
    async def pushed(self, selector: str, *arguments: Any) -> None:
        """Keep a push that calls a method."""
        self.arrived.put((selector, arguments))

    @dtx_on_notification
    async def notified(self, payload: Any) -> None:
        """Keep a push that is an object of its own."""
        self.arrived.put(("", (payload,)))
