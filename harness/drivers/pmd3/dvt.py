"""The instruments' connection, and channels on which the phone pushes.

Imports pymobiledevice3, so it is imported only once a phone is open.
"""

from __future__ import annotations

from pymobiledevice3.dtx import DTXConnection, DTXContext, DTXService
from pymobiledevice3.dtx.channel import DTXChannel
from pymobiledevice3.services.dvt.instruments.dvt_provider import DvtProvider

from harness.drivers.pmd3.pushqueue import PushQueue


class Dvt(DvtProvider):
    """A connection to the instruments server, whose opening can be cancelled.

    The library closes what it had opened when a handshake fails, and not when it is cancelled.
    """

    _opened: DTXConnection | None = None

    async def connect(self) -> None:
        """Open it; when that is cancelled, nothing stays open."""
        try:
            await super().connect()
        except BaseException:
            if self._opened is not None:
                await self._opened.aclose()
            raise

    async def _open_dtx_connection(self, service_name: str, *, strip_ssl: bool = False) -> DTXConnection:
        self._opened = await super()._open_dtx_connection(service_name, strip_ssl=strip_ssl)
        return self._opened


class PushChannel(DTXService):
    """A channel with a queue of what was pushed, which outlives the connection.

    The library's own services empty their queues when the connection goes, and what had arrived before
    would be lost to the timeline.
    """

    def __init__(self, ctx: DTXContext) -> None:
        super().__init__(ctx)
        self.arrived = PushQueue()
        """``(selector, arguments)`` per push."""

    @property
    def channel(self) -> DTXChannel:
        """The channel itself."""
        return self._channel

    def on_closed(self, reason: str = "") -> None:
        """The channel is gone; nothing arrives any more."""
        self.arrived.end()
        super().on_closed(reason)
