"""Uploads of nsurlsessiond: a file sent whole, as often as it takes."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from harness.virtual.kernel.nsurlsessiond.attempts import TransferEnd
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.rules import RETRY_AFTER_S, URLErrorCode
from harness.virtual.kernel.nsurlsessiond.transfer_states import TransferState
from harness.virtual.kernel.nsurlsessiond.upload import Upload
from tests.virtual.urlsession.clock import StandInClock
from tests.virtual.urlsession.network import surroundings
from tests.virtual.urlsession.server import (
    Connection,
    Server,
    body,
    leaving_after,
    redirect,
    taking,
    until,
)

CONTENT = bytes(range(256)) * 8000


class Trial:
    """One upload with what came of it."""

    def __init__(self, url: str, file: Path, method: str = "POST") -> None:
        self.clock = StandInClock()
        self.ends: list[TransferEnd] = []
        request = FetchRequest(url, method=method, headers=(("Content-Type", "image/jpeg"),))
        self.upload = Upload(request, lambda: file, surroundings(self.clock, self.ends.append))
        self.upload.start()

    async def settled(self) -> None:
        await until(lambda: self.clock.holds == 0)

    async def finished(self) -> TransferEnd:
        await until(lambda: bool(self.ends))
        await self.settled()
        return self.ends[0]


def a_file(directory: Path, content: bytes = CONTENT) -> Path:
    file = directory / "body.multipart"
    file.write_bytes(content)
    return file


def test_a_file_is_sent_with_its_length_and_the_answer_comes_back(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([taking(b'{"id": 7}', status=201)]) as server:
            trial = Trial(server.url(), a_file(tmp_path), method="PUT")
            end = await trial.finished()
            assert (end.status, end.error) == (201, None)
            assert trial.upload.response_body == b'{"id": 7}'
            assert trial.upload.sent_bytes == trial.upload.size_to_send_bytes == len(CONTENT)
            asked = server.requests[0]
            assert (asked.method, asked.body) == ("PUT", CONTENT)
            assert asked.headers["content-length"] == str(len(CONTENT))
            assert asked.headers["content-type"] == "image/jpeg"
            assert "range" not in asked.headers

    asyncio.run(scenario())


def test_an_empty_file_is_a_request_with_an_empty_body(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([taking()]) as server:
            end = await Trial(server.url(), a_file(tmp_path, b"")).finished()
            assert end.status == 200
            assert server.requests[0].headers["content-length"] == "0"

    asyncio.run(scenario())


def test_a_lost_upload_is_sent_again_from_its_first_byte(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([leaving_after(100_000), taking()]) as server:
            trial = Trial(server.url(), a_file(tmp_path))
            await trial.settled()
            assert trial.upload.state is TransferState.WAITING
            assert trial.clock.step() == RETRY_AFTER_S[0]
            assert (await trial.finished()).status == 200
            assert server.requests[1].body == CONTENT
            assert trial.upload.sent_bytes == len(CONTENT)

    asyncio.run(scenario())


def test_an_upload_that_loses_its_connection_each_time_waits_longer_each_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([leaving_after(100_000)]) as server:
            trial = Trial(server.url(), a_file(tmp_path))
            waits: list[float] = []
            for _ in range(3):
                await trial.settled()
                waits.append(trial.clock.step())
            await trial.settled()
            assert waits == list(RETRY_AFTER_S[:3])
            trial.upload.cancel()

    asyncio.run(scenario())


def test_a_file_that_is_not_there_is_told_at_once_without_a_connection(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([taking()]) as server:
            end = await Trial(server.url(), tmp_path / "gone").finished()
            assert end.error is not None
            assert end.error.code is URLErrorCode.FILE_DOES_NOT_EXIST
            assert not server.requests

    asyncio.run(scenario())


def test_a_file_that_goes_between_two_attempts_is_told_at_the_second(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([leaving_after(10)]) as server:
            file = a_file(tmp_path)
            trial = Trial(server.url(), file)
            await trial.settled()
            file.unlink()
            trial.clock.step()
            end = await trial.finished()
            assert end.error is not None
            assert end.error.code is URLErrorCode.FILE_DOES_NOT_EXIST
            assert len(server.requests) == 1

    asyncio.run(scenario())


def test_an_answer_before_the_body_is_whole_is_the_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        async def answer(connection: Connection) -> None:
            await body(b"too much", status=413)(connection)
            # To close with bytes unread would reset the connection.
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                await connection.read_body()

        async with Server([answer]) as server:
            end = await Trial(server.url(), a_file(tmp_path)).finished()
            assert (end.status, end.error) == (413, None)

    asyncio.run(scenario())


def test_a_307_takes_the_file_along_and_a_302_becomes_a_get(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([redirect("/a", 307), redirect("/b", 302), body(b"seen")]) as server:
            trial = Trial(server.url(), a_file(tmp_path, b"little"))
            assert (await trial.finished()).status == 200
            told = [(one.method, one.headers.get("content-length")) for one in server.requests]
            assert told == [("POST", "6"), ("POST", "6"), ("GET", None)]
            assert "content-type" not in server.requests[2].headers

    asyncio.run(scenario())


def test_an_upload_is_idle_where_the_origin_says_it_reads_no_further_and_busy_when_it_reads_on(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        gate, reads = asyncio.Event(), asyncio.Event()

        async def answer(connection: Connection) -> None:
            await connection.read_body(1000)
            connection.send(b"HTTP/1.1 100 Continue\r\nX-Origin-Gate: hold=1000\r\n\r\n")
            await gate.wait()
            connection.send(b"HTTP/1.1 100 Continue\r\nX-Origin-Gate: open\r\n\r\n")
            await reads.wait()
            await taking()(connection)

        async with Server([answer]) as server:
            trial = Trial(server.url(), a_file(tmp_path))
            assert trial.clock.holds == 1
            await trial.settled()
            assert trial.upload.state is TransferState.RUNNING
            gate.set()
            await until(lambda: trial.clock.holds == 1)
            reads.set()
            assert (await trial.finished()).status == 200

    asyncio.run(scenario())


def test_a_cancelled_upload_leaves_the_file_and_no_hold(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([leaving_after(len(CONTENT))]) as server:
            trial = Trial(server.url(), a_file(tmp_path))
            await until(lambda: bool(server.requests))
            trial.upload.cancel()
            assert trial.clock.holds == 0
            assert (tmp_path / "body.multipart").exists()
            assert not trial.ends

    asyncio.run(scenario())
