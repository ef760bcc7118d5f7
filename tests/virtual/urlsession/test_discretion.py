"""Discretionary tasks: which they are, what they wait for, and when the system gives one up for now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.model.settings import BackgroundRefresh
from harness.virtual.kernel.nsurlsessiond.background_session import SessionSettings
from harness.virtual.kernel.nsurlsessiond.rules import (
    LOW_THROUGHPUT_BYTES_PER_S,
    RETRY_AFTER_S,
    THROUGHPUT_WINDOW_S,
    TRANSITION_S,
)
from harness.virtual.kernel.nsurlsessiond.tasks import TaskState
from harness.virtual.kernel.phone import VirtualPhone
from tests.virtual.urlsession.bench import Bench
from tests.virtual.urlsession.server import Connection, Server, body, halfway, resumable

DISCRETIONARY = SessionSettings("s", is_discretionary=True)
THROUGHPUT_LINE = "canceling because of low throughput monitoring!"


def wifi(phone: VirtualPhone, on: bool) -> None:
    phone.conditions.switch_wifi(on)


def power(phone: VirtualPhone, on: bool) -> None:
    phone.conditions.set_battery(percent=90, external_power=on)


def full_power_mode(phone: VirtualPhone, on: bool) -> None:
    # Being charged would end Low Power Mode.
    phone.conditions.set_battery(percent=50, external_power=True)
    phone.settings.set_low_power(not on)


@pytest.mark.parametrize("need", [wifi, power, full_power_mode])
def test_a_discretionary_task_waits_for_what_it_needs_even_in_front(
    tmp_path: Path, need: Callable[[VirtualPhone, bool], None]
) -> None:
    async def scenario() -> None:
        async with Server([body(b"some")]) as server:
            bench = Bench(tmp_path)
            need(bench.phone, False)
            (task,) = bench.download(bench.launch(DISCRETIONARY), server.url())
            await bench.wait(3600)
            assert (task.state, server.requests) == (TaskState.HELD, [])
            need(bench.phone, True)
            await bench.wait(10)
            assert bench.told == ["file 4", "200"]

    asyncio.run(scenario())


def test_a_running_discretionary_task_gives_its_connection_up_and_goes_on_with_the_rest(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with Server(resumable()) as server:
            bench = Bench(tmp_path)
            (task,) = bench.download(bench.launch(DISCRETIONARY), server.url())
            await bench.wait(5)
            power(bench.phone, False)
            await bench.wait(600)
            assert task.state is TaskState.HELD
            power(bench.phone, True)
            await bench.wait(10)
            assert server.requests[1].headers["range"] == "bytes=100-"
            assert bench.told == ["file 500", "206"]

    asyncio.run(scenario())


def test_an_ordinary_task_of_an_app_in_front_needs_none_of_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"some")]) as server:
            bench = Bench(tmp_path)
            power(bench.phone, False)
            wifi(bench.phone, False)
            bench.phone.settings.set_low_power(True)
            bench.download(bench.launch(), server.url())
            await bench.wait(5)
            assert bench.told == ["file 4", "200"]

    asyncio.run(scenario())


def test_a_task_made_in_the_background_is_discretionary_until_the_user_opens_the_app(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([body(b"some")]) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            power(bench.phone, False)
            bench.phone.press_home()
            (task,) = bench.download(session, server.url())
            await bench.wait(3600)
            assert (task.state, server.requests) == (TaskState.HELD, [])
            bench.phone.user_launch(bench.process.bundle_id)
            await bench.wait(5)
            assert bench.told == ["file 4", "200"]

    asyncio.run(scenario())


def test_eighteen_hours_after_the_app_left_the_front_all_its_tasks_are_discretionary(tmp_path: Path) -> None:
    async def scenario() -> None:
        bench = Bench(tmp_path)
        power(bench.phone, False)
        async with Server([halfway()]) as server:
            (task,) = bench.download(bench.launch(), server.url())
            await bench.wait(3600)
            await bench.kill()
            await bench.wait(TRANSITION_S - 60)
            assert task.state is TaskState.RUNNING
            await bench.wait(60)
            assert task.state is TaskState.HELD
            bench.phone.user_launch("dev.harness.small")
            await bench.wait(1)
            assert task.state is TaskState.RUNNING
            bench.phone.switch_off()

    asyncio.run(scenario())


def test_a_discretionary_attempt_that_moves_nothing_is_given_up_and_made_again(tmp_path: Path) -> None:
    async def scenario() -> None:
        rest = body(b"z" * 500)
        async with Server([halfway(), rest]) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(DISCRETIONARY), server.url())
            await bench.wait(THROUGHPUT_WINDOW_S - 1)
            assert (len(server.requests), bench.said(THROUGHPUT_LINE)) == (1, [])
            await bench.wait(2 + RETRY_AFTER_S[0])
            assert [one.level for one in bench.log if THROUGHPUT_LINE in one.message] == ["error"]
            assert bench.told == ["file 500", "200"]

    asyncio.run(scenario())


def test_a_slow_attempt_of_an_app_that_the_user_opens_is_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([halfway()]) as server:
            bench = Bench(tmp_path)
            session = bench.launch()
            bench.phone.press_home()
            bench.download(session, server.url())
            await bench.wait(THROUGHPUT_WINDOW_S / 2)
            bench.phone.user_launch(bench.process.bundle_id)
            await bench.wait(3600)
            assert (len(server.requests), bench.said(THROUGHPUT_LINE)) == (1, [])
            bench.phone.switch_off()

    asyncio.run(scenario())


def test_an_ordinary_attempt_that_moves_nothing_is_left_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Server([halfway()]) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(), server.url())
            await bench.wait(3600)
            assert (len(server.requests), bench.said(THROUGHPUT_LINE)) == (1, [])
            bench.phone.switch_off()

    asyncio.run(scenario())


def test_an_attempt_that_moves_enough_in_its_first_window_is_looked_at_over_a_longer_one(
    tmp_path: Path,
) -> None:
    enough = int(LOW_THROUGHPUT_BYTES_PER_S * THROUGHPUT_WINDOW_S)

    async def scenario() -> None:
        async def answer(connection: Connection) -> None:
            connection.head(200, Content_Length=2 * enough, X_Origin_Gate=f"hold={enough}")
            connection.send(b"z" * enough)
            await asyncio.Event().wait()

        async with Server([answer]) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(DISCRETIONARY), server.url())
            await bench.wait(2.9 * THROUGHPUT_WINDOW_S)
            assert bench.said(THROUGHPUT_LINE) == []
            await bench.wait(0.2 * THROUGHPUT_WINDOW_S)
            assert len(bench.said(THROUGHPUT_LINE)) == 1
            bench.phone.switch_off()

    asyncio.run(scenario())


def test_switching_refresh_off_cancels_discretionary_tasks_with_reason_1_and_no_others(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        async with Server([halfway()]) as server:
            bench = Bench(tmp_path)
            bench.download(bench.launch(), server.url())
            bench.settings["chosen"] = SessionSettings("chosen", is_discretionary=True)
            bench.download(bench.open("chosen"), server.url())
            bench.phone.settings.set_background_refresh(BackgroundRefresh.OFF)
            await bench.wait(5)
            assert bench.told == ["-999 1"]
            assert bench.said("Background updates were turned off")
            bench.phone.switch_off()

    asyncio.run(scenario())
