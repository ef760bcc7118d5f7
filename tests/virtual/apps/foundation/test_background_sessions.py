"""What Foundation itself refuses or decides for a background session, before nsurlsessiond hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.virtual.apps.foundation import (
    AuthChallengeDisposition,
    ChallengeHandler,
    NSGenericException,
    URLAuthenticationChallenge,
    URLCredential,
    URLSession,
    URLSessionConfiguration,
    URLSessionTask,
)
from harness.virtual.apps.foundation.rules import NO_CLOSURES, NO_DATA_TASKS, NO_UPLOADS_FROM_DATA
from harness.virtual.kernel.rules import ExitDomain
from tests.virtual.apps.foundation.stage import URL, Notebook, Stage


def background(notebook: Notebook | None = None) -> URLSession:
    return URLSession(URLSessionConfiguration.background("s"), notebook)


def ignore(*_: object) -> None:
    """A closure."""


MISUSES: dict[str, tuple[Callable[[Path], object], str]] = {
    "download with a closure": (lambda _: background().download_task(URL, ignore), NO_CLOSURES),
    "upload with a closure": (
        lambda file: background().upload_task(URL, from_file=file, completion_handler=ignore),
        NO_CLOSURES,
    ),
    "data task with a closure": (lambda _: background().data_task(URL, ignore), NO_CLOSURES),
    "data task": (
        lambda _: background().data_task(URL),
        NO_DATA_TASKS,
    ),
    "upload from data": (lambda _: background().upload_task(URL, from_data=b"x"), NO_UPLOADS_FROM_DATA),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_what_a_background_session_does_not_support_crashes_the_app(tmp_path: Path, misuse: str) -> None:
    stage = Stage(tmp_path)
    act, reason = MISUSES[misuse]

    def do_it() -> None:
        act(tmp_path)

    stage.run(do_it)
    cause = stage.exits[-1].cause
    assert (cause.domain, cause.signal) == (ExitDomain.SIGNAL, 6)
    assert cause.reason == f"NSGenericException: {reason}"
    assert cause.writes_report
    assert stage.said("Terminating app due to uncaught exception")
    assert not stage.phone.urlsession.sessions()[0].tasks


def test_an_app_that_catches_the_exception_lives_on(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    caught: list[str] = []

    def misuse() -> None:
        try:
            background().download_task(URL, ignore)
        except NSGenericException as error:
            caught.append(str(error))

    stage.run(misuse)
    assert caught == [NO_CLOSURES]
    assert not stage.exits


@pytest.mark.parametrize(
    "configuration", [URLSessionConfiguration.background("s"), URLSessionConfiguration()]
)
def test_a_session_takes_no_task_once_it_is_invalidated(
    tmp_path: Path, configuration: URLSessionConfiguration
) -> None:
    stage = Stage(tmp_path)

    def misuse() -> None:
        session = URLSession(configuration)
        session.finish_tasks_and_invalidate()
        session.download_task(URL)

    stage.run(misuse)
    assert stage.exits[-1].reason.startswith("NSGenericException: Task created in a session")


def test_a_session_keeps_the_configuration_it_was_made_with(tmp_path: Path) -> None:
    stage = Stage(tmp_path)

    def change() -> None:
        configuration = URLSessionConfiguration.background("s")
        configuration.allows_cellular_access = False
        session = URLSession(configuration)
        configuration.allows_cellular_access = True
        assert session.configuration.allows_cellular_access is False

    stage.run(change)
    assert not stage.exits
    (opened,) = stage.phone.urlsession.sessions()
    assert opened.settings.allows_cellular is False


def test_the_request_timeout_means_nothing_to_a_background_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage, notebook = Stage(tmp_path), Notebook()

        def begin() -> None:
            configuration = URLSessionConfiguration.background("s")
            configuration.timeout_interval_for_request = 5.0
            URLSession(configuration, notebook).download_task(URL).resume()

        stage.run(begin)
        await stage.connected()
        stage.answer(b"x", of_bytes=2, gates=(1,))
        await stage.wait(3600)
        assert notebook.told == []
        stage.send(b"x")
        await stage.wait(1)
        assert notebook.told == ["file", "end 200"]
        stage.phone.switch_off()

    asyncio.run(scenario())


def test_an_upload_sends_its_file_and_tells_the_answer(tmp_path: Path) -> None:
    source = tmp_path / "body"
    source.write_bytes(b"multipart")

    async def scenario() -> None:
        stage, notebook = Stage(tmp_path / "phone"), Notebook()
        stage.run(lambda: background(notebook).upload_task(URL, from_file=source, method="PUT").resume())
        await stage.connected()
        assert stage.server.got.startswith(b"PUT /file")
        assert stage.server.got.endswith(b"multipart")
        stage.answer(b"thanks")
        await stage.wait(1)
        assert notebook.told == ["data 6", "end 200"]
        stage.phone.switch_off()

    asyncio.run(scenario())


class Answers(Notebook):
    """Answers every challenge, with a password or with none."""

    def __init__(self, credential: URLCredential | None) -> None:
        super().__init__()
        self.credential = credential

    def url_session_task_did_receive_challenge(
        self,
        session: URLSession,
        task: URLSessionTask,
        challenge: URLAuthenticationChallenge,
        completion_handler: ChallengeHandler,
    ) -> None:
        self.note(f"challenge {challenge.realm}")
        completion_handler(AuthChallengeDisposition.USE_CREDENTIAL, self.credential)


ASKS = b'HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm="vault"\r\nContent-Length: 0\r\n\r\n'


def test_a_challenge_is_the_delegate_s_to_answer(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage, notebook = Stage(tmp_path), Answers(URLCredential("me", "secret"))
        stage.run(lambda: background(notebook).download_task(URL).resume())
        await stage.connected()
        stage.send(ASKS)
        await stage.connected(2)
        assert b"Authorization: Basic bWU6c2VjcmV0" in stage.server.got
        stage.answer(b"open")
        await stage.wait(1)
        assert notebook.told == ["challenge vault", "file", "end 200"]
        stage.phone.switch_off()

    asyncio.run(scenario())


@pytest.mark.parametrize("notebook", [Answers(None), Notebook(), None])
def test_without_a_credential_the_server_s_answer_stands(tmp_path: Path, notebook: Notebook | None) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        stage.run(lambda: background(notebook).download_task(URL).resume())
        await stage.connected()
        stage.send(ASKS)
        await stage.wait(60)
        assert len(stage.dialler.opened) == 1
        assert not stage.phone.urlsession.sessions()[0].tasks
        assert notebook is None or notebook.told[-1] == "end 401"
        stage.phone.switch_off()

    asyncio.run(scenario())
