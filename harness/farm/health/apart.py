"""Looks and steps on the loop of another thread, so that what phones take does not delay who asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from harness.farm.health.ladder import LADDER, Step
from harness.farm.health.looking import look
from harness.farm.health.recovery import DriverRecoverer
from harness.farm.health.rotation import Finding
from harness.farm.reach import ReachablePhone
from harness.runtime.loop import LoopThread

LOOK_S = 60.0
"""Protective deadline of one look, in wall time; each of its questions has one of its own."""

WITHIN_S = {bound.step: bound.within_s for bound in LADDER}
"""Step -> its wall time: what is given up by the ladder does not go on here."""


@dataclass(frozen=True)
class Apart:
    """What ``farm.health.keeping.Keeper`` does to phones, on a loop of its own.

    Attributes:
        loop: where.
    """

    loop: LoopThread

    async def look(self, phone: ReachablePhone) -> Finding | None:
        """Look at a phone; ``None`` when it is well."""
        what = f"looking at {phone.name}"
        return await asyncio.to_thread(lambda: self.loop.run(look(phone), LOOK_S, what=what))

    def recoverer(self, phone: ReachablePhone) -> RecovererApart:
        """What does the steps of the ladder on a phone."""
        return RecovererApart(self.loop, phone)


@dataclass(frozen=True)
class RecovererApart:
    """Does the steps on one phone; implements ``farm.health.ladder.Recoverer``.

    Attributes:
        loop: where.
        phone: how it is reached.
    """

    loop: LoopThread
    phone: ReachablePhone

    async def take(self, step: Step) -> None:
        """Do one step; returns when the phone does what the step is for.

        Raises:
            DeviceError: it does not, or not in time.
        """
        work, what = DriverRecoverer(self.phone).take(step), f"{step} of {self.phone.name}"
        await asyncio.to_thread(lambda: self.loop.run(work, WITHIN_S[step], what=what))
