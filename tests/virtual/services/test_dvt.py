from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymobiledevice3.dtx import DTXNsError
from pymobiledevice3.dtx.ns_types import NSDate
from pymobiledevice3.exceptions import DvtDirListError, UnrecognizedSelectorError
from pymobiledevice3.services.dvt.instruments.application_listing import ApplicationListing
from pymobiledevice3.services.dvt.instruments.device_info import DeviceInfo
from pymobiledevice3.services.dvt.instruments.notifications import Notifications
from pymobiledevice3.services.dvt.instruments.process_control import ProcessControl
from pymobiledevice3.services.dvt.instruments.screenshot import Screenshot

from harness.model.states import AppState
from harness.virtual.kernel.conditions import Thermal
from harness.virtual.services.dvt.conditioninducer import ConditionInducer
from harness.virtual.services.dvt.mobilenotifications import MobileNotifications
from harness.wire.dtx import DtxKind, DtxMessage, dispatch
from tests.virtual.rig import APP, STORE_APP, until
from tests.virtual.services.instruments import dvt, raw, soon

BID = APP.bundle_id
SETTINGS = "com.apple.Preferences"
STATES = "applicationStateNotification:"
ENABLE_STATES = "setApplicationStateNotificationsEnabled:"


@pytest.mark.parametrize("ios", ["15.8.3", "16.7"])
def test_an_app_is_launched_found_and_killed(ios: str) -> None:
    async def main() -> None:
        async with dvt(ios) as (it, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID)
            assert await control.process_identifier_for_bundle_identifier(BID) == pid
            process = it.phone.processes.get(pid)
            assert process is not None
            assert process.state.is_foreground
            await control.kill(pid)
            assert await control.process_identifier_for_bundle_identifier(BID) == 0

    asyncio.run(main())


def test_launch_options_reach_the_app() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID, arguments=["--do", "it"], environment={"A": "1"})
            process = it.phone.processes.get(pid)
            assert process is not None
            assert process.arguments == ("--do", "it")
            assert process.environment["A"] == "1"
            assert await control.launch(BID, kill_existing=False) == pid
            assert await control.launch(BID, kill_existing=True) != pid
            await control.kill(await control.process_identifier_for_bundle_identifier(BID))
            background = await control.launch(BID, extra_options={"ActivateSuspended": True})
            process = it.phone.processes.get(background)
            assert process is not None
            assert process.state is AppState.BACKGROUND_RUNNING

    asyncio.run(main())


def test_a_missing_start_suspended_key_means_suspended() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            launch = "launchSuspendedProcessWithDevicePath:bundleIdentifier:environment:arguments:options:"
            pid = await control.service.invoke(launch, "", BID, {}, [], {})
            process = it.phone.processes.get(pid)
            assert process is not None
            assert process.stopped
            with pytest.raises(DTXNsError, match="get-task-allow"):
                await control.service.invoke(launch, "", STORE_APP.bundle_id, {}, [], {})

    asyncio.run(main())


def test_what_the_phone_refuses_comes_back_as_an_error_and_the_connection_lives_on() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            with pytest.raises(DTXNsError, match=r"Request to launch com\.example\.nothing failed"):
                await control.launch("com.example.nothing")
            with pytest.raises(DTXNsError, match="Unsupported signal 2"):
                await control.signal(1, 2)
            with pytest.raises(DTXNsError, match="99999"):
                await control.signal(99999, 19)
            await control.kill(99999)  # ESRCH is ignored for 9 and 15
            assert await control.launch(SETTINGS) > 0

    asyncio.run(main())


def test_a_locked_phone_says_so_with_code_2() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            it.phone.lock()
            with pytest.raises(DTXNsError, match="Device is currently locked") as caught:
                await control.launch(BID)
            assert "com.apple.dt.deviceprocesscontrolservice" in repr(caught.value.args)

    asyncio.run(main())


def test_an_unknown_selector_is_answered_in_the_words_that_clients_look_for() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), DeviceInfo(provider) as info:
            with pytest.raises(UnrecognizedSelectorError, match=" - it does not respond to the selector"):
                await info.service.invoke("danceOnTable:", 1)
            assert await info.is_running_pid(1)

    asyncio.run(main())


def test_a_handler_that_raises_is_an_error_reply_and_no_lost_connection() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            with pytest.raises(DTXNsError, match="sendSignal"):
                await control.service.invoke("sendSignal:toPid:", 9, ["no pid"])
            assert await control.launch(BID) > 0

    asyncio.run(main())


