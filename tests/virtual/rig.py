"""A rack in the test's own event loop, and an unmodified client beside it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from pymobiledevice3.lockdown import LockdownClient, create_using_usbmux

from harness.drivers.logrecords import LogDecoder
from harness.model.capabilities import LogStream
from harness.model.raw import LogLoss, LogRecord
from harness.virtual.address import RackAddress
from harness.virtual.apps.runner import EXECUTABLE as RUNNER_EXECUTABLE
from harness.virtual.apps.runner import RUNNER_ID
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.rack import Rack
from harness.virtual.specs import udid_of
from harness.virtual.transport.identity import RackIdentity, make_identity
from harness.virtual.versions.products import build_of

APP = AppBundle("dev.harness.plain", "Plain", "1.2", "Plain", debuggable=True)
"""An app that does nothing of its own."""

STORE_APP = AppBundle("com.example.store", "Store", "3.0", "Store", background_modes=("fetch",))
"""An app that is not development-signed."""

INSTALLED: dict[str, str] = {
    APP.bundle_id: APP.name,
    STORE_APP.bundle_id: STORE_APP.name,
    RUNNER_ID: RUNNER_EXECUTABLE,
}
"""Bundle identifier -> name of what is on the phone of a rig beside the system's own apps."""


@functools.cache
def identity() -> RackIdentity:
    """One identity for all tests: making keys is slow."""
    return make_identity()


def spec(ios: str = "16.7", name: str = "v-16", model: str = "iPhone10,3") -> PhoneSpec:
    """A phone whose clock only moves when it is let."""
    udid = udid_of(name, 1, model)
    return PhoneSpec(name, udid, ios, model, build_of(ios), clock_rate=0.0, epoch_s=1_800_000_000.0)


@dataclass(frozen=True)
class Rig:
    """One rack of one phone, and how to reach it."""

    rack: Rack
    phone: VirtualPhone
    address: RackAddress

    async def lockdown(self, *, autopair: bool = True) -> LockdownClient:
        """A client's session with the phone; the caller closes it."""
        return await create_using_usbmux(
            serial=self.phone.spec.udid, autopair=autopair, usbmux_address=self.address.usbmux
        )


@contextlib.asynccontextmanager
async def rig(ios: str = "16.7") -> AsyncGenerator[Rig]:
    """A running rack; USBMUXD_SOCKET_ADDRESS and HOME lead clients to it and to nothing else."""
    directory = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
    kept = {name: os.environ.get(name) for name in ("USBMUXD_SOCKET_ADDRESS", "HOME")}
    rack = Rack([spec(ios)], identity(), directory, apps=[APP, STORE_APP])
    try:
        address = await rack.start()
        os.environ["USBMUXD_SOCKET_ADDRESS"] = address.usbmux
        os.environ["HOME"] = str(directory)
        yield Rig(rack, next(iter(rack.phones.values())), address)
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        await rack.close()
        shutil.rmtree(directory)


HOLDS_WITHIN_S = 20.0
"""Wall seconds in which what is waited for comes to hold; a loaded host is slow."""


async def until(condition: Callable[[], bool]) -> None:
    """Let the event loop turn until something holds.

    Raises:
        AssertionError: it did not. Turns are not counted: what other threads, other processes and this
            host's network do takes no certain number of them.
    """
    deadline_s = time.monotonic() + HOLDS_WITHIN_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to hold"
        await asyncio.sleep(0)


async def items_of(log: LogStream) -> AsyncIterator[LogRecord | LogLoss]:
    """What a live log tells, one by one."""
    decoder = LogDecoder()
    async for read in log:
        for item in decoder.feed(read.data):
            yield item
