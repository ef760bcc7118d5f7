"""A phone whose tunnel is held by another process, because this one holds a tunnel already."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest

from harness.drivers.pmd3.states import Pmd3StateStream
from harness.drivers.pmd3.transport import open_transport
from harness.errors import CapabilityMissing, DeviceLost
from harness.model.states import AppState, from_springboard
from harness.virtual.faults.bench import FaultBench
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import fields_of
from harness.virtual.transport.cable import Toward
from tests.virtual.drivers.phones import Children, Several, several, without_a_stack
from tests.virtual.rig import APP, until

WITHIN_S = 60.0
SIGKILL = 9

NOTE = "Documents/note.bin"
MUCH = bytes(range(256)) * 4096 * 4
"""4 MiB: more than any buffer on the way holds."""


def on_two_phones(check: Callable[[Several], Awaitable[None]]) -> None:
    """Run a check on two phones with iOS 18 and a rack in this process."""

    async def main() -> None:
        async with several("18.5", "left", "right") as it:
            await check(it)

    asyncio.run(asyncio.wait_for(main(), WITHIN_S))


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Children:
    """Who is started to hold tunnels."""
    return Children(monkeypatch)


def test_two_phones_with_tunnels_are_driven_at_once_from_one_process(children: Children) -> None:
    async def check(it: Several) -> None:
        async with it.opened("left") as left, it.opened("right") as right:
            pids = await asyncio.gather(left.launch(APP.bundle_id), right.launch(APP.bundle_id))
            listed = await asyncio.gather(left.processes(), right.processes())
            for pid, rows in zip(pids, listed, strict=True):
                assert (APP.bundle_id, pid) in [(row.bundle_id, row.pid) for row in rows]
            await left.signal(pids[0], SIGKILL)
            assert await left.pid_of(APP.bundle_id) is None
            assert await right.pid_of(APP.bundle_id) == pids[1]
        assert len(children.started) == 1
        assert not children.left

    on_two_phones(check)


def test_each_phone_streams_its_own_states(children: Children) -> None:
    async def check(it: Several) -> None:
        async with it.opened("left") as left, it.opened("right") as right:
            streams = [await left.states(), await right.states()]
            reading = [asyncio.create_task(_read(stream)) for stream in streams]
            pid = await right.launch(APP.bundle_id)
            for stream in streams:
                await stream.round_trip()
                await stream.close()
            told = await asyncio.gather(*reading)
            assert [(pid, AppState.FOREGROUND_ACTIVE) in each for each in told] == [False, True]

    on_two_phones(check)


async def _read(stream: Pmd3StateStream) -> set[tuple[int, AppState]]:
    return {(notice.pid, from_springboard(notice.state)) async for notice in stream}


def test_much_goes_both_ways_through_a_child_and_arrives_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    without_a_stack(monkeypatch)

    async def check(it: Several) -> None:
        async with it.opened("left") as phone:
            container = await phone.container(APP.bundle_id)
            await container.write(NOTE, MUCH)
            assert (it.phone("left").containers.path(APP.bundle_id) / NOTE).read_bytes() == MUCH
            assert await container.read(NOTE) == MUCH
            await container.close()

    on_two_phones(check)


def test_a_child_that_is_killed_costs_the_call_and_the_next_one_opens_the_way_again(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_a_stack(monkeypatch)

    async def check(it: Several) -> None:
        async with it.opened("left") as phone:
            stream = await phone.states()
            container = await phone.container(APP.bundle_id)
            children.started[0].kill()
            async for _ in stream:
                pass
            with pytest.raises(DeviceLost, match="left"):
                await container.read(NOTE)
            assert await phone.processes()
            assert len(children.started) == 2
            await container.close()
        assert not children.left

    on_two_phones(check)


def test_a_transfer_whose_child_is_killed_is_lost_and_not_short(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_a_stack(monkeypatch)

    async def check(it: Several) -> None:
        note = it.phone("left").containers.path(APP.bundle_id) / NOTE
        note.write_bytes(MUCH)
        async with it.opened("left") as phone:
            container = await phone.container(APP.bundle_id)
            cable = it.rack.end(it.identity("left").udid).cable
            reading = asyncio.create_task(container.read(NOTE))
            begun = cable.crossed_bytes(Toward.HOST)
            await until(lambda: cable.crossed_bytes(Toward.HOST) > begun + len(MUCH) // 8)
            children.started[0].kill()
            with pytest.raises(DeviceLost, match="left"):
                await reading
            await container.close()

    on_two_phones(check)


@pytest.mark.parametrize("fault", ["cut-cable", "drop-tunnel"])
def test_a_tunnel_that_breaks_ends_its_child(
    children: Children, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    without_a_stack(monkeypatch)

    async def check(it: Several) -> None:
        way = await open_transport(it.identity("left"), it.address.usbmux)
        FaultBench(it.rack).ask(fields_of([fault, "phone=left"], GRAMMAR))
        await until(way.is_gone)
        await until(lambda: not children.left)
        await way.close()

    on_two_phones(check)


def test_a_phone_that_is_not_there_is_lost_in_the_words_of_its_own(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_a_stack(monkeypatch)

    async def check(it: Several) -> None:
        FaultBench(it.rack).ask(fields_of(["cut-cable", "phone=left"], GRAMMAR))
        with pytest.raises(DeviceLost, match="left: opening its tunnel failed"):
            await open_transport(it.identity("left"), it.address.usbmux)
        assert not children.left

    on_two_phones(check)


PARENT = """
import asyncio, sys
from harness.drivers.pmd3 import transport
from harness.model.identity import Hardware, PhoneIdentity
from tests.virtual.drivers.phones import Children, without_a_stack
import pytest

async def main(udid, usbmux):
    patch = pytest.MonkeyPatch()
    without_a_stack(patch)
    children = Children(patch)
    left = PhoneIdentity("left", udid, "18.5", "iPhone10,3", Hardware.VIRTUAL)
    await transport.open_transport(left, usbmux)
    print(children.started[0].pid, children.directories[0], flush=True)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


def test_a_child_whose_parent_is_killed_ends_and_leaves_nothing() -> None:
    async def check(it: Several) -> None:
        command = [sys.executable, "-c", PARENT, it.identity("left").udid, it.address.usbmux]
        parent = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        assert parent.stdout is not None
        pid, directory = (await parent.stdout.readline()).decode().split()
        assert _is_there(directory)
        parent.kill()
        await parent.wait()
        await until(lambda: not _runs(int(pid)))
        assert not _is_there(directory)

    on_two_phones(check)


def _is_there(path: str) -> bool:
    return os.path.exists(path)


def _runs(pid: int) -> bool:
    """Whether a process has not ended; one that has, and that nobody has waited for, is a zombie."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.lstrip().startswith("Z")


def test_a_machine_that_starts_no_more_processes_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    without_a_stack(monkeypatch)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    async def check(it: Several) -> None:
        with pytest.raises(CapabilityMissing, match="left: no process can be started that holds its tunnel"):
            await open_transport(it.identity("left"), it.address.usbmux)

    on_two_phones(check)