def test_a_fire_and_forget_kill_is_acted_upon() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID)
            await control.service.kill_pid_(pid)
            assert await control.process_identifier_for_bundle_identifier(BID) == 0

    asyncio.run(main())


def test_the_end_of_an_observed_process_is_pushed() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            told: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

            async def note(selector: str, arguments: Any) -> None:
                told.put_nowait((selector, *arguments))

            # The client has a handler of its own for this, which only writes a line of its log.
            control.service._channel.on_invoke = note  # pyright: ignore[reportPrivateUsage]
            pid = await control.launch(BID)
            await control.service.startObservingPid_(pid)
            await control.kill(pid)
            selector = "processWithPID:terminatedWithExitCode:orCrashingSignal:"
            assert await soon(told) == (selector, pid, 0, None)

    asyncio.run(main())


def test_the_process_list_has_daemons_and_apps_with_their_start() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), DeviceInfo(provider) as info:
            pid = it.phone.launch(BID)
            rows = {row["name"]: row for row in await info.proclist()}
            assert {"launchd", "SpringBoard", "lockdownd", "runningboardd"} <= rows.keys()
            row = rows["Plain"]
            assert row["pid"] == pid
            assert row["isApplication"] is True
            assert row["bundleIdentifier"] == BID
            assert row["startDate"].timestamp() == pytest.approx(it.phone.clock.now_s, abs=1e-3)
            assert await info.execname_for_pid(pid) == row["realAppName"]
            assert not await info.is_running_pid(99999)

    asyncio.run(main())


def test_the_process_list_is_never_an_old_one() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), DeviceInfo(provider) as info:

            async def told() -> dict[int, bool | None]:
                return {row["pid"]: row.get("foregroundRunning") for row in await info.proclist()}

            before = await told()
            assert await told() == before
            pid = it.phone.launch(BID)
            assert await told() == before | {pid: True}
            it.phone.press_home()
            assert await told() == before | {pid: False}
            it.phone.signal(pid, 9)
            assert await told() == before

    asyncio.run(main())


def test_the_phone_describes_itself() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), DeviceInfo(provider) as info:
            assert (await info.system_information())["_productVersion"] == "16.7"
            assert "pdp_ip0" in await info.network_information()
            assert (await info.hardware_information())["numberOfCpus"] == 6
            ticks, numerator, denominator, *_ = await info.mach_time_info()
            assert ticks * numerator / denominator / 1e9 == pytest.approx(it.phone.clock.mono_s)
            assert "private" in await info.ls("/")
            with pytest.raises(DvtDirListError):
                await info.ls("/nowhere")

    asyncio.run(main())


def test_a_picture_of_the_screen_is_taken() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), Screenshot(provider) as screenshot:
            assert await screenshot.get_screenshot() == it.phone.screen.png()

    asyncio.run(main())


def test_states_begin_with_a_burst_and_go_on_with_changes() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            pid = it.phone.launch(BID)
            async with Notifications(provider) as notifications:
                selector, (first,) = await soon(notifications.service.events)
                assert selector == STATES
                assert (first["pid"], first["state"], first["displayID"]) == (pid, 8, BID)
                assert first["state_description"] == "Foreground Running"
                assert isinstance(first["timestamp"], NSDate)
                it.phone.press_home()
                await it.phone.clock.let_pass(it.phone.clock.now_s + 5)
                seen = [first] + [(await soon(notifications.service.events))[1][0] for _ in range(2)]
                assert [notice["state"] for notice in seen] == [8, 4, 2]
                assert seen[2]["state_description"] == "Background Task Suspended"
                ticks = [notice["mach_absolute_time"] for notice in seen]
                assert ticks == sorted(set(ticks))

    asyncio.run(main())


def test_enabling_states_answers_when_a_reply_is_asked_for_after_the_burst() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), Notifications(provider) as notifications:
            await soon_empty(notifications)
            it.phone.launch(BID)
            it.phone.press_home()
            await notifications.service.invoke(ENABLE_STATES, True)
            states = [args[0]["state"] for _, args in drained(notifications.service.events)]
            assert states == [8, 4]

    asyncio.run(main())


async def soon_empty(notifications: Notifications) -> None:
    """A round trip: all that was pushed before it has been queued when it returns."""
    await notifications.service.invoke("setMemoryNotificationsEnabled:", True)
    drained(notifications.service.events)


