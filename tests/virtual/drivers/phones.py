"""Several phones of one rack in the test's own event loop, driven from one process."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.config.privatedir import PrivateDirectory
from harness.drivers.pmd3 import Pmd3Phone, open_phone, tunnelchild_start
from harness.drivers.virtual_clock import VirtualClock
from harness.model.identity import Hardware, PhoneIdentity
from harness.virtual.address import RackAddress
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.rack import Rack
from tests.virtual.rig import APP, identity, spec


@dataclass(frozen=True)
class Several:
    """A rack with several phones, and how to reach it."""

    rack: Rack
    address: RackAddress

    def phone(self, name: str) -> VirtualPhone:
        return next(phone for phone in self.rack.phones.values() if phone.spec.name == name)

    def identity(self, name: str) -> PhoneIdentity:
        it = self.phone(name).spec
        return PhoneIdentity(it.name, it.udid, it.ios, it.model, Hardware.VIRTUAL)

    @contextlib.asynccontextmanager
    async def opened(self, name: str) -> AsyncGenerator[Pmd3Phone]:
        who = self.identity(name)
        async with AsyncExitStack() as kept:
            clock = VirtualClock(who, self.address.clock)
            kept.push_async_callback(clock.close)
            phone = await open_phone(who, usbmux=self.address.usbmux, clock=clock)
            kept.push_async_callback(phone.close)
            yield phone


@contextlib.asynccontextmanager
async def several(ios: str, *names: str) -> AsyncGenerator[Several]:
    """A running rack of phones of one iOS, each with ``APP``; HOME leads clients to nothing else."""
    with tempfile.TemporaryDirectory(prefix="ih-", dir="/tmp") as directory, _home(directory):
        rack = Rack([spec(ios, name) for name in names], identity(), Path(directory), apps=[APP])
        try:
            yield Several(rack, await rack.start())
        finally:
            await rack.close()


@contextlib.contextmanager
def _home(directory: str) -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", directory)
        yield


class Children:
    """The processes that are started to hold tunnels, as the driver starts them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._start = tunnelchild_start.start
        self.started: list[subprocess.Popen[bytes]] = []
        self.directories: list[Path] = []
        self._make = tunnelchild_start.make_socket_dir
        patch.setattr(tunnelchild_start, "start", self._note)
        patch.setattr(tunnelchild_start, "make_socket_dir", self._note_directory)

    def _note(self, phone: str, channel: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        self.started.append(self._start(phone, channel, environment))
        return self.started[-1]

    def _note_directory(self, longest_name: str) -> PrivateDirectory:
        made = self._make(longest_name)
        self.directories.append(made.path)
        return made

    @property
    def left(self) -> list[object]:
        """What is still there of them: processes that nobody has waited for, and directories."""
        running = [child.pid for child in self.started if child.returncode is None]
        return [*running, *(path for path in self.directories if path.exists())]


def without_a_stack(patch: pytest.MonkeyPatch) -> None:
    """Have this process open no tunnel of its own."""
    patch.setattr("harness.drivers.pmd3.transport.claim_stack", lambda: None)
