"""A virtual phone with a journal reader, for the tests of what nsurlsessiond does to an app."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from harness.model.journal import (
    ACKNOWLEDGED,
    COMMAND_NOTIFICATION_SUFFIX,
    COMMAND_PATH,
    JOURNAL_PATH,
    JournalLine,
    parse_journal_line,
)
from harness.model.states import AppState
from harness.virtual.apps.commanded import Commanded
from harness.virtual.apps.downloader import Downloader
from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.network.egress import Egress
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.processes.exits import ExitRecord

SPEC = PhoneSpec("v-16", "00008030-000000000000001E", "16.7", "iPhone10,3", "20H19", epoch_s=1.7e9)


def bundle(app: type[Commanded] = Downloader, sample: AppBundle = DOWNLOADER) -> AppBundle:
    """A sample app, or a defective variant of it."""
    return replace(sample, delegate=app)


class Stage:
    """One phone with a sample app, and everything it said."""

    def __init__(
        self,
        root: Path,
        app: type[Commanded] = Downloader,
        sample: AppBundle = DOWNLOADER,
        spec: PhoneSpec = SPEC,
        egress: Egress | None = None,
    ) -> None:
        self.bundle_id = sample.bundle_id
        self.phone = VirtualPhone(spec, root, apps=(bundle(app, sample),), egress=egress)
        self.log: list[LogEvent] = []
        self.exits: list[ExitRecord] = []
        self.phone.log.subscribe(self.log.append)
        self.phone.exits.observe(self.exits.append)
        self._commands = 0

    @property
    def container(self) -> Path:
        return self.phone.containers.path(self.bundle_id)

    @property
    def state(self) -> AppState:
        process = self.phone.processes.of_bundle(self.bundle_id)
        return process.state if process is not None else AppState.NOT_RUNNING

    @property
    def pid(self) -> int:
        process = self.phone.processes.of_bundle(self.bundle_id)
        assert process is not None
        return process.pid

    def journal(self) -> list[JournalLine]:
        path = self.container / JOURNAL_PATH
        return [parse_journal_line(line) for line in path.read_text().splitlines()] if path.exists() else []

    def events(self, pid: int | None = None) -> list[str]:
        return [line.event for line in self.journal() if pid is None or line.pid == pid]

    def said(self, part: str, process: str = "nsurlsessiond") -> list[str]:
        return [one.message for one in self.log if one.process == process and part in one.message]

    def do(self, verb: str, **args: str) -> JournalLine:
        """Give the running app a command through its command file; returns the acknowledgement."""
        self._commands += 1
        command = f"c{self._commands}"
        text = json.dumps({"id": command, "nonce": "n1", "do": verb, "args": args})
        (self.container / COMMAND_PATH).write_text(text)
        self.phone.darwin.post(self.bundle_id + COMMAND_NOTIFICATION_SUFFIX)
        return next(
            line
            for line in self.journal()
            if line.event == ACKNOWLEDGED and (line.detail or {})["command"] == command
        )

    async def wait(self, seconds: float) -> None:
        """Let so much phone time pass, whatever is emitted meanwhile."""
        until_s = self.phone.clock.now_s + seconds
        while self.phone.clock.now_s < until_s:
            await self.phone.clock.let_pass(until_s)

    async def suspend(self) -> None:
        """Press Home and wait until the app is suspended."""
        self.phone.press_home()
        await self.wait(2)
        assert self.state is AppState.SUSPENDED

    async def kill(self) -> None:
        """End the suspended app as the system does."""
        await self.suspend()
        self.phone.signal(self.pid, 9)
        assert self.state is AppState.NOT_RUNNING
