"""Files, ranges, faults and what the receipts say of them."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Unpack

import aiohttp
import pytest

from harness.errors import ConfigError
from harness.origin.behaviour import Wishes
from harness.origin.receipts import BrokenBy, EventKind
from tests.unit.origin.support import Peer, origin, seen, within

BIG = 50_000_000


def test_a_large_file_arrives_whole_and_its_receipt_says_so() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("big/episode.mp4", size_bytes=BIG, content_type="video/mp4")
            digest = hashlib.sha256()
            async with client.get(file.url, headers={"X-Mark": "cellular"}) as response:
                assert response.content_type == "video/mp4"
                assert response.content_length == BIG
                async for chunk in response.content.iter_any():
                    digest.update(chunk)
            assert digest.hexdigest() == file.sha256
            receipt = await seen(run, lambda receipt: receipt.ended)
            kinds = [event.kind for event in receipt.events]
            assert kinds[:2] == [EventKind.STARTED, EventKind.FIRST_BYTE]
            assert kinds[-1] is EventKind.FINISHED
            assert (receipt.body_bytes, receipt.reached_end_of_file, receipt.status) == (BIG, True, 200)
            assert (receipt.nonce, receipt.peer, receipt.foreign) == ("nonce-1", "127.0.0.1", False)
            assert receipt.header("x-mark") == "cellular"
            times = [event.host_s for event in receipt.events]
            assert times == sorted(times)

    asyncio.run(story())


def test_a_client_that_leaves_in_the_middle_is_never_complete() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=BIG)
            peer = await Peer.ask(file.url)
            await peer.head()
            await peer.body(2_000_000)
            peer.leave()
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert not receipt.complete
            assert not receipt.reached_end_of_file
            assert receipt.broken_by is BrokenBy.PEER
            assert 2_000_000 <= receipt.body_bytes < BIG

    asyncio.run(story())


def test_a_client_that_leaves_with_the_last_byte_has_had_the_whole_file() -> None:
    """At a pace, and as fast as it goes: once all was sent nothing is waited for that it could cut short."""

    async def story(**pace: Unpack[Wishes]) -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=2000, **pace)
            peer = await Peer.ask(file.url)
            await peer.head()
            await peer.body(2000)
            peer.leave()
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert (receipt.complete, receipt.body_bytes) == (True, 2000)

    asyncio.run(story())
    asyncio.run(story(rate_bytes_per_s=20_000))


def test_a_client_that_does_not_read_is_not_counted_as_served() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=BIG)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.body_bytes > 0)
            # Time enough to write the whole file into a buffer that takes everything.
            await asyncio.sleep(0.3)
            assert not run.receipts[0].complete
            assert run.receipts[0].body_bytes < BIG / 2
            peer.leave()

    asyncio.run(story())


def test_a_download_resumes_by_range_and_validator() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", size_bytes=200_000)
            async with client.get(file.url) as response:
                whole, etag = await response.read(), response.headers["ETag"]
            resume = {"Range": "bytes=150000-", "If-Range": etag}
            async with client.get(file.url, headers=resume) as response:
                assert response.status == 206
                assert response.headers["Content-Range"] == "bytes 150000-199999/200000"
                assert await response.read() == whole[150_000:]
            async with client.get(file.url, headers={**resume, "If-Range": '"other"'}) as response:
                assert (response.status, await response.read()) == (200, whole)
            async with client.get(file.url, headers={"Range": "bytes=200000-"}) as response:
                assert (response.status, response.headers["Content-Range"]) == (416, "bytes */200000")
            receipts = run.receipts
            assert [receipt.status for receipt in receipts] == [200, 206, 200, 416]
            assert [receipt.reached_end_of_file for receipt in receipts] == [True, True, True, False]
            assert (receipts[1].range_start, receipts[1].range_end) == (150_000, 200_000)

    asyncio.run(story())


def test_a_file_without_ranges_offers_no_validator_and_always_comes_whole() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", content=b"hello", ranges=False)
            async with client.get(file.url, headers={"Range": "bytes=2-"}) as response:
                assert (response.status, await response.read()) == (200, b"hello")
                assert "ETag" not in response.headers
                assert "Accept-Ranges" not in response.headers

    asyncio.run(story())


def test_head_tells_the_size_and_counts_as_no_download() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", size_bytes=1234, hold_after_bytes=0)
            async with client.head(file.url) as response:
                assert (response.status, response.headers["Content-Length"]) == (200, "1234")
                assert "X-Origin-Gate" not in response.headers
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert (receipt.complete, receipt.body_bytes, receipt.reached_end_of_file) == (True, 0, False)

    asyncio.run(story())


def test_other_methods_on_a_file_are_refused() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", content=b"x")
            async with client.post(file.url, data=b"body") as response:
                assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")

    asyncio.run(story())


@pytest.mark.parametrize("after", [0, 1000])
def test_a_reset_is_seen_as_a_reset_by_the_peer(after: int) -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=100_000, reset_after_bytes=after)
            peer = await Peer.ask(file.url)
            with pytest.raises(ConnectionResetError):
                await within(peer.reader.read(-1))
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert (receipt.broken_by, receipt.complete) == (BrokenBy.GATE, False)
            assert receipt.body_bytes == after

    asyncio.run(story())


def test_a_truncated_body_ends_in_order_after_its_bytes() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=100_000, close_after_bytes=70_000)
            peer = await Peer.ask(file.url)
            _, headers = await peer.head()
            assert headers["content-length"] == "100000"
            assert len(await within(peer.reader.read(-1))) == 70_000
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert (receipt.broken_by, receipt.body_bytes) == (BrokenBy.GATE, 70_000)
            peer.leave()

    asyncio.run(story())


def test_a_dropped_connection_stays_open_and_silent_before_the_head() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=100, drop_after_bytes=0)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            assert not await peer.has_more()
            assert not peer.reader.at_eof()
            peer.leave()
            receipt = await seen(run, lambda receipt: receipt.ended)
            assert (receipt.status, receipt.broken_by) == (None, BrokenBy.PEER)

    asyncio.run(story())


def test_a_drop_in_the_body_announces_its_silence() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=100, drop_after_bytes=40)
            peer = await Peer.ask(file.url)
            _, headers = await peer.head()
            assert headers["x-origin-gate"] == "hold=40"
            await peer.body(40)
            assert not await peer.has_more()
            peer.leave()

    asyncio.run(story())


def test_errors_for_some_requests_then_as_before() -> None:
    async def story() -> None:
        async with origin() as (_, run), aiohttp.ClientSession() as client:
            file = run.file("a.bin", content=b"fine")
            file.behave(requests=2, status=503)
            answers: list[tuple[int, bytes]] = []
            for _ in range(3):
                async with client.get(file.url) as response:
                    answers.append((response.status, await response.read()))
            assert [status for status, _ in answers] == [503, 503, 200]
            assert answers[2][1] == b"fine"
            assert [receipt.reached_end_of_file for receipt in run.receipts] == [False, False, True]

    asyncio.run(story())


def test_two_faults_at_once_are_refused() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            with pytest.raises(ConfigError, match="several faults"):
                run.file("a.bin", size_bytes=9, drop_after_bytes=1, reset_after_bytes=2)
            with pytest.raises(ConfigError, match="size"):
                run.file("a.bin")

    asyncio.run(story())
