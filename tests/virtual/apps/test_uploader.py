"""The uploader: its queue, its bodies, its screens, and what it does at the end."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Any

from harness.model.callbacks import Callback
from harness.model.journal import JournalLine
from harness.model.states import AppState
from harness.virtual.apps.multipart import boundary_of, encode, parts_of
from harness.virtual.apps.sample import UPLOADER, UPLOADER_ID
from harness.virtual.apps.uploader import Uploader
from tests.virtual.urlsession.server import Answer, Connection, Server, taking
from tests.virtual.urlsession.stage import Stage


def staged(root: Path, app: type[Uploader] = Uploader) -> Stage:
    stage = Stage(root, app, UPLOADER)
    stage.phone.user_launch(UPLOADER_ID)
    return stage


def lines(stage: Stage, event: str) -> list[JournalLine]:
    return [line for line in stage.journal() if line.event == event]


def detail(line: JournalLine) -> dict[str, Any]:
    assert line.detail is not None
    return line.detail


def held(gate: asyncio.Event) -> Answer:
    """Take nothing, and say so, until the gate opens; then take it all."""

    async def answer(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 100 Continue\r\nX-Origin-Gate: hold=0\r\n\r\n")
        await gate.wait()
        await taking()(connection)

    return answer


def test_what_arrives_is_the_body_that_was_told(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([taking()]) as server:
            stage = staged(tmp_path)
            sent = stage.do("start-upload", url=server.url(), id="p1", size_bytes="20000")
            assert (stage.container / "Documents/uploads/p1.multipart").exists()
            await stage.wait(5)
            (request,) = server.requests
            assert request.method == "POST"
            assert request.headers["content-type"] == f"multipart/form-data; boundary={boundary_of('p1')}"
            assert request.body == encode(parts_of("p1", 20000), boundary_of("p1"))
            assert detail(sent)["sha256"] == hashlib.sha256(request.body).hexdigest()
            assert detail(sent)["body_bytes"] == len(request.body)
            assert not (stage.container / "Documents/uploads/p1.multipart").exists()

    asyncio.run(scenario())


def test_all_uploads_are_in_the_one_session_of_the_queue(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([taking()]) as server:
            stage = staged(tmp_path)
            sent = [stage.do("start-upload", url=server.url(), id=name).session for name in ("p1", "p2")]
            assert sent == [f"{UPLOADER_ID}.uploads.n1"] * 2
            await stage.wait(5)
            assert [line.task for line in lines(stage, Callback.DID_COMPLETE)] == ["p1", "p2"]
            assert detail(stage.do("probe"))["sessions"] == [f"{UPLOADER_ID}.uploads.n1"]

    asyncio.run(scenario())


def test_a_dead_app_is_woken_once_when_all_uploads_are_done_and_tells_the_user(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([held(gate)]) as server:
            stage = staged(tmp_path)
            for name in ("p1", "p2", "p3"):
                stage.do("start-upload", url=server.url(), id=name)
            await stage.kill()
            gate.set()
            await stage.wait(60)
            (woken,) = lines(stage, Callback.HANDLE_EVENTS)
            assert stage.events(woken.pid) == [
                Callback.DID_FINISH_LAUNCHING,
                Callback.HANDLE_EVENTS,
                *[Callback.DID_COMPLETE] * 3,
                Callback.DID_FINISH_EVENTS,
                Callback.NOTIFICATION_POSTED,
                Callback.COMPLETION_HANDLER,
            ]
            (posted,) = lines(stage, Callback.NOTIFICATION_POSTED)
            assert posted.thread == "main"
            assert stage.state is AppState.SUSPENDED

    asyncio.run(scenario())


def test_the_screen_on_top_is_told_and_a_popped_one_is_let_go(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([taking()]) as server:
            stage = staged(tmp_path)
            stage.do("open-screen", screen="albums")
            assert detail(stage.do("open-screen", screen="photos"))["screens"] == ["albums", "photos"]
            stage.do("start-upload", url=server.url(), id="p1")
            await stage.wait(5)
            stage.do("close-screen", screen="photos")
            assert [detail(line) for line in lines(stage, Callback.SCREEN_GONE)] == [
                {"screen": "photos", "object": 2}
            ]
            stage.do("start-upload", url=server.url(), id="p2")
            await stage.wait(5)
            updates = lines(stage, Callback.SCREEN_UPDATED)
            assert [(line.task, detail(line)["screen"]) for line in updates] == [
                ("p1", "photos"),
                ("p2", "albums"),
            ]

    asyncio.run(scenario())


def test_a_second_screen_of_one_name_is_another_object(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    for _ in range(2):
        stage.do("open-screen", screen="photos")
        stage.do("close-screen", screen="photos")
    assert [detail(line)["object"] for line in lines(stage, Callback.SCREEN_GONE)] == [1, 2]


def test_an_upload_of_the_app_itself_stops_when_it_is_suspended(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([held(gate)]) as server:
            stage = staged(tmp_path)
            sent = stage.do("start-upload", url=server.url(), id="p1", kind="default", size_bytes="5000000")
            assert sent.session == f"{UPLOADER_ID}.uploads.n1.in-app"
            await stage.kill()
            stage.phone.user_launch(UPLOADER_ID)
            assert detail(stage.do("probe"))["downloads"] == {"p1": "failed"}
            assert detail(stage.do("list-tasks"))["tasks"] == []
            gate.set()

    asyncio.run(scenario())


def test_a_reset_leaves_no_body_no_screen_and_no_session(tmp_path: Path) -> None:
    async def scenario() -> None:
        gate = asyncio.Event()
        async with Server([held(gate)]) as server:
            stage = staged(tmp_path)
            stage.do("open-screen", screen="photos")
            stage.do("start-upload", url=server.url(), id="p1", size_bytes="5000000")
            stage.do("start-upload", url=server.url(), id="p2", kind="default", size_bytes="5000000")
            await stage.wait(1)
            stage.do("reset")
            assert stage.events()[-1] in ("acknowledged", Callback.SCREEN_GONE)
            assert stage.phone.urlsession.sessions() == ()
            assert not (stage.container / "Documents/uploads").exists()
            assert len(lines(stage, Callback.SCREEN_GONE)) == 1
            gate.set()

    asyncio.run(scenario())
