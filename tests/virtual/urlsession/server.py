"""A tiny HTTP server for these tests: scripted raw answers, one per connection."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field


@dataclass
class Connection:
    """One accepted connection with the request that came on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def read_body(self, size_bytes: int | None = None) -> bytes:
        """Read so many bytes of the request's body, or all that is left of it."""
        left = int(self.headers.get("content-length", "0")) - len(self.body)
        data = await self.reader.readexactly(left if size_bytes is None else size_bytes)
        self.body += data
        return data

    def head(self, status: int = 200, **headers: object) -> None:
        lines = [f"HTTP/1.1 {status} Whatever"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())


Answer = Callable[[Connection], Awaitable[None]]


@dataclass
class Server:
    """Answers connections by ``answers`` in turn; the last one stands for all further ones."""

    answers: list[Answer]
    requests: list[Connection] = field(default_factory=list[Connection])
    port: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Server:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for connection in self.requests:
            connection.writer.close()

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return
        first, *rest = head.strip().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
        method, path, _ = first.split()
        connection = Connection(reader, writer, method, path, headers)
        answer = self.answers[min(len(self.requests), len(self.answers) - 1)]
        self.requests.append(connection)
        # A gate that no test opens ends with the loop.
        with contextlib.suppress(asyncio.CancelledError):
            await answer(connection)
        writer.close()


def body(data: bytes, status: int = 200, **headers: object) -> Answer:
    """Answer with a whole body."""

    async def answer(connection: Connection) -> None:
        connection.head(status, Content_Length=len(data), **headers)
        connection.send(data)
        await connection.writer.drain()

    return answer


def taking(data: bytes = b"", status: int = 200) -> Answer:
    """Read the request's body to its end and answer."""

    async def answer(connection: Connection) -> None:
        await connection.read_body()
        await body(data, status)(connection)

    return answer


def leaving_after(size_bytes: int) -> Answer:
    """Read so much of the request's body, and leave."""

    async def answer(connection: Connection) -> None:
        await connection.read_body(size_bytes)

    return answer


def broken_body(data: bytes, of_bytes: int, **headers: object) -> Answer:
    """Announce more than is sent, then close."""

    async def answer(connection: Connection) -> None:
        connection.head(200, Content_Length=of_bytes, **headers)
        connection.send(data)
        await connection.writer.drain()

    return answer


def gated_body(data: bytes, hold: int, gate: asyncio.Event, **headers: object) -> Answer:
    """Send up to ``hold``, announce so, and send the rest when the gate opens."""

    async def answer(connection: Connection) -> None:
        connection.head(200, Content_Length=len(data), X_Origin_Gate=f"hold={hold}", **headers)
        connection.send(data[:hold])
        await connection.writer.drain()
        await gate.wait()
        connection.send(data[hold:])
        await connection.writer.drain()

    return answer


def halfway(gate: asyncio.Event | None = None, **headers: object) -> Answer:
    """Stand at 100 of 500 bytes until the gate opens; for good where there is none."""
    return gated_body(b"z" * 500, 100, gate or asyncio.Event(), **headers)


def resumable(gate: asyncio.Event | None = None) -> list[Answer]:
    """The same with an ETag, and the rest of the body for who asks for that."""
    rest = body(b"z" * 400, status=206, Content_Range="bytes 100-499/500", ETag='"v1"')
    return [halfway(gate, ETag='"v1"'), rest]


def redirect(to: str, status: int = 302) -> Answer:
    """Answer with a redirect."""

    async def answer(connection: Connection) -> None:
        connection.head(status, Location=to, Content_Length=0)
        await connection.writer.drain()

    return answer


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Let the loop turn until the condition is true."""
    for _ in range(int(within_s * 1000)):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise TimeoutError("what the test waits for did not come")
