from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.wda.capabilities import merged
from harness.virtual.wda.replies import Refusal, Trouble
from tests.virtual.rig import APP, until
from tests.virtual.wda.world import (
    SETTINGS,
    SPRINGBOARD,
    Client,
    World,
    launch_runner,
    with_client,
    with_phone,
)

PLAIN: Mapping[str, object] = {"capabilities": {"alwaysMatch": {}}}
"""Asks for any session."""


@pytest.mark.parametrize(
    ("asked", "comes_to"),
    [
        ({"alwaysMatch": {"bundleId": "a"}}, {"bundleId": "a"}),
        ({"firstMatch": [{"bundleId": "a"}]}, {"bundleId": "a"}),
        ({"alwaysMatch": {"x": 1}, "firstMatch": [{"y": 2}, {"z": 3}]}, {"x": 1, "y": 2}),
        ({"alwaysMatch": {"x": 1}, "firstMatch": [{"x": 2}, {"z": 3}]}, {"x": 1, "z": 3}),
        (
            {"alwaysMatch": {"appium:bundleId": "a", "platformName": "iOS"}},
            {"bundleId": "a", "platformName": "iOS"},
        ),
        ({}, {}),
    ],
)
def test_capabilities_are_merged(asked: object, comes_to: object) -> None:
    assert merged(asked) == comes_to


@pytest.mark.parametrize(
    "asked",
    [
        None,
        [],
        {"firstMatch": []},
        {"firstMatch": "a"},
        {"alwaysMatch": 1},
        {"firstMatch": [1]},
        {"alwaysMatch": {"x": 1}, "firstMatch": [{"x": 2}]},
        {"alwaysMatch": {"appium:platformName": "iOS"}},
    ],
)
def test_capabilities_that_contradict_themselves_make_no_session(asked: object) -> None:
    with pytest.raises(Refusal) as caught:
        merged(asked)
    assert caught.value.trouble is Trouble.SESSION_NOT_CREATED


def test_a_second_session_is_the_end_of_the_first() -> None:
    async def check(world: World, client: Client) -> None:
        async with world.connected() as other:
            await other.open()
            answer = await client.get("/window/rect")
            assert (answer.status, answer.error) == (404, "invalid session id")
            assert (await other.get("/window/rect")).status == 200

    with_client(check)


def test_a_session_that_cannot_be_had_still_ends_the_one_before() -> None:
    async def check(_: World, client: Client) -> None:
        answer = await client.bare("POST", "/session", {"desiredCapabilities": {}})
        assert (answer.status, answer.error) == (500, "session not created")
        assert (await client.get("/window/rect")).error == "invalid session id"

    with_client(check)


def test_a_session_that_was_ended_is_over_and_the_status_names_none() -> None:
    async def check(_: World, client: Client) -> None:
        assert (await client.bare("DELETE", client.session)).status == 200
        assert (await client.get("/wda/locked")).error == "invalid session id"
        status = await client.bare("GET", "/status")
        assert (status.value["ready"], status.session_id) == (True, None)

    with_client(check)


def test_the_status_names_version_and_product() -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            status = (await client.bare("GET", "/status")).value
            assert status["os"]["version"] == "16.7"
            assert status["build"]["productBundleIdentifier"] == "com.facebook.WebDriverAgentRunner"

    with_phone(check)


def test_a_runner_that_starts_anew_knows_nothing_of_sessions_before() -> None:
    async def check(world: World, client: Client) -> None:
        old = client.session
        pid = launch_runner(world.phone)
        assert pid != world.pid
        with pytest.raises(ConnectionError):
            await client.bare("GET", "/status")
        async with world.connected() as after:
            after.session = old
            assert (await after.get("/window/rect")).error == "invalid session id"

    with_client(check)


def test_an_app_in_the_capabilities_is_launched_and_looked_at() -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            await client.open(bundleId=SETTINGS)
            assert (await client.get("/wda/activeAppInfo")).value["bundleId"] == SETTINGS
            await client.open(bundleId=APP.bundle_id, shouldTerminateApp=False)
            assert world.phone.processes.of_bundle(SETTINGS) is None, "the session before ended its app"

    with_phone(check)


