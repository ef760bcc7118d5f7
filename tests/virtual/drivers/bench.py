"""The driver on the rig's phone, whose kernel and faults are at hand."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from harness.drivers.pmd3 import Pmd3Phone, open_phone
from tests.virtual import watched
from tests.virtual.faults.bench import Do, identity_of, on_a_phone
from tests.virtual.rig import APP, Rig

VERSIONS = ("15.8", "16.7", "18.5", "26.0")
BOTH_WAYS = ("16.7", "18.5")
"""Over usbmux, and through the tunnel."""

ENDS_WITHIN_S = 20.0

_T = TypeVar("_T")


@dataclass(frozen=True)
class Driven:
    """One phone and the driver that drives it.

    Attributes:
        it: the rack, with the phone's kernel.
        do: does what a line of the shell says.
        phone: the driver.
    """

    it: Rig
    do: Do
    phone: Pmd3Phone

    def crash(self) -> int:
        """Launch the app and have its code raise; returns the process identifier."""
        pid = self.it.phone.launch(APP.bundle_id)
        watched.crash(self.it.phone, pid)
        return pid


def drive(check: Callable[[Driven], Awaitable[None]], ios: str) -> None:
    """Run a check; the phone is opened before and closed after it."""

    async def opened(it: Rig, do: Do) -> None:
        phone = await open_phone(identity_of(it), usbmux=it.address.usbmux)
        try:
            await check(Driven(it, do, phone))
        finally:
            await phone.close()

    on_a_phone(opened, ios)


@dataclass
class Heard(Generic[_T]):
    """What a stream has yielded so far."""

    items: list[_T] = field(default_factory=list[_T])
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, stream: AsyncIterable[_T]) -> None:
        async for item in stream:
            self.items.append(item)
        self.ended.set()

    async def until_it_ends(self) -> None:
        await asyncio.wait_for(self.ended.wait(), ENDS_WITHIN_S)


@contextlib.asynccontextmanager
async def heard(stream: AsyncIterable[_T]) -> AsyncGenerator[Heard[_T]]:
    """Read a stream beside the body; the body has to bring it to its end."""
    what = Heard[_T]()
    listening = asyncio.ensure_future(what.listen(stream))
    try:
        yield what
        await what.until_it_ends()
    finally:
        listening.cancel()
