"""Looks and steps on the loop of another thread, so that what phones take does not delay who asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from harness.errors import CommandTimeout
from harness.farm.health.ladder import LADDER, Step
from harness.farm.health.looking import look, no_end
from harness.farm.health.recovery import DriverRecoverer
from harness.farm.health.rotation import Finding
from harness.farm.reach import ReachablePhone
from harness.runtime.loop import LoopThread

LOOK_S = 60.0
"""Protective deadline of one look, in wall time; each of its questions has one of its own."""

WITHIN_S = {bound.step: bound.within_s for bound in LADDER}
"""Step -> its wall time: what is given up by the ladder does not go on here."""


PHONES_AT_ONCE = 64
"""How many phones may be looked at, or helped, at the same time: more than any host has."""

_T = TypeVar("_T")


class Apart:
    """What ``farm.health.keeping.Keeper`` does to phones, on a loop of its own.

    Args:
        loop: where.
    """

    def __init__(self, loop: LoopThread) -> None:
        self._loop = loop
        # The loop's own threads are few, and whoever waits for a phone asks the store with them.
        self._threads = ThreadPoolExecutor(PHONES_AT_ONCE, "health")

    async def look(self, phone: ReachablePhone) -> Finding | None:
        """Look at a phone; ``None`` when it is well."""
        try:
            return await self.run(look(phone), LOOK_S, f"looking at {phone.name}")
        except CommandTimeout as error:
            return no_end(error)

    def recoverer(self, phone: ReachablePhone) -> RecovererApart:
        """What does the steps of the ladder on a phone."""
        return RecovererApart(self, phone)

    async def run(self, work: Coroutine[Any, Any, _T], within_s: float, what: str) -> _T:
        """Have something done there; see ``LoopThread.run``."""
        there = partial(self._loop.run, work, within_s, what=what)
        return await asyncio.get_running_loop().run_in_executor(self._threads, there)


@dataclass(frozen=True)
class RecovererApart:
    """Does the steps on one phone; implements ``farm.health.ladder.Recoverer``.

    Attributes:
        apart: where.
        phone: how it is reached.
    """

    apart: Apart
    phone: ReachablePhone

    async def take(self, step: Step) -> None:
        """Do one step; returns when the phone does what the step is for.

        Raises:
            DeviceError: it does not, or not in time.
        """
        work = DriverRecoverer(self.phone).take(step)
        await self.apart.run(work, WITHIN_S[step], f"{step} of {self.phone.name}")
