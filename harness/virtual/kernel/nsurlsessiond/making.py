"""How a task gets its transfer: what it asks for, where its file is, what surrounds it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.virtual.kernel.nsurlsessiond.attempts import Surroundings, TransferEnd
from harness.virtual.kernel.nsurlsessiond.background_session import BackgroundSession
from harness.virtual.kernel.nsurlsessiond.challenges import Challenge
from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.fetching import Way
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask, TaskKind
from harness.virtual.kernel.nsurlsessiond.upload import Upload

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

DOWNLOADS = "Library/Caches/com.apple.nsurlsessiond/Downloads"
"""Where an app's container keeps files that are being downloaded."""


class TransferWatcher(Protocol):
    """Who is told what becomes of transfers."""

    def attempt_began(self, session: BackgroundSession, task: BackgroundTask) -> None:
        """A task's transfer makes an attempt."""
        ...

    def task_challenged(self, session: BackgroundSession, task: BackgroundTask, challenge: Challenge) -> None:
        """A task's server wants to know who asks."""
        ...

    def task_ended(self, session: BackgroundSession, task: BackgroundTask, end: TransferEnd) -> None:
        """A task's transfer has ended by itself."""
        ...


class TransferMaker:
    """Makes the transfers of one phone.

    Args:
        phone: the phone.
        source: makes the names of files reproducible.
        watcher: told what becomes of them.
    """

    def __init__(self, phone: VirtualPhone, source: random.Random, watcher: TransferWatcher) -> None:
        self._phone = phone
        self._random = source
        self._watcher = watcher

    def make(self, session: BackgroundSession, task: BackgroundTask) -> Download | Upload:
        """A new transfer for a task."""
        around = Surroundings(
            clock=self._phone.clock,
            way=Way(self._phone.network, session.settings.allows_cellular),
            ended=partial(self._watcher.task_ended, session, task),
            resource_timeout_s=session.settings.resource_timeout_s,
            began=partial(self._watcher.attempt_began, session, task),
            challenged=partial(self._watcher.task_challenged, session, task),
        )
        if task.kind is TaskKind.UPLOAD and task.request.file is not None:
            return Upload(task.request, self._place_of(session.bundle_id, task.request.file), around)
        return Download(task.request, self._new_place(session.bundle_id), around)

    def user_agent(self, bundle_id: str) -> str:
        """What an app's requests say of it."""
        app = self._phone.apps.get(bundle_id)
        return f"{app.executable}/{app.build} CFNetwork Darwin" if app else "CFNetwork Darwin"

    def _new_place(self, bundle_id: str) -> Callable[[], Path]:
        name = f"CFNetworkDownload_{self._random.getrandbits(32):08x}.tmp"

        def place() -> Path:
            directory = self._phone.containers.path(bundle_id) / DOWNLOADS / bundle_id
            directory.mkdir(parents=True, exist_ok=True)
            return directory / name

        return place

    def _place_of(self, bundle_id: str, file: Path) -> Callable[[], Path]:
        """Where a file of the app is now: its container may move while a task of it waits."""
        containers = self._phone.containers
        container = containers.path(bundle_id)
        if not file.is_relative_to(container):
            return lambda: file
        inside = file.relative_to(container)
        return lambda: containers.path(bundle_id) / inside
