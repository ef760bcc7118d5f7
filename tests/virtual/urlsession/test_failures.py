"""What each failure comes to, tried for real: a background task waits, or is told at once."""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path

import pytest

from harness.virtual.kernel.nsurlsessiond.attempts import TransferEnd
from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.failures import CONSEQUENCES, Failure, Fate, rows
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest, Outcome, Way
from harness.virtual.kernel.nsurlsessiond.rules import MAX_REDIRECTS, URLErrorCode
from harness.virtual.kernel.nsurlsessiond.transfer import Fetch
from harness.virtual.kernel.nsurlsessiond.transfer_states import TransferState
from tests.virtual.urlsession.clock import StandInClock
from tests.virtual.urlsession.network import StandInNetwork, surroundings
from tests.virtual.urlsession.server import Answer, Connection, Server, broken_body, redirect, until


class Listener:
    """Notes how a fetch ended."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def fetch_answered(self, head: object) -> None: ...

    def fetch_body(self, data: bytes) -> None: ...

    def fetch_sent(self, size_bytes: int) -> None: ...

    def fetch_ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


async def outcome_of(request: FetchRequest, network: StandInNetwork | None = None) -> Outcome:
    clock, listener = StandInClock(), Listener()
    Fetch(request, clock, listener, Way(network or StandInNetwork())).start()
    await until(lambda: clock.holds == 0)
    (outcome,) = listener.outcomes
    return outcome


async def reset(connection: Connection) -> None:
    """End the connection by a TCP reset."""
    raw = connection.writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.writer.transport.abort()


async def nonsense(connection: Connection) -> None:
    connection.send(b"220 mail.example ESMTP\r\n\r\n")


ANSWERED: list[tuple[Answer, Failure]] = [
    (reset, Failure.LOST),
    (broken_body(b"some", 10), Failure.TRUNCATED),
    (nonsense, Failure.NO_HTTP),
    (redirect("/again"), Failure.REDIRECTS),
]


@pytest.mark.parametrize(("answer", "failure"), ANSWERED, ids=[one.name for _, one in ANSWERED])
def test_a_server_that_answers_badly_is_told_apart(answer: Answer, failure: Failure) -> None:
    async def scenario() -> None:
        async with Server([answer]) as server:
            assert (await outcome_of(FetchRequest(server.url()))).failure is failure

    asyncio.run(scenario())


def test_what_never_becomes_a_request_is_told_apart(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([reset]) as closed:
            url = closed.url()
        upload = FetchRequest(url, method="PUT", file=tmp_path / "gone")
        offline = StandInNetwork()
        offline.here.clear()
        assert (await outcome_of(FetchRequest(url))).failure is Failure.REFUSED
        assert (await outcome_of(FetchRequest("http://no-such-host.invalid/"))).failure is Failure.NO_HOST
        assert (await outcome_of(FetchRequest("gopher://x/"))).failure is Failure.BAD_SCHEME
        assert (await outcome_of(upload)).failure is Failure.NO_FILE
        assert (await outcome_of(FetchRequest(url), offline)).failure is Failure.NO_ROUTE

    asyncio.run(scenario())


def test_a_server_without_tls_fails_the_handshake() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            outcome = await outcome_of(FetchRequest(f"https://127.0.0.1:{port}/"))
            assert outcome.failure is Failure.TLS

    asyncio.run(scenario())


class Failing(StandInNetwork):
    """A network that is down by the time the transfer looks."""

    async def connect(self, *_: object, **__: object) -> asyncio.Transport:
        raise OSError("not asked for")


@pytest.mark.parametrize("failure", Failure)
def test_a_background_task_waits_or_is_told_as_the_table_says(failure: Failure, tmp_path: Path) -> None:
    async def scenario() -> None:
        clock, ends = StandInClock(), list[TransferEnd]()
        around = surroundings(clock, ends.append, network=Failing())
        transfer = Download(FetchRequest("http://127.0.0.1:9/"), lambda: tmp_path / "f", around)
        transfer.start()
        await until(lambda: clock.holds == 0)
        clock.step()
        transfer.fetch_ended(Outcome(failure))
        consequence = CONSEQUENCES[failure]
        if consequence.fate is Fate.LOST:
            assert (ends, transfer.state) == ([], TransferState.WAITING)
        else:
            assert [end.error and end.error.code for end in ends] == [consequence.code]
        transfer.cancel()

    asyncio.run(scenario())


def test_what_came_of_a_download_that_fails_is_not_left_in_the_container(tmp_path: Path) -> None:
    async def scenario() -> None:
        clock, ends = StandInClock(), list[TransferEnd]()
        answers = [broken_body(b"some", 10), *[redirect("/again")] * (MAX_REDIRECTS + 1)]
        async with Server(answers) as server:
            around = surroundings(clock, ends.append)
            transfer = Download(FetchRequest(server.url()), lambda: tmp_path / "f", around)
            transfer.start()
            await until(lambda: transfer.state is TransferState.WAITING)
            assert (tmp_path / "f").read_bytes() == b"some"
            clock.step()
            await until(lambda: bool(ends))
            assert not (tmp_path / "f").exists()

    asyncio.run(scenario())


def test_the_table_is_total_and_never_says_that_a_failure_is_complete() -> None:
    assert set(CONSEQUENCES) == set(Failure)
    assert {one.fate for one in CONSEQUENCES.values()} == {Fate.LOST, Fate.FAILED}
    assert all(one.source and one.text for one in CONSEQUENCES.values())
    assert [row.key for row in rows()][1:] == [failure.value for failure in Failure]


def test_the_error_of_an_outcome_is_the_table_s() -> None:
    error = Outcome(Failure.NO_ROUTE).error
    assert error is not None
    assert (error.code, error.text) == (
        URLErrorCode.NOT_CONNECTED_TO_INTERNET,
        "The Internet connection appears to be offline.",
    )
    assert Outcome().error is None
