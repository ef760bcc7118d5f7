"""The way to one phone, opened again after it was lost.

A cable is pulled, a tunnel breaks, usbmuxd is started anew, a phone restarts: what was opened over the way
is then dead, and some of it will never say so. So each opening of the way has a number, its generation, and
what was opened in one generation is not used in another.

Before each command the way is looked at; these are the cases:

==============================  =======================================================================
the way                         before the command
==============================  =======================================================================
open, nothing against it        nothing
open, but in doubt              lockdown is asked something. A command failed as if the phone were lost,
                                or was cancelled amid its question, or lockdown's connection has ended
no answer, or known to be gone  closed, and opened as a new generation, with a few attempts
==============================  =======================================================================

A command itself is never sent a second time: nobody knows whether the first one was heard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from harness.drivers.pmd3.closing import close_within
from harness.drivers.pmd3.errors import Guard, translate
from harness.drivers.pmd3.transport import Transport
from harness.errors import CommandTimeout, DeviceLost, HarnessError

if TYPE_CHECKING:
    from pymobiledevice3.lockdown_service_provider import LockdownServiceProvider

PROBE_S = 5.0
"""How long a way in doubt has to answer, in wall seconds."""

PAUSES_S = (0.1, 0.4)
"""Between the attempts to open it again; a phone is listed a moment after its cable is in."""


CLOSE_S = 8.0
"""How long its close is waited for, in wall seconds: only then can another tunnel be opened."""


_log = logging.getLogger(__name__)


class Way:
    """The way to one phone.

    Args:
        phone: the phone's name.
        open_transport: opens it.
    """

    def __init__(self, phone: str, open_transport: Callable[[], Awaitable[Transport]]) -> None:
        self._phone = phone
        self._open_transport = open_transport
        self._transport: Transport | None = None
        self._turn = asyncio.Lock()
        self._generation = 0
        self._doubts = 0
        self._cleared = 0
        self._closed = False

    @property
    def generation(self) -> int:
        """How often the way has been opened; 0 before the first time."""
        return self._generation

    @property
    def doubts(self) -> int:
        """How often something made the way doubtful; who has seen an answer since need not ask again."""
        return self._doubts

    @property
    def provider(self) -> LockdownServiceProvider:
        """What services are opened on; another one after the way was opened again.

        Raises:
            DeviceLost: the way is not open.
        """
        if self._transport is None:
            raise self._lost()
        return self._transport.provider

    async def open(self) -> None:
        """Open it for the first time, with one attempt."""
        async with self._turn:
            await self._open()

    @asynccontextmanager
    async def command(self, doing: str, within_s: float) -> AsyncGenerator[None]:
        """The length of one command, the way having been opened again if it was lost.

        Args:
            doing: what is being done, for the message.
            within_s: protective deadline in wall seconds, of the opening too.

        Raises:
            DeviceLost: the way is lost and cannot be opened, or was lost under the command.
            CommandTimeout: the command had not ended in time.
        """
        try:
            async with Guard(self._phone, doing, within_s):
                await self._make_ready()
                yield
        except CommandTimeout as error:
            # Who reads evidence goes on without what did not come; that it waited so long is told here.
            _log.warning("%s", error)
            self.doubt()
            raise
        except (DeviceLost, asyncio.CancelledError):
            self.doubt()
            raise

    async def open_anew(self, doing: str, within_s: float) -> None:
        """Close it and open it again, with one attempt: for who asks over and over whether a phone is back.

        Args:
            doing: what is being done, for the message.
            within_s: protective deadline in wall seconds.

        Raises:
            DeviceError: it cannot be opened now.
        """
        async with Guard(self._phone, doing, within_s), self._turn:
            if self._closed:
                raise self._lost()
            doubts = self._doubts
            await self._drop()
            await self._open()
            self._cleared = doubts

    def doubt(self) -> None:
        """Have it looked at before the next command: something on it went unanswered."""
        self._doubts += 1

    async def close(self) -> None:
        """Close it for good."""
        self._closed = True
        async with self._turn:
            await self._drop()

    async def _make_ready(self) -> None:
        if self.is_fine:
            return
        async with self._turn:
            if self._closed:
                raise self._lost()
            if self.is_fine:
                return
            doubts = self._doubts
            if not await self._answers():
                await self._open_again()
            self._cleared = doubts

    @property
    def is_fine(self) -> bool:
        """Whether it is open, and nothing is known against it."""
        way = self._transport
        return way is not None and self._cleared == self._doubts and not way.is_gone() and not way.is_stale()

    async def _answers(self) -> bool:
        if self._transport is None or self._transport.is_gone():
            return False
        try:
            async with Guard(self._phone, "asking for a sign of life", PROBE_S):
                await self._transport.renew()
        except HarnessError:
            return False
        return True

    async def _open_again(self) -> None:
        await self._drop()
        for pause_s in (*PAUSES_S, None):
            try:
                await self._open()
                break
            except Exception as error:
                lost = isinstance(translate(error, self._phone, "opening the way again"), DeviceLost)
                if pause_s is None or not lost:
                    raise
            await asyncio.sleep(pause_s)

    async def _open(self) -> None:
        self._transport = await self._open_transport()
        self._generation += 1

    async def _drop(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            await close_within(self._phone, "the way", transport.close(), CLOSE_S)

    def _lost(self) -> DeviceLost:
        what = "it has been closed" if self._closed else "the way to it is not open"
        return DeviceLost(what, phone=self._phone, fix="Open the phone again.")
