"""What each mistake looks like on the phone: an app that has it differs from the one that has not."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.model.callbacks import Callback
from harness.model.journal import JournalLine
from harness.model.states import AppState
from harness.virtual.apps.commanded import Commanded
from harness.virtual.kernel.developer.location import Place
from harness.virtual.kernel.installed import AppBundle
from tests.acceptance.variants.apps import CORRECT, VARIANTS
from tests.virtual.apps.test_uploader import held
from tests.virtual.urlsession.server import Answer, Server, body, halfway
from tests.virtual.urlsession.stage import SPEC, Stage

NEWEST = replace(SPEC, ios="26.0", model="iPhone17,3")

Look = Callable[[Stage, Server, asyncio.Event], Awaitable[object]]
"""Plays something and tells what came of it."""


def staged(root: Path, name: str) -> Stage:
    variant = VARIANTS.get(name)
    base = variant.base if variant else CORRECT[name]
    stage = Stage(root, variant.app if variant else _code_of(base), base, NEWEST)
    stage.phone.user_launch(stage.bundle_id)
    return stage


def _code_of(base: AppBundle) -> type[Commanded]:
    sample = base.delegate()
    assert isinstance(sample, Commanded)
    return type(sample)


def lines(stage: Stage, event: str) -> list[JournalLine]:
    return [line for line in stage.journal() if line.event == event]


def detail(line: JournalLine) -> dict[str, Any]:
    return line.detail or {}


async def sends_two_and_dies(stage: Stage, server: Server, gate: asyncio.Event) -> None:
    for name in ("p1", "p2"):
        stage.do("start-upload", url=server.url(), id=name)
    await stage.kill()
    gate.set()
    await stage.wait(120)


async def ends_told(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    await sends_two_and_dies(stage, server, gate)
    return [line.task for line in lines(stage, Callback.DID_COMPLETE)]


async def order_of_the_end(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    await sends_two_and_dies(stage, server, gate)
    told = stage.events()
    return told.index(Callback.COMPLETION_HANDLER) > told.index(Callback.DID_FINISH_EVENTS)


async def comes_to_the_front(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    await sends_two_and_dies(stage, server, gate)
    return stage.events().count(Callback.DID_BECOME_ACTIVE) > 1


async def bodies_agree(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    gate.set()
    stage.do("start-upload", url=server.url(), id="p1")
    await stage.wait(60)
    whole = [request for request in server.requests if request.body]
    return [f"--{one.headers['content-type'].rpartition('=')[2]}--\r\n".encode() in one.body for one in whole]


async def screen_that_is_told(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.do("open-screen", screen="photos")
    stage.do("start-upload", url=server.url(), id="p1")
    stage.do("close-screen", screen="photos")
    stage.do("open-screen", screen="photos")
    gate.set()
    await stage.wait(60)
    return [detail(line)["object"] for line in lines(stage, Callback.SCREEN_UPDATED)]


async def screens_gone(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    for _ in range(2):
        stage.do("open-screen", screen="photos")
        stage.do("close-screen", screen="photos")
    await stage.wait(10)
    return len(lines(stage, Callback.SCREEN_GONE))


UPLOADS: list[tuple[Look, str, object, object]] = [
    (ends_told, "first-only", ["p1", "p2"], ["p1"]),
    (ends_told, "forgetful-uploader", ["p1", "p2"], []),
    (order_of_the_end, "early", True, False),
    (comes_to_the_front, "presenting", False, True),
    (bodies_agree, "malformed", [True], [False]),
    (bodies_agree, "careless", [True], []),
    (screen_that_is_told, "first-screen", [2], [1]),
    (screen_that_is_told, "screen-sessions", [2], [1]),
    (screens_gone, "screen-sessions", 2, 0),
    (screens_gone, "leaking", 2, 0),
]


@pytest.mark.parametrize(("look", "name", "right", "wrong"), UPLOADS)
def test_an_uploader_with_a_mistake_differs(
    tmp_path: Path, look: Look, name: str, right: object, wrong: object
) -> None:
    async def seen(app: str) -> object:
        gate = asyncio.Event()
        async with Server([held(gate)]) as server:
            stage = staged(tmp_path / app, app)
            found = await look(stage, server, gate)
            gate.set()
            return found

    assert asyncio.run(seen("correct-uploader")) == right
    assert asyncio.run(seen(name)) == wrong


def test_hasty_tells_its_user_in_some_tests_and_not_in_others(tmp_path: Path) -> None:
    async def told(app: str, nonce: str) -> bool:
        gate = asyncio.Event()
        async with Server([held(gate)]) as server:
            stage = staged(tmp_path / app / nonce, app)
            stage.do("start-upload", url=server.url(), id="p1", session=f"uploads.{nonce}")
            await stage.kill()
            gate.set()
            await stage.wait(120)
            return bool(lines(stage, Callback.NOTIFICATION_POSTED))

    nonces = [f"n{number}" for number in range(8)]
    assert {asyncio.run(told("hasty", nonce)) for nonce in nonces} == {True, False}
    assert all(asyncio.run(told("correct-uploader", nonce)) for nonce in nonces)


async def downloads_and_dies(stage: Stage, server: Server, gate: asyncio.Event) -> None:
    stage.do("start-download", url=server.url(), id="e42")
    await stage.kill()
    gate.set()
    await stage.wait(300)


async def end_of_a_download(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    await downloads_and_dies(stage, server, gate)
    return [
        event for event in stage.events() if event in (Callback.DID_COMPLETE, Callback.COMPLETION_HANDLER)
    ]


async def requests_when_opened(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.do("start-download", url=server.url(), id="e42")
    await stage.kill()
    stage.phone.user_launch(stage.bundle_id)
    await stage.wait(5)
    return len(server.requests)


async def requests_after_a_force_quit(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.do("start-download", url=server.url(), id="e42")
    await stage.suspend()
    stage.phone.force_quit(stage.bundle_id)
    stage.phone.user_launch(stage.bundle_id)
    stage.phone.user_launch(stage.bundle_id)
    await stage.wait(5)
    return len(server.requests)


async def what_it_believes_of_two_of_one_url(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    gate.set()
    for name in ("e1", "e2"):
        stage.do("start-download", url=server.url(), id=name)
    await stage.wait(10)
    return detail(stage.do("probe"))["downloads"]


async def objects(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    return [detail(stage.do("open-session", session="mine"))["objects"] for _ in range(2)]


async def thread_of_its_delegate(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    await downloads_and_dies(stage, server, gate)
    return {line.thread for line in lines(stage, Callback.DID_COMPLETE)}


async def given_up(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.do("start-download", url=server.url(), id="e42")
    await stage.wait(200)
    return len(lines(stage, Callback.MARKED_FAILED)), [
        detail(line).get("code") for line in lines(stage, Callback.DID_COMPLETE)
    ]


async def ended_by(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.do("use-block-api", url=server.url())
    return stage.state is AppState.NOT_RUNNING


async def requests_with_refresh_off(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.phone.settings.set_app_refresh(stage.bundle_id, False)
    stage.do("start-download", url=server.url(), id="e42")
    await stage.wait(5)
    return len(server.requests)


async def exit_and_end(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.do("start-download", url=server.url(), id="e42")
    await stage.wait(1)
    stage.do("exit")
    gate.set()
    await stage.wait(300)
    return [detail(line).get("status") for line in lines(stage, Callback.DID_COMPLETE)]


async def reasons_after_a_force_quit(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    await requests_after_a_force_quit(stage, server, gate)
    return ["reason" in detail(line) for line in lines(stage, Callback.DID_COMPLETE)]


async def state_after_a_start(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    with contextlib.suppress(StopIteration):  # it does not live to acknowledge it
        stage.do("start-download", url=server.url(), id="e42")
    return stage.state


async def state_after_leaving(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.phone.press_home()
    await stage.wait(100)
    return stage.state


async def names_of_a_session(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    sent = stage.do("start-download", url=server.url(), id="e42")
    gate.set()
    await stage.wait(5)
    return [line.session == sent.session for line in lines(stage, Callback.DID_COMPLETE)]


async def without_wifi_in_the_app(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    stage.phone.conditions.switch_wifi(False)
    stage.do("start-download", url=server.url(), id="e42", kind="default", cellular="no")
    await stage.wait(20)
    return len(lines(stage, Callback.DID_COMPLETE)), len(server.requests)


async def exits(stage: Stage, server: Server, gate: asyncio.Event) -> object:
    await downloads_and_dies(stage, server, gate)
    return [one.signal for one in stage.exits][1:]


TOLD = [Callback.DID_COMPLETE, Callback.COMPLETION_HANDLER]

DOWNLOADS: list[tuple[Look, str, object, object]] = [
    (end_of_a_download, "forgetful", TOLD, []),
    (end_of_a_download, "mistaken", TOLD, []),
    (end_of_a_download, "ungrateful", TOLD, TOLD[:1]),
    (end_of_a_download, "unwoken", TOLD, []),
    (end_of_a_download, "in-app", TOLD, []),
    (requests_when_opened, "eager", 1, 2),
    (requests_after_a_force_quit, "restarting", 1, 2),
    (
        what_it_believes_of_two_of_one_url,
        "by-url",
        {"e1": "finished", "e2": "finished"},
        {"e1": "finished", "e2": "running"},
    ),
    (objects, "doubled", [1, 1], [1, 2]),
    (thread_of_its_delegate, "on-main", {"other"}, {"main"}),
    (thread_of_its_delegate, "main-only", {"other"}, set()),
    (given_up, "impatient", (0, []), (1, [])),
    (given_up, "timing-out", (0, []), (0, [-999])),
    (given_up, "three-tries", (0, []), (0, [-999])),
    (given_up, "short-lived", (0, []), (0, [-1001])),
    (ended_by, "swallowing", True, False),
    (requests_with_refresh_off, "refusing", 1, 0),
    (end_of_a_download, "invalidating", TOLD, []),
    (names_of_a_session, "confused", [True], [False]),
    (exits, "crashing", [], [6]),
    (reasons_after_a_force_quit, "unreasoning", [True], [False]),
    (without_wifi_in_the_app, "waiting", (1, 0), (0, 0)),
    (without_wifi_in_the_app, "roaming", (1, 0), (0, 1)),
    (state_after_a_start, "closures", AppState.FOREGROUND_ACTIVE, AppState.NOT_RUNNING),
    (state_after_leaving, "restless", AppState.SUSPENDED, AppState.NOT_RUNNING),
    (exit_and_end, "tidy", [200], []),
]


@pytest.mark.parametrize(("look", "name", "right", "wrong"), DOWNLOADS)
def test_a_downloader_with_a_mistake_differs(
    tmp_path: Path, look: Look, name: str, right: object, wrong: object
) -> None:
    async def seen(app: str) -> object:
        gate = asyncio.Event()
        answer: Answer = halfway(gate, ETag='"v1"')
        async with Server([answer]) as server:
            found = await look(staged(tmp_path / app, app), server, gate)
            gate.set()
            return found

    assert asyncio.run(seen("correct")) == right
    assert asyncio.run(seen(name)) == wrong


def test_trusting_keeps_the_page_that_says_there_is_none(tmp_path: Path) -> None:
    async def kept(app: str) -> bool:
        async with Server([body(b"not found", status=404)]) as server:
            stage = staged(tmp_path / app, app)
            stage.do("start-download", url=server.url(), id="e42")
            await stage.wait(5)
            return (stage.container / "Documents/downloads/e42").exists()

    assert not asyncio.run(kept("correct"))
    assert asyncio.run(kept("trusting"))


OF_ANOTHER_BASE = ("naive", "brief", "ungrateful-uploader")
"""Uploaders with a mistake that is looked at in a downloader."""

Work = Callable[[Stage], Awaitable[object]]
"""Plays something without a server and tells what came of it."""


async def state_after_ended_time(stage: Stage) -> object:
    stage.do("begin-background-task", ends_after_s="5")
    return await state_later(stage)


async def state_after_expired_time(stage: Stage) -> object:
    stage.do("begin-background-task", handler="yes")
    return await state_later(stage)


async def state_while_playing(stage: Stage) -> object:
    stage.do("play-audio")
    return await state_later(stage)


async def state_later(stage: Stage) -> object:
    stage.phone.press_home()
    await stage.wait(100)
    return stage.state


async def crossings_told_when_dead(stage: Stage) -> object:
    stage.phone.location.simulate(Place(52.0, 13.0))
    stage.do("watch-region", latitude="48.0", longitude="11.0", radius_m="200")
    await stage.kill()
    stage.phone.location.simulate(Place(48.0, 11.0))
    await stage.wait(120)
    return len(lines(stage, Callback.REGION_ENTERED))


async def end_of_continued_task(stage: Stage) -> object:
    stage.do("start-continued-task", id="export", units="100", unit_s="2")
    await stage.wait(300)
    return [detail(line)["success"] for line in lines(stage, Callback.CONTINUED_COMPLETED)]


async def lines_to_be_read(stage: Stage) -> object:
    stage.do("write-log", text="hello")
    return sum("hello" in one.message for one in stage.log if one.subsystem == stage.bundle_id)


SUSPENDED, RUNNING, ENDED = AppState.SUSPENDED, AppState.BACKGROUND_RUNNING, AppState.NOT_RUNNING

WORK: list[tuple[Work, str, object, object]] = [
    (state_after_ended_time, "overstaying", SUSPENDED, ENDED),
    (state_after_expired_time, "deaf", SUSPENDED, ENDED),
    (state_after_expired_time, "late", SUSPENDED, ENDED),
    (state_while_playing, "silent", RUNNING, SUSPENDED),
    (state_later, "humming", SUSPENDED, RUNNING),
    (crossings_told_when_dead, "only-in-front", 1, 0),
    (end_of_continued_task, "unreporting", [True], [False]),
    (lines_to_be_read, "secretive", 5, 0),
]


@pytest.mark.parametrize(("work", "name", "right", "wrong"), WORK)
def test_a_worker_with_a_mistake_differs(
    tmp_path: Path, work: Work, name: str, right: object, wrong: object
) -> None:
    async def seen(app: str) -> object:
        return await work(staged(tmp_path / app, app))

    assert asyncio.run(seen("correct-worker")) == right
    assert asyncio.run(seen(name)) == wrong


def test_every_mistake_is_looked_at() -> None:
    looked_at = {name for _, name, _, _ in (*UPLOADS, *DOWNLOADS)} | {name for _, name, _, _ in WORK}
    assert set(VARIANTS) - looked_at == {"hasty", "trusting", *OF_ANOTHER_BASE}
