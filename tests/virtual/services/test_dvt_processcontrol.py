"""What process control does beyond launching and killing; the client is pymobiledevice3."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pymobiledevice3.dtx import DTXNsError
from pymobiledevice3.services.dvt.instruments.process_control import OutputReceivedEvent, ProcessControl

from harness.model.states import AppState
from tests.virtual.rig import APP, until
from tests.virtual.services.instruments import dvt, soon

BID = APP.bundle_id
EVENT = "sendProcessControlEvent:toPid:"
TERMINATED = "processWithPID:terminatedWithExitCode:orCrashingSignal:"


def heard(control: ProcessControl) -> asyncio.Queue[tuple[Any, ...]]:
    """What the phone calls on the channel from now on."""
    told: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

    async def note(selector: str, arguments: Any) -> None:
        told.put_nowait((selector, *arguments))

    # The client has handlers of its own for this, which only write a line of its log.
    control.service._channel.on_invoke = note  # pyright: ignore[reportPrivateUsage]
    return told


def test_an_app_that_is_not_installed_is_refused_in_a_phones_words() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            with pytest.raises(
                DTXNsError, match=r"code 2, .*Request to launch no\.such\.app failed"
            ) as caught:
                await control.launch("no.such.app")
            error: Any = caught.value.error
            request = error.user_info["NSUnderlyingError"]
            assert request.domain == "FBSOpenApplicationServiceErrorDomain"
            reason = request.user_info["NSUnderlyingError"].user_info["NSLocalizedFailureReason"]
            assert (
                reason == 'Application info provider (FBSApplicationLibrary) returned nil for "no.such.app"'
            )

    asyncio.run(main())


def test_what_an_app_logs_is_sent_to_who_launched_it_for_its_output() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID, environment={"NSUnbufferedIO": "YES"})
            it.phone.log.emit("Plain", pid, "hello")
            it.phone.log.emit("SpringBoard", 1, "not this")
            event = OutputReceivedEvent.create(await soon(control.service.output_events))
            assert event.pid == pid
            assert event.message.endswith("hello\n")
            await control.kill(pid)
            assert len(it.phone.log._subscribers) == 0  # pyright: ignore[reportPrivateUsage]

    asyncio.run(main())


def test_output_is_not_sent_unasked() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID)
            it.phone.log.emit("Plain", pid, "hello")
            assert await control.process_identifier_for_bundle_identifier(BID) == pid
            assert control.service.output_events.empty()

    asyncio.run(main())


def test_a_client_without_the_capability_is_not_told_of_the_end() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            told = heard(control)
            capability = "com.apple.instruments.client.processcontrol.capability.terminationCallback"
            client = provider.dtx._control_svc  # pyright: ignore[reportPrivateUsage]
            await client.notify_capabilities({capability: 0})
            pid = await control.launch(BID)
            await control.service.startObservingPid_(pid)
            await control.kill(pid)
            assert await control.process_identifier_for_bundle_identifier(BID) == 0
            assert told.empty()

    asyncio.run(main())


def test_the_end_of_a_process_that_is_no_longer_observed_is_not_told() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            told = heard(control)
            pid = await control.launch(BID)
            await control.service.startObservingPid_(pid)
            await control.service.stopObservingPid_(pid)
            await control.kill(pid)
            assert await control.process_identifier_for_bundle_identifier(BID) == 0
            assert told.empty()

    asyncio.run(main())


def test_a_legacy_background_fetch_launches_without_coming_to_the_front() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID, extra_options={"PCEventType": "BackgroundFetchEvent"})
            process = it.phone.processes.get(pid)
            assert process is not None
            assert process.state is AppState.BACKGROUND_RUNNING

    asyncio.run(main())


def test_home_is_pressed_by_an_event_and_other_events_are_refused() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID)
            await control.service.invoke(EVENT, {"PCEventType": "PressHomeButton"}, pid)
            assert it.phone.springboard.front is None
            with pytest.raises(DTXNsError, match="MemoryEvent"):
                await control.service.invoke(EVENT, {"PCEventType": "MemoryEvent"}, pid)

    asyncio.run(main())


def test_a_stopped_process_is_resumed() -> None:
    async def main() -> None:
        async with dvt() as (it, provider), ProcessControl(provider) as control:
            pid = await control.launch(BID)
            process = it.phone.processes.get(pid)
            assert process is not None
            await control.suspend(pid)
            assert process.stopped
            await control.resume(pid)
            assert not process.stopped
            with pytest.raises(DTXNsError, match="no process 99999"):
                await control.suspend(99999)

    asyncio.run(main())


def test_memory_limits_are_waived_only_of_what_runs() -> None:
    async def main() -> None:
        async with dvt() as (_, provider), ProcessControl(provider) as control:
            await control.disable_memory_limit_for_pid(1)
            assert not await control.service.request_disable_memory_limits_for_pid_(99999)  # pyright: ignore[reportArgumentType]

    asyncio.run(main())


def test_a_client_that_goes_stops_listening_to_output() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            async with ProcessControl(provider) as control:
                await control.launch(BID, environment={"NSUnbufferedIO": "YES"})
            await provider.close()
            await until(lambda: len(it.phone.log._subscribers) == 0)  # pyright: ignore[reportPrivateUsage]

    asyncio.run(main())


def test_who_is_observed_is_held_by_the_developer_tools_until_the_client_goes() -> None:
    async def main() -> None:
        async with dvt() as (it, provider):
            async with ProcessControl(provider) as control:
                pid = await control.launch(BID)
                await control.service.startObservingPid_(pid)
                [assertion] = it.phone.runningboard.assertions_of(pid)
                assert assertion.explanation == "Target is being analyzed by developer tools"
            await provider.close()
            await until(lambda: it.phone.runningboard.assertions_of(pid) == ())

    asyncio.run(main())
