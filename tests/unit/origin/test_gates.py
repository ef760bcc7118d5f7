"""A gate holds at its byte, says so, and lets go on demand."""

from __future__ import annotations

import asyncio
import hashlib
import select
import socket
from urllib.parse import urlsplit

import pytest

from harness.errors import ConfigError
from harness.origin.receipts import BrokenBy, EventKind
from tests.unit.origin.support import Peer, origin, seen, within

SIZE = 300_000


@pytest.mark.parametrize("after", [0, 1, 65_536, 100_000, SIZE - 1])
def test_the_gate_holds_exactly_at_its_byte_and_the_release_brings_the_rest(after: int) -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=after)
            peer = await Peer.ask(file.url)
            status, headers = await peer.head()
            assert (status, headers["x-origin-gate"]) == (200, f"hold={after}")
            first = await peer.body(after)
            held = await seen(run, lambda receipt: receipt.held)
            assert held.body_bytes == after
            assert not await peer.has_more()
            await within(file.release())
            rest = await peer.body(SIZE - after)
            assert hashlib.sha256(first + rest).hexdigest() == file.sha256
            whole = await seen(run, lambda receipt: receipt.ended)
            assert whole.reached_end_of_file
            peer.leave()

    asyncio.run(story())


def _plain_socket(url: str) -> socket.socket:
    parts = urlsplit(url)
    raw = socket.create_connection((parts.hostname, parts.port))
    raw.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return raw


def test_bytes_are_in_every_held_socket_when_release_returns() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=0)
            raws = [_plain_socket(file.url) for _ in range(3)]
            for serial in (1, 2, 3):
                await seen(run, lambda receipt, serial=serial: receipt.serial == serial and receipt.held)
            for raw in raws:
                assert raw.recv(4096).endswith(b"\r\n\r\n")
            # Awaited without a task of its own: one would let the loop run on after the release.
            await file.release()
            # The loop stands still in here, so whatever is found was sent before release returned.
            readable, _, _ = select.select(raws, [], [], 1.0)
            assert len(readable) == 3
            for raw in raws:
                raw.close()

    asyncio.run(story())


def test_the_time_of_a_release_is_not_after_what_it_released() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=100, hold_after_bytes=10)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            released_s = await within(file.release())
            receipt = await seen(run, lambda receipt: receipt.ended)
            times = {event.kind: event.host_s for event in receipt.events}
            assert times[EventKind.HELD] <= released_s <= times[EventKind.RELEASED]
            assert times[EventKind.RELEASED] <= times[EventKind.FINISHED]
            peer.leave()

    asyncio.run(story())


def test_a_download_that_resumes_at_the_gate_is_held_there_too() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=1000)
            peer = await Peer.ask(file.url, "Range: bytes=1000-")
            status, headers = await peer.head()
            assert (status, headers["x-origin-gate"]) == (206, "hold=0")
            assert not await peer.has_more()
            await within(file.release())
            assert len(await peer.body(SIZE - 1000)) == SIZE - 1000
            peer.leave()

    asyncio.run(story())


def test_a_range_before_the_gate_is_not_held_and_announces_nothing() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=1000)
            peer = await Peer.ask(file.url, "Range: bytes=0-999")
            _, headers = await peer.head()
            assert "x-origin-gate" not in headers
            assert len(await peer.body(1000)) == 1000
            assert (await seen(run, lambda receipt: receipt.ended)).complete
            peer.leave()

    asyncio.run(story())


def test_a_new_hold_is_for_the_next_request_and_release_frees_both() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=10)
            first = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.serial == 1 and receipt.held)
            file.hold(20)
            second = await Peer.ask(file.url)
            held = await seen(run, lambda receipt: receipt.serial == 2 and receipt.held)
            assert held.body_bytes == 20
            await within(file.release())
            await first.head()
            await second.head()
            assert await first.body(SIZE) == await second.body(SIZE)
            third = await Peer.ask(file.url)
            _, headers = await third.head()
            assert "x-origin-gate" not in headers
            for peer in (first, second, third):
                peer.leave()

    asyncio.run(story())


def test_a_peer_that_left_the_gate_does_not_keep_release_waiting() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=10)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            peer.leave()
            gone = await seen(run, lambda receipt: receipt.ended)
            assert (gone.broken_by, gone.complete, gone.body_bytes) == (BrokenBy.PEER, False, 10)
            await within(file.release())

    asyncio.run(story())


def test_a_fault_right_behind_the_gate_does_not_keep_release_waiting() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=10, drop_after_bytes=10)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            await within(file.release())
            await peer.head()
            await peer.body(10)
            assert not await peer.has_more()
            peer.leave()

    asyncio.run(story())


def test_a_hold_that_would_never_hold_is_refused() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            with pytest.raises(ConfigError, match="never holds"):
                run.file("a.bin", size_bytes=100, hold_after_bytes=100)
            with pytest.raises(ConfigError, match="never holds"):
                run.file("empty.bin", content=b"", hold_after_bytes=0)

    asyncio.run(story())


def test_a_rate_paces_the_body_and_a_hold_is_not_caught_up() -> None:
    async def story() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=4000, rate_bytes_per_s=10_000, hold_after_bytes=1000)
            peer = await Peer.ask(file.url)
            await seen(run, lambda receipt: receipt.held)
            await asyncio.sleep(0.2)
            released_s = await within(file.release())
            receipt = await seen(run, lambda receipt: receipt.ended)
            # 3000 bytes at 10 kB/s last 0.3 s; the loop may only make it longer.
            assert receipt.events[-1].host_s - released_s >= 0.25
            peer.leave()

    asyncio.run(story())
