"""The one session that a WebDriverAgent has, made anew when it is lost.

What is asked may fail to be answered in three ways:

==============================  =====================================================================
what came instead of an answer  what is done
==============================  =====================================================================
"invalid session id"            a session is made and it is asked again: it was refused unheard. Another
                                client made a session, or the runner was started anew
no connection to the phone      the runner recovers and it is asked again: nobody heard it
a connection that was cut       the runner recovers. What only looks is asked again; what touches is not,
                                because nobody knows whether the phone has done it
==============================  =====================================================================

Each is told in the log: a test that passes only because of it should not look like one that did not need it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from harness.drivers.ui import failures
from harness.drivers.ui.runner import UiRunner
from harness.drivers.ui.wda.client import INVALID_SESSION, ConnectionCut, WdaClient, WdaRefusal, error_of
from harness.errors import CommandTimeout, DeviceError, RunnerFailed

CAPABILITIES: Mapping[str, Any] = {
    "shouldTerminateApp": False,
    "forceAppLaunch": False,
    "waitForIdleTimeout": 0,
}
"""What a session is asked to be. No ``bundleId``: it would bind the session to an app, end that app with
itself, and fail everything once the app is gone. Source: appium-and-wda.md §4 trap 7."""

COMMAND_S = 30.0
OPEN_S = 60.0
CLOSE_S = 5.0

ATTEMPTS = 3
"""How often one thing is asked: after a connection was cut, the session may be gone with the runner."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Request:
    """One thing that is asked.

    Attributes:
        doing: what is being done, for messages.
        method: of HTTP.
        path: below the session, or below the root.
        body: sent as JSON; ``None`` for none.
        looks: whether it only looks, so that asking twice is as good as asking once.
        within_s: protective deadline in wall seconds.
        bare: whether it is asked without the session, as some commands can only be.
    """

    doing: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    looks: bool = False
    within_s: float = COMMAND_S
    bare: bool = False


class WdaSession:
    """The session with one runner; nothing is started before the first request.

    Args:
        runner: serves it; lives on when the session is closed.
        phone: the phone's name.
    """

    def __init__(self, runner: UiRunner, phone: str) -> None:
        self._runner = runner
        self._phone = phone
        self._client: WdaClient | None = None
        self._id = ""
        self._start = 0
        self._settings: dict[str, Any] = {}
        self._doubt = ""
        # Two requests at once would make two sessions, of which the second evicts the first.
        self._turn = asyncio.Lock()

    async def ask(self, request: Request) -> Any:
        """The ``value`` of the answer.

        Raises:
            WdaRefusal: WebDriverAgent said no, and not because the session is gone.
            RunnerFailed: the runner or its session is gone, and could not be had again.
            CommandTimeout: no answer within the deadline.
        """
        async with self._turn:
            for _ in range(ATTEMPTS - 1):
                try:
                    return await self._attempt(request)
                except _Again:
                    continue
            try:
                return await self._attempt(request)
            except _Again as again:
                raise failures.lost(self._phone, request.doing, ATTEMPTS, str(again)) from again

    async def settle(self, settings: Mapping[str, Any]) -> None:
        """Set settings of the session, which those made after it get, too.

        Raises as ``ask`` does. How the session is set nobody knows then, so the next request makes another
        one, which is set as it was wanted here.
        """
        try:
            with self._given_up_unless_set():
                await self.ask(_settings_request(settings))
        finally:
            self._settings |= settings

    async def close(self) -> None:
        """End the session; one that is gone already is no error."""
        async with self._turn:
            client, self._client = self._client, None
            if client is not None:
                await self._end_session(client)

    async def _attempt(self, request: Request) -> Any:
        unheard = self._runner.unheard
        opened = False
        try:
            client = await self._open()
            opened, unheard = True, self._runner.unheard
            return await self._send(client, request)
        except WdaRefusal as refusal:
            if refusal.word == INVALID_SESSION:
                self._id = ""
                _log.warning("%s: %s: the session is gone, and made anew", self._phone, request.doing)
                raise _Again(str(refusal)) from refusal
            if not opened:
                raise error_of(refusal, self._phone, "making a session") from refusal
            raise
        except ConnectionCut as cut:
            was_heard = opened and self._runner.unheard == unheard
            await self._runner.up(str(cut))
            if was_heard and not request.looks:
                raise failures.in_doubt(self._phone, request.doing) from cut
            raise _Again(str(cut)) from cut
        except CommandTimeout as error:
            self._doubt = error.what  # the next request finds out whether the runner hangs
            raise

    async def _open(self) -> WdaClient:
        """The client, once there is a session."""
        # Before a session is made, too: where one got lost, something else may have taken the runner's place.
        if self._doubt or not self._id or not self._runner.url:
            await self._runner.up(self._doubt)
            self._doubt = ""
        client = await self._client_at(self._runner.url)
        if self._id and self._start == self._runner.starts:
            return client
        self._id, self._start = await self._make(client), self._runner.starts
        if self._settings:
            with self._given_up_unless_set():
                await self._send(client, _settings_request(self._settings))
        return client

    @contextmanager
    def _given_up_unless_set(self) -> Generator[None]:
        """No further use of a session whose settings were not confirmed."""
        try:
            yield
        except BaseException:
            self._id = ""
            raise

    async def _client_at(self, url: str) -> WdaClient:
        client = self._client
        if client is not None and client.url == url:
            return client
        if client is not None:
            await client.close()
        self._client = client = WdaClient(url, self._phone)
        return client

    async def _make(self, client: WdaClient) -> str:
        # Both forms: some versions read the one, some the other. Source: appium-and-wda.md §4 trap 15.
        wanted: dict[str, Any] = {"capabilities": {"alwaysMatch": dict(CAPABILITIES), "firstMatch": [{}]}}
        made: Any = await client.ask("POST", "session", wanted, doing="making a session", within_s=OPEN_S)
        fields = cast("dict[str, Any]", made) if isinstance(made, dict) else {}
        session_id = fields.get("sessionId")
        if not isinstance(session_id, str) or not session_id:
            raise RunnerFailed(
                "WebDriverAgent made a session without an identifier",
                phone=self._phone,
                fix="Install a newer WebDriverAgent on the phone.",
            )
        return session_id

    async def _send(self, client: WdaClient, request: Request) -> Any:
        path = request.path if request.bare else f"session/{self._id}/{request.path}".rstrip("/")
        return await client.ask(
            request.method, path, request.body, doing=request.doing, within_s=request.within_s
        )

    async def _end_session(self, client: WdaClient) -> None:
        try:
            if self._id:
                await self._send(client, Request("ending the session", "DELETE", "", within_s=CLOSE_S))
        except (WdaRefusal, ConnectionCut, DeviceError) as error:
            _log.debug("%s: the session was not ended: %s", self._phone, error)
        finally:
            self._id = ""
            await client.close()


class _Again(Exception):
    """It was not answered, and may be asked again."""


def _settings_request(settings: Mapping[str, Any]) -> Request:
    return Request(
        "setting up the session", "POST", "appium/settings", {"settings": dict(settings)}, looks=True
    )
