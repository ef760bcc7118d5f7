"""A phone that has nothing but a runner, whose WebDriverAgent answers what a test says."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from harness.drivers.ui.supervisor import Patience, Runner
from harness.drivers.ui.wda.backend import WdaBackend
from harness.errors import AppNotInstalled, CommandRefused, DeviceLocked

RUNNER = "io.appium.wda.xctrunner"
PHONE = "desk-15"

READY = '{"value": {"ready": true}}'
BUSY = '{"value": {"ready": false}}'

PATIENT = Patience(restarts=2)
IMPATIENT = Patience(start_s=0.3, back_s=0.3)
"""For a runner that does not come, so that its test does not wait long for it."""

FORWARDING = "a forwarded port"
"""What the task is called that carries a connection on."""

TURNS = 10
"""More turns of the loop than the end of a connection within one host takes to be noticed."""

Answer = tuple[int, Any]
Answering = Callable[[str, str, Any], Answer]
"""``(method, path below the session, body)`` -> HTTP status and ``value``."""


def refused(word: str, status: int = 404) -> Answer:
    """The answer of a WebDriverAgent that does not do it."""
    return status, {"error": word, "message": f"because of {word}", "traceback": ""}


@dataclass
class RunnerPhone:
    """Implements ``RunnerHost``.

    Attributes:
        answering: what WebDriverAgent answers within a session.
        ready: what it answers to being asked for its status.
        ready_after_start: what it answers from its next start on; empty for the same.
        installed: whether the runner is.
        locked: whether the phone is.
        ends_at_once: whether the runner's process ends as soon as it was started.
        listens: whether it opens its port.
        taken: ports that somebody else listens at.
        cuts: how many of the next requests within a session are cut off unanswered.
        dials_fail: how many of the next connections are not taken.
        delay_s: how long each answer within a session takes.
        plain: answered within a session in place of anything, with HTTP 502; empty for not.
    """

    answering: Answering = lambda method, path, body: (200, None)
    ready: str = READY
    ready_after_start: str = ""
    installed: bool = True
    locked: bool = False
    ends_at_once: bool = False
    listens: bool = True
    taken: set[int] = field(default_factory=set[int])
    cuts: int = 0
    dials_fail: int = 0
    delay_s: float = 0.0
    plain: bytes = b""
    pid: int = 0
    session: str = ""
    sessions: int = 0
    starts: list[Mapping[str, str]] = field(default_factory=list[Mapping[str, str]])
    signals: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    asked: list[str] = field(default_factory=list[str])
    capabilities: list[Any] = field(default_factory=list[Any])
    _runner: web.AppRunner | None = None
    _local_port: int = 0
    _carried: list[asyncio.StreamWriter] = field(default_factory=list[asyncio.StreamWriter])

    # What a driver offers.

    async def start_runner(self, bundle_id: str, environment: Mapping[str, str]) -> int:
        if self.locked:
            raise DeviceLocked("it is locked", phone=PHONE)
        if not self.installed:
            raise AppNotInstalled("no such app", phone=PHONE)
        await self.die()
        self.starts.append(dict(environment))
        self.ready = self.ready_after_start or self.ready
        if not self.ends_at_once:
            self.pid = 100 + len(self.starts)
            if self.listens:
                await self._listen()
        return 100 + len(self.starts)

    async def connect(self, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if port in self.taken:
            ours, theirs = socket.socketpair()
            theirs.close()
            return await asyncio.open_connection(sock=ours)
        listens = self._runner is not None and port == int(self.starts[-1]["USE_PORT"])
        if listens and self.dials_fail:
            self.dials_fail -= 1
            listens = False
        if not listens:
            raise CommandRefused("nothing listens there", phone=PHONE)
        reader, writer = await asyncio.open_connection("127.0.0.1", self._local_port)
        self._carried.append(writer)
        return reader, writer

    async def pid_of(self, bundle_id: str) -> int | None:
        return self.pid or None

    async def signal(self, pid: int, number: int) -> None:
        self.signals.append((pid, number))
        await self.die()

    # What befalls it.

    async def die(self) -> None:
        """The runner's process ends, and its session with it."""
        self.pid, self.session = 0, ""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def drop_connections(self) -> None:
        """Every connection to the runner ends, and its clients notice; its process goes on."""
        carried, self._carried = self._carried, []
        for writer in carried:
            writer.transport.abort()
        carriers = [task for task in asyncio.all_tasks() if task.get_name() == FORWARDING]
        if carriers:
            await asyncio.wait(carriers)
        for _ in range(TURNS):
            await asyncio.sleep(0)

    async def _listen(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.0, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._local_port = self._runner.addresses[0][1]

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path, body = request.match_info["path"], await request.text()
        if path == "status":
            return web.Response(text=self.ready)
        if path == "session":
            self.sessions += 1
            self.capabilities.append(json.loads(body)["capabilities"])
            self.session = f"S{self.sessions}"
            return web.json_response({"value": {"sessionId": self.session, "capabilities": {}}})
        _, session, below = [*path.split("/", 2), ""][:3]
        self.asked.append(f"{request.method} {below}")
        if self.cuts:
            self.cuts -= 1
            assert request.transport is not None
            request.transport.abort()
        await asyncio.sleep(self.delay_s)
        if self.plain:
            return web.Response(status=502, body=self.plain)
        if session != self.session:
            return _reply(refused("invalid session id"))
        return _reply(self.answering(request.method, below, json.loads(body) if body else None))


def _reply(answer: Answer) -> web.Response:
    status, value = answer
    return web.json_response({"value": value, "sessionId": None}, status=status)


@asynccontextmanager
async def supervised(phone: RunnerPhone, patience: Patience = PATIENT) -> AsyncGenerator[Runner]:
    """The runner of a phone, not started yet."""
    runner = Runner(phone, PHONE, RUNNER, patience)
    try:
        yield runner
    finally:
        await runner.close()
        await phone.die()


@asynccontextmanager
async def worked(phone: RunnerPhone) -> AsyncGenerator[WdaBackend]:
    """The screen of a phone, nothing of it started yet."""
    async with supervised(phone) as runner:
        backend = WdaBackend(runner, PHONE)
        try:
            yield backend
        finally:
            await backend.close()
