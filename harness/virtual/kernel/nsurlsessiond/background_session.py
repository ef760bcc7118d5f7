"""What nsurlsessiond remembers: sessions, their tasks, and what their apps have not been told yet.

It outlives the app's process; the app has it open through a ``SessionClient``, one at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.rules import RESOURCE_TIMEOUT_S, URLError
from harness.virtual.kernel.nsurlsessiond.upload import Upload


@dataclass(frozen=True)
class SessionSettings:
    """The part of a ``URLSessionConfiguration`` that the daemon needs.

    Attributes:
        identifier: the background session's identifier.
        sends_launch_events: ``sessionSendsLaunchEvents``.
        is_discretionary: ``isDiscretionary``.
        resource_timeout_s: ``timeoutIntervalForResource``.
        allows_cellular: ``allowsCellularAccess``.
    """

    identifier: str
    sends_launch_events: bool = True
    is_discretionary: bool = False
    resource_timeout_s: float = RESOURCE_TIMEOUT_S
    allows_cellular: bool = True


class TaskState(StrEnum):
    """Where a task stands::

    CREATED --resume, in front or no delay running--> RUNNING
    CREATED --resume in the background, delayed-----> DELAYED --delay over, or foreground--> RUNNING
    any but COMPLETED --ended, cancelled------------> COMPLETED
    """

    CREATED = "created"
    DELAYED = "delayed"
    RUNNING = "running"
    COMPLETED = "completed"


class TaskKind(StrEnum):
    """What a task moves; background sessions have these two. Source: background-execution.md §1.8.1."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


@dataclass
class BackgroundTask:
    """One task of a background session.

    Attributes:
        identifier: ``taskIdentifier``, from 1 in each session.
        uuid: the daemon's own name for it, as logged.
        request: what is asked for; its address is ``originalRequest.url``.
        kind: download, or upload from a file.
        description: ``taskDescription``.
        state: where it stands.
        transfer: what moves its bytes, once it was started.
        status: HTTP status of its response, once complete.
        error: why it failed, once complete.
    """

    identifier: int
    uuid: str
    request: FetchRequest
    kind: TaskKind = TaskKind.DOWNLOAD
    description: str = ""
    state: TaskState = TaskState.CREATED
    transfer: Download | Upload | None = None
    status: int | None = None
    error: URLError | None = None

    @property
    def url(self) -> str:
        """``originalRequest.url``."""
        return self.request.url

    @property
    def download(self) -> Download | None:
        """The transfer of a download task, once it was started."""
        return self.transfer if isinstance(self.transfer, Download) else None

    @property
    def received_bytes(self) -> int:
        """``countOfBytesReceived``."""
        return self.transfer.received_bytes if self.transfer is not None else 0

    @property
    def expected_bytes(self) -> int | None:
        """``countOfBytesExpectedToReceive``, or ``None`` while unknown."""
        return self.transfer.expected_bytes if self.transfer is not None else None

    @property
    def sent_bytes(self) -> int:
        """``countOfBytesSent``."""
        return self.transfer.sent_bytes if self.transfer is not None else 0

    @property
    def size_to_send_bytes(self) -> int:
        """``countOfBytesExpectedToSend``."""
        return self.transfer.size_to_send_bytes if self.transfer is not None else 0

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state is TaskState.COMPLETED

    @property
    def log_name(self) -> str:
        """Its name in log lines. Source: log-grammar.md §1.5."""
        return f"Task <{self.uuid}>.<{self.identifier}>"


@dataclass(frozen=True)
class FinishedDownloading:
    """The body is at ``path`` until the delegate returns."""

    task: BackgroundTask
    download: Download

    @property
    def path(self) -> Path:
        """Where the file is now."""
        return self.download.path


@dataclass(frozen=True)
class ReceivedData:
    """The body of the answer to an upload: ``urlSession(_:dataTask:didReceive:)``."""

    task: BackgroundTask
    data: bytes


@dataclass(frozen=True)
class Completed:
    """The task has ended; ``task.error`` says how."""

    task: BackgroundTask


@dataclass(frozen=True)
class FinishedEvents:
    """Everything that the app was woken for has been told."""


SessionEvent = FinishedDownloading | ReceivedData | Completed | FinishedEvents
"""What a session's delegate is told, in order."""


class SessionClient(Protocol):
    """A session object in an app's process."""

    @property
    def pid(self) -> int:
        """The process it lives in."""
        ...

    def deliver(self, event: SessionEvent, done: Callable[[], None]) -> None:
        """Tell the delegate, in the app's own time; call ``done`` when it has returned."""
        ...

    def became_invalid(self) -> None:
        """The session was invalidated and all is told."""
        ...


@dataclass
class BackgroundSession:
    """One background session of one app.

    Attributes:
        bundle_id: whose it is.
        settings: how it was last opened.
        uuid: the daemon's own name for it, as logged.
        tasks: those the app has not been told the end of, by identifier.
        events: what the app has still to be told; the first stays until its delegate has returned.
        client: the session object that has it open.
        awaits_handle_events: the app was woken and ``handleEvents…`` has not returned yet.
        owes_finish: ``urlSessionDidFinishEvents`` is due once the events are told.
        delivering: the first event is on its way.
        closing: the app invalidated it; it goes when all is told.
        obliterated: the app invalidated it and cancelled its tasks.
    """

    bundle_id: str
    settings: SessionSettings
    uuid: str
    tasks: dict[int, BackgroundTask] = field(default_factory=dict[int, BackgroundTask])
    events: deque[SessionEvent] = field(default_factory=deque[SessionEvent])
    client: SessionClient | None = None
    awaits_handle_events: bool = False
    owes_finish: bool = False
    delivering: bool = False
    closing: bool = False
    obliterated: bool = False
    last_task: int = 0

    @property
    def identifier(self) -> str:
        """The identifier the app gave it."""
        return self.settings.identifier

    @property
    def unfinished(self) -> tuple[BackgroundTask, ...]:
        """The tasks that have not ended, oldest first."""
        return tuple(task for task in self.tasks.values() if not task.is_finished)

    @property
    def is_spent(self) -> bool:
        """Whether it is being closed and nothing is left to do or to tell."""
        return self.closing and not self.unfinished and not self.events and not self.delivering

    def disconnect(self) -> None:
        """Forget the client: its process has ended, or it became invalid."""
        self.client = None
        self.delivering = False
        self.awaits_handle_events = False
        self.owes_finish = False
        self.closing = False
