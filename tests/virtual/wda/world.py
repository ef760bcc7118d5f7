"""A phone with a runner on it, and a client of its server that counts packets."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.virtual.apps.runner import RUNNER_ID, runner_app
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.transport.stream import AsyncioStream
from harness.virtual.wda.server import server_of
from tests.virtual.rig import APP, spec

PORT = 8123
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
SETTINGS = "com.apple.Preferences"
SPRINGBOARD = "com.apple.springboard"


@dataclass(frozen=True)
class Answer:
    """What the server said.

    Attributes:
        status: of HTTP.
        value: what was asked for, or what went wrong.
        session_id: the session that it named.
    """

    status: int
    value: Any
    session_id: str | None

    @property
    def error(self) -> str:
        """The word for what went wrong; empty when nothing did."""
        return self.value["error"] if self.status != 200 else ""


class Client:
    """One connection to a runner; every request goes over it.

    Args:
        reader: what the phone says.
        writer: what it is told.

    Attributes:
        session: prefix of the paths of ``ask`` once there is a session.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.session = ""

    async def open(self, **capabilities: object) -> str:
        """Open a session, whose identifier is returned."""
        answer = await self.bare("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        assert answer.status == 200, answer
        self.session = f"/session/{answer.value['sessionId']}"
        return answer.value["sessionId"]

    async def get(self, path: str) -> Answer:
        """Ask for something within the session."""
        return await self.bare("GET", self.session + path)

    async def post(self, path: str, **arguments: object) -> Answer:
        """Have something done within the session."""
        return await self.bare("POST", self.session + path, arguments)

    async def find(self, using: str, value: str) -> str:
        """The identifier of the first element that fits."""
        answer = await self.post("/element", using=using, value=value)
        assert answer.status == 200, answer
        return answer.value[ELEMENT]

    async def names(self, using: str, value: str) -> list[str]:
        """The names of all elements that fit."""
        found = (await self.post("/elements", using=using, value=value)).value
        return [(await self.get(f"/element/{each[ELEMENT]}/attribute/name")).value for each in found]

    async def bare(self, method: str, path: str, arguments: Mapping[str, object] | None = None) -> Answer:
        """One request and its answer.

        Raises:
            ConnectionError: the phone broke the connection instead.
        """
        body = b"" if arguments is None else json.dumps(arguments).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: phone\r\nContent-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        return await self.next_answer()

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(data)

    async def next_answer(self) -> Answer:
        """The next answer."""
        try:
            head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the phone broke the connection") from error
        length = int(head.partition("content-length:")[2].split()[0])
        told = json.loads(await self._reader.readexactly(length))
        return Answer(int(head.split()[1]), told["value"], told["sessionId"])

    def close(self) -> None:
        """Finish."""
        self._writer.close()


@dataclass(frozen=True)
class World:
    """A phone whose runner runs.

    Attributes:
        phone: the phone.
        pid: the runner's process.
    """

    phone: VirtualPhone
    pid: int

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncGenerator[Client]:
        """A connection of a client."""
        serve = self.phone.listeners.at(PORT)
        assert serve is not None, "nobody listens"
        ours, theirs = socket.socketpair()
        stream = AsyncioStream(*await asyncio.open_connection(sock=theirs))
        serving = asyncio.create_task(_served(serve(stream)))
        client = Client(*await asyncio.open_connection(sock=ours))
        try:
            yield client
        finally:
            client.close()
            await serving
            stream.close()


async def _served(serving: Awaitable[None]) -> None:
    await serving


def launch_runner(phone: VirtualPhone) -> int:
    """Launch the runner in the background, as tools do; returns its process identifier."""
    return phone.launch(
        RUNNER_ID, environment={"USE_PORT": str(PORT)}, kill_existing=True, activate_suspended=True
    )


def with_phone(
    check: Callable[[World], Awaitable[None]],
    ios: str = "16.7",
    model: str = "iPhone10,3",
    prepare: Callable[[VirtualPhone], object] = lambda phone: None,
) -> None:
    """Run a check on a phone whose runner was launched.

    Args:
        check: the check.
        ios: product version.
        model: product type.
        prepare: done to the phone before the runner is launched.
    """

    async def main() -> None:
        with tempfile.TemporaryDirectory() as root:
            fetching = AppBundle("com.example.news", "News", "1", "News", background_modes=("fetch",))
            apps = [runner_app(server_of), APP, fetching]
            phone = VirtualPhone(spec(ios, model=model), Path(root), apps=apps)
            try:
                prepare(phone)
                await check(World(phone, launch_runner(phone)))
            finally:
                phone.switch_off()

    asyncio.run(asyncio.wait_for(main(), 30))


def with_client(
    check: Callable[[World, Client], Awaitable[None]],
    ios: str = "16.7",
    model: str = "iPhone10,3",
) -> None:
    """Run a check with a client that has opened a session."""

    async def main(world: World) -> None:
        async with world.connected() as client:
            await client.open()
            await check(world, client)

    with_phone(main, ios, model)
