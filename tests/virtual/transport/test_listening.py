from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.virtual.transport.listening import LOOPBACK, Listening


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)


@contextlib.contextmanager
def short_path() -> Generator[str]:
    with tempfile.TemporaryDirectory(prefix="ih-", dir="/tmp") as directory:
        yield str(Path(directory) / "socket")


def test_clients_are_served_on_both_kinds_of_socket() -> None:
    async def main(path: str) -> None:
        listening = Listening(echo)
        await listening.on_unix(path)
        port = await listening.on_loopback()
        for opening in (asyncio.open_unix_connection(path), asyncio.open_connection(LOOPBACK, port)):
            reader, writer = await opening
            writer.write(b"hello")
            assert await reader.readexactly(5) == b"hello"
            writer.close()
        await listening.close()

    with short_path() as path:
        asyncio.run(main(path))


def test_a_close_ends_the_connections_and_lets_nobody_in() -> None:
    async def main() -> None:
        listening = Listening(echo)
        port = await listening.on_loopback()
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        writer.write(b"x")
        await reader.readexactly(1)
        await listening.close()
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection(LOOPBACK, port)

    asyncio.run(main())


@pytest.mark.parametrize("turns", range(9))
def test_a_connection_that_is_being_made_at_the_close_is_ended_too(turns: int) -> None:
    async def main() -> bytes:
        listening = Listening(echo)
        port = await listening.on_loopback()
        with socket.create_connection((LOOPBACK, port)) as peer:
            peer.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            await listening.close()
            async with asyncio.timeout(5):
                return await asyncio.get_running_loop().sock_recv(peer, 1)

    # Ended in order or cut: gone either way, and not left open until somebody collects it.
    with contextlib.suppress(ConnectionResetError):
        assert asyncio.run(main()) == b""


def test_a_path_that_is_too_long_for_a_socket_is_refused() -> None:
    async def main() -> None:
        await Listening(echo).on_unix("/tmp/" + "x" * 100)

    with pytest.raises(ConfigError, match="cannot be a socket"):
        asyncio.run(main())


def test_closing_what_never_listened_is_no_error() -> None:
    asyncio.run(Listening(echo).close())
