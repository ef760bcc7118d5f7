"""The channel on which a phone pushes application states.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

import asyncio
from typing import Any

from pymobiledevice3.dtx import DTXContext, DTXService, dtx_method, dtx_on_dispatch, dtx_on_notification


class Pushes(DTXService):
    """``mobilenotifications``, with a queue that outlives the connection.

    The library's own service empties its queue when the connection goes, and what had arrived before
    would be lost to the timeline.
    """

    IDENTIFIER = "com.apple.instruments.server.services.mobilenotifications"

    def __init__(self, ctx: DTXContext) -> None:
        super().__init__(ctx)
        self.arrived: asyncio.Queue[object] = asyncio.Queue()
        """``(selector, arguments)`` per push, in the order of the wire; ``None`` at the end."""

    def on_closed(self, reason: str = "") -> None:
        """The connection is gone; nothing arrives any more."""
        self.arrived.put_nowait(None)
        super().on_closed(reason)

    @dtx_method("setApplicationStateNotificationsEnabled:", expects_reply=False)
    async def enable(self, enabled: bool) -> None:
        """Ask for pushes, or for no more of them."""

    @dtx_on_dispatch
    async def pushed(self, selector: str, *arguments: Any) -> None:
        """Keep a push that calls a method."""
        self.arrived.put_nowait((selector, arguments))

    @dtx_on_notification
    async def notified(self, payload: Any) -> None:
        """Keep a push that is an object of its own."""
        self.arrived.put_nowait(("", (payload,)))
