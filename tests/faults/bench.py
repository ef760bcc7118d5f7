"""A phone that broken clients are let loose on, and what must be as it was when they have gone."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import gc
import logging
import os
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aiohttp.http_exceptions import HttpProcessingError

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.subscription import Subscribers
from harness.virtual.services.table import SERVICES
from harness.virtual.transport.device import DeviceEnd
from harness.virtual.transport.stream import Stream
from tests.faults.damage import Talk, conversation
from tests.faults.memory import Ending, MemoryStream
from tests.virtual.rig import APP, STORE_APP, identity, spec
from tests.virtual.watched import let_pass

Serve = Callable[[DeviceEnd, Stream], Awaitable[None]]
"""What answers a client of one service."""

BATCH = 300
"""Broken clients that one phone has; then it is looked over, and the next ones get a new one."""

OVER_WITHIN_S = 20.0
"""Wall seconds in which a service is done with a client that has gone."""

MOST_CPU_S = 2.0
"""Processor time that one client may cost, on a machine that does other things too."""

CLIENT = "pymobiledevice3"
"""What a client makes of a phone that is gone is its own affair."""

TICK_S = 0.002
"""Wall time that the phone's clock is told of between two pieces of what a client says."""

OPEN_FILES = Path("/dev/fd")


class Complaints(logging.Handler):
    """What nobody expected: errors in the log, and exceptions that the event loop was left with."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        cause = record.exc_info[1] if record.exc_info else None
        if isinstance(cause, HttpProcessingError):
            # What is no HTTP is answered by its name, 400, and told here besides.
            return
        if record.name.startswith(CLIENT):
            return
        self.found.append(f"{record.name}: {record.getMessage()}: {cause!r}")

    def left_over(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """See ``AbstractEventLoop.set_exception_handler``."""
        if type(context.get("exception")).__module__.startswith(CLIENT):
            return
        self.found.append(f"event loop: {context.get('message')}: {context.get('exception')!r}")


@contextmanager
def complaints() -> Generator[Complaints]:
    """Collects them; an event loop has to be running."""
    heard, loop = Complaints(), asyncio.get_running_loop()
    logging.getLogger().addHandler(heard)
    loop.set_exception_handler(heard.left_over)
    try:
        yield heard
    finally:
        loop.set_exception_handler(None)
        logging.getLogger().removeHandler(heard)


@dataclass(frozen=True)
class Footprint:
    """What clients have of a phone and of this process while they are there.

    Attributes:
        subscriptions: callbacks on all buses of the kernel.
        open_files: descriptors of this process.
        tasks: of the event loop.
        power_assertions: that keep the phone awake.
        held: whether the clock stands.
        debuggers: processes that are debugged.
        condition: whether a tool has induced one.
    """

    subscriptions: int
    open_files: int
    tasks: int
    power_assertions: int
    held: bool
    debuggers: int
    condition: bool


def footprint(phone: VirtualPhone) -> Footprint:
    """The footprint as it is now."""
    _make_every_part(phone)
    gc.collect()
    buses = (cast("Sized", one) for one in gc.get_objects() if isinstance(one, Subscribers))
    return Footprint(
        subscriptions=sum(map(len, buses)),
        open_files=len(os.listdir(OPEN_FILES)),
        tasks=len(asyncio.all_tasks()),
        power_assertions=len(phone.power_assertions.held()),
        held=phone.clock.held,
        debuggers=sum(process.traced for process in phone.running_processes()),
        condition=phone.induced.active is not None,
    )


def _make_every_part(phone: VirtualPhone) -> None:
    """Have the phone make those of its parts that it makes when they are first asked for.

    A part brings its subscriptions along, which would else be missing from the first count and be in every
    later one.
    """
    for name, part in vars(VirtualPhone).items():
        if isinstance(part, functools.cached_property):
            getattr(phone, name)


@contextmanager
def a_phone(ios: str) -> Generator[DeviceEnd]:
    """A new phone with two apps."""
    root = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
    phone = VirtualPhone(dataclasses.replace(spec(ios), clock_rate=10.0), root, apps=[APP, STORE_APP])
    try:
        yield DeviceEnd(phone, identity(), SERVICES)
    finally:
        phone.switch_off()
        shutil.rmtree(root)


@dataclass
class Tally:
    """What was done.

    Attributes:
        frames: how many broken clients there were.
        wall_s: wall time of them all.
        slowest_s: processor time of the slowest.
    """

    frames: int = 0
    wall_s: float = 0.0
    slowest_s: float = 0.0


@dataclass(frozen=True)
class Case:
    """One service under broken clients.

    Attributes:
        name: of the service.
        talk: how its honest clients talk, given the phone's end.
        serve: what answers.
        ios: the version of the phone.
    """

    name: str
    talk: Callable[[DeviceEnd], Talk]
    serve: Serve
    ios: str = "16.7"

    def broken(self, phone: VirtualPhone, talk: Talk, number: int) -> MemoryStream:
        """The broken client of that number."""
        dice = random.Random(f"{self.name} {number}")
        said = conversation(talk, dice)
        pieces = (None, lambda: 1, lambda: dice.randint(1, 30), lambda: dice.randint(1, 500))
        weights = (10, len(said) < 300, len(said) < 5000, len(said) < 50_000)
        piece_bytes = dice.choices(pieces, weights)[0]
        return MemoryStream(said, dice.choice(tuple(Ending)), piece_bytes, lambda: phone.clock.tick(TICK_S))

    async def run(self, count: int) -> Tally:
        """Let ``count`` broken clients come.

        Raises:
            AssertionError: one of them crashed or hung the service, cost too much, left something
                behind, or the next honest one was not answered.
        """
        tally, began_s = Tally(), time.monotonic()
        while tally.frames < count:
            with complaints() as heard, a_phone(self.ios) as end:
                await self._batch(end, min(BATCH, count - tally.frames), tally, heard)
        tally.wall_s = time.monotonic() - began_s
        return tally

    async def _batch(self, end: DeviceEnd, count: int, tally: Tally, heard: Complaints) -> None:
        talk = self.talk(end)
        await self.honest(end, talk)
        await settle(end.phone)
        before = footprint(end.phone)
        for _ in range(count):
            number = tally.frames
            cost_s = await self._one(end, self.broken(end.phone, talk, number), number)
            tally.frames += 1
            tally.slowest_s = max(tally.slowest_s, cost_s)
            assert not heard.found, f"{self.name} case {number}: {heard.found}"
        await self.honest(end, talk)
        await settle(end.phone)
        assert not heard.found, f"{self.name} up to case {tally.frames}: {heard.found}"
        assert footprint(end.phone) == before, f"{self.name} up to case {tally.frames}"

    async def _one(self, end: DeviceEnd, client: MemoryStream, number: int) -> float:
        began_s = time.process_time()
        try:
            async with asyncio.timeout(OVER_WITHIN_S):
                await self.serve(end, client)
        except Exception as error:  # whatever a service raises is what is looked for here
            raise AssertionError(f"{self.name} case {number} raised {error!r}") from error
        cost_s = time.process_time() - began_s
        assert cost_s < MOST_CPU_S, f"{self.name} case {number} took {cost_s:.2f} s"
        assert not end.phone.clock.held, f"{self.name} case {number} holds the clock"
        return cost_s

    async def honest(self, end: DeviceEnd, talk: Talk) -> None:
        """Let an honest client come, which is answered.

        Raises:
            AssertionError: it was not.
        """
        client = MemoryStream(talk.honest())
        async with asyncio.timeout(OVER_WITHIN_S):
            await self.serve(end, client)
        assert talk.told in bytes(client.heard), f"{self.name} says {bytes(client.heard[-200:])!r}"


async def settle(phone: VirtualPhone) -> None:
    """End the apps, and let pass what clients have set going."""
    for _ in range(5):
        await asyncio.sleep(0)
    await let_pass(phone, 120.0)
    for bundle_id in (APP.bundle_id, STORE_APP.bundle_id):
        phone.terminate_for_automation(bundle_id)
    await let_pass(phone, 10.0)
