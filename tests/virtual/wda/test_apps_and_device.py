from __future__ import annotations

import pytest

from harness.model.states import AppState
from harness.virtual.faults.screen_verbs import ALERTS
from harness.virtual.kernel.front.front import Shown
from tests.virtual.rig import APP
from tests.virtual.wda.world import SETTINGS, SPRINGBOARD, Client, World, with_client


async def state(client: Client, bundle_id: str) -> int:
    return (await client.post("/wda/apps/state", bundleId=bundle_id)).value


def test_an_app_is_launched_left_activated_and_ended() -> None:
    async def check(world: World, client: Client) -> None:
        assert await state(client, APP.bundle_id) == 1
        launch = {"bundleId": APP.bundle_id, "arguments": ["-a"], "environment": {"B": "c"}}
        await client.post("/wda/apps/launch", **launch)
        process = world.phone.processes.of_bundle(APP.bundle_id)
        assert process is not None
        assert (process.arguments, process.environment["B"]) == (("-a",), "c")
        assert await state(client, APP.bundle_id) == 4
        assert (await client.bare("POST", "/wda/homescreen", {})).status == 200
        assert await state(client, APP.bundle_id) == 3
        await client.post("/wda/apps/activate", bundleId=APP.bundle_id)
        assert world.phone.processes.of_bundle(APP.bundle_id) is process, "it was not launched anew"
        assert (await client.post("/wda/apps/terminate", bundleId=APP.bundle_id)).value is True
        assert (await client.post("/wda/apps/terminate", bundleId=APP.bundle_id)).value is False
        assert not world.phone.is_force_quit(APP.bundle_id)

    with_client(check)


def test_a_suspended_app_counts_as_in_the_background_and_springboard_always_as_in_front() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=APP.bundle_id)
        world.phone.press_home()
        clock, process = world.phone.clock, world.phone.processes.of_bundle(APP.bundle_id)
        assert process is not None
        due_s = clock.now_s + 60
        while clock.now_s < due_s:
            await clock.let_pass(due_s)
        assert process.state is AppState.SUSPENDED
        assert await state(client, APP.bundle_id) == 3
        assert await state(client, SPRINGBOARD) == 4
        assert world.phone.processes.get(world.pid) is not None, "the runner is never suspended"

    with_client(check)


def test_an_app_that_cannot_be_launched_is_said_to_be_so() -> None:
    async def check(world: World, client: Client) -> None:
        assert (await client.post("/wda/apps/launch", bundleId="none")).error == "invalid argument"
        world.phone.lock()
        assert (await client.post("/wda/apps/activate", bundleId=APP.bundle_id)).error == "unknown error"
        unattached = await client.bare("POST", "/wda/apps/launchUnattached", {"bundleId": "none"})
        assert unattached.error == "unknown error"

    with_client(check)


def test_an_app_is_launched_without_a_test_runner_and_no_session_is_needed() -> None:
    async def check(world: World, client: Client) -> None:
        asked = {"bundleId": APP.bundle_id}
        assert (await client.bare("POST", "/wda/apps/launchUnattached", asked)).status == 200
        assert world.phone.processes.of_bundle(APP.bundle_id) is not None
        assert (await client.get("/wda/apps/list")).value[0]["bundleId"] == APP.bundle_id

    with_client(check)


def test_springboard_is_activated_like_an_app() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        await client.post("/wda/apps/activate", bundleId=SPRINGBOARD)
        assert world.phone.front.shown is Shown.HOME
        assert (await client.get("/wda/activeAppInfo")).value["bundleId"] == SPRINGBOARD

    with_client(check)


def test_a_link_is_opened_or_said_to_be_for_nobody() -> None:
    async def check(world: World, client: Client) -> None:
        assert (await client.post("/url", url="App-prefs:WIFI")).status == 200
        assert (await client.get("/wda/activeAppInfo")).value["bundleId"] == SETTINGS
        assert (await client.post("/url", url="nobody:x")).error == "unknown error"
        assert (await client.post("/url")).error == "invalid argument"

    with_client(check)


