"""What the driver is told of the ends of processes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable

import pytest

from harness.errors import AppNotRunning, DeviceLost
from harness.model.capabilities import ProcessEvents
from harness.model.raw import ProcessExit
from harness.virtual.apps.runtime import exit_process
from harness.virtual.kernel.processes.policies import Policy
from tests.virtual.drivers.bench import BOTH_WAYS, VERSIONS, Driven, Heard, drive, heard
from tests.virtual.rig import APP, STORE_APP
from tests.virtual.watched import crash


@contextlib.asynccontextmanager
async def ends_heard(on: Driven) -> AsyncGenerator[tuple[ProcessEvents, Heard[ProcessExit]]]:
    """What the phone tells of the ends of processes, and what has come of it; the body has to close it."""
    events = await on.phone.process_events()
    async with heard(events) as told:
        yield events, told


def _code(code: int) -> Callable[[Driven, int], None]:
    def end(on: Driven, pid: int) -> None:
        process = on.it.phone.processes.get(pid)
        assert process is not None
        process.enqueue(lambda: exit_process(code))

    return end


ENDS: dict[str, tuple[Callable[[Driven, int], None], int | None]] = {
    "SIGKILL": (lambda on, pid: on.it.phone.signal(pid, 9), None),
    "SIGTERM": (lambda on, pid: on.it.phone.signal(pid, 15), None),
    "jetsam": (lambda on, pid: on.it.phone.jetsam(pid), None),
    "crash": (lambda on, pid: crash(on.it.phone, pid), None),
    "user quit": (lambda on, pid: on.it.phone.force_quit(APP.bundle_id), None),
    "end of a UI test": (lambda on, pid: on.it.phone.terminate_for_automation(APP.bundle_id), None),
    **{
        f"the system's {policy}": (lambda on, pid, policy=policy: on.it.phone.end_for(pid, policy), None)
        for policy in Policy
    },
    "exit(0)": (_code(0), None),
    "exit(3)": (_code(3), 3),
}
"""How a process ends, and the exit code that the push tells."""


@pytest.mark.parametrize("ios", VERSIONS)
def test_every_kind_of_end_is_pushed_and_only_an_exit_code_that_is_not_0_is_told(ios: str) -> None:
    async def check(on: Driven) -> None:
        async with ends_heard(on) as (events, told):
            expected: list[tuple[int, int | None, int | None]] = []
            for end, exit_code in ENDS.values():
                pid = on.it.phone.launch(APP.bundle_id)
                await events.observe(pid)
                end(on, pid)
                expected.append((pid, exit_code, None))
            await events.round_trip()
            assert [(end.pid, end.exit_code, end.signal) for end in told.items] == expected
            await events.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_several_are_observed_and_others_are_not_told(ios: str) -> None:
    async def check(on: Driven) -> None:
        phone = on.it.phone
        async with ends_heard(on) as (events, told):
            first, second = phone.launch(APP.bundle_id), phone.launch(STORE_APP.bundle_id)
            unobserved = phone.launch("com.apple.Preferences")
            await events.observe(first)
            await events.observe(second)
            for pid in (unobserved, second, first):
                phone.signal(pid, 9)
            await events.round_trip()
            assert [end.pid for end in told.items] == [second, first]
            await events.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_a_process_that_has_ended_cannot_be_observed(ios: str) -> None:
    async def check(on: Driven) -> None:
        async with ends_heard(on) as (events, told):
            pid = on.it.phone.launch(APP.bundle_id)
            on.it.phone.signal(pid, 9)
            with pytest.raises(AppNotRunning, match=f"process {pid} has ended"):
                await events.observe(pid)
            await events.close()
        assert told.items == []

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_launching_and_killing_go_on_beside_it_and_the_driver_hears_of_its_own_kill(ios: str) -> None:
    async def check(on: Driven) -> None:
        async with ends_heard(on) as (events, told):
            pid = await on.phone.launch(APP.bundle_id)
            await events.observe(pid)
            await on.phone.signal(pid, 9)
            await events.round_trip()
            assert [end.pid for end in told.items] == [pid]
            await events.close()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_nothing_is_told_any_more_once_it_is_closed(ios: str) -> None:
    async def check(on: Driven) -> None:
        async with ends_heard(on) as (events, told):
            pid = await on.phone.launch(APP.bundle_id)
            await events.observe(pid)
            await events.close()
            await on.phone.signal(pid, 9)
        assert told.items == []
        with pytest.raises(DeviceLost):
            await events.round_trip()

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_it_is_closed_while_ends_come(ios: str) -> None:
    async def check(on: Driven) -> None:
        async with ends_heard(on) as (events, told):
            for _ in range(20):
                pid = on.it.phone.launch(APP.bundle_id)
                await events.observe(pid)
                asyncio.get_running_loop().call_soon(on.it.phone.signal, pid, 9)
            await events.close()
        assert len({end.pid for end in told.items}) == len(told.items)
        assert await on.phone.pid_of(APP.bundle_id) is None

    drive(check, ios)


@pytest.mark.parametrize("ios", BOTH_WAYS)
def test_what_was_pushed_before_the_cable_was_cut_is_yielded_then_it_ends(ios: str) -> None:
    async def check(on: Driven) -> None:
        events = await on.phone.process_events()
        pid = await on.phone.launch(APP.bundle_id)
        await events.observe(pid)
        await on.phone.signal(pid, 9)
        await on.phone.processes()
        got: list[ProcessExit] = []
        on.do("cut-cable")
        async with asyncio.timeout(10):
            async for end in events:
                got.append(end)
        assert [end.pid for end in got] == [pid]
        with pytest.raises(DeviceLost):
            await events.round_trip()
        with pytest.raises(DeviceLost):
            await events.observe(1)
        await events.close()

    drive(check, ios)
