from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.model.callbacks import Callback
from harness.model.settings import BackgroundRefresh
from harness.model.states import AppState
from harness.virtual.apps.downloader import BUNDLE_ID, Downloader
from harness.virtual.apps.foundation import (
    URLError,
    URLSession,
    URLSessionConfiguration,
    URLSessionDownloadTask,
    URLSessionTask,
)
from harness.virtual.kernel.rules import TerminationCode
from tests.virtual.kernel.network.wire import Dialler
from tests.virtual.urlsession.server import Answer, Server, body, halfway
from tests.virtual.urlsession.stage import Stage

OF_A_WAKE = [
    Callback.HANDLE_EVENTS,
    Callback.DID_FINISH_DOWNLOADING,
    Callback.DID_COMPLETE,
    Callback.DID_FINISH_EVENTS,
    Callback.COMPLETION_HANDLER,
]


@contextlib.asynccontextmanager
async def started(stage: Stage, *answers: Answer, name: str = "e42") -> AsyncGenerator[tuple[Server, str]]:
    """Have its user open the app, and the app start a download; yields its server and its session."""
    async with Server(list(answers)) as server:
        stage.phone.user_launch(BUNDLE_ID)
        yield server, stage.do("start-download", url=server.url(), id=name).session


@dataclass(frozen=True)
class HeldDownload:
    """A download of an app that runs; it has come halfway, and no further until it is released."""

    stage: Stage
    server: Server
    session: str
    gate: asyncio.Event

    def release(self) -> None:
        self.gate.set()

    async def end_without_the_app(self, watched_s: float) -> None:
        """Kill the app as the system does, let the download end, and look on for so long."""
        await self.stage.kill()
        self.release()
        await self.stage.wait(watched_s)


@contextlib.asynccontextmanager
async def held_download(stage: Stage, *further: Answer, name: str = "e42") -> AsyncGenerator[HeldDownload]:
    """Have its user open the app, and the app start a download that is held."""
    gate = asyncio.Event()
    async with started(stage, halfway(gate), *further, name=name) as (server, session):
        yield HeldDownload(stage, server, session, gate)


@contextlib.asynccontextmanager
async def two_without_the_app(
    stage: Stage, **how: str
) -> AsyncGenerator[tuple[asyncio.Event, asyncio.Event]]:
    """Have the app start two downloads, and kill it; yields the gate that holds each."""
    gates = one, two = asyncio.Event(), asyncio.Event()
    async with Server([halfway(one), halfway(two)]) as server:
        stage.phone.user_launch(BUNDLE_ID)
        for name in ("one", "two"):
            stage.do("start-download", url=server.url(), id=name, **how)
        await stage.kill()
        yield gates


def downloaded(stage: Stage) -> Path:
    """Where the app keeps what it downloaded."""
    return stage.container / "Documents/downloads/e42"


def of_sessions(events: list[str]) -> list[str]:
    """Only what concerns sessions."""
    return [event for event in events if event in OF_A_WAKE]


