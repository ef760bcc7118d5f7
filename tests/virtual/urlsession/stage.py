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
from harness.virtual.apps.commanded import Commanded
from harness.virtual.apps.downloader import Downloader
from harness.virtual.apps.sample import DOWNLOADER
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.network.egress import Egress
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from tests.virtual.watched import WatchedPhone

SPEC = PhoneSpec("v-16", "00008030-000000000000001E", "16.7", "iPhone10,3", "20H19", epoch_s=1.7e9)


def bundle(app: type[Commanded] = Downloader, sample: AppBundle = DOWNLOADER) -> AppBundle:
    """A sample app, or a defective variant of it."""
    return replace(sample, delegate=app)


class Stage(WatchedPhone):
    """One phone with a sample app, and everything it said."""

    def __init__(
        self,
        root: Path,
        app: type[Commanded] = Downloader,
        sample: AppBundle = DOWNLOADER,
        spec: PhoneSpec = SPEC,
        egress: Egress | None = None,
    ) -> None:
        phone = VirtualPhone(spec, root, apps=(bundle(app, sample),), egress=egress)
        super().__init__(phone, sample.bundle_id)
        self._commands = 0

    @property
    def container(self) -> Path:
        return self.phone.containers.path(self.bundle_id)

    @property
    def pid(self) -> int:
        return self.process.pid

    def journal(self) -> list[JournalLine]:
        path = self.container / JOURNAL_PATH
        return [parse_journal_line(line) for line in path.read_text().splitlines()] if path.exists() else []

    def events(self, pid: int | None = None) -> list[str]:
        return [line.event for line in self.journal() if pid is None or line.pid == pid]

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
