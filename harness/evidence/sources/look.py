"""What is looked at now and then, and keeps no connection in between."""

from __future__ import annotations

from harness.errors import DeviceError
from harness.evidence.items import Item
from harness.evidence.sources.base import Desk
from harness.model.time import Instant


class LookSource:
    """A source that is asked at the start, and at settlings; a look that failed shows nothing.

    Args:
        desk: the recorder.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def _look(self, now: Instant) -> Item | None:
        """What one look shows; ``None`` when it shows nothing.

        Raises:
            DeviceError: the phone could not be asked.
        """
        raise NotImplementedError

    async def open(self) -> None:
        """Nothing is opened for it."""

    async def begin(self, now: Instant) -> None:
        """Take a first look."""
        await self.settle(now)

    async def settle(self, now: Instant) -> None:
        """Look once."""
        try:
            shown = await self._look(now)
        except DeviceError:
            return
        if shown is not None:
            self._desk.hand(shown)

    async def stop(self) -> None:
        """Nothing is open."""