def test_a_killed_app_is_launched_in_the_background_and_told_in_order(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with held_download(stage) as download:
            first = stage.pid
            await stage.kill()
            await stage.wait(600)
            assert stage.state is AppState.NOT_RUNNING
            download.release()
            await stage.wait(10)
            assert stage.pid != first
            told = [line for line in stage.journal() if line.pid == stage.pid]
            after = Callback.DID_BECOME_INVALID
            assert [line.event for line in told] == [Callback.DID_FINISH_LAUNCHING, *OF_A_WAKE, after]
            assert {line.session for line in told[1:]} == {download.session}
            assert {line.state for line in told} == {"background"}
            assert stage.state is AppState.SUSPENDED
            assert len(download.server.requests) == 1
            assert downloaded(stage).read_bytes() == b"z" * 500

    asyncio.run(scenario())


def test_a_suspended_app_is_resumed_in_the_same_process(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with held_download(stage) as download:
            pid = stage.pid
            await stage.suspend()
            download.release()
            await stage.wait(10)
            assert stage.pid == pid
            assert of_sessions(stage.events()) == OF_A_WAKE
            assert stage.state is AppState.SUSPENDED

    asyncio.run(scenario())


def test_a_running_app_is_told_directly_without_handle_events(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with started(stage, body(b"now")):
            await stage.wait(5)
            assert of_sessions(stage.events()) == [Callback.DID_FINISH_DOWNLOADING, Callback.DID_COMPLETE]
            assert stage.said("since it's already connected")
            assert not stage.said("Waking up")
            assert not stage.said("Set request delay")

    asyncio.run(scenario())


def test_the_app_is_woken_once_all_tasks_of_the_session_are_finished(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with two_without_the_app(stage, session="both") as (one, two):
            one.set()
            await stage.wait(60)
            assert stage.state is AppState.NOT_RUNNING
            assert stage.said("since wake request is unnecessary")
            two.set()
            await stage.wait(10)
            events = of_sessions(stage.events())
            assert events.count(Callback.HANDLE_EVENTS) == 1
            assert events.count(Callback.DID_COMPLETE) == 2
            assert events[-2:] == [Callback.DID_FINISH_EVENTS, Callback.COMPLETION_HANDLER]

    asyncio.run(scenario())


def test_tasks_that_end_together_wake_the_app_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, ForgetsToRecreate)
        async with two_without_the_app(stage, session="both") as gates:
            for gate in gates:
                gate.set()
            await stage.wait(10)
            assert of_sessions(stage.events()) == [Callback.HANDLE_EVENTS]

    asyncio.run(scenario())


def test_the_wake_holds_its_assertion_until_the_completion_handler_is_called(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with held_download(stage) as download:
            await download.end_without_the_app(watched_s=10)
            taken = stage.said("com.apple.nsurlsessiond.handlesession", "runningboardd")
            verbs = [line.split()[0] for line in taken]
            assert verbs == ["Executing", "Acquiring", "Invalidating"]
            assert stage.said(f'Received request to open "{BUNDLE_ID}" from nsurlsessiond:', "SpringBoard")

    asyncio.run(scenario())


class ForgetsToRecreate(Downloader):
    def recreate_session(self, identifier: str) -> None:
        """Keep the handler, and leave it at that."""


class RecreatesAnother(Downloader):
    def recreate_session(self, identifier: str) -> None:
        self.open_session(identifier + ".again")


class NeverFinishes(Downloader):
    def finish_events(self, identifier: str) -> None:
        """Keep the handler for ever."""


@pytest.mark.parametrize(
    ("app", "told"),
    [
        (ForgetsToRecreate, [Callback.HANDLE_EVENTS]),
        (RecreatesAnother, [Callback.HANDLE_EVENTS]),
        (NeverFinishes, OF_A_WAKE[:-1]),
    ],
)
def test_an_app_that_never_calls_the_handler_is_ended_when_the_budget_is_used_up(
    tmp_path: Path, app: type[Downloader], told: list[str]
) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, app)
        async with held_download(stage) as download:
            await download.end_without_the_app(watched_s=29)
            assert stage.state is AppState.BACKGROUND_RUNNING
            assert of_sessions(stage.events()) == told
            await stage.wait(2)
            assert stage.state is AppState.NOT_RUNNING
            assert stage.exits[-1].code == TerminationCode.URL_SESSION_TIMEOUT

    asyncio.run(scenario())


def test_what_an_app_was_not_told_it_is_told_when_the_user_opens_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, ForgetsToRecreate)
        async with held_download(stage) as download:
            await download.end_without_the_app(watched_s=60)
            stage.phone.user_launch(BUNDLE_ID)
            assert of_sessions(stage.events(stage.pid)) == [
                Callback.DID_FINISH_DOWNLOADING,
                Callback.DID_COMPLETE,
            ]

    asyncio.run(scenario())


class JournalsAnotherSession(Downloader):
    def session_name(self, session: URLSession) -> str:
        return "somebody else's"


def test_a_variant_can_journal_callbacks_under_a_wrong_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, JournalsAnotherSession)
        async with held_download(stage) as download:
            await download.end_without_the_app(watched_s=10)
            named = {line.event: line.session for line in stage.journal() if line.event in OF_A_WAKE}
            assert named[Callback.HANDLE_EVENTS] == download.session
            assert named[Callback.DID_COMPLETE] == "somebody else's"

    asyncio.run(scenario())


class SendsNoLaunchEvents(Downloader):
    def make_session(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        return super().make_session(identifier, {**how, "launch_events": "no"})


def no_launch_events(stage: Stage) -> None:
    """The app itself asked not to be woken."""


def updates_off(stage: Stage) -> None:
    stage.phone.settings.set_background_refresh(BackgroundRefresh.OFF)


@pytest.mark.parametrize(
    ("app", "prepare", "text"),
    [
        (SendsNoLaunchEvents, no_launch_events, "since sessionSendsLaunchEvents is NO"),
        (Downloader, updates_off, "since background updates are not enabled"),
    ],
)
def test_a_refused_wake_is_logged_and_the_file_waits_for_the_user(
    tmp_path: Path, app: type[Downloader], prepare: Callable[[Stage], None], text: str
) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, app)
        prepare(stage)
        async with held_download(stage) as download:
            await download.end_without_the_app(watched_s=3600)
            assert stage.state is AppState.NOT_RUNNING
            assert stage.said(text)
            assert not stage.said("Waking up")
            stage.phone.user_launch(BUNDLE_ID)
            assert downloaded(stage).exists()

    asyncio.run(scenario())


def test_a_force_quit_cancels_the_tasks_and_the_app_learns_of_it_when_opened(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with held_download(stage) as download:
            await stage.suspend()
            stage.phone.force_quit(BUNDLE_ID)
            download.release()
            await stage.wait(3600)
            assert stage.state is AppState.NOT_RUNNING
            assert stage.said("was quit in the app switcher")
            assert not stage.said("Waking up")
            stage.phone.user_launch(BUNDLE_ID)
            end = next(line for line in stage.journal() if line.event == Callback.DID_COMPLETE)
            assert end.detail == {"code": -999, "domain": "NSURLErrorDomain", "reason": 0}
            assert Callback.DID_FINISH_DOWNLOADING not in stage.events()

    asyncio.run(scenario())


def test_removing_the_card_of_a_dead_app_cancels_its_tasks_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with held_download(stage) as download:
            await stage.kill()
            stage.phone.force_quit(BUNDLE_ID)
            download.release()
            await stage.wait(600)
            assert stage.state is AppState.NOT_RUNNING
            stage.phone.user_launch(BUNDLE_ID)
            assert of_sessions(stage.events(stage.pid)) == [Callback.DID_COMPLETE]

    asyncio.run(scenario())


class Chains(Downloader):
    """Starts the next download whenever one is complete."""

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        super().url_session_task_did_complete_with_error(session, task, error)
        name = str(int(task.task_description) + 1)
        following = self.open_session(f"chain.{name}").download_task(task.original_request_url)
        following.task_description = name
        following.resume()


def test_tasks_chained_one_at_a_time_double_the_delay_at_each_wake(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, Chains)
        async with started(stage, body(b"link"), name="1"):
            await stage.suspend()
            await stage.wait(60 + 120 + 240)
            told = [one for one in stage.log if "Set request delay" in one.message]
            delays_s = [float(one.message.split()[-1]) for one in told]
            # Links that end while the app still runs cost nothing.
            assert delays_s == [60.0, 120.0, 240.0, 480.0]
            assert [b.mono_s - a.mono_s for a, b in itertools.pairwise(told)] == pytest.approx(
                [60, 120, 240], abs=0.2
            )

    asyncio.run(scenario())


def test_coming_to_the_front_forgets_the_delay_and_starts_what_waited(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, Chains)
        async with held_download(stage, body(b"next"), name="1") as download:
            await download.end_without_the_app(watched_s=10)
            assert len(download.server.requests) == 1
            stage.phone.user_launch(BUNDLE_ID)
            await stage.wait(1)
            assert len(download.server.requests) > 1
            assert stage.said("Resetting request delay and clearing pending wake requests")

    asyncio.run(scenario())


def test_a_delay_that_held_nothing_back_is_forgotten_when_it_elapses(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with two_without_the_app(stage) as (one, two):
            one.set()
            await stage.wait(100)
            two.set()
            await stage.wait(10)
            delays = [line.split()[-1] for line in stage.said("Set request delay")]
            assert delays == ["60.000000", "60.000000"]

    asyncio.run(scenario())


class CrashesInTheDelegate(Downloader):
    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        if self.application.application_state == "background":
            raise RuntimeError("as told")
        super().url_session_download_task_did_finish_downloading_to(session, task, location)


def test_an_event_whose_delegate_did_not_return_is_told_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, CrashesInTheDelegate)
        async with held_download(stage) as download:
            await download.end_without_the_app(watched_s=10)
            assert stage.state is AppState.NOT_RUNNING
            stage.phone.user_launch(BUNDLE_ID)
            assert downloaded(stage).exists()

    asyncio.run(scenario())


class LeavesTheFile(Downloader):
    location: Path | None = None

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        assert location.exists()
        LeavesTheFile.location = location


def test_a_file_that_was_not_moved_is_gone_when_the_delegate_has_returned(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, LeavesTheFile)
        async with started(stage, body(b"soon gone")):
            await stage.wait(1)
            assert LeavesTheFile.location is not None
            assert not LeavesTheFile.location.exists()

    asyncio.run(scenario())


class OpensTwice(Downloader):
    """Opens every session a second time, for another delegate."""

    def make_session(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        session = super().make_session(identifier, how)
        URLSession(URLSessionConfiguration.background(identifier))
        return session


def test_a_second_session_object_of_one_identifier_gets_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path, OpensTwice)
        async with started(stage, body(b"mine")):
            await stage.wait(1)
            assert stage.said("already exists!", "Downloader")
            assert stage.events().count(Callback.DID_COMPLETE) == 1

    asyncio.run(scenario())


def test_an_app_that_was_installed_again_in_between_still_gets_its_file(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with held_download(stage) as download:
            await stage.kill()
            before = stage.container
            app = stage.phone.apps.get(BUNDLE_ID)
            assert app is not None
            stage.phone.install(app)
            assert stage.container != before
            download.release()
            await stage.wait(10)
            assert downloaded(stage).exists()

    asyncio.run(scenario())


def test_an_uninstalled_app_leaves_no_transfer_behind(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = Stage(tmp_path)
        async with held_download(stage):
            await stage.suspend()
            stage.phone.uninstall(BUNDLE_ID)
            assert stage.phone.urlsession.sessions() == ()
            assert not stage.phone.clock.held
            stage.phone.settings.set_background_refresh(BackgroundRefresh.OFF)
            assert stage.said("Background updates") == []

    asyncio.run(scenario())


def test_seven_days_without_a_server_end_in_a_timeout_and_a_wake(tmp_path: Path) -> None:
    async def scenario() -> None:
        closed = Dialler()
        closed.refuses = True
        stage = Stage(tmp_path, egress=closed)
        stage.phone.user_launch(BUNDLE_ID)
        stage.do("start-download", url="http://origin.test/file", id="e42")
        await stage.kill()
        await stage.wait(7 * 24 * 3600 + 10)
        end = next(line for line in stage.journal() if line.event == Callback.DID_COMPLETE)
        assert end.detail == {"code": -1001, "domain": "NSURLErrorDomain"}
        assert of_sessions(stage.events())[0] == Callback.HANDLE_EVENTS

    asyncio.run(scenario())


def test_the_same_script_gives_the_same_journal_and_the_same_log(tmp_path: Path) -> None:
    async def scenario(root: Path) -> tuple[list[str], list[str]]:
        stage = Stage(root)
        async with held_download(stage) as download:
            await stage.kill()
            await stage.wait(100)
            download.release()
            await stage.wait(100)
            lines = [line.to_json() for line in stage.journal()]
            return lines, [f"{one.mono_s} {one.message}" for one in stage.log]

    first, second = (asyncio.run(scenario(tmp_path / name)) for name in ("first", "second"))
    assert first == second
    assert Callback.COMPLETION_HANDLER in first[0][-2]
