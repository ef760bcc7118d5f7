"""What is wrong with a whole server, byte by byte, and that it is well again afterwards."""

from __future__ import annotations

import asyncio

import pytest

from harness.errors import ConfigError
from harness.origin.portal import LOGIN, PAGE
from harness.origin.receipts import BrokenBy
from harness.origin.run import OriginRun
from harness.origin.trouble import OF_ANSWERS, Trouble, TroubleKind, trouble_of
from tests.unit.origin.support import Peer, origin, seen, within

SIZE = 200_000
STALL, RESET, SLOW, PORTAL = TroubleKind.STALL, TroubleKind.RESET, TroubleKind.SLOW, TroubleKind.PORTAL


def spoilt(run: OriginRun, kind: TroubleKind, *, after_bytes: int = 0, pace: float | None = None) -> None:
    run.spoil(trouble_of(kind, after_bytes=after_bytes, bytes_per_s=pace))


async def head_of(url: str) -> tuple[int, dict[str, str]]:
    peer = await Peer.ask(url)
    try:
        return await peer.head()
    finally:
        peer.leave()


@pytest.mark.parametrize("after", [0, 1, 100_000])
def test_a_server_that_stalls_says_how_far_it_goes_and_goes_on_when_it_is_well(after: int) -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE)
            spoilt(run, STALL, after_bytes=after)
            peer = await Peer.ask(file.url)
            status, headers = await peer.head()
            assert (status, headers["x-origin-gate"]) == (200, f"hold={after}")
            await peer.body(after)
            assert (await seen(run, lambda receipt: receipt.held)).body_bytes == after
            assert not await peer.has_more()
            await within(run.recover())
            await peer.body(SIZE - after)
            assert (await seen(run, lambda receipt: receipt.ended)).reached_end_of_file
            peer.leave()

    asyncio.run(story())


def test_what_stalled_goes_on_even_if_something_else_was_wrong_meanwhile() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE)
            spoilt(run, STALL)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            spoilt(run, PORTAL)
            await within(run.recover())
            await peer.head()
            await peer.body(SIZE)
            peer.leave()

    asyncio.run(story())


def test_a_file_that_is_held_and_a_server_that_stalls_each_have_their_say() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=1000)
            spoilt(run, STALL, after_bytes=500)
            peer = await Peer.ask(file.url)
            assert (await peer.head())[1]["x-origin-gate"] == "hold=500"
            await peer.body(500)
            await seen(run, lambda receipt: receipt.held)
            await within(run.recover())
            await peer.body(500)
            assert not await peer.has_more()
            await within(file.release())
            await peer.body(SIZE - 1000)
            peer.leave()

    asyncio.run(story())


def test_a_server_that_stalls_reads_no_more_of_an_upload() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            place = run.upload("in.bin")
            spoilt(run, STALL, after_bytes=4)
            peer = await Peer.ask(place.url, "Content-Length: 8", method="PUT", body=b"12345678")
            assert (await seen(run, lambda receipt: receipt.held)).body_bytes == 4
            await within(run.recover())
            assert (await seen(run, lambda receipt: receipt.ended)).complete
            assert place.bodies[0].content == b"12345678"
            peer.leave()

    asyncio.run(story())


@pytest.mark.parametrize("after", [0, 1000])
def test_a_server_that_resets_does_so_for_every_request_until_it_is_well(after: int) -> None:
    async def story() -> None:
        async with origin() as (_, run):
            urls = [run.file(name, size_bytes=SIZE).url for name in ("a.bin", "b.bin")]
            spoilt(run, RESET, after_bytes=after)
            for url in urls:
                peer = await Peer.ask(url)
                with pytest.raises(ConnectionResetError):
                    await within(peer.reader.readexactly(SIZE))
                peer.leave()
            assert {receipt.broken_by for receipt in run.receipts} == {BrokenBy.GATE}
            assert {receipt.body_bytes for receipt in run.receipts} == {after}
            await run.recover()
            assert (await head_of(urls[0]))[0] == 200

    asyncio.run(story())


def test_a_slow_server_keeps_its_pace() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=2_000)
            spoilt(run, SLOW, pace=10_000.0)
            began_s = asyncio.get_running_loop().time()
            peer = await Peer.ask(file.url)
            await peer.head()
            await peer.body(2_000)
            assert asyncio.get_running_loop().time() - began_s >= 0.15
            peer.leave()

    asyncio.run(story())


def test_a_portal_sends_every_request_to_its_page_which_is_html_and_a_success() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE)
            spoilt(run, PORTAL)
            status, headers = await head_of(file.url)
            assert status == 302
            login = file.url.removesuffix("a.bin") + LOGIN
            assert login.endswith(headers["location"])
            page = await Peer.ask(login)
            status, headers = await page.head()
            assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
            assert await page.body(len(PAGE)) == PAGE
            page.leave()
            told = [(receipt.name, receipt.status, receipt.reached_end_of_file) for receipt in run.receipts]
            assert told == [("a.bin", 302, False), (LOGIN, 200, False)]
            await run.recover()
            assert (await head_of(file.url))[0] == 200

    asyncio.run(story())


def test_trouble_is_the_runs_own() -> None:
    async def story() -> None:
        async with origin() as (server, run):
            spoilt(run, TroubleKind.IGNORE)
            other = server.begin_run("other").file("a.bin", size_bytes=10)
            assert (await head_of(other.url))[0] == 200

    asyncio.run(story())


@pytest.mark.parametrize("kind", sorted(OF_ANSWERS))
def test_a_number_that_says_nothing_of_the_trouble_is_a_mistake(kind: TroubleKind) -> None:
    counts = kind in (STALL, RESET)
    wrong: list[tuple[int, float | None]] = [(-1, None), (0, 0.0)]
    wrong += [] if counts else [(5, None if kind is not SLOW else 10.0)]
    wrong += [(0, None)] if kind is SLOW else [(0, 10.0)]
    for after, pace in wrong:
        with pytest.raises(ConfigError):
            trouble_of(kind, after_bytes=after, bytes_per_s=pace)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (trouble_of(PORTAL), "captive-portal"),
        (trouble_of(STALL, after_bytes=7), "stall after 7 bytes"),
        (trouble_of(RESET), "reset"),
        (trouble_of(SLOW, bytes_per_s=1024.0), "slow at 1024 bytes/s"),
    ],
)
def test_the_timeline_says_what_is_wrong(trouble: Trouble, words: str) -> None:
    assert str(trouble) == words
