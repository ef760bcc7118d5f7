"""The clock of a grant: its phone's alone, and cut with it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.drivers.virtual_clock import VirtualClock
from harness.errors import CommandRefused, DeviceLost
from harness.farm.gate.clockgate import ClockGate, clock_beside
from harness.farm.gate.epochs import Epochs
from harness.farm.gate.scoped import ScopedSocket
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.clock_server import ClockServer
from harness.virtual.kernel import clock as kernel
from tests.unit.farm.gate.bench import WITHIN_S, Bench, until
from tests.unit.farm.gate.bench import run as on_bench

PHONE, OTHER = "00008120-000A11112222001E", "00008120-000B33334444001E"
BEGAN_S = 1_000_000.0


class Clock(kernel.VirtualClock):
    """A phone's clock that says whether somebody waits for time to pass."""

    is_awaited = False

    async def let_pass(self, until_s: float) -> float:
        self.is_awaited = True
        try:
            return await super().let_pass(until_s)
        finally:
            self.is_awaited = False


@dataclass(frozen=True)
class Rack:
    """The clocks of two phones, and a gate before that of the first.

    Attributes:
        directory: for sockets.
        clocks: UDID -> clock.
        gate: what is tested.
    """

    directory: Path
    clocks: dict[str, Clock]
    gate: ClockGate

    @property
    def path(self) -> str:
        return str(self.directory / "gate")

    def driver(self, udid: str = PHONE) -> VirtualClock:
        """What a worker asks for the time of a phone."""
        return VirtualClock(identity(udid), self.path)


def identity(udid: str) -> PhoneIdentity:
    return PhoneIdentity("v-16", udid, "16.7", "iPhone10,3", Hardware.VIRTUAL)


@contextlib.asynccontextmanager
async def rack() -> AsyncGenerator[Rack]:
    directory = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
    clocks = {udid: Clock(epoch_s=BEGAN_S) for udid in (PHONE, OTHER)}
    server, gate = ClockServer(clocks), ClockGate(PHONE, str(directory / "clock"))
    it = Rack(directory, clocks, gate)
    try:
        await server.listen(str(directory / "clock"))
        gate.open(it.path)
        yield it
    finally:
        await gate.close()
        await server.close()
        shutil.rmtree(directory)


def run(test: Callable[[Rack], Awaitable[None]]) -> None:
    async def main() -> None:
        async with rack() as it:
            await test(it)

    asyncio.run(main())


def test_time_is_told_and_passes_and_the_socket_is_its_owners_alone() -> None:
    async def test(it: Rack) -> None:
        assert stat.S_IMODE(os.stat(it.path).st_mode) == 0o600
        clock = it.driver()
        assert (await clock.now()).at_s == BEGAN_S
        assert (await clock.let_pass(BEGAN_S + 600)).at_s == BEGAN_S + 600
        assert (await clock.now()).at_s == BEGAN_S + 600
        await clock.close()

    run(test)


def test_the_clock_of_another_phone_is_refused() -> None:
    async def test(it: Rack) -> None:
        clock = it.driver(OTHER)
        with pytest.raises(CommandRefused, match=f"clock of {PHONE}, and not of {OTHER}"):
            await clock.let_pass(BEGAN_S + 600)
        assert it.clocks[OTHER].now_s == BEGAN_S
        await clock.close()

    run(test)


def test_nonsense_is_answered_with_what_is_wrong_and_the_end() -> None:
    async def test(it: Rack) -> None:
        reader, writer = await asyncio.open_unix_connection(it.path)
        writer.write(b"what time is it?\n")
        told = await asyncio.wait_for(reader.read(), WITHIN_S)
        assert b"error" in told
        assert told.endswith(b"}\n")
        writer.close()

    run(test)


def test_when_it_is_cut_who_waits_hears_it_and_time_passes_for_nobody() -> None:
    async def test(it: Rack) -> None:
        clock = it.driver()
        await clock.now()
        with it.clocks[PHONE].hold():
            waiting = asyncio.create_task(clock.let_pass(BEGAN_S + 600))
            await until(lambda: it.clocks[PHONE].is_awaited)
            await it.gate.close()
            assert not it.clocks[PHONE].is_awaited
        with pytest.raises(DeviceLost, match="closed the connection"):
            await asyncio.wait_for(waiting, WITHIN_S)
        assert it.clocks[PHONE].now_s == BEGAN_S
        assert os.listdir(it.directory) == ["clock"]

    run(test)


def test_who_gives_up_a_question_has_it_taken_back() -> None:
    async def test(it: Rack) -> None:
        clock = it.driver()
        with it.clocks[PHONE].hold():
            waiting = asyncio.create_task(clock.let_pass(BEGAN_S + 600))
            await until(lambda: it.clocks[PHONE].is_awaited)
            waiting.cancel()
            await until(lambda: not it.clocks[PHONE].is_awaited)

    run(test)


def test_a_rack_that_has_gone_is_told_at_once() -> None:
    async def test(it: Rack) -> None:
        os.unlink(it.directory / "clock")
        with pytest.raises(DeviceLost, match="cannot be reached"):
            await asyncio.wait_for(it.driver().now(), WITHIN_S)

    run(test)


def test_a_grant_has_it_beside_its_usbmuxd_and_takes_it_along_when_it_ends() -> None:
    async def test(it: Bench) -> None:
        it.plug_in(PHONE)
        server = ClockServer({PHONE: Clock(epoch_s=BEGAN_S)})
        await server.listen(str(it.directory / "clock"))
        epochs = Epochs(it.directory / "epochs.json")
        granted = await ScopedSocket.open(
            it.directory, PHONE, 1, epochs, upstream=it.upstream_path, clock=str(it.directory / "clock")
        )
        clock = VirtualClock(identity(PHONE), clock_beside(granted.path))
        assert (await clock.now()).at_s == BEGAN_S
        await granted.close()
        with pytest.raises(DeviceLost):
            await clock.now()
        assert sorted(os.listdir(it.directory)) == ["clock", "epochs.json", "relay", "upstream"]
        await clock.close()
        await server.close()

    on_bench(test)
