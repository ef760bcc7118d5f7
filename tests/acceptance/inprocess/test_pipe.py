"""A connection in memory behaves as a loopback socket does, as far as the origin and a phone can tell."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable

from tests.acceptance.inprocess.pipe import STACK_BYTES, PipeEnd, connect


class Side(asyncio.Protocol):
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.data = b""
        self.transport: PipeEnd | None = None

    @property
    def end(self) -> PipeEnd:
        assert self.transport is not None
        return self.transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, PipeEnd)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.data += data

    def eof_received(self) -> None:
        self.told.append("eof")

    def pause_writing(self) -> None:
        self.told.append("pause")

    def resume_writing(self) -> None:
        self.told.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.told.append(f"lost: {type(exc).__name__}")


def joined(check: Callable[[Side, Side], Awaitable[None]]) -> None:
    async def run() -> None:
        client, server = Side(), Side()
        loop = asyncio.get_running_loop()
        connect(
            loop, client, lambda: server, client_address=("127.0.0.2", 1), server_address=("127.0.0.1", 2)
        )
        await check(client, server)

    asyncio.run(run())


async def turns() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


def test_what_is_written_comes_in_order_in_a_later_turn() -> None:
    async def check(client: Side, server: Side) -> None:
        client.end.write(b"one ")
        client.end.write(b"two")
        assert not server.data
        await turns()
        assert server.data == b"one two"

    joined(check)


def test_a_close_lets_what_was_written_through_and_is_seen_as_an_end() -> None:
    async def check(client: Side, server: Side) -> None:
        server.end.write(b"all of it")
        server.end.close()
        server.end.write(b"too late")
        await turns()
        assert (client.data, client.told) == (b"all of it", ["eof", "lost: NoneType"])
        assert server.told == ["lost: NoneType"]

    joined(check)


def test_a_reset_is_told_as_one_and_loses_what_was_not_read() -> None:
    async def check(client: Side, server: Side) -> None:
        client.end.pause_reading()
        server.end.write(b"never read")
        raw = server.end.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        server.end.abort()
        await turns()
        assert (client.data, client.told) == (b"", ["lost: ConnectionResetError"])

    joined(check)


def test_who_writes_is_paused_while_the_other_does_not_read() -> None:
    async def check(client: Side, server: Side) -> None:
        server.end.set_write_buffer_limits(high=4, low=0)
        client.end.pause_reading()
        server.end.write(bytes(STACK_BYTES))
        server.end.write(b"much")
        assert server.told == []
        server.end.write(b"more")
        assert server.told == ["pause"]
        await turns()
        assert not client.data
        client.end.resume_reading()
        await turns()
        assert (client.data, server.told) == (bytes(STACK_BYTES) + b"muchmore", ["pause", "resume"])

    joined(check)


def test_each_side_learns_where_the_other_is() -> None:
    async def check(client: Side, server: Side) -> None:
        assert server.end.get_extra_info("peername") == ("127.0.0.2", 1)
        assert client.end.get_extra_info("peername") == ("127.0.0.1", 2)

    joined(check)
