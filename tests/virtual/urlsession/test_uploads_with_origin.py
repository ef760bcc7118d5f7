"""Background uploads against the project's own origin: what it tells of its gates, the clock obeys."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from harness.model.states import AppState
from tests.virtual.urlsession.bench import BUNDLE_ID, Bench
from tests.virtual.urlsession.test_with_origin import origin

SIZE = 3_000_000


def a_file(bench: Bench, size_bytes: int = SIZE) -> Path:
    file = bench.phone.containers.path(BUNDLE_ID) / "Documents" / "body.multipart"
    file.write_bytes(bytes(range(250)) * (size_bytes // 250))
    return file


@pytest.mark.parametrize("size_bytes", [5_000, SIZE], ids=["small", "large"])
def test_a_held_upload_stands_still_for_an_hour_and_wakes_the_app_after_its_release(
    tmp_path: Path, size_bytes: int
) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            place = run.upload("in", hold_after_bytes=1_000, status=201)
            bench = Bench(tmp_path)
            session = bench.launch()
            file = a_file(bench, size_bytes)
            bench.upload(session, place.url, file)
            await bench.kill()
            await bench.wait(3600)
            assert (bench.state, len(run.receipts)) == (AppState.NOT_RUNNING, 1)
            await place.release()
            await bench.wait(10)
            assert bench.told == ["handleEvents", "data 12", "201", "finished"]
            (receipt,) = run.receipts
            assert receipt.upload is not None
            assert receipt.upload.whole
            assert receipt.upload.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()

    asyncio.run(scenario())


def test_an_upload_that_is_broken_off_is_sent_again_whole_and_the_app_sees_no_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            place = run.upload("in")
            place.behave(requests=2, reset_after_bytes=700_000)
            bench = Bench(tmp_path)
            session = bench.launch()
            bench.upload(session, place.url, a_file(bench))
            await bench.wait(30)
            assert [one.upload and one.upload.whole for one in run.receipts] == [False, False, True]
            assert bench.told == ["data 7", "200"]

    asyncio.run(scenario())


def test_a_server_that_falls_silent_costs_an_ordinary_upload_no_time_of_the_host(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            place = run.upload("in", drop_after_bytes=1_000)
            bench = Bench(tmp_path)
            session = bench.launch()
            bench.upload(session, place.url, a_file(bench))
            began_s = asyncio.get_running_loop().time()
            await bench.wait(24 * 3600)
            assert asyncio.get_running_loop().time() - began_s < 4
            assert bench.told == []
            bench.phone.switch_off()

    asyncio.run(scenario())


def test_an_upload_that_is_held_before_its_first_byte_stops_the_waiter_at_its_moment(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with origin() as (_, run):
            place = run.upload("in", hold_after_bytes=0)
            bench = Bench(tmp_path)
            bench.upload(bench.launch(), place.url, a_file(bench, SIZE))
            began_s = bench.phone.clock.now_s
            reached_s = began_s
            while not run.receipts:
                reached_s = await bench.phone.clock.let_pass(began_s + 600)
            assert reached_s <= began_s + 2

    asyncio.run(scenario())
