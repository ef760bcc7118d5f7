"""One task of a background session, and where it can stand.

Theory: the app says when a task may begin, the daemon when it does. Between the two stand the app's request
delay, for what is begun in the background, and the phone's conditions, for what is discretionary; a phone
that was not unlocked since it booted holds back everything. Once it runs, a task is the business of its
transfer (``attempts``), which waits and tries again by itself; only the phone's conditions can still stop it.
``MOVES`` is all that can happen, and nothing leaves COMPLETED.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.rules import URLError
from harness.virtual.kernel.nsurlsessiond.upload import Upload


class TaskKind(StrEnum):
    """What a task moves; background sessions have these two. Source: background-execution.md §1.8.1."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


class TaskState(StrEnum):
    """Where a task stands."""

    CREATED = "created"
    DELAYED = "waiting for the app's request delay"
    HELD = "waiting for the phone's conditions"
    RUNNING = "running"
    COMPLETED = "completed"


class TaskStep(StrEnum):
    """What moves a task on."""

    DELAY = "resumed while the app's request delay runs"
    HOLD = "the phone's conditions are against it"
    START = "nothing is against it"
    END = "it is answered, has failed, or is cancelled"


MOVES: Mapping[tuple[TaskState, TaskStep], TaskState] = {
    (TaskState.CREATED, TaskStep.DELAY): TaskState.DELAYED,
    (TaskState.CREATED, TaskStep.HOLD): TaskState.HELD,
    (TaskState.CREATED, TaskStep.START): TaskState.RUNNING,
    (TaskState.CREATED, TaskStep.END): TaskState.COMPLETED,
    (TaskState.DELAYED, TaskStep.HOLD): TaskState.HELD,
    (TaskState.DELAYED, TaskStep.START): TaskState.RUNNING,
    (TaskState.DELAYED, TaskStep.END): TaskState.COMPLETED,
    (TaskState.HELD, TaskStep.START): TaskState.RUNNING,
    (TaskState.HELD, TaskStep.END): TaskState.COMPLETED,
    (TaskState.RUNNING, TaskStep.HOLD): TaskState.HELD,
    (TaskState.RUNNING, TaskStep.END): TaskState.COMPLETED,
}
"""Every move there is."""


@dataclass
class BackgroundTask:
    """One task of a background session.

    Attributes:
        identifier: ``taskIdentifier``, from 1 in each session.
        uuid: the daemon's own name for it, as logged.
        request: what is asked for; its address is ``originalRequest.url``.
        kind: download, or upload from a file.
        description: ``taskDescription``.
        made_in_background: it was created while its app was in the background, and the app has not been
            in front since.
        state: where it stands.
        transfer: what moves its bytes, once it was resumed.
        status: HTTP status of its response, once complete.
        error: why it failed, once complete.
    """

    identifier: int
    uuid: str
    request: FetchRequest
    kind: TaskKind = TaskKind.DOWNLOAD
    description: str = ""
    made_in_background: bool = False
    state: TaskState = TaskState.CREATED
    transfer: Download | Upload | None = None
    status: int | None = None
    error: URLError | None = None

    def move(self, step: TaskStep) -> bool:
        """Take a step; false, and nothing happens, when there is no such move."""
        to = MOVES.get((self.state, step))
        if to is not None:
            self.state = to
        return to is not None

    @property
    def url(self) -> str:
        """``originalRequest.url``."""
        return self.request.url

    @property
    def download(self) -> Download | None:
        """The transfer of a download task, once it was resumed."""
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
    def is_challenged(self) -> bool:
        """Whether it stands still until the app has answered a challenge."""
        return self.transfer is not None and self.transfer.is_challenged

    @property
    def log_name(self) -> str:
        """Its name in log lines. Source: log-grammar.md §1.5."""
        return f"Task <{self.uuid}>.<{self.identifier}>"
