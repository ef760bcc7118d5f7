"""Runs kept apart, the port going down and up, and addresses that cannot be bound."""

from __future__ import annotations

import asyncio
import socket

import aiohttp
import pytest

from harness.errors import ConfigError, PreconditionError
from harness.origin.receipts import BrokenBy, Receipt
from harness.origin.server import OriginServer
from tests.unit.origin.support import Peer, origin, seen, within


def test_two_runs_do_not_mix() -> None:
    async def story() -> None:
        async with origin() as (server, one), aiohttp.ClientSession() as client:
            two = server.begin_run("nonce-2")
            files = [one.file("a.bin", content=b"one"), two.file("a.bin", content=b"two")]
            bodies: list[bytes] = []
            for file in files:
                async with client.get(file.url) as response:
                    bodies.append(await response.read())
            assert bodies == [b"one", b"two"]
            assert [receipt.nonce for receipt in one.receipts] == ["nonce-1"]
            assert [receipt.nonce for receipt in two.receipts] == ["nonce-2"]
            assert server.foreign_receipts == ()

    asyncio.run(story())


def test_what_belongs_to_no_run_gets_404_and_a_foreign_receipt() -> None:
    async def story() -> None:
        async with origin() as (server, run), aiohttp.ClientSession() as client:
            shown: list[Receipt] = []
            server.on_foreign(shown.append)
            file = run.file("a.bin", content=b"x")
            guessed = file.url.replace(run.secret, "guessed")
            for url in (guessed, f"{server.base_url}/", f"{server.base_url}/other/x/a.bin"):
                async with client.get(url) as response:
                    assert response.status == 404
            assert run.receipts == ()
            assert [receipt.nonce for receipt in server.foreign_receipts] == ["nonce-1", "", "other"]
            assert all(receipt.foreign and receipt.status == 404 for receipt in server.foreign_receipts)
            assert {receipt.serial for receipt in shown} == {1, 2, 3}

    asyncio.run(story())


def test_an_unknown_name_within_a_run_is_the_runs_own_404() -> None:
    async def story() -> None:
        async with origin() as (server, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", content=b"x")
            async with client.get(file.url.replace("a.bin", "b.bin")) as response:
                assert response.status == 404
            assert [(receipt.name, receipt.status) for receipt in run.receipts] == [("b.bin", 404)]
            assert server.foreign_receipts == ()

    asyncio.run(story())


def test_the_end_of_a_run_cuts_its_connections_and_makes_its_urls_foreign() -> None:
    async def story() -> None:
        async with origin() as (server, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", size_bytes=100, hold_after_bytes=10)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            server.end_run(run)
            assert (run.receipts[0].broken_by, run.receipts[0].complete) == (BrokenBy.SERVER, False)
            async with client.get(file.url) as response:
                assert response.status == 404
            assert len(run.receipts) == 1
            assert [receipt.nonce for receipt in server.foreign_receipts] == ["nonce-1"]
            peer.leave()

    asyncio.run(story())


def test_a_server_that_is_down_refuses_and_comes_back_on_its_port() -> None:
    async def story() -> None:
        async with origin() as (server, run):
            file = run.file("a.bin", size_bytes=100, hold_after_bytes=10)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            await server.close_port()
            assert run.receipts[0].broken_by is BrokenBy.SERVER
            with pytest.raises(ConnectionRefusedError):
                await Peer.ask(file.url)
            await server.open_port()
            await file.release()
            async with aiohttp.ClientSession() as client, client.get(file.url) as response:
                assert len(await response.read()) == 100
            peer.leave()

    asyncio.run(story())


def test_the_port_of_a_server_that_is_down_is_given_to_nobody_else_until_it_is_stopped() -> None:
    async def story() -> None:
        server = OriginServer()
        await server.start()
        place = ("127.0.0.1", int(server.base_url.rpartition(":")[2]))
        await server.close_port()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(place)
        await server.open_port()
        await server.close_port()
        await server.stop()
        with socket.socket() as other:
            other.bind(place)

    asyncio.run(story())


def test_stopping_ends_what_is_held() -> None:
    async def story() -> None:
        server = OriginServer()
        await server.start()
        run = server.begin_run("n")
        peer = await Peer.ask(run.file("a.bin", size_bytes=100, hold_after_bytes=10).url)
        await seen(run, lambda receipt: receipt.held)
        await within(server.stop())
        assert run.receipts[0].broken_by is BrokenBy.SERVER
        peer.leave()

    asyncio.run(story())


def test_a_nonce_is_open_once_and_fits_into_a_url() -> None:
    async def story() -> None:
        async with origin() as (server, _):
            with pytest.raises(ConfigError, match="open already"):
                server.begin_run("nonce-1")
            with pytest.raises(ConfigError, match="no nonce"):
                server.begin_run("a/b")

    asyncio.run(story())


def test_a_port_that_is_taken_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PreconditionError, match="taken") as caught:
            OriginServer.check("127.0.0.1", port)
        assert caught.value.fix


def test_an_address_of_another_host_is_a_configuration_error() -> None:
    # TEST-NET-1 (RFC 5737) is nobody's address.
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1 is no address of this host"):
        OriginServer.check("192.0.2.1")


def test_a_wildcard_needs_an_address_to_advertise() -> None:
    async def story() -> None:
        with pytest.raises(ConfigError, match="every address"):
            await OriginServer().start("0.0.0.0")
        server = OriginServer(advertise_host="127.0.0.1")
        await server.start("0.0.0.0")
        assert server.base_url.startswith("http://127.0.0.1:")
        await server.stop()

    asyncio.run(story())


def test_an_address_is_asked_for_before_the_start() -> None:
    with pytest.raises(PreconditionError, match="no address yet"):
        OriginServer().begin_run("n")
