"""A condition that the phone simulates for a test, and whether it still does."""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import DeviceError, DeviceLost
from harness.model.capabilities import Induced
from harness.model.facts import CONDITION, SettingRead, Source
from harness.model.time import Instant

ENDED, UNTOLD = "none", "unknown"


@dataclass(frozen=True)
class Held:
    """A condition that is held by a connection.

    Attributes:
        condition: as the phone names it.
        induced: asks the phone.
    """

    condition: str
    induced: Induced

    async def read(self, now: Instant) -> SettingRead:
        """Whether the phone still simulates it.

        What has lost its connection does not: a phone ends a condition with the connection that asked for
        it, and that the phone can be asked again over another one means nothing.

        Args:
            now: the phone's time before it is asked.
        """
        return SettingRead(at=now, source=Source.SETTINGS, name=CONDITION, value=await self._value())

    async def _value(self) -> str:
        try:
            return self.condition if await self.induced.lasts() else ENDED
        except DeviceLost:
            return ENDED
        except DeviceError:
            return UNTOLD
