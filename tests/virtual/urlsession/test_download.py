from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.virtual.kernel.nsurlsessiond import inflight
from harness.virtual.kernel.nsurlsessiond.attempts import TransferEnd
from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.rules import RETRY_AFTER_S, URLErrorCode
from harness.virtual.kernel.nsurlsessiond.transfer_states import TransferState
from tests.virtual.urlsession.clock import StandInClock
from tests.virtual.urlsession.network import surroundings
from tests.virtual.urlsession.server import Connection, Server, body, broken_body, gated_body, redirect, until

WEEK_S = 7 * 24 * 3600.0


class Trial:
    """One download with what came of it."""

    def __init__(self, url: str, directory: Path, resource_timeout_s: float = WEEK_S) -> None:
        self.clock = StandInClock()
        self.ends: list[TransferEnd] = []
        self.held_at_end: list[int] = []
        around = surroundings(self.clock, self._end, resource_timeout_s=resource_timeout_s)
        self.download = Download(FetchRequest(url), lambda: directory / "body", around)
        self.download.start()

    def _end(self, end: TransferEnd) -> None:
        self.ends.append(end)
        self.held_at_end.append(self.clock.holds)

    async def settled(self) -> None:
        await until(lambda: self.clock.holds == 0)

    async def finished(self) -> TransferEnd:
        await until(lambda: bool(self.ends))
        await self.settled()
        assert len(self.ends) == 1
        return self.ends[0]


def test_a_body_arrives_whole_and_the_clock_is_held_until_it_is_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"x" * 300_000)]) as server:
            trial = Trial(server.url(), tmp_path)
            assert trial.clock.holds == 1
            end = await trial.finished()
            assert (end.status, end.error) == (200, None)
            assert trial.held_at_end == [1]
            assert trial.download.path.read_bytes() == b"x" * 300_000

    asyncio.run(scenario())


def test_an_http_error_is_an_answer_and_not_an_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"gone", status=404)]) as server:
            end = await Trial(server.url(), tmp_path).finished()
            assert (end.status, end.error) == (404, None)
            assert (tmp_path / "body").read_bytes() == b"gone"

    asyncio.run(scenario())


def test_redirects_are_followed_to_relative_and_absolute_places(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([redirect("/there?q=1"), redirect("elsewhere", 307), body(b"end")]) as server:
            end = await Trial(server.url("/from/here"), tmp_path).finished()
            assert end.status == 200
            assert [one.path for one in server.requests] == ["/from/here", "/there?q=1", "/elsewhere"]

    asyncio.run(scenario())


def test_endless_redirects_end_in_an_error(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([redirect("/again")]) as server:
            end = await Trial(server.url(), tmp_path).finished()
            assert end.error is not None
            assert end.error.code is URLErrorCode.HTTP_TOO_MANY_REDIRECTS

    asyncio.run(scenario())


def test_a_lost_connection_is_resumed_by_range_when_the_server_gave_a_validator(tmp_path: Path) -> None:
    async def scenario() -> None:
        rest = body(b"BBBB", status=206, Content_Range="bytes 6-9/10", ETag='"v1"')
        async with Server([broken_body(b"aaaaaa", 10, ETag='"v1"'), rest]) as server:
            trial = Trial(server.url(), tmp_path)
            await trial.settled()
            assert trial.download.state is TransferState.WAITING
            assert trial.clock.step() == RETRY_AFTER_S[0]
            await trial.finished()
            assert server.requests[1].headers["range"] == "bytes=6-"
            assert server.requests[1].headers["if-range"] == '"v1"'
            assert trial.download.path.read_bytes() == b"aaaaaaBBBB"

    asyncio.run(scenario())


def test_without_a_validator_a_lost_download_starts_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([broken_body(b"aaaaaa", 10), body(b"0123456789")]) as server:
            trial = Trial(server.url(), tmp_path)
            await trial.settled()
            trial.clock.step()
            await trial.finished()
            assert "range" not in server.requests[1].headers
            assert trial.download.path.read_bytes() == b"0123456789"

    asyncio.run(scenario())


def test_a_resource_that_changed_in_between_is_taken_anew(tmp_path: Path) -> None:
    async def scenario() -> None:
        answers = [broken_body(b"aaaaaa", 10, ETag='"v1"'), body(b"new", ETag='"v2"')]
        async with Server(answers) as server:
            trial = Trial(server.url(), tmp_path)
            await trial.settled()
            trial.clock.step()
            await trial.finished()
            assert trial.download.path.read_bytes() == b"new"

    asyncio.run(scenario())


def test_a_range_the_server_refuses_makes_the_download_start_over(tmp_path: Path) -> None:
    async def scenario() -> None:
        answers = [broken_body(b"aaaaaa", 10, ETag='"v1"'), body(b"no", status=416), body(b"fresh")]
        async with Server(answers) as server:
            trial = Trial(server.url(), tmp_path)
            for _ in range(2):
                await trial.settled()
                trial.clock.step()
            end = await trial.finished()
            assert end.status == 200
            assert "range" not in server.requests[2].headers
            assert trial.download.path.read_bytes() == b"fresh"

    asyncio.run(scenario())


def test_a_refused_connection_waits_without_error_and_starts_when_the_server_appears(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"unused")]) as closed:
            port = closed.port
        trial = Trial(f"http://127.0.0.1:{port}/late", tmp_path)
        waits: list[float] = []
        for _ in range(3):
            await trial.settled()
            waits.append(trial.clock.step())
        await trial.settled()
        assert waits == list(RETRY_AFTER_S[:3])
        assert not trial.ends
        async with Server([body(b"here")], port=port):
            trial.clock.step()
            assert (await trial.finished()).status == 200

    asyncio.run(scenario())


