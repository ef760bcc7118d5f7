"""The harness's own driver behind a lease's socket: its streams, and its tunnel, end with the lease."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Iterator
from dataclasses import dataclass

import pytest

from harness.drivers.pmd3 import Pmd3Phone, open_phone
from harness.drivers.pmd3.transport import choose_usbmux
from harness.errors import DeviceLost
from harness.farm.gate.worker import WorkerSocket
from harness.model.identity import Hardware, PhoneIdentity
from tests.unit.farm.gate.bench import until
from tests.virtual.farm.gated import VERSIONS, Gated, gated
from tests.virtual.judges.client import COMMAND_WITHIN_S

SEEN_WITHIN_S = 10.0
"""Wall seconds in which a driver's stream has ended; a few milliseconds on an idle machine.

Were it not cut it would go on for as long as the test does.
"""

AGENT = """\
import asyncio, sys
from pathlib import Path
from harness.farm.gate.epochs import Epochs
from harness.farm.gate.scoped import ScopedSocket

async def main(directory, udid, epoch, upstream):
    place = Path(directory)
    epochs = Epochs(place / "epochs.json")
    granted = await ScopedSocket.open(place, udid, int(epoch), epochs, upstream=upstream)
    print(granted.path, flush=True)
    await asyncio.Event().wait()

asyncio.run(main(*sys.argv[1:]))
"""


@dataclass(frozen=True)
class Driven:
    """A phone that is driven, with a log that is read.

    Attributes:
        phone: the phone.
        reading: ends when the log does.
    """

    phone: Pmd3Phone
    reading: asyncio.Task[None]

    async def is_lost_at_once(self) -> None:
        """Assert that the log ends, and that a command is told that the phone is gone."""
        await asyncio.wait_for(self.reading, SEEN_WITHIN_S)
        with pytest.raises(DeviceLost):
            await self.phone.processes()


@contextlib.asynccontextmanager
async def driven(it: Gated, ios: str, mux: str) -> AsyncGenerator[Driven]:
    spec = it.stand.phone(ios).spec
    identity = PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, Hardware.VIRTUAL)
    phone = await open_phone(identity, usbmux=mux)
    try:
        assert await phone.processes()
        yield Driven(phone, asyncio.create_task(exhaust(await phone.log())))
    finally:
        await phone.close()


async def exhaust(stream: AsyncIterable[object]) -> None:
    """Read a stream to its end, whichever way it ends."""
    with contextlib.suppress(DeviceLost):
        async for _ in stream:
            pass


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(COMMAND_WITHIN_S):
            await test()

    asyncio.run(main())


@pytest.fixture
def rack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gated]:
    with gated() as it:
        monkeypatch.setenv("HOME", str(it.stand.home))
        yield it
    # The driver has named its usbmuxd in the environment of this process.
    choose_usbmux(None)


@pytest.mark.parametrize("ios", VERSIONS)
def test_what_is_open_ends_with_the_lease(rack: Gated, ios: str) -> None:
    with rack.grant(ios) as granted:

        async def test() -> None:
            async with driven(rack, ios, granted.path) as it:
                assert granted.connections > 0
                await asyncio.to_thread(rack.do, granted.close())
                await it.is_lost_at_once()

        run(test)


def test_through_a_workers_socket_in_the_same_loop_as_the_driver(rack: Gated) -> None:
    with rack.grant("18.5") as granted:

        async def test() -> None:
            mine = await WorkerSocket.open()
            await mine.take(granted.udid, granted.path)
            async with driven(rack, "18.5", mine.path) as it:
                await mine.let_go(granted.udid)
                # The grant's relay is on another loop, and hears of it in its turn.
                await until(lambda: granted.connections == 0)
                await it.is_lost_at_once()
            await mine.close()

        run(test)


@pytest.mark.parametrize("ios", VERSIONS)
def test_an_agent_that_is_killed_is_seen_at_once(rack: Gated, ios: str) -> None:
    words = (str(rack.directory), rack.udid(ios), "1", rack.stand.address.usbmux)
    with subprocess.Popen([sys.executable, "-c", AGENT, *words], stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        path = agent.stdout.readline().decode().strip()

        async def test() -> None:
            async with driven(rack, ios, path) as it:
                os.kill(agent.pid, signal.SIGKILL)
                await it.is_lost_at_once()

        run(test)
    # What it left behind is in nobody's way; its turn is used up.
    assert next(rack.turns) == 1
    with rack.grant(ios) as again:
        assert again.path != path
