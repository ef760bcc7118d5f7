from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from harness.drivers.ui.forwarding import Connected, Forward
from harness.errors import CommandRefused

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def forwarded(serve: Serve) -> AsyncGenerator[Forward]:
    """A forward to a server of the test."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    forward = Forward(lambda: asyncio.open_connection("127.0.0.1", port))
    forward.open()
    try:
        yield forward
    finally:
        await forward.close()
        server.close()


async def dial(forward: Forward) -> Connected:
    parts = urlsplit(forward.url)
    return await asyncio.open_connection(parts.hostname, parts.port)


async def _shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer only once all has come: with its length and itself in capitals."""
    heard = await reader.read()
    writer.write(str(len(heard)).encode() + b" " + heard.upper())
    writer.close()


def test_a_client_that_has_ended_its_half_still_gets_the_answer() -> None:
    async def main() -> None:
        async with forwarded(_shout) as forward:
            reader, writer = await dial(forward)
            writer.write(b"hello")
            writer.write_eof()
            assert await reader.read() == b"5 HELLO"
            writer.close()

    asyncio.run(main())


def test_many_bytes_come_through_whole() -> None:
    async def main() -> None:
        sent = b"x" * 3_000_000
        async with forwarded(_shout) as forward:
            reader, writer = await dial(forward)
            writer.write(sent)
            writer.write_eof()
            assert await reader.read() == b"3000000 " + sent.upper()
            writer.close()

    asyncio.run(main())


def test_the_end_of_the_far_side_reaches_the_near_one() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def main() -> None:
        async with forwarded(hang_up) as forward:
            reader, writer = await dial(forward)
            assert await reader.read() == b""
            writer.close()

    asyncio.run(main())


def test_connections_do_not_mix() -> None:
    async def main() -> None:
        async with forwarded(_shout) as forward:
            opened = [await dial(forward) for _ in range(5)]
            for number, (_, writer) in enumerate(opened):
                writer.write(b"abcde"[number : number + 1])
                writer.write_eof()
            heard = [await reader.read() for reader, _ in opened]
            assert heard == [b"1 A", b"1 B", b"1 C", b"1 D", b"1 E"]
            for _, writer in opened:
                writer.close()

    asyncio.run(main())


def test_a_connection_that_the_phone_does_not_take_is_closed_and_counted() -> None:
    async def refuse() -> Connected:
        raise CommandRefused("nothing listens there")

    async def main() -> None:
        forward = Forward(refuse)
        forward.open()
        reader, writer = await dial(forward)
        assert await reader.read() == b""
        writer.close()
        assert forward.unheard == 1
        await forward.close()

    asyncio.run(main())


def test_closing_it_ends_what_it_carries() -> None:
    async def main() -> None:
        heard = asyncio.Event()

        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readexactly(1)
            heard.set()
            await reader.read()
            writer.close()

        async with forwarded(hold) as forward:
            before = asyncio.all_tasks()
            reader, writer = await dial(forward)
            writer.write(b"a")
            await heard.wait()
            await forward.close()
            assert await reader.read() == b""
            writer.close()
            carriers = [task for task in asyncio.all_tasks() - before if "forwarded" in task.get_name()]
            assert carriers == []

    asyncio.run(main())