def drained(queue: Any) -> list[Any]:
    items: list[Any] = []
    while not queue.empty():
        items.append(queue.get_nowait())
    return items


def test_a_closed_connection_takes_its_subscriptions_along() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            async with Notifications(provider) as notifications:
                await soon_empty(notifications)
                assert len(it.phone.states._subscribers) == 1  # pyright: ignore[reportPrivateUsage]
            await provider.close()
            await until(lambda: len(it.phone.states._subscribers) == 0)  # pyright: ignore[reportPrivateUsage]

    asyncio.run(main())


def test_installed_applications_are_listed() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ApplicationListing(provider) as listing:
            rows = {row["CFBundleIdentifier"]: row for row in await listing.applist()}
            assert rows[BID]["Type"] == "User"
            assert rows[SETTINGS]["Type"] == "System"
            assert it.phone.executable_path(APP).startswith(rows[BID]["BundlePath"])

    asyncio.run(main())


REQUEST = "_requestChannelWithCode:identifier:"


@pytest.mark.parametrize("code", [0, -1, 2**31, 2**40])
def test_a_channel_code_that_no_push_could_carry_is_refused(code: int) -> None:
    async def main() -> None:
        async with raw() as (_, client):
            answer = await client.ask(dispatch(1, 0, REQUEST, code, MobileNotifications.identifier))
            assert answer.kind is DtxKind.ERROR
            assert f"channel {code} " in str(answer.payload)

    asyncio.run(main())


def test_a_channel_that_is_open_is_not_opened_again() -> None:
    async def main() -> None:
        async with raw() as (_, client):
            open_it = [dispatch(number, 0, REQUEST, 1, MobileNotifications.identifier) for number in (1, 2)]
            assert (await client.ask(open_it[0])).kind is DtxKind.OK
            assert (await client.ask(open_it[1])).kind is DtxKind.ERROR

    asyncio.run(main())


def test_a_barrier_is_answered_after_what_came_before_it() -> None:
    async def main() -> None:
        async with raw() as (it, client):
            kill = dispatch(2, 1, "killPid:", it.phone.launch(BID), expects_reply=False)
            await client.send(
                dispatch(1, 0, REQUEST, 1, "com.apple.instruments.server.services.processcontrol"), kill
            )
            barrier = DtxMessage(3, 0, 0, DtxKind.BARRIER, expects_reply=True)
            assert (await client.ask(barrier)).kind is DtxKind.OK
            assert it.phone.processes.of_bundle(BID) is None

    asyncio.run(main())


def test_a_channel_that_is_not_open_or_cancelled_answers_with_an_error() -> None:
    async def main() -> None:
        async with raw() as (it, client):
            assert (await client.ask(dispatch(1, 7, ENABLE_STATES, True))).kind is DtxKind.ERROR
            await client.ask(dispatch(2, 0, REQUEST, 1, MobileNotifications.identifier))
            await client.ask(dispatch(3, 1, ENABLE_STATES, True))
            assert len(it.phone.states._subscribers) == 1  # pyright: ignore[reportPrivateUsage]
            await client.ask(dispatch(4, 0, "_channelCanceled:", 1))
            assert len(it.phone.states._subscribers) == 0  # pyright: ignore[reportPrivateUsage]
            assert (await client.ask(dispatch(5, 1, ENABLE_STATES, True))).kind is DtxKind.ERROR
            assert (await client.ask(dispatch(6, 0, "_channelCanceled:", 1))).kind is DtxKind.OK

    asyncio.run(main())


def test_a_client_that_vanishes_in_the_middle_of_a_call_leaves_nothing_behind() -> None:
    async def main() -> None:
        async with raw() as (it, client):
            await client.ask(dispatch(1, 0, REQUEST, 1, MobileNotifications.identifier))
            await client.ask(dispatch(2, 1, ENABLE_STATES, True))
            await client.ask(dispatch(3, 0, REQUEST, 2, ConditionInducer.identifier))
            enable = "enableConditionWithIdentifier:profileIdentifier:"
            await client.ask(dispatch(4, 2, enable, "ThermalCondition", "ThermalSerious"))
            await client.send(dispatch(5, 1, ENABLE_STATES, True))
            client.vanish()
            await until(lambda: len(it.phone.states._subscribers) == 0)  # pyright: ignore[reportPrivateUsage]
            assert it.phone.induced.active is None
            assert it.phone.conditions.thermal is Thermal.NOMINAL

    asyncio.run(main())
