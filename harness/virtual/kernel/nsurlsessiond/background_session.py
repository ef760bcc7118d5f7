"""What nsurlsessiond remembers: sessions, their tasks, and what their apps have not been told yet.

It outlives the app's process; the app has it open through a ``SessionClient``, one at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from harness.virtual.kernel.nsurlsessiond.challenges import Answer, Challenge
from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.rules import RESOURCE_TIMEOUT_S
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask, TaskKind, TaskState

__all__ = [
    "BackgroundSession",
    "BackgroundTask",
    "Challenged",
    "Completed",
    "FinishedDownloading",
    "FinishedEvents",
    "ReceivedData",
    "SessionClient",
    "SessionEvent",
    "SessionSettings",
    "TaskKind",
    "TaskState",
]


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
class Challenged:
    """The server wants to know who asks: ``urlSession(_:task:didReceive:completionHandler:)``.

    The task stands still until it is answered; an app that leaves the challenge to Foundation answers
    with ``PERFORM_DEFAULT_HANDLING``.
    """

    task: BackgroundTask
    challenge: Challenge

    def answer(self, answer: Answer) -> None:
        """Answer the challenge; one that was answered already, or whose task has ended, stays as it is."""
        if self.task.transfer is not None and self.task.transfer.challenge is self.challenge:
            self.task.transfer.answer_challenge(answer)


@dataclass(frozen=True)
class FinishedEvents:
    """Everything that the app was woken for has been told."""


SessionEvent = FinishedDownloading | ReceivedData | Challenged | Completed | FinishedEvents
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
        owes_wake: the app was to be woken while the phone was down or not yet unlocked.
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
    owes_wake: bool = False
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
    def is_ready(self) -> bool:
        """Whether its app is due to learn something: every task has ended, or one is challenged."""
        return bool(self.events) and (
            not self.unfinished or any(task.is_challenged for task in self.tasks.values())
        )

    def ask_again(self) -> None:
        """Put each challenge that nobody has answered among the events once more."""
        asked = {event.task.identifier for event in self.events if isinstance(event, Challenged)}
        for task in self.unfinished:
            challenge = task.transfer.challenge if task.transfer is not None else None
            if task.is_challenged and challenge is not None and task.identifier not in asked:
                self.events.append(Challenged(task, challenge))

    def take_back(self, task: BackgroundTask) -> None:
        """Ask no more what was asked of a task: it has ended, or asks anew; what is on its way stays."""
        on_its_way = self.events[0] if self.delivering else None
        self.events = deque(
            event
            for event in self.events
            if event is on_its_way or not (isinstance(event, Challenged) and event.task is task)
        )

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
