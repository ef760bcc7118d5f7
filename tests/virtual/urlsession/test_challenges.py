"""A server that wants to know who asks: the app is woken for it, and the task waits until it answers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from harness.virtual.kernel.nsurlsessiond.challenges import Answer, Challenge, Disposition, challenge_in
from harness.virtual.kernel.nsurlsessiond.fetching import ResponseHead
from tests.virtual.urlsession.bench import BUNDLE_ID, Bench
from tests.virtual.urlsession.server import Answer as ServerAnswer
from tests.virtual.urlsession.server import Connection, Server, body, halfway

WHO = Answer(Disposition.USE_CREDENTIAL, "anna", "secret")
DEFAULT = Answer(Disposition.PERFORM_DEFAULT_HANDLING)
CANCEL = Answer(Disposition.CANCEL)


def asking(gate: asyncio.Event | None = None, right: str = "anna:secret") -> ServerAnswer:
    """Ask everybody who they are, after the gate opened, and answer who says it right."""
    expected = "Basic " + base64.b64encode(right.encode()).decode()

    async def answer(connection: Connection) -> None:
        if gate is not None and not gate.is_set():
            connection.head(
                401, Content_Length=2, WWW_Authenticate='Basic realm="vault"', X_Origin_Gate="hold=0"
            )
            await gate.wait()
            connection.send(b"no")
        elif connection.headers.get("authorization") == expected:
            await body(b"treasure")(connection)
        else:
            await body(b"no", status=401, WWW_Authenticate='Basic realm="vault"')(connection)

    return answer


@contextlib.asynccontextmanager
async def downloading(bench: Bench, *paths: str) -> AsyncGenerator[None]:
    """Have its user open the app, and the app download from a server that asks everybody who they are."""
    async with Server([asking()]) as server:
        bench.download(bench.launch(), *(server.url(path) for path in paths or ("/file",)))
        yield


async def killed_at_once(bench: Bench) -> None:
    """Have nobody hear the question: the app ends before it comes, and opens no session when it is woken."""
    bench.opens_when_woken = False
    bench.phone.signal(bench.process.pid, 9)
    await bench.wait(60)


async def opened_again(bench: Bench, *answers: Answer) -> None:
    """Have the user open the app, which opens its session and answers questions so, in turn."""
    bench.answers = list(answers)
    bench.phone.user_launch(BUNDLE_ID)
    bench.open("s")
    await bench.wait(5)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([WHO], ["challenge vault 0", "file 8", "200"]),
        ([DEFAULT], ["challenge vault 0", "file 2", "401"]),
        ([Answer(Disposition.REJECT_PROTECTION_SPACE)], ["challenge vault 0", "file 2", "401"]),
        ([CANCEL], ["challenge vault 0", "-999"]),
        (
            [Answer(Disposition.USE_CREDENTIAL, "anna", "wrong"), WHO],
            ["challenge vault 0", "challenge vault 1", "file 8", "200"],
        ),
    ],
)
def test_a_running_app_is_asked_and_its_answer_decides(
    tmp_path: Path, answers: list[Answer], told: list[str]
) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        bench.answers = list(answers)
        async with downloading(bench):
            await bench.wait(5)
            assert bench.told == told

    asyncio.run(scenario())


def test_an_app_that_does_not_run_is_woken_for_a_challenge_while_other_tasks_run_on(tmp_path: Path) -> None:
    async def scenario() -> None:
        asks, runs = asyncio.Event(), asyncio.Event()
        async with Server([halfway(runs), asking(asks)]) as server:
            bench = Bench(tmp_path)
            bench.answers = [WHO]
            bench.download(bench.launch(), server.url("/long"))
            await bench.wait(1)
            bench.download(bench.open("s"), server.url("/vault"))
            await bench.kill()
            asks.set()
            await bench.wait(10)
            # It still runs when the answer to its answer comes, so it needs no second wake for that.
            asked = ["handleEvents", "challenge vault 0", "finished", "file 8", "200"]
            assert bench.told == asked
            runs.set()
            await bench.wait(10)
            assert bench.told == [*asked, "handleEvents", "file 500", "200", "finished"]

    asyncio.run(scenario())


def test_a_challenge_that_nobody_answered_is_put_to_the_next_process(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with downloading(bench):
            await bench.wait(5)
            assert bench.told == ["challenge vault 0"]
            await bench.kill()
            await opened_again(bench, WHO)
            assert bench.told == ["challenge vault 0", "challenge vault 0", "file 8", "200"]

    asyncio.run(scenario())


def test_every_task_that_stands_before_the_same_door_is_asked_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with downloading(bench, "/a", "/b"):
            await bench.wait(5)
            await bench.kill()
            bench.told.clear()
            await opened_again(bench, WHO, WHO)
            assert sorted(bench.told) == sorted(["challenge vault 0", "file 8", "200"] * 2)

    asyncio.run(scenario())


def test_a_question_that_a_restart_cut_short_is_put_anew_and_counts_as_no_failure(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with downloading(bench):
            await bench.wait(5)
            bench.phone.reboot()
            bench.told.clear()
            bench.answers = [WHO]
            await bench.wait(60)
            assert bench.told == ["handleEvents", "challenge vault 0", "finished", "file 8", "200"]

    asyncio.run(scenario())


def test_a_question_that_nobody_heard_is_not_put_once_its_task_is_cancelled(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with downloading(bench):
            await killed_at_once(bench)
            bench.phone.force_quit(BUNDLE_ID)
            await opened_again(bench)
            assert bench.told == ["handleEvents", "-999 0"]

    asyncio.run(scenario())


def test_a_question_that_nobody_heard_before_a_restart_is_put_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        async with downloading(bench):
            await killed_at_once(bench)
            bench.phone.reboot()
            await bench.wait(60)
            bench.told.clear()
            await opened_again(bench, WHO)
            assert bench.told == ["challenge vault 0", "finished", "file 8", "200"]

    asyncio.run(scenario())


def test_a_401_without_a_scheme_that_is_known_is_an_answer_like_any_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"no", status=401)]) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(), server.url())
            await bench.wait(5)
            assert bench.told == ["file 2", "401"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("status", "header", "expected"),
    [
        (401, {"www-authenticate": 'Basic realm="a b"'}, Challenge(401, "a b")),
        (407, {"proxy-authenticate": "basic"}, Challenge(407, "")),
        (401, {"www-authenticate": 'Digest realm="x"'}, None),
        (403, {"www-authenticate": "Basic"}, None),
    ],
)
def test_which_answers_are_challenges(
    status: int, header: dict[str, str], expected: Challenge | None
) -> None:
    assert challenge_in(ResponseHead(status, header, "http://x/")) == expected


def test_a_proxy_is_answered_by_its_own_header() -> None:
    assert Challenge(407, "").reply(WHO)[0] == "Proxy-Authorization"
