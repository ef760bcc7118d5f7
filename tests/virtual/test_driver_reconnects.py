"""A driver whose phone goes away and comes back: told in time, back by itself, and nothing left behind.

``--fuzz-frames`` also says at how many bytes the cable is cut: in each direction of each stage, a fiftieth.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.drivers.pmd3 import Pmd3Phone, open_phone
from harness.drivers.pmd3.log import Pmd3LogStream
from harness.drivers.pmd3.states import Pmd3StateStream
from harness.drivers.virtual_clock import VirtualClock
from harness.errors import CommandTimeout, DeviceError, DeviceLost
from harness.virtual.transport.cable import Toward
from tests.virtual.drivers.phones import Children, without_a_stack
from tests.virtual.faults.bench import Do, doer, identity_of
from tests.virtual.rig import APP, Rig, rig, until

VERSIONS = ("16.7", "18.5")
CHILD = "18.5 child"
"""The same, with its tunnel held by a process of its own."""

ENDS_WITHIN_S = 10.0
"""Wall seconds in which a stream whose phone is gone has ended, and a call or an opening has failed."""

LONGEST_S = 240.0
"""Wall seconds that one test may take, whatever the count."""

SHORT_S = 1.0
"""The protective deadlines of the driver, where a test waits for one of them."""

NOTE = "Documents/note.txt"
DATA = b"kept" * 5000

OPEN_FILES = Path("/dev/fd")


@dataclass
class Watched:
    """A phone with everything open that a test has, each stream read by a task."""

    phone: Pmd3Phone
    states: Pmd3StateStream
    log: Pmd3LogStream
    reading: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])

    @classmethod
    async def of(cls, phone: Pmd3Phone) -> Watched:
        watched = cls(phone, await phone.states(), await phone.log())
        watched.reading = [asyncio.create_task(_exhaust(each)) for each in (watched.states, watched.log)]
        return watched

    async def ended(self) -> None:
        """Return when both streams have ended by themselves."""
        await asyncio.wait_for(asyncio.gather(*self.reading), ENDS_WITHIN_S)

    async def close(self) -> None:
        await self.states.close()
        await self.log.close()
        await self.ended()


async def _exhaust(stream: AsyncIterable[object]) -> None:
    async for _ in stream:
        pass


@contextlib.asynccontextmanager
async def _opened(it: Rig, usbmux: str = "") -> AsyncGenerator[Pmd3Phone]:
    identity = identity_of(it)
    clock = VirtualClock(identity, it.address.clock)
    phone = await open_phone(identity, usbmux=usbmux or it.address.usbmux, clock=clock)
    try:
        yield phone
    finally:
        await phone.close()
        await clock.close()


async def _use(phone: Pmd3Phone) -> None:
    """What a test does with a phone, over each of its connections."""
    assert await phone.app_info(APP.bundle_id) is not None
    assert await phone.processes()
    container = await phone.container(APP.bundle_id)
    assert await container.read(NOTE) == DATA
    await container.close()
    watched = await Watched.of(phone)
    await watched.states.round_trip()
    await watched.close()


def _open_files() -> int:
    gc.collect()
    return len(os.listdir(OPEN_FILES))


def _on_a_phone(check: Callable[[Rig, Do], Awaitable[None]], ios: str) -> None:
    """Run a check on a rack in this process, and see that it has left no task and no file open."""

    async def main() -> None:
        async with rig(ios.partition(" ")[0]) as it:
            note = it.phone.containers.path(APP.bundle_id) / NOTE
            note.write_bytes(DATA)
            async with _opened(it) as phone:  # what is made once, such as a pair record
                await _use(phone)
            await _quiet(it)
            tasks, files = len(asyncio.all_tasks()), _open_files()
            await check(it, doer(it))
            await _quiet(it)
            await until(lambda: len(asyncio.all_tasks()) <= tasks)
            await until(lambda: _open_files() <= files)

    with pytest.MonkeyPatch.context() as patch:
        children = Children(patch)
        if ios == CHILD:
            without_a_stack(patch)
        asyncio.run(asyncio.wait_for(main(), LONGEST_S))
        assert bool(children.started) == (ios == CHILD)
        assert not children.left
    gc.collect()


async def _quiet(it: Rig) -> None:
    for _ in range(100):
        await asyncio.sleep(0)
    await until(lambda: not it.phone.clock.held)


def _pull_and_plug_in(it: Rig, do: Do) -> None:
    do("cut-cable")
    do("plug-in")


def _drop_tunnel(it: Rig, do: Do) -> None:
    do("drop-tunnel")


FAULTS: Mapping[str, Callable[[Rig, Do], None]] = {
    "cable": _pull_and_plug_in,
    "tunnel": _drop_tunnel,
}


@pytest.mark.parametrize(
    ("ios", "fault"),
    [("16.7", "cable"), ("18.5", "cable"), ("18.5", "tunnel"), (CHILD, "cable"), (CHILD, "tunnel")],
    ids=str,
)
def test_what_was_open_ends_and_the_next_call_opens_the_way_again(ios: str, fault: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:
            watched = await Watched.of(phone)
            container = await phone.container(APP.bundle_id)
            FAULTS[fault](it, do)
            await watched.ended()
            with pytest.raises(DeviceLost, match=it.phone.spec.name):
                await watched.states.round_trip()
            with pytest.raises(DeviceLost, match=it.phone.spec.name):
                await container.read(NOTE)
            await _use(phone)
            await container.close()
            await watched.close()

    _on_a_phone(check, ios)


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_phone_that_is_gone_is_lost_at_once_and_found_when_it_is_back(ios: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:
            watched = await Watched.of(phone)
            do("cut-cable")
            await watched.ended()
            for _ in range(3):
                with pytest.raises(DeviceLost, match=it.phone.spec.name):
                    await asyncio.wait_for(phone.processes(), ENDS_WITHIN_S)
            do("plug-in")
            await _use(phone)
            await watched.close()

    _on_a_phone(check, ios)


@pytest.mark.parametrize("ios", VERSIONS)
def test_many_calls_at_once_on_a_lost_way_share_one_opening(ios: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:
            watched = await Watched.of(phone)
            _pull_and_plug_in(it, do)
            await watched.ended()
            used = await asyncio.gather(*(phone.processes() for _ in range(8)), phone.apps())
            assert all(used)
            await watched.close()

    _on_a_phone(check, ios)


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_phone_that_restarted_is_found_again(ios: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:
            watched = await Watched.of(phone)
            back_after_s = float(do("reboot")["back_after_s"])
            await watched.ended()
            with pytest.raises(DeviceLost):
                await phone.processes()
            back_at_s = it.phone.clock.now_s + back_after_s + 1
            while it.phone.clock.now_s < back_at_s:
                await it.phone.clock.let_pass(back_at_s)
            do("mount-image")
            await _use(phone)
            await watched.close()

    _on_a_phone(check, ios)


@pytest.mark.parametrize("ios", VERSIONS)
def test_usbmuxd_may_be_started_anew(ios: str) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with Usbmuxd(it.address.usbmux) as usbmuxd, _opened(it, usbmuxd.path) as phone:
            watched = await Watched.of(phone)
            await usbmuxd.stop()
            await watched.ended()
            with pytest.raises(DeviceLost):
                await phone.processes()
            await usbmuxd.start()
            await _use(phone)
            await watched.close()

    _on_a_phone(check, ios)


class Usbmuxd:
    """A usbmuxd that can be stopped and started: it hands everything on to that of the rack."""

    def __init__(self, inner: str) -> None:
        self._inner = inner
        self.path = f"{inner}.again"
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        os.unlink(self.path)
        for task in tuple(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def __aenter__(self) -> Usbmuxd:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        inner_reader, inner_writer = await asyncio.open_unix_connection(self._inner)
        pumps = [_pump(reader, inner_writer), _pump(inner_reader, writer)]
        try:
            await asyncio.gather(*pumps)
        except asyncio.CancelledError:
            pass  # it was stopped
        finally:
            self._serving.discard(task)
            for each in (writer, inner_writer):
                each.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_call_over_a_cable_that_stands_still_fails_in_time_and_the_next_is_answered(
    ios: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _shorten(monkeypatch)

    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:
            await _use(phone)
            do("stall")
            with pytest.raises(CommandTimeout, match="listing the processes"):
                await asyncio.wait_for(phone.processes(), ENDS_WITHIN_S)
            do("resume")
            monkeypatch.undo()
            await _use(phone)

    _on_a_phone(check, ios)


def _shorten(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("phone.COMMAND_S", "way.PROBE_S", "instruments.PROBE_S", "states.ROUND_TRIP_S"):
        monkeypatch.setattr(f"harness.drivers.pmd3.{name}", SHORT_S)


@pytest.mark.parametrize("ios", VERSIONS)
def test_instruments_that_hang_are_left_and_opened_again(ios: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _shorten(monkeypatch)

    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:
            watched = await Watched.of(phone)
            do("wedge-instruments")
            with pytest.raises(CommandTimeout):
                await watched.states.round_trip()
            do("unwedge")
            # The old connection would answer again; whether it has lost pushes nobody knows.
            monkeypatch.undo()
            await _use(phone)
            await watched.close()

    _on_a_phone(check, ios)


@pytest.mark.parametrize("ios", VERSIONS)
def test_a_close_that_hangs_is_given_up_and_told_in_the_log(
    ios: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("harness.drivers.pmd3.closing.CLOSE_S", 0.2)

    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:
            watched = await Watched.of(phone)
            do("stall")
            await asyncio.wait_for(watched.states.close(), ENDS_WITHIN_S)
            do("resume")
            await watched.close()

    with caplog.at_level(logging.WARNING, "harness.drivers"):
        _on_a_phone(check, ios)
    assert any("was not closed within" in record.message for record in caplog.records)


# The cable is cut at any byte of any stage.


Stage = Callable[[Pmd3Phone], Awaitable[None]]


async def _states(phone: Pmd3Phone) -> None:
    stream = await phone.states()
    reading = asyncio.create_task(_exhaust(stream))
    try:
        await stream.round_trip()
    finally:
        await stream.close()
        await reading


async def _log(phone: Pmd3Phone) -> None:
    stream = await phone.log()
    reading = asyncio.create_task(_exhaust(stream))
    try:
        await phone.provoke_log()
    finally:
        await stream.close()
        await reading


async def _container(phone: Pmd3Phone) -> None:
    container = await phone.container(APP.bundle_id)
    try:
        # Short of its end it would be a file with another content.
        assert await container.read(NOTE) == DATA
    finally:
        await container.close()


STAGES: Mapping[str, Stage] = {"states": _states, "log": _log, "container": _container, "all": _use}


def _spread(most: int, count: int) -> Iterable[int]:
    step = max(1, -(-most // count))
    return range(1, most, step)


def _count(request: pytest.FixtureRequest) -> int:
    frames: Any = request.config.getoption("--fuzz-frames")
    return max(1, int(frames) // 50)


async def _bytes_of(it: Rig, toward: Toward, doing: Callable[[], Awaitable[None]]) -> int:
    cable = it.rack.end(it.phone.spec.udid).cable
    before = cable.crossed_bytes(toward)
    await doing()
    await _quiet(it)
    return cable.crossed_bytes(toward) - before


async def _cut(it: Rig, do: Do, toward: Toward, at_bytes: int, doing: Callable[[], Awaitable[None]]) -> None:
    """Do something with a cable that is cut meanwhile: it is done, or it fails by a name and in time."""
    do(f"cut-cable after_bytes={at_bytes} toward={toward}")
    with contextlib.suppress(DeviceError):
        await asyncio.wait_for(doing(), ENDS_WITHIN_S)
    it.rack.end(it.phone.spec.udid).cable.forget_marks()
    it.rack.plug_in(it.phone.spec.udid)


@pytest.mark.parametrize("toward", Toward)
@pytest.mark.parametrize("ios", [*VERSIONS, CHILD])
def test_opening_a_phone_whose_cable_is_cut_at_any_byte(
    ios: str, toward: Toward, request: pytest.FixtureRequest
) -> None:
    async def check(it: Rig, do: Do) -> None:
        async def opening() -> None:
            async with _opened(it):
                pass

        size_bytes = await _bytes_of(it, toward, opening)
        for at_bytes in _spread(size_bytes, _count(request)):
            await _cut(it, do, toward, at_bytes, opening)
            async with _opened(it) as phone:
                assert await phone.processes()

    _on_a_phone(check, ios)


@pytest.mark.parametrize("toward", Toward)
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("ios", VERSIONS)
def test_a_stage_whose_cable_is_cut_at_any_byte_can_be_done_again_on_the_same_phone(
    ios: str, stage: str, toward: Toward, request: pytest.FixtureRequest
) -> None:
    async def check(it: Rig, do: Do) -> None:
        async with _opened(it) as phone:

            async def doing() -> None:
                await STAGES[stage](phone)

            size_bytes = await _bytes_of(it, toward, doing)
            for at_bytes in _spread(size_bytes, _count(request)):
                await _cut(it, do, toward, at_bytes, doing)
                await asyncio.wait_for(doing(), ENDS_WITHIN_S)

    _on_a_phone(check, ios)
