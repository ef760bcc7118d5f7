"""A rack that stands beside the test in a thread of its own, so that its phones can be looked into."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.virtual.address import RackAddress
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.rack import Rack
from harness.virtual.specs import udid_of
from harness.virtual.versions.products import build_of, default_model
from tests.virtual.judges.client import COMMAND_WITHIN_S, Answer
from tests.virtual.judges.tables.command import EVERY
from tests.virtual.rig import APP, STORE_APP, identity
from tests.virtual.served import run_served

T = TypeVar("T")

POLL_S = 0.01
"""Wall seconds between two looks at what is to come."""

EPOCH_S = 1_800_000_000.0
"""What the phones' clocks show at first, seconds since 1970."""


@dataclass(frozen=True)
class Standing:
    """A running rack.

    Attributes:
        rack: what runs; to be touched in its own thread only, through ``do``.
        address: where clients find it.
        home: a private directory, for what clients keep under ``HOME``.
        loop: the loop of the thread.
    """

    rack: Rack
    address: RackAddress
    home: Path
    loop: asyncio.AbstractEventLoop

    def phone(self, ios: str) -> VirtualPhone:
        """The phone of a version."""
        return next(phone for phone in self.rack.phones.values() if phone.spec.ios == ios)

    def do(self, act: Callable[[], T]) -> T:
        """Look at the phones, or do something to them, between two steps of theirs."""

        async def there() -> T:
            return act()

        return asyncio.run_coroutine_threadsafe(there(), self.loop).result(COMMAND_WITHIN_S)

    def becomes(self, condition: Callable[[], bool], within_s: float = 10.0) -> bool:
        """Whether something comes to hold, for what a client only sends and does not wait for."""

        deadline_s = time.monotonic() + within_s
        pause = threading.Event()
        while not (holds := self.do(condition)) and time.monotonic() < deadline_s:
            pause.wait(POLL_S)
        return holds

    def environment(self, *, prefix: str = "") -> dict[str, str]:
        """What leads a client to this rack; libusbmuxd wants the prefix ``UNIX:``."""
        return {"USBMUXD_SOCKET_ADDRESS": prefix + self.address.usbmux, "HOME": str(self.home)}

    def run(
        self, words: Sequence[str], environment: Mapping[str, str], directory: Path, typed: str = ""
    ) -> Answer:
        """Run a client's command to its end.

        Args:
            words: the command line.
            environment: beside that of this process.
            directory: where it runs.
            typed: what it reads from its standard input, which then ends.
        """
        done = subprocess.run(
            words,
            env=os.environ | environment,
            input=typed,
            cwd=directory,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_WITHIN_S,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def run_served(self, words: Sequence[str], environment: Mapping[str, str], directory: Path) -> Answer:
        """As ``run``, in a process in which others of this rack were run before."""
        whole = os.environ | environment
        done = run_served(words, directory, whole, host=str(self.home), within_s=COMMAND_WITHIN_S)
        return Answer(done.returncode, done.stdout, done.stderr)


def spec(ios: str, *, clock_rate: float = 1.0) -> PhoneSpec:
    """A phone of a version, whose clock goes as fast as the host's unless it is told otherwise."""
    model, name = default_model(ios), f"judged-{ios}"
    udid = udid_of(name, 1, model)
    return PhoneSpec(name, udid, ios, model, build_of(ios), clock_rate=clock_rate, epoch_s=EPOCH_S)


@contextmanager
def standing(versions: Sequence[str] = EVERY, *, clock_rate: float = 1.0) -> Generator[Standing]:
    """A rack of one phone per version, with two apps on each, for as long as it is needed."""
    directory = Path(tempfile.mkdtemp(prefix="ih-", dir="/tmp"))
    (directory / "home").mkdir()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    specs = [spec(ios, clock_rate=clock_rate) for ios in versions]

    async def start() -> tuple[Rack, RackAddress]:
        rack = Rack(specs, identity(), directory, apps=[APP, STORE_APP])
        return rack, await rack.start()

    thread.start()
    try:
        rack, address = asyncio.run_coroutine_threadsafe(start(), loop).result(COMMAND_WITHIN_S)
        try:
            yield Standing(rack, address, directory / "home", loop)
        finally:
            # Also after a failure: its sockets would be the next test's.
            asyncio.run_coroutine_threadsafe(rack.close(), loop).result(COMMAND_WITHIN_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        shutil.rmtree(directory)
