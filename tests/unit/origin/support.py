"""A peer on a raw socket, and a way to wait for a receipt."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from harness.origin.receipts import Receipt
from harness.origin.run import OriginRun
from harness.origin.server import OriginServer

PROTECTIVE_S = 10.0
T = TypeVar("T")


@contextlib.asynccontextmanager
async def origin() -> AsyncGenerator[tuple[OriginServer, OriginRun], None]:
    server = OriginServer()
    await server.start("127.0.0.1")
    try:
        yield server, server.begin_run("nonce-1")
    finally:
        await server.stop()


class Peer:
    """An HTTP client of few manners: it reads exactly what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def ask(cls, url: str, *headers: str, method: str = "GET", body: bytes = b"") -> Peer:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        head = "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {parts.netloc}", *headers, "", ""])
        writer.write(head.encode() + body)
        await writer.drain()
        return cls(reader, writer)

    async def head(self) -> tuple[int, dict[str, str]]:
        text = (await within(self.reader.readuntil(b"\r\n\r\n"))).decode()
        first, *lines = text.strip().split("\r\n")
        fields = (line.split(": ", 1) for line in lines)
        return int(first.split()[1]), {name.lower(): value for name, value in fields}

    async def body(self, count: int) -> bytes:
        return await within(self.reader.readexactly(count))

    async def has_more(self, wait_s: float = 0.05) -> bool:
        """Whether another byte comes within ``wait_s`` (a silence can only be observed by waiting)."""
        try:
            return bool(await asyncio.wait_for(self.reader.read(1), wait_s))
        except TimeoutError:
            return False

    def leave(self) -> None:
        self.writer.transport.abort()


async def within(awaitable: Awaitable[T]) -> T:
    """The result, or ``TimeoutError`` where a test would otherwise hang."""
    return await asyncio.wait_for(awaitable, PROTECTIVE_S)


async def seen(run: OriginRun, wanted: Callable[[Receipt], bool]) -> Receipt:
    """The first receipt of the run, past or to come, that is as wanted."""
    found: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()

    def look(receipt: Receipt) -> None:
        if not found.done() and wanted(receipt):
            found.set_result(receipt)

    end = run.on_receipt(look)
    for receipt in run.receipts:
        look(receipt)
    try:
        return await within(found)
    finally:
        end()
