"""The phone's downloads against the project's own origin: what each announces, the other obeys."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path

from harness.model.callbacks import Callback
from harness.model.states import AppState
from harness.origin.files import OriginFile
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


@dataclass(frozen=True)
class Download:
    """A download ``a`` of the sample app, which its user has opened, and the origin that it comes from."""

    stage: Stage
    server: OriginServer
    run: OriginRun
    file: OriginFile

    @property
    def is_whole(self) -> bool:
        return digest(self.stage, "a") == self.file.sha256

    @property
    def is_over(self) -> bool:
        return Callback.DID_COMPLETE in self.stage.events()


@contextlib.asynccontextmanager
async def downloading(
    root: Path, *, hold_after_bytes: int | None = None, first_closes_after_bytes: int | None = None
) -> AsyncGenerator[Download]:
    """Have the app start a download that is held, or whose first answer breaks off."""
    async with origin() as (server, run):
        file = run.file("a.bin", size_bytes=SIZE, hold_after_bytes=hold_after_bytes)
        if first_closes_after_bytes is not None:
            file.behave(requests=1, close_after_bytes=first_closes_after_bytes)
        stage = Stage(root)
        stage.phone.user_launch(BUNDLE_ID)
        stage.do("start-download", url=file.url, id="a")
        yield Download(stage, server, run, file)


def digest(stage: Stage, name: str) -> str:
    return hashlib.sha256((stage.container / "Documents/downloads" / name).read_bytes()).hexdigest()


def test_a_held_file_stands_still_for_an_hour_and_wakes_the_app_after_its_release(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with downloading(tmp_path, hold_after_bytes=1_000_000) as download:
            stage = download.stage
            await stage.kill()
            await stage.wait(3600)
            assert stage.state is AppState.NOT_RUNNING
            await download.file.release()
            await stage.wait(10)
            assert stage.events()[-2:] == [Callback.COMPLETION_HANDLER, Callback.DID_BECOME_INVALID]
            assert download.is_whole
            assert len(download.run.receipts) == 1

    asyncio.run(scenario())


def test_a_truncated_body_is_resumed_where_it_broke_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with downloading(tmp_path, first_closes_after_bytes=700_000) as download:
            stage = download.stage
            await stage.wait(10)
            assert download.is_whole
            assert len(download.run.receipts) == 2
            assert sum(receipt.body_bytes for receipt in download.run.receipts) == SIZE

    asyncio.run(scenario())


def test_a_resumed_transfer_stops_at_the_gate_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with downloading(
            tmp_path, hold_after_bytes=1_000_000, first_closes_after_bytes=700_000
        ) as download:
            stage = download.stage
            await stage.wait(600)
            assert not download.is_over
            await download.file.release()
            await stage.wait(10)
            assert download.is_whole

    asyncio.run(scenario())


def test_an_origin_that_goes_down_and_comes_back_costs_no_more_than_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with downloading(tmp_path, hold_after_bytes=500_000) as download:
            stage = download.stage
            await stage.wait(5)
            await download.server.close_port()
            await download.file.release()
            await stage.wait(1800)
            assert not download.is_over
            await download.server.open_port()
            await stage.wait(600)
            assert download.is_whole

    asyncio.run(scenario())


def test_a_resumed_request_that_is_held_at_once_stops_the_waiter_at_its_moment(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with downloading(tmp_path, hold_after_bytes=500_000) as download:
            stage = download.stage
            await stage.wait(5)
            await download.server.close_port()
            await download.server.open_port()
            back_s = stage.phone.clock.now_s
            seen = await seen_at_each_return(stage, download.run, back_s + 600)
            # Who reads the clock only then finds the request where it came, and not minutes later.
            assert next(at_s for at_s, receipts in seen if receipts == 2) <= back_s + 2
            assert download.run.receipts[1].held

    asyncio.run(scenario())


def test_an_origin_that_refuses_sees_nothing_and_stops_no_waiter_for_days(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with downloading(tmp_path, hold_after_bytes=500_000) as download:
            stage = download.stage
            await stage.wait(5)
            await download.server.close_port()
            await stage.wait(5)
            until_s = stage.phone.clock.now_s + 86_400
            assert await seen_at_each_return(stage, download.run, until_s) == [(until_s, 1)]

    asyncio.run(scenario())


async def seen_at_each_return(stage: Stage, run: OriginRun, until_s: float) -> list[tuple[float, int]]:
    """What a waiter sees whenever its clock lets it go: the phone's time, and how many requests came."""
    seen: list[tuple[float, int]] = []
    while stage.phone.clock.now_s < until_s:
        reached_s = await stage.phone.clock.let_pass(until_s)
        seen.append((reached_s, len(run.receipts)))
    return seen
