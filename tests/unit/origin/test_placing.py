"""How each kind of phone is served over TLS, and what a server without the means says of it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.config.devices import OriginSpec, Tls
from harness.config.places import STATE_DIR_VARIABLE
from harness.errors import CapabilityMissing, PreconditionError
from harness.model.identity import Hardware
from harness.origin.authority import Authority
from harness.origin.placing import server_for
from harness.origin.server import OriginServer
from harness.virtual.kernel.network.resolver import address_of
from tests.unit.origin.test_tls import signed_by_nobody

SELF_SIGNED = OriginSpec(tls=Tls.SELF_SIGNED, advertise="https://localhost:0")


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(STATE_DIR_VARIABLE, str(tmp_path))
    return tmp_path


async def shown(server: OriginServer, authority: Authority) -> str:
    """The last day of the certificate that the server shows, or what is wrong with its chain or name."""
    context = ssl.create_default_context(cadata=authority.der)
    parts = urlsplit(server.base_url)
    try:
        _, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    writer.transport.abort()
    return "good"


def served(hardware: Hardware, spec: OriginSpec, story: Callable[[OriginServer], Awaitable[None]]) -> None:
    async def whole() -> None:
        server, bind, port = server_for(hardware, spec)
        await server.start(bind, port)
        try:
            await story(server)
        finally:
            await server.stop()

    asyncio.run(whole())


@pytest.mark.parametrize("hardware", Hardware)
def test_the_authority_signs_for_the_name_that_phones_are_told(hardware: Hardware, state: Path) -> None:
    async def story(server: OriginServer) -> None:
        assert await shown(server, Authority.kept_in(state)) == "good"
        assert "localhost" in server.base_url or hardware is Hardware.VIRTUAL

    served(hardware, SELF_SIGNED, story)


def test_an_expired_certificate_is_shown_until_the_good_one_is_again(state: Path) -> None:
    async def story(server: OriginServer) -> None:
        authority = Authority.kept_in(state)
        url = server.base_url
        await server.show_expired(True)
        assert await shown(server, authority) == "certificate has expired"
        await server.show_expired(False)
        assert (await shown(server, authority), server.base_url) == ("good", url)

    served(Hardware.VIRTUAL, SELF_SIGNED, story)


def test_a_port_that_is_closed_stays_closed_under_another_certificate() -> None:
    async def story(server: OriginServer) -> None:
        await server.close_port()
        await server.show_expired(True)
        parts = urlsplit(server.base_url)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(parts.hostname, parts.port)

    served(Hardware.VIRTUAL, SELF_SIGNED, story)


@pytest.mark.parametrize("own", [False, True])
def test_a_server_that_nobody_can_sign_for_says_why_its_certificate_cannot_expire(
    own: bool, tmp_path: Path
) -> None:
    server = OriginServer(tls=signed_by_nobody(tmp_path) if own else None)
    with pytest.raises(CapabilityMissing, match="as its files are signed" if own else "it speaks no TLS"):
        asyncio.run(server.show_expired(True))


def test_a_virtual_phones_origin_has_a_name_that_can_be_lost_and_a_certificate_for_it(state: Path) -> None:
    async def story(server: OriginServer) -> None:
        run = server.begin_run("n")
        await run.use_name()
        parts = urlsplit(run.file("a.bin", content=b"x").url)
        assert (parts.scheme, parts.port) == ("https", urlsplit(server.base_url).port)
        context = ssl.create_default_context(cadata=Authority.kept_in(state).der)
        await reached(parts.port, parts.hostname, context)
        assert await address_of(parts.hostname or "") == "127.0.0.1"
        await run.lose_name()
        with pytest.raises(socket.gaierror):
            await address_of(parts.hostname or "")

    served(Hardware.VIRTUAL, SELF_SIGNED, story)


async def reached(port: int | None, name: str | None, context: ssl.SSLContext) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    writer.transport.abort()


def test_what_was_offered_under_an_address_cannot_lose_its_name() -> None:
    async def story(server: OriginServer) -> None:
        run = server.begin_run("n")
        run.file("a.bin", content=b"x")
        with pytest.raises(PreconditionError, match=r"a\.bin"):
            await run.lose_name()

    served(Hardware.VIRTUAL, OriginSpec(), story)


def test_nobody_here_can_take_a_name_from_a_real_phone() -> None:
    async def story(server: OriginServer) -> None:
        with pytest.raises(CapabilityMissing, match="another DNS server"):
            await server.begin_run("n").lose_name()

    served(Hardware.REAL, SELF_SIGNED, story)
