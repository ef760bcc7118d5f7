from __future__ import annotations

import asyncio
import os
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from harness.virtual.transport import trust
from harness.virtual.transport.identity import RackIdentity, make_identity, server_context
from harness.virtual.transport.stream import AsyncioStream, StreamClosed, TlsStream
from tests.virtual.rig import identity

Server = Callable[[AsyncioStream], Awaitable[None]]
Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def together(server: Server, client: Client) -> None:
    """Run a server and a client on the two ends of one Unix socket; an error of either is raised."""

    async def main() -> None:
        with tempfile.TemporaryDirectory(dir="/tmp") as directory:
            path = os.path.join(directory, "s")
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                try:
                    await server(AsyncioStream(reader, writer))
                    done.set_result(None)
                except (AssertionError, StreamClosed, pytest.fail.Exception) as error:
                    done.set_exception(error)
                finally:
                    writer.close()

            listening = await asyncio.start_unix_server(accept, path)
            reader, writer = await asyncio.open_unix_connection(path)
            await client(reader, writer)
            writer.close()
            await asyncio.wait_for(done, 10)
            listening.close()

    asyncio.run(main())


def client_context(owner: RackIdentity, *, shows_root: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with tempfile.TemporaryDirectory() as directory:
        chain = Path(directory) / "chain.pem"
        shown = (
            (owner.root_certificate, owner.root_key)
            if shows_root
            else (owner.host_certificate, owner.host_key)
        )
        chain.write_text("".join(shown))
        context.load_cert_chain(chain)
    return context


def phone_context() -> ssl.SSLContext:
    mine = identity()
    return server_context(
        mine.device_key, mine.device_certificate, mine.host_certificate, mine.root_certificate
    )


def test_tls_begins_in_the_middle_of_a_stream_and_ends_again() -> None:
    async def server(stream: AsyncioStream) -> None:
        assert await stream.readexactly(5) == b"plain"
        tls = await stream.start_tls(phone_context())
        assert await tls.readexactly(6) == b"secret"
        tls.write(b"answer")
        plain = tls.stop_tls()
        assert plain is stream

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"plain")
        await writer.start_tls(client_context(identity()))
        writer.write(b"secret")
        assert await reader.read() == b"answer"

    together(server, client)


def test_only_the_owner_of_the_paired_certificate_gets_through_the_handshake() -> None:
    async def server(stream: AsyncioStream) -> None:
        with pytest.raises(StreamClosed, match="handshake"):
            await stream.start_tls(phone_context())
        assert stream.is_closed

    async def client(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await writer.start_tls(client_context(make_identity()))

    together(server, client)


def test_a_client_without_a_certificate_is_refused() -> None:
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname = False
    bare.verify_mode = ssl.CERT_NONE

    async def server(stream: AsyncioStream) -> None:
        with pytest.raises(StreamClosed):
            await stream.start_tls(phone_context())

    async def client(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await writer.start_tls(bare)

    together(server, client)


def test_a_client_may_show_the_root_of_the_pair_record_instead() -> None:
    async def server(stream: AsyncioStream) -> None:
        tls = await stream.start_tls(phone_context())
        assert tls.peer_certificate == ssl.PEM_cert_to_DER_cert(identity().root_certificate)

    async def client(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(client_context(identity(), shows_root=True))

    together(server, client)


def test_the_phone_knows_which_certificate_it_saw() -> None:
    async def server(stream: AsyncioStream) -> None:
        tls = await stream.start_tls(phone_context())
        assert isinstance(tls, TlsStream)
        assert tls.peer_certificate == ssl.PEM_cert_to_DER_cert(identity().host_certificate)

    async def client(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await writer.start_tls(client_context(identity()))

    together(server, client)


def test_a_stream_that_ends_too_early_says_so() -> None:
    async def server(stream: AsyncioStream) -> None:
        with pytest.raises(StreamClosed):
            await stream.readexactly(10)
        assert await stream.read() == b""

    async def client(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"short")

    together(server, client)


def test_a_client_that_vanishes_inside_the_handshake_is_no_hang() -> None:
    async def server(stream: AsyncioStream) -> None:
        with pytest.raises(StreamClosed):
            await stream.start_tls(phone_context())

    async def client(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        return

    together(server, client)


def test_a_client_that_says_nothing_where_tls_begins_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trust, "HANDSHAKE_WITHIN_S", 0.05)

    async def server(stream: AsyncioStream) -> None:
        paired = trust.Trust(identity())
        host = paired.get(identity().host_id)
        assert host is not None
        with pytest.raises(StreamClosed, match=r"no TLS within 0\.05 s"):
            await paired.secure(stream, host)

    async def client(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        assert await reader.read() == b""

    together(server, client)
