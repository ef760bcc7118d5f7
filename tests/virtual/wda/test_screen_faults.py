"""What the runner and the screen do while something about them is broken."""

from __future__ import annotations

import asyncio

import pytest

from harness.virtual.kernel.screen_faults import ScreenFaults
from tests.virtual.rig import until
from tests.virtual.wda.world import PORT, SETTINGS, Client, World, launch_runner, with_client

AIRPLANE = "**/XCUIElementTypeSwitch[`name == 'Airplane Mode'`]"


def faults(world: World) -> ScreenFaults:
    return world.phone.service_faults.screen


@pytest.mark.parametrize("after", [0, 2])
def test_a_runner_crashes_once_amid_the_request_that_was_named(after: int) -> None:
    async def check(world: World, client: Client) -> None:
        faults(world).crash(after)
        for _ in range(after):
            assert (await client.get("/wda/locked")).status == 200
        with pytest.raises(ConnectionError):
            await client.get("/wda/locked")
        assert world.phone.processes.get(world.pid) is None
        assert world.phone.listeners.at(PORT) is None
        (report,) = world.phone.crash_reports.directory.iterdir()
        assert report.name.startswith("WebDriverAgentRunner")
        launch_runner(world.phone)
        async with world.connected() as again:
            await again.open()

    with_client(check)


def test_a_runner_fails_so_many_requests_and_goes_on() -> None:
    async def check(world: World, client: Client) -> None:
        faults(world).fail(2)
        answers = [await client.get("/wda/locked") for _ in range(3)]
        assert [(each.status, each.error) for each in answers] == [(500, "unknown error")] * 2 + [(200, "")]

    with_client(check)


def test_elements_are_gone_so_many_times() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        element = await client.find("id", "Wi-Fi")
        faults(world).make_stale(1)
        assert (await client.post(f"/element/{element}/click")).error == "stale element reference"
        assert (await client.post(f"/element/{element}/click")).status == 200
        assert len(world.phone.front.settings.pages) == 2

    with_client(check)


def test_answers_come_late_by_phone_time() -> None:
    async def check(world: World, client: Client) -> None:
        clock = world.phone.clock
        faults(world).slow_s = 30
        asking = asyncio.create_task(client.get("/wda/locked"))
        await clock.let_pass(clock.now_s + 29)
        assert not asking.done()
        due_s = clock.now_s + 2
        while clock.now_s < due_s:
            await clock.let_pass(due_s)
        assert (await asking).status == 200

    with_client(check)


def test_switching_wifi_breaks_every_connection_and_the_session() -> None:
    async def check(world: World, client: Client) -> None:
        async with world.connected() as other:
            faults(world).loses_session_on_wifi = True
            await client.post("/wda/apps/launch", bundleId=SETTINGS)
            with pytest.raises(ConnectionError):
                await client.post("/wda/siri/activate", text="turn off wifi")
            assert not world.phone.conditions.wifi_on
            with pytest.raises(ConnectionError):
                await other.next_answer()
        async with world.connected() as after:
            after.session = client.session
            assert (await after.get("/wda/locked")).error == "invalid session id"
            await after.open()
            faults(world).mend()
            world.phone.conditions.switch_wifi(True)
            assert (await after.get("/wda/locked")).status == 200

    with_client(check)


def test_switches_take_no_tap_and_rows_still_do() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        element = await client.find("class chain", AIRPLANE)
        rect = (await client.get(f"/element/{element}/rect")).value
        knob = {"x": rect["x"] + rect["width"] - 39, "y": rect["y"] + rect["height"] / 2}
        for ignored, then_on in ((True, False), (False, True), (True, True)):
            faults(world).switches_ignore_taps = ignored
            assert (await client.post("/wda/tap", **knob)).status == 200
            assert world.phone.conditions.airplane == then_on
        await client.post(f"/element/{await client.find('id', 'Wi-Fi')}/click")
        assert len(world.phone.front.settings.pages) == 2

    with_client(check)


def test_a_client_that_leaves_amid_a_slow_answer_leaves_nothing_behind() -> None:
    async def check(world: World, client: Client) -> None:
        clock = world.phone.clock
        faults(world).slow_s = 30
        async with world.connected() as gone:
            gone.write(b"GET /status HTTP/1.1\r\nHost: a\r\n\r\n")
            before = asyncio.all_tasks()
            gone.close()
            due_s = clock.now_s + 31
            while clock.now_s < due_s:
                await clock.let_pass(due_s)
        faults(world).mend()
        await until(lambda: len(asyncio.all_tasks()) <= len(before))
        assert (await client.get("/wda/locked")).status == 200

    with_client(check)
