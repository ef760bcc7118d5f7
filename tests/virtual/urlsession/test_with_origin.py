"""The phone's downloads against the project's own origin: what each announces, the other obeys."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator
from pathlib import Path

from harness.model.callbacks import Callback
from harness.model.states import AppState
from harness.origin.run import OriginRun
from harness.origin.server import OriginServer
from harness.virtual.apps.downloader import BUNDLE_ID
from tests.virtual.urlsession.stage import Stage

SIZE = 2_000_000


@contextlib.asynccontextmanager
async def origin() -> AsyncGenerator[tuple[OriginServer, OriginRun]]:
    server = OriginServer()
    await server.start("127.0.0.1")
    try:
        yield server, server.begin_run("n1")
    finally:
        await server.stop()


def digest(stage: Stage, name: str) -> str:
    return hashlib.sha256((stage.container / "Documents/downloads" / name).read_bytes()).hexdigest()


def test_a_held_file_stands_still_for_an_hour_and_wakes_the_app_after_its_release(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            episode = run.file("episode.mp4", size_bytes=SIZE, hold_after_bytes=1_000_000)
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=episode.url, id="e42")
            await stage.kill()
            await stage.wait(3600)
            assert stage.state is AppState.NOT_RUNNING
            await episode.release()
            await stage.wait(10)
            assert stage.events()[-2:] == [Callback.COMPLETION_HANDLER, Callback.DID_BECOME_INVALID]
            assert digest(stage, "e42") == episode.sha256
            assert len(run.receipts) == 1

    asyncio.run(scenario())


def test_a_truncated_body_is_resumed_where_it_broke_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE)
            file.behave(requests=1, close_after_bytes=700_000)
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=file.url, id="a")
            await stage.wait(10)
            assert digest(stage, "a") == file.sha256
            assert len(run.receipts) == 2
            assert sum(receipt.body_bytes for receipt in run.receipts) == SIZE

    asyncio.run(scenario())


def test_a_resumed_transfer_stops_at_the_gate_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=1_000_000)
            file.behave(requests=1, close_after_bytes=700_000)
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=file.url, id="a")
            await stage.wait(600)
            assert Callback.DID_COMPLETE not in stage.events()
            await file.release()
            await stage.wait(10)
            assert digest(stage, "a") == file.sha256

    asyncio.run(scenario())


def test_an_origin_that_goes_down_and_comes_back_costs_no_more_than_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (server, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=500_000)
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=file.url, id="a")
            await stage.wait(5)
            await server.close_port()
            await file.release()
            await stage.wait(1800)
            assert Callback.DID_COMPLETE not in stage.events()
            await server.open_port()
            await stage.wait(600)
            assert digest(stage, "a") == file.sha256

    asyncio.run(scenario())


def test_a_resumed_request_that_is_held_at_once_stops_the_waiter_at_its_moment(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (server, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=500_000)
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=file.url, id="a")
            await stage.wait(5)
            await server.close_port()
            await server.open_port()
            back_s = stage.phone.clock.now_s
            seen = await seen_at_each_return(stage, run, back_s + 600)
            # Who reads the clock only then finds the request where it came, and not minutes later.
            assert next(at_s for at_s, receipts in seen if receipts == 2) <= back_s + 2
            assert run.receipts[1].held

    asyncio.run(scenario())


def test_an_origin_that_refuses_sees_nothing_and_stops_no_waiter_for_days(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (server, run):
            file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=500_000)
            stage = Stage(tmp_path)
            stage.phone.user_launch(BUNDLE_ID)
            stage.do("start-download", url=file.url, id="a")
            await stage.wait(5)
            await server.close_port()
            await stage.wait(5)
            until_s = stage.phone.clock.now_s + 86_400
            assert await seen_at_each_return(stage, run, until_s) == [(until_s, 1)]

    asyncio.run(scenario())


async def seen_at_each_return(stage: Stage, run: OriginRun, until_s: float) -> list[tuple[float, int]]:
    """What a waiter sees whenever its clock lets it go: the phone's time, and how many requests came."""
    seen: list[tuple[float, int]] = []
    while stage.phone.clock.now_s < until_s:
        reached_s = await stage.phone.clock.let_pass(until_s)
        seen.append((reached_s, len(run.receipts)))
    return seen
