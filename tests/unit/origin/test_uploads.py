"""Uploads: what came is recorded, and gates and faults count what was read."""

from __future__ import annotations

import asyncio
import hashlib

import aiohttp
import pytest

from harness.origin.receipts import BrokenBy
from tests.unit.origin.support import Peer, origin, seen, within

BODY = bytes(range(256)) * 4000


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_an_upload_is_recorded_with_size_digest_and_headers(method: str) -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            place = run.upload("in.bin", status=201)
            headers = {"Content-Type": "image/jpeg", "Expect": "100-continue"}
            async with client.request(method, place.url, data=BODY, headers=headers) as response:
                assert response.status == 201
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert receipt.upload is not None
            assert (receipt.upload.size_bytes, receipt.upload.whole) == (len(BODY), True)
            assert receipt.upload.sha256 == hashlib.sha256(BODY).hexdigest()
            assert (receipt.body_bytes, receipt.complete) == (len(BODY), True)
            assert receipt.header("content-type") == "image/jpeg"

    asyncio.run(story())


def test_an_upload_whose_peer_leaves_is_not_whole() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            place = run.upload("in.bin")
            peer = await Peer.ask(place.url, "Content-Length: 1000", method="PUT", body=b"x" * 400)
            await seen(run, lambda receipt: receipt.body_bytes == 400)
            peer.leave()
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert receipt.upload is not None
            assert (receipt.upload.size_bytes, receipt.upload.whole) == (400, False)
            assert (receipt.broken_by, receipt.complete) == (BrokenBy.PEER, False)

    asyncio.run(story())


def test_an_upload_is_held_at_its_byte_until_released() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            place = run.upload("in.bin", hold_after_bytes=1000)
            sending = asyncio.ensure_future(client.put(place.url, data=BODY))
            held = await seen(run, lambda receipt: receipt.held)
            assert held.body_bytes == 1000
            await within(place.release())
            response = await within(sending)
            assert response.status == 200
            assert (await seen(run, lambda receipt: receipt.ended)).complete

    asyncio.run(story())


def test_an_upload_is_reset_at_its_byte() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            place = run.upload("in.bin", reset_after_bytes=100)
            peer = await Peer.ask(place.url, "Content-Length: 1000", method="PUT", body=b"x" * 400)
            with pytest.raises(ConnectionResetError):
                await within(peer.reader.read(-1))
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert (receipt.broken_by, receipt.body_bytes) == (BrokenBy.GATE, 100)

    asyncio.run(story())


def test_a_download_from_a_place_for_uploads_is_refused() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            place = run.upload("in.bin")
            async with client.get(place.url) as response:
                assert (response.status, response.headers["Allow"]) == (405, "PUT, POST")

    asyncio.run(story())


def test_an_upload_that_is_held_is_told_so_by_an_interim_response_and_told_again_when_it_goes_on() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            place = run.upload("in.bin", hold_after_bytes=100)
            peer = await Peer.ask(place.url, "Content-Length: 400", method="PUT", body=b"x" * 400)
            held = await within(peer.reader.readuntil(b"\r\n\r\n"))
            assert held == b"HTTP/1.1 100 Continue\r\nX-Origin-Gate: hold=100\r\n\r\n"
            await within(place.release())
            opened = await within(peer.reader.readuntil(b"\r\n\r\n"))
            assert opened == b"HTTP/1.1 100 Continue\r\nX-Origin-Gate: open\r\n\r\n"
            assert (await within(peer.reader.readline())).startswith(b"HTTP/1.1 200")
            peer.leave()

    asyncio.run(story())


def test_an_origin_that_falls_silent_in_an_upload_says_so_too() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            place = run.upload("in.bin", drop_after_bytes=100)
            peer = await Peer.ask(place.url, "Content-Length: 400", method="PUT", body=b"x" * 400)
            told = await within(peer.reader.readuntil(b"\r\n\r\n"))
            assert told == b"HTTP/1.1 100 Continue\r\nX-Origin-Gate: hold=100\r\n\r\n"
            peer.leave()

    asyncio.run(story())