def test_a_download_that_never_succeeds_times_out_after_its_resource_timeout(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"unused")]) as closed:
            port = closed.port
        trial = Trial(f"http://127.0.0.1:{port}/never", tmp_path, resource_timeout_s=1000.0)
        while not trial.ends:
            await trial.settled()
            trial.clock.step()
        assert trial.clock.now_s == 1000.0
        assert trial.ends[0].error is not None
        assert trial.ends[0].error.code is URLErrorCode.TIMED_OUT
        await trial.settled()

    asyncio.run(scenario())


def test_a_transfer_held_at_the_gate_is_idle_and_the_next_byte_ends_that(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"y" * 5000, 2000, gate)]) as server:
            trial = Trial(server.url(), tmp_path)
            await trial.settled()
            assert trial.download.received_bytes == 2000
            assert trial.download.state is TransferState.RUNNING
            gate.set()
            await trial.finished()
            assert trial.held_at_end == [1]
            assert trial.download.path.stat().st_size == 5000

    asyncio.run(scenario())


def test_a_silent_server_does_not_hold_the_clock_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inflight, "SILENT_SERVER_S", 0.02)

    async def scenario() -> None:
        silence = asyncio.Event()

        async def answer(connection: Connection) -> None:
            await silence.wait()
            await body(b"at last")(connection)

        async with Server([answer]) as server:
            trial = Trial(server.url(), tmp_path)
            assert trial.clock.holds == 1
            await trial.settled()
            assert trial.download.state is TransferState.RUNNING
            silence.set()
            assert (await trial.finished()).status == 200
            assert trial.held_at_end == [1]

    asyncio.run(scenario())


def test_a_gate_at_the_first_byte_is_idle_after_the_head(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"y" * 50, 0, gate)]) as server:
            trial = Trial(server.url(), tmp_path)
            await trial.settled()
            assert trial.download.expected_bytes == 50
            gate.set()
            await trial.finished()

    asyncio.run(scenario())


def test_a_cancelled_download_tells_nobody_and_leaves_no_file_and_no_hold(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([gated_body(b"y" * 50, 20, gate)]) as server:
            trial = Trial(server.url(), tmp_path)
            await trial.settled()
            trial.download.cancel()
            gate.set()
            await server.requests[0].reader.read()
            assert (trial.ends, trial.clock.holds) == ([], 0)
            assert not trial.download.path.exists()

    asyncio.run(scenario())


def test_an_unsupported_scheme_is_hopeless_at_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        end = await Trial("ftp://127.0.0.1/x", tmp_path).finished()
        assert end.error is not None
        assert end.error.code is URLErrorCode.UNSUPPORTED_URL

    asyncio.run(scenario())
