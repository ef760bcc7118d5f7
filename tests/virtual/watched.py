"""A virtual phone in this process as its tests look at it: one app, its end and its log; time that passes."""

from __future__ import annotations

from typing import ClassVar

from harness.model.states import AppState
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process


async def let_pass(phone: VirtualPhone, seconds: float) -> None:
    """Let so much phone time pass, whatever is emitted meanwhile."""
    until_s = phone.clock.now_s + seconds
    while phone.clock.now_s < until_s:
        await phone.clock.let_pass(until_s)


async def let_boot(phone: VirtualPhone) -> None:
    """Let so much phone time pass that a phone which restarts is there again."""
    await let_pass(phone, phone.rules.boot_s + 1.0)


def crash(phone: VirtualPhone, pid: int) -> None:
    """Have a process run code that raises what nothing catches."""

    def fail() -> None:
        raise RuntimeError("a bug")

    process = phone.processes.get(pid)
    assert process is not None
    process.enqueue(fail)


class OneAppPhone:
    """A phone, and the app on it that its test is about."""

    def __init__(self, phone: VirtualPhone, bundle_id: str) -> None:
        self.phone = phone
        self.bundle_id = bundle_id

    @property
    def process(self) -> Process:
        """The app's process; it must run."""
        process = self.phone.processes.of_bundle(self.bundle_id)
        assert process is not None
        return process

    @property
    def state(self) -> AppState:
        process = self.phone.processes.of_bundle(self.bundle_id)
        return AppState.NOT_RUNNING if process is None else process.state


class WatchedPhone(OneAppPhone):
    """One that is watched from its start: every line of its log, and every end of a process.

    Attributes:
        SPEAKER: the process whose lines ``said`` looks through where none is named.
    """

    SPEAKER: ClassVar[str] = "nsurlsessiond"

    def __init__(self, phone: VirtualPhone, bundle_id: str) -> None:
        super().__init__(phone, bundle_id)
        self.log: list[LogEvent] = []
        self.exits: list[ExitRecord] = []
        phone.log.subscribe(self.log.append)
        phone.exits.observe(self.exits.append)

    def said(self, part: str, process: str | None = None) -> list[str]:
        """The log lines of a process that contain a text."""
        process = process or self.SPEAKER
        return [one.message for one in self.log if one.process == process and part in one.message]

    async def wait(self, seconds: float) -> None:
        """Let so much phone time pass, whatever is emitted meanwhile."""
        await let_pass(self.phone, seconds)

    async def suspend(self) -> None:
        """Press Home and wait until the app is suspended."""
        self.phone.press_home()
        await self.wait(2)
        assert self.state is AppState.SUSPENDED

    async def kill(self) -> None:
        """End the suspended app as the system does."""
        await self.suspend()
        self.phone.signal(self.process.pid, 9)
        assert self.state is AppState.NOT_RUNNING
