"""The worker: time in the background, sound, regions and tasks, as its journal tells of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.model.callbacks import Callback
from harness.model.journal import JournalLine
from harness.model.states import AppState
from harness.virtual.apps.sample import WORKER, WORKER_ID
from harness.virtual.apps.timekeeping import LOG_LEVELS
from harness.virtual.apps.worker import REGION, Worker
from harness.virtual.kernel.developer.location import Place
from harness.virtual.kernel.rules import TerminationCode
from tests.virtual.urlsession.stage import SPEC, Stage

NEWEST = replace(SPEC, ios="26.0", model="iPhone17,3")


def staged(root: Path, *, ios_26: bool = False) -> Stage:
    stage = Stage(root, Worker, WORKER, NEWEST if ios_26 else SPEC)
    stage.phone.user_launch(WORKER_ID)
    return stage


def lines(stage: Stage, event: str) -> list[JournalLine]:
    return [line for line in stage.journal() if line.event == event]


def detail(line: JournalLine) -> dict[str, Any]:
    return line.detail or {}


def test_time_that_is_given_back_ends_in_suspension(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        stage.do("begin-background-task", ends_after_s="12")
        stage.phone.press_home()
        await stage.wait(10)
        assert stage.state is AppState.BACKGROUND_RUNNING
        await stage.wait(10)
        assert stage.state is AppState.SUSPENDED
        assert stage.events()[-2:] == [Callback.DID_ENTER_BACKGROUND, Callback.BACKGROUND_TASK_ENDED]

    asyncio.run(scenario())


def test_a_handler_gives_the_time_back_when_it_is_used_up(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        stage.do("begin-background-task", handler="yes")
        stage.phone.press_home()
        await stage.wait(60)
        assert stage.state is AppState.SUSPENDED
        assert stage.events()[-2:] == [Callback.BACKGROUND_TASK_EXPIRED, Callback.BACKGROUND_TASK_ENDED]

    asyncio.run(scenario())


@pytest.mark.parametrize(("args", "expired"), [({}, 1), ({"handler": "no"}, 0)])
def test_time_that_is_never_given_back_ends_the_app(
    tmp_path: Path, args: dict[str, str], expired: int
) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        stage.do("begin-background-task", **args)
        stage.phone.press_home()
        await stage.wait(60)
        assert stage.exits[-1].code == TerminationCode.BACKGROUND_TASK_TIMEOUT
        assert len(lines(stage, Callback.BACKGROUND_TASK_EXPIRED)) == expired

    asyncio.run(scenario())


def test_ticks_come_while_code_runs_and_not_while_it_is_suspended(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        stage.do("tick", every_s="2")
        await stage.wait(9)
        in_front = len(lines(stage, Callback.TICK))
        await stage.suspend()
        at_suspension = len(lines(stage, Callback.TICK))
        await stage.wait(100)
        assert in_front == 5
        assert len(lines(stage, Callback.TICK)) == at_suspension
        stage.phone.user_launch(WORKER_ID)
        stage.do("reset")
        ended = len(lines(stage, Callback.TICK))
        await stage.wait(20)
        assert len(lines(stage, Callback.TICK)) == ended

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("args", "state"), [({}, AppState.BACKGROUND_RUNNING), ({"silent": "yes"}, AppState.SUSPENDED)]
)
def test_only_sound_keeps_it_running(tmp_path: Path, args: dict[str, str], state: AppState) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        stage.do("play-audio", **args)
        stage.phone.press_home()
        await stage.wait(120)
        assert stage.state is state

    asyncio.run(scenario())


def test_it_is_suspended_when_it_stops_playing(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        stage.do("play-audio")
        stage.phone.press_home()
        await stage.wait(60)
        stage.do("stop-audio")
        await stage.wait(60)
        assert stage.state is AppState.SUSPENDED

    asyncio.run(scenario())


def test_a_region_launches_it_when_it_is_dead(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        stage.phone.location.simulate(Place(52.0, 13.0))
        stage.do("watch-region", latitude="48.0", longitude="11.0", radius_m="200")
        await stage.kill()
        stage.phone.location.simulate(Place(48.0, 11.0))
        await stage.wait(120)
        (entered,) = lines(stage, Callback.REGION_ENTERED)
        assert detail(entered) == {"region": REGION}
        assert entered.state == "background"
        launched = [one for one in lines(stage, Callback.DID_FINISH_LAUNCHING) if one.pid == entered.pid]
        assert "options" in detail(launched[0])

    asyncio.run(scenario())


def test_a_reset_watches_no_region_any_more(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    stage.do("watch-region", latitude="48.0", longitude="11.0", radius_m="200")
    stage.do("reset")
    assert stage.phone.locationd.regions_of(WORKER_ID) == ()


@pytest.mark.parametrize(
    ("verb", "launched"),
    [
        ("schedule-refresh", Callback.REFRESH_LAUNCHED),
        ("schedule-processing", Callback.PROCESSING_LAUNCHED),
    ],
)
def test_a_task_that_is_scheduled_runs_some_day(tmp_path: Path, verb: str, launched: Callback) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path)
        assert "error" not in detail(stage.do(verb, id="nightly", earliest_s="3600"))
        await stage.suspend()
        stage.phone.lock()
        await stage.wait(3000)
        assert not lines(stage, launched)
        await stage.wait(3 * 86_400)
        assert [line.task for line in lines(stage, launched)] == ["nightly"]

    asyncio.run(scenario())


def test_a_task_that_is_refused_says_why(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    stage.phone.settings.set_app_refresh(WORKER_ID, False)
    assert detail(stage.do("schedule-refresh", id="nightly", earliest_s="60"))["error"] == 1


def test_a_continued_task_goes_on_in_the_background_and_reports(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path, ios_26=True)
        assert "error" not in detail(stage.do("start-continued-task", id="export", units="40", unit_s="2"))
        stage.phone.press_home()
        await stage.wait(60)
        assert stage.state is AppState.BACKGROUND_RUNNING
        await stage.wait(60)
        progress = [detail(line)["completed"] for line in lines(stage, Callback.CONTINUED_PROGRESS)]
        assert progress == list(range(1, 41))
        (completed,) = lines(stage, Callback.CONTINUED_COMPLETED)
        assert (completed.task, detail(completed)) == ("export", {"success": True})
        assert stage.state is AppState.SUSPENDED

    asyncio.run(scenario())


def test_a_second_continued_task_of_one_id_does_not_end_the_app(tmp_path: Path) -> None:
    async def scenario() -> None:
        stage = staged(tmp_path, ios_26=True)
        for _ in range(2):
            stage.do("start-continued-task", id="export", units="2", unit_s="1")
            await stage.wait(10)
        assert len(lines(stage, Callback.CONTINUED_COMPLETED)) == 2

    asyncio.run(scenario())


def test_a_continued_task_is_refused_before_ios_26(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    assert "error" in detail(stage.do("start-continued-task", id="export", units="2", unit_s="1"))
    assert stage.state is AppState.FOREGROUND_ACTIVE


def test_a_line_is_logged_at_every_level_public_and_private(tmp_path: Path) -> None:
    stage = staged(tmp_path)
    stage.do("write-log", text="hello")
    said = [one.message for one in stage.log if one.subsystem == WORKER_ID]
    assert [text for text in said if "hello" in text] == [f"{level}, public: hello" for level in LOG_LEVELS]
    assert len([text for text in said if text.endswith("<private>")]) == len(LOG_LEVELS)