def test_a_session_that_is_bound_to_an_app_sees_nothing_once_that_has_died() -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            await client.open(bundleId=APP.bundle_id)
            process = world.phone.processes.of_bundle(APP.bundle_id)
            assert process is not None
            world.phone.signal(process.pid, 9)
            answer = await client.post("/element", using="class name", value="XCUIElementTypeIcon")
            assert (answer.status, answer.error) == (400, "invalid element state")
            assert "is not running, possibly crashed" in answer.value["message"]
            assert (await client.get("/wda/locked")).status == 200
            await client.post("/appium/settings", settings={"defaultActiveApplication": SPRINGBOARD})
            assert await client.find("class name", "XCUIElementTypeIcon")

    with_phone(check)


def test_a_session_whose_app_was_ended_through_it_looks_at_what_is_in_front() -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            await client.open(bundleId=APP.bundle_id)
            assert (await client.post("/wda/apps/terminate", bundleId=APP.bundle_id)).value is True
            assert await client.find("class name", "XCUIElementTypeIcon")

    with_phone(check)


def test_an_app_that_is_not_there_makes_no_session() -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            asked = {"capabilities": {"alwaysMatch": {"bundleId": "com.example.none"}}}
            assert (await client.bare("POST", "/session", asked)).error == "session not created"

    with_phone(check)


def test_settings_are_merged_and_told() -> None:
    async def check(_: World, client: Client) -> None:
        assert (await client.get("/appium/settings")).value["defaultActiveApplication"] == "auto"
        told = await client.post("/appium/settings", settings={"snapshotMaxDepth": 10})
        assert told.value["snapshotMaxDepth"] == 10
        assert (await client.post("/appium/settings", settings=3)).error == "invalid argument"

    with_client(check)


def _ask(phone: VirtualPhone) -> None:
    phone.front.automation.asks = True


def _lock_by_passcode(phone: VirtualPhone) -> None:
    phone.conditions.passcode = "1234"
    phone.lock()


def test_a_runner_that_has_to_be_allowed_answers_and_makes_no_session_until_it_is() -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            assert (await client.bare("GET", "/status")).status == 200
            answer = await client.bare("POST", "/session", PLAIN)
            assert (answer.error, answer.value["message"]) == (
                "session not created",
                "Timed out while enabling automation mode.",
            )
            world.phone.front.alerts.press("Enable UI Automation")
            assert (await client.bare("POST", "/session", PLAIN)).status == 200

    with_phone(check, prepare=_ask)


def test_a_runner_that_started_behind_a_passcode_makes_no_session_until_the_phone_is_unlocked() -> None:
    async def check(world: World) -> None:
        async with world.connected() as client:
            assert (await client.bare("POST", "/session", PLAIN)).error == "session not created"
            world.phone.unlock()
            assert (await client.bare("POST", "/session", PLAIN)).status == 200
            world.phone.lock()
            assert (await client.bare("POST", "/session", PLAIN)).status == 200

    with_phone(check, prepare=_lock_by_passcode)


def test_commands_are_done_one_after_the_other_and_the_status_is_told_meanwhile() -> None:
    async def check(world: World, client: Client) -> None:
        clock = world.phone.clock
        async with world.connected() as second, world.connected() as third:
            second.session = client.session
            away = asyncio.create_task(client.post("/wda/deactivateApp", duration=5))
            await until(lambda: world.phone.springboard.front is None)
            waiting = asyncio.create_task(second.get("/window/rect"))
            assert (await third.bare("GET", "/status")).status == 200
            assert not waiting.done()
            assert not away.done()
            due_s = clock.now_s + 6
            while clock.now_s < due_s:
                await clock.let_pass(due_s)
            assert (await away).status == (await waiting).status == 200
            assert world.phone.springboard.front is not None

    async def in_front(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        await check(world, client)

    with_client(in_front)
