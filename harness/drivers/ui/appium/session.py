"""The session that an Appium server has with one runner, opened anew when it is lost.

What is asked may fail to be carried out in three ways, and what is done about each is the same as without a
server in between:

==============================  =====================================================================
what came instead of an answer  what is done
==============================  =====================================================================
the session is not known        one is opened and it is asked again: it was refused unheard. Another
                                client made a session, or the runner or the server was started anew
no connection to the phone      the runner recovers and it is asked again: nobody heard it
a connection that was cut       the runner recovers. What only looks is asked again; what touches is not,
                                because nobody knows whether the phone has done it
==============================  =====================================================================

The server itself is not started again: one that is gone took the sessions of every phone with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from harness.drivers.ui import failures
from harness.drivers.ui.appium.caps import capabilities
from harness.drivers.ui.appium.client import Driver, open_session
from harness.drivers.ui.appium.errors import Happened, happened, translate
from harness.drivers.ui.runner import UiRunner
from harness.errors import CommandTimeout
from harness.model.identity import PhoneIdentity

T = TypeVar("T")

Command = Callable[[Driver], T]
"""What is done in the session's thread; every answer is waited for there."""

ATTEMPTS = 3
"""How often one thing is asked: after a connection was cut, the session may be gone with the runner."""

CLOSE_S = 10.0
"""How long the end of a session is waited for, in wall seconds; its runner ends in any case."""

_log = logging.getLogger(__name__)


class AppiumSession:
    """The session with one phone's runner; nothing is started before the first command.

    The client is synchronous, so each session has a thread of its own, and the loop that phones live on
    never waits for a server. There is one session to a phone, because a server ends the first one silently
    when it is asked for a second. Source: appium-and-wda.md §4 trap 4.

    Args:
        server: gives the URL of the Appium server, having started one if need be.
        phone: whose screen it is.
        runner: which is attached to, and closed with this.
    """

    def __init__(self, server: Callable[[], Awaitable[str]], phone: PhoneIdentity, runner: UiRunner) -> None:
        self._server = server
        self._phone = phone
        self._runner = runner
        self._driver: Driver | None = None
        self._start = 0
        self._settings: dict[str, object] = {}
        self._doubt = ""
        self._thread = ThreadPoolExecutor(1, f"appium of {phone.name}")
        # Two commands at once could open two sessions, of which the second ends the first.
        self._turn = asyncio.Lock()

    async def ask(self, doing: str, command: Command[T]) -> T:
        """Carry out what only looks.

        Args:
            doing: what is being done, for messages.
            command: what is done.

        Raises:
            DeviceError: it failed; the table of errors says how.
            RunnerFailed: the runner or its session is gone, and could not be had again.
            CommandTimeout: no answer in time.
        """
        return await self._carry_out(doing, command, looks=True)

    async def act(self, doing: str, command: Command[T]) -> T:
        """Carry out what touches; raises as ``ask`` does, also where nobody knows whether it was done."""
        return await self._carry_out(doing, command, looks=False)

    async def settle(self, settings: dict[str, object]) -> None:
        """Set settings of the session, which those opened after it get, too.

        Raises as ``ask`` does. How the session is set nobody knows then, so the next command opens another
        one, which is set as it was wanted here.
        """
        self._settings |= settings
        try:
            await self.ask("setting up the session", lambda driver: driver.update_settings(dict(settings)))
        except BaseException:
            self._start = 0
            raise

    async def close(self) -> None:
        """End the session and the runner; what is gone already is no error."""
        async with self._turn:
            try:
                async with asyncio.timeout(CLOSE_S):
                    await self._drop()
            except TimeoutError:
                _log.debug("%s: the server did not end the session within %g s", self._phone.name, CLOSE_S)
            finally:
                self._thread.shutdown(wait=False)
                await asyncio.shield(self._runner.close())

    async def _carry_out(self, doing: str, command: Command[T], *, looks: bool) -> T:
        async with self._turn:
            why = ""
            for _ in range(ATTEMPTS):
                try:
                    return await self._attempt(doing, command, looks=looks)
                except _Again as again:
                    why = str(again)
            raise failures.lost(self._phone.name, doing, ATTEMPTS, why)

    async def _attempt(self, doing: str, command: Command[T], *, looks: bool) -> T:
        unheard, opened = self._runner.unheard, False
        try:
            driver = await self._open()
            opened, unheard = True, self._runner.unheard
            return await self._in_thread(lambda: command(driver))
        except Exception as error:  # by class, in one table; what that does not know goes on as it is
            was = happened(error)
            if was is Happened.SESSION_LOST:
                await self._forget(doing, error)
            elif was is Happened.CUT_OFF:
                was_heard = opened and self._runner.unheard == unheard
                await self._runner.up(f"{doing}: {error}")
                if was_heard and not looks:
                    raise failures.in_doubt(self._phone.name, doing) from error
            else:
                raise self._named(error, doing if opened else "opening a session") from error
            raise _Again(str(error)) from error

    async def _open(self) -> Driver:
        """The session's client, once there is a session with the runner that is up."""
        if not self._doubt and (driver := self._current()):
            return driver
        url, self._doubt = await self._runner.up(self._doubt), ""
        if driver := self._current():
            return driver
        await self._drop()
        server, asked = await self._server(), capabilities(self._phone, url)
        driver = await self._in_thread(lambda: open_session(server, asked))
        # Kept from here on, so that it is ended; used only once it is set as the one before was.
        self._driver, self._start = driver, 0
        if self._settings:
            await self._in_thread(lambda: driver.update_settings(dict(self._settings)))
        self._start = self._runner.starts
        return driver

    def _current(self) -> Driver | None:
        """The client, unless its session went away with an earlier start of the runner."""
        return self._driver if self._start == self._runner.starts else None

    async def _forget(self, doing: str, why: Exception) -> None:
        _log.warning("%s: %s: the session is gone, and opened anew: %s", self._phone.name, doing, why)
        await self._drop()

    async def _drop(self) -> None:
        """End the session as far as the server still has it."""
        driver, self._driver = self._driver, None
        if driver is None:
            return
        try:
            await self._in_thread(driver.quit)
        except Exception as error:
            if translate(error, self._phone.name, "ending the session") is None:
                raise
            _log.debug("%s: the session was not ended: %s", self._phone.name, error)

    def _named(self, error: Exception, doing: str) -> Exception:
        named = translate(error, self._phone.name, doing) or error
        if isinstance(named, CommandTimeout):
            self._doubt = named.what  # the next command finds out whether the runner hangs
        return named

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


class _Again(Exception):
    """It was not carried out, and may be asked again."""
