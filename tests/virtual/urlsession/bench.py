"""A phone with an app of a few lines, for tests of nsurlsessiond itself rather than of a sample app."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.nsurlsessiond.background_session import (
    BackgroundSession,
    Challenged,
    Completed,
    FinishedDownloading,
    ReceivedData,
    SessionEvent,
    SessionSettings,
)
from harness.virtual.kernel.nsurlsessiond.challenges import Answer
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.processes.process import Process
from tests.virtual.watched import WatchedPhone

if TYPE_CHECKING:
    from harness.virtual.apps.uikit import UIApplication

BUNDLE_ID = "dev.harness.small"
SPEC = PhoneSpec(
    "v-16", "00008030-000000000000001E", "16.7", "iPhone10,3", "20H19", epoch_s=1.7e9, cellular=True
)


@dataclass
class Client:
    """A session object of the app, that notes what it is told and by which process."""

    bench: Bench
    process: Process
    session: BackgroundSession = field(init=False)

    @property
    def pid(self) -> int:
        return self.process.pid

    def deliver(self, event: SessionEvent, done: Callable[[], None]) -> None:
        self.process.enqueue(partial(self._take, event, done))

    def became_invalid(self) -> None:
        self.bench.told.append("invalid")

    def _take(self, event: SessionEvent, done: Callable[[], None]) -> None:
        self.bench.take(event)
        done()


class SmallApp(UIApplicationDelegate):
    """Opens the session it was woken for, and calls the handler when all is told."""

    bench: Bench

    def application_handle_events_for_background_url_session(
        self, application: UIApplication, identifier: str, completion_handler: Callable[[], None]
    ) -> None:
        self.bench.told.append("handleEvents")
        self.bench.handler = completion_handler
        if self.bench.opens_when_woken:
            self.bench.open(identifier)


class Bench(WatchedPhone):
    """One phone, one app, and what the app was told, in words.

    Attributes:
        told: ``handleEvents``, ``file BYTES``, ``data BYTES``, ``challenge REALM FAILURES``,
            ``STATUS`` or the code of an error with the reason of a cancelled task, ``finished``, ``invalid``.
        answers: how challenges are answered, in turn.
        opens_when_woken: whether the app opens the session that it is woken for.
    """

    def __init__(self, root: Path, spec: PhoneSpec = SPEC) -> None:
        self.told: list[str] = []
        self.answers: list[Answer] = []
        self.opens_when_woken = True
        self.handler: Callable[[], None] = lambda: None
        self.settings: dict[str, SessionSettings] = {}
        app = type("App", (SmallApp,), {"bench": self})
        small = AppBundle(BUNDLE_ID, "Small", "1.0", "Small", delegate=app)
        super().__init__(VirtualPhone(spec, root, apps=(small,)), BUNDLE_ID)

    def launch(self, settings: SessionSettings | None = None) -> BackgroundSession:
        """Tap the icon, and open a session ``s``, or one with these settings."""
        self.phone.user_launch(BUNDLE_ID)
        settings = settings or SessionSettings("s")
        self.settings[settings.identifier] = settings
        return self.open(settings.identifier)

    def open(self, identifier: str) -> BackgroundSession:
        """What the app's code does to get its session."""
        settings = self.settings.get(identifier, SessionSettings(identifier))
        client = Client(self, self.process)
        client.session = self.phone.urlsession.open_session(self.process, settings, client)
        return client.session

    def download(self, session: BackgroundSession, *urls: str) -> list[BackgroundTask]:
        """Start downloads."""
        return self._resumed(session, (self.phone.urlsession.add_task(session, url) for url in urls))

    def upload(self, session: BackgroundSession, url: str, file: Path) -> BackgroundTask:
        """Start an upload."""
        return self._resumed(session, [self.phone.urlsession.add_upload_task(session, url, file)])[0]

    def take(self, event: SessionEvent) -> None:
        """What the delegate does with what it is told."""
        if isinstance(event, FinishedDownloading):
            self.told.append(f"file {event.path.stat().st_size}")
        elif isinstance(event, ReceivedData):
            self.told.append(f"data {len(event.data)}")
        elif isinstance(event, Challenged):
            self.told.append(f"challenge {event.challenge.realm} {event.challenge.failures}")
            if self.answers:
                event.answer(self.answers.pop(0))
        elif isinstance(event, Completed):
            error = event.task.error
            reason = "" if error is None or error.reason is None else f" {int(error.reason)}"
            self.told.append(f"{event.task.status}" if error is None else f"{int(error.code)}{reason}")
        else:
            self.told.append("finished")
            self.handler()

    def _resumed(self, session: BackgroundSession, tasks: Iterable[BackgroundTask]) -> list[BackgroundTask]:
        made = list(tasks)
        for task in made:
            self.phone.urlsession.resume(session, task)
        return made