def test_the_lock_is_told_and_opened_only_where_there_is_no_passcode() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/lock")
        assert (await client.get("/wda/locked")).value is True
        assert world.phone.conditions.asleep
        assert (await client.post("/wda/unlock")).status == 200
        assert (await client.get("/wda/locked")).value is False
        world.phone.conditions.passcode = "1234"
        await client.bare("POST", "/wda/lock", {})
        assert (await client.bare("POST", "/wda/unlock", {})).error == "unknown error"
        assert world.phone.locked

    with_client(check)


def test_home_is_pressed_and_an_unknown_button_is_refused_with_those_there_are() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        assert (await client.post("/wda/pressButton", name="home")).status == 200
        assert world.phone.front.shown is Shown.HOME
        answer = await client.post("/wda/pressButton", name="eject")
        assert (answer.status, "volumeup" in answer.value["message"]) == (500, True)

    with_client(check)


def test_siri_does_what_she_understands() -> None:
    async def check(world: World, client: Client) -> None:
        assert (await client.post("/wda/siri/activate", text="turn off wifi")).status == 200
        assert not world.phone.conditions.wifi_on
        assert world.phone.front.shown is Shown.SIRI

    with_client(check)


@pytest.mark.parametrize(
    ("percent", "power", "told"),
    [(100, True, (1.0, 3)), (40, True, (0.4, 2)), (40, False, (0.4, 1))],
)
def test_the_battery_is_the_kernels(percent: int, power: bool, told: tuple[float, int]) -> None:
    async def check(world: World, client: Client) -> None:
        world.phone.conditions.set_battery(percent, external_power=power)
        answer = (await client.get("/wda/batteryInfo")).value
        assert (answer["level"], answer["state"]) == told

    with_client(check)


def test_the_screen_is_told_in_points() -> None:
    async def check(_: World, client: Client) -> None:
        assert (await client.get("/window/rect")).value == {"x": 0, "y": 0, "width": 375, "height": 812}
        assert (await client.bare("GET", "/window/size")).value == {"width": 375, "height": 812}
        screen = (await client.get("/wda/screen")).value
        assert (screen["scale"], screen["screenSize"]) == (3, {"width": 375, "height": 812})
        assert (await client.get("/wda/device/info")).value["isSimulator"] is False
        assert (await client.get("/orientation")).value == "PORTRAIT"
        assert (await client.post("/orientation", orientation="LANDSCAPE")).error == "unknown error"

    with_client(check)


def test_an_alert_is_read_and_lies_over_everything_until_it_is_answered() -> None:
    async def check(world: World, client: Client) -> None:
        await client.post("/wda/apps/launch", bundleId=SETTINGS)
        wifi = await client.find("id", "Wi-Fi")
        world.phone.front.alerts.show(ALERTS["software-update"])
        assert (await client.get("/alert/text")).value.startswith("Software Update\n")
        assert (await client.get("/wda/alert/buttons")).value == ["Install Now", "Later"]
        assert (await client.post("/element", using="id", value="Wi-Fi")).error == "no such element"
        assert (await client.get("/wda/activeAppInfo")).value["bundleId"] == SPRINGBOARD
        assert await client.find("class name", "XCUIElementTypeAlert")
        await client.post(f"/element/{wifi}/click")
        assert len(world.phone.front.settings.pages) == 1, "the alert took the tap"
        assert (await client.post("/alert/accept", name="Never")).error == "invalid element state"
        assert (await client.post("/alert/accept", name="Later")).status == 200
        assert (await client.get("/alert/text")).error == "no such alert"
        assert await client.find("id", "Wi-Fi") == wifi

    with_client(check)


def test_an_alert_is_accepted_by_its_last_button_and_dismissed_by_its_first() -> None:
    async def check(world: World, client: Client) -> None:
        alerts, pressed = world.phone.front.alerts, list[str]()
        for act in ("accept", "dismiss"):
            alerts.show(ALERTS["permission"], pressed.append)
            assert (await client.bare("POST", f"/alert/{act}", {})).status == 200
        assert pressed == ["Allow", "Don’t Allow"]
        answer = await client.post("/alert/accept")
        assert (answer.status, answer.error) == (404, "no such alert")

    with_client(check)
