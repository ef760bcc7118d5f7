from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from harness.drivers.virtual_clock import VirtualClock
from harness.errors import CommandRefused, CommandTimeout, DeviceLost
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.time import Instant

_PHONE = PhoneIdentity("v-16", "UDID-16", "16.7", "iPhone10,3", Hardware.VIRTUAL)

_Answer = Callable[[dict[str, object]], Awaitable[dict[str, object] | None]]


class _Rack:
    def __init__(self, answer: _Answer) -> None:
        self._answer = answer
        self.asked: list[dict[str, object]] = []
        self.connections = 0
        self.serving: set[asyncio.Task[None]] = set()

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.ensure_future(self.serve(reader, writer)))

    async def close(self) -> None:
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while line := await reader.readline():
                self.asked.append(json.loads(line))
                answer = await self._answer(self.asked[-1])
                if answer is None:
                    break
                writer.write(json.dumps(answer).encode() + b"\n")
        finally:
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def _rack(answer: _Answer) -> AsyncGenerator[tuple[_Rack, str]]:
    # A Unix socket's whole path is short on macOS, so pytest's directories are of no use.
    directory = tempfile.mkdtemp(prefix="hc")
    rack, path = _Rack(answer), str(Path(directory) / "clock")
    server = await asyncio.start_unix_server(rack.accept, path)
    try:
        yield rack, path
    finally:
        server.close()
        await rack.close()
        shutil.rmtree(directory)


async def _tell(request: dict[str, object]) -> dict[str, object]:
    return {"now": request.get("until", 100.5)}


def test_time_is_told_without_error_and_passes_until_the_moment_asked_for() -> None:
    async def scenario() -> None:
        async with _rack(_tell) as (rack, path):
            clock = VirtualClock(_PHONE, path)
            assert await clock.now() == Instant(100.5, 0.0)
            assert await clock.let_pass(700) == Instant(700.0, 0.0)
            assert rack.asked == [
                {"op": "now", "phone": "UDID-16"},
                {"op": "let_pass", "phone": "UDID-16", "until": 700},
            ]
            assert rack.connections == 1
            await clock.close()

    asyncio.run(scenario())


def test_time_can_be_told_while_time_passes() -> None:
    release = asyncio.Event()

    async def answer(request: dict[str, object]) -> dict[str, object]:
        if request["op"] == "let_pass":
            await release.wait()
        return {"now": 3.0}

    async def scenario() -> None:
        async with _rack(answer) as (_, path):
            clock = VirtualClock(_PHONE, path)
            passing = asyncio.ensure_future(clock.let_pass(9.0))
            assert (await clock.now()).at_s == 3.0
            assert not passing.done()
            release.set()
            await passing
            await clock.close()

    asyncio.run(scenario())


def test_giving_up_a_wait_hangs_up_so_that_the_rack_can_take_it_back() -> None:
    async def scenario() -> None:
        asked, hung_up = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readline()
            asked.set()
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            hung_up.set()

        with tempfile.TemporaryDirectory(prefix="hc") as directory:
            path = str(Path(directory) / "clock")
            server = await asyncio.start_unix_server(serve, path)
            passing = asyncio.ensure_future(VirtualClock(_PHONE, path).let_pass(9.0))
            await asyncio.wait_for(asked.wait(), 5)
            passing.cancel()
            await asyncio.wait_for(hung_up.wait(), 5)
            server.close()

    asyncio.run(scenario())


def test_a_refusal_names_the_phone_and_what_the_rack_said() -> None:
    async def answer(_: dict[str, object]) -> dict[str, object]:
        return {"error": "no phone UDID-16 here"}

    async def scenario() -> None:
        async with _rack(answer) as (_, path):
            clock = VirtualClock(_PHONE, path)
            with pytest.raises(CommandRefused, match="v-16: no phone UDID-16 here"):
                await clock.now()
            await clock.close()

    asyncio.run(scenario())


def test_a_rack_that_is_gone_or_hangs_up_is_a_lost_device() -> None:
    async def hang_up(_: dict[str, object]) -> None:
        return None

    async def scenario() -> str:
        async with _rack(hang_up) as (_, path):
            with pytest.raises(DeviceLost, match="closed the connection"):
                await VirtualClock(_PHONE, path).now()
        return path

    path = asyncio.run(scenario())
    with pytest.raises(DeviceLost, match="v-16: its clock at"):
        asyncio.run(VirtualClock(_PHONE, path).now())


def test_a_clock_that_stands_for_good_is_a_timeout_and_takes_its_question_back() -> None:
    async def scenario() -> None:
        async def stand(request: dict[str, object]) -> dict[str, object]:
            if request["op"] == "let_pass":
                await asyncio.Event().wait()
            return {"now": 1.0}

        async with _rack(stand) as (rack, path):
            clock = VirtualClock(_PHONE, path, stall_s=0.02)
            await clock.now()  # or the deadline could pass before the rack has taken the connection
            with pytest.raises(CommandTimeout, match="v-16: its clock gave no answer to let_pass"):
                await clock.let_pass(9.0)
            assert rack.connections == 1

    asyncio.run(scenario())
