"""Background ``URLSession``: Foundation's names in snake case, for the code of virtual apps.

Only what a background session allows is here: download tasks with a delegate
(background-execution.md §1.8.1). Objects belong to the process whose code made them and die with it;
the tasks do not, they live in nsurlsessiond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from harness.virtual.kernel.nsurlsessiond.background_session import (
    BackgroundSession,
    BackgroundTask,
    Completed,
    FinishedDownloading,
    SessionEvent,
    SessionSettings,
    TaskState,
)
from harness.virtual.kernel.nsurlsessiond.rules import (
    RESOURCE_TIMEOUT_S,
    CancelReason,
    URLError,
    URLErrorCode,
)
from harness.virtual.kernel.processes.process import MAIN, current_process

__all__ = [
    "CancelReason",
    "URLError",
    "URLErrorCode",
    "URLSession",
    "URLSessionConfiguration",
    "URLSessionDownloadDelegate",
    "URLSessionDownloadTask",
]


@dataclass
class URLSessionConfiguration:
    """``URLSessionConfiguration`` of a background session.

    Attributes:
        identifier: the session's name, unique in the app.
        session_sends_launch_events: whether the app is woken when the session's tasks are finished.
        is_discretionary: whether the system may choose the time.
        timeout_interval_for_resource: seconds until a task gives up with -1001.
    """

    identifier: str
    session_sends_launch_events: bool = True
    is_discretionary: bool = False
    timeout_interval_for_resource: float = RESOURCE_TIMEOUT_S

    @classmethod
    def background(cls, identifier: str) -> URLSessionConfiguration:
        """``background(withIdentifier:)``."""
        return cls(identifier)

    def settings(self) -> SessionSettings:
        """What the daemon needs of it."""
        return SessionSettings(
            self.identifier,
            sends_launch_events=self.session_sends_launch_events,
            is_discretionary=self.is_discretionary,
            resource_timeout_s=self.timeout_interval_for_resource,
        )


class URLSessionDownloadDelegate:
    """What a session tells; every method does nothing unless overridden."""

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """``urlSession(_:downloadTask:didFinishDownloadingTo:)``: the file is gone when this returns."""

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionDownloadTask, error: URLError | None
    ) -> None:
        """``urlSession(_:task:didCompleteWithError:)``: the last word on a task."""

    def url_session_did_finish_events_for_background(self, session: URLSession) -> None:
        """``urlSessionDidFinishEvents(forBackgroundURLSession:)``: all is told that the app was woken for."""

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        """``urlSession(_:didBecomeInvalidWithError:)``: the session will tell nothing more."""


class URLSession:
    """``URLSession(configuration:delegate:delegateQueue:)`` over a background configuration.

    Args:
        configuration: names the session; one of the same identifier from an earlier process goes on.
        delegate: who is told; kept until the session is invalidated.
        delegate_queue: ``main``, or ``other`` for a queue of the session's own.
    """

    def __init__(
        self,
        configuration: URLSessionConfiguration,
        delegate: URLSessionDownloadDelegate | None = None,
        delegate_queue: str = "other",
    ) -> None:
        self.configuration = configuration
        self.delegate = delegate or URLSessionDownloadDelegate()
        self._process = current_process()
        self._thread = MAIN if delegate_queue == MAIN else delegate_queue
        self._invalidated = False
        self._daemon = self._process.phone.urlsession
        self._session: BackgroundSession = self._daemon.open_session(
            self._process, configuration.settings(), self
        )

    @property
    def pid(self) -> int:
        """The process it belongs to."""
        return self._process.pid

    @property
    def identifier(self) -> str:
        """The identifier of its configuration."""
        return self.configuration.identifier

    def download_task(self, url: str) -> URLSessionDownloadTask:
        """``downloadTask(with:)``: a task that waits for ``resume``.

        Raises:
            RuntimeError: the session has been invalidated.
        """
        if self._invalidated:
            raise RuntimeError("Task created in a session that has been invalidated")
        return URLSessionDownloadTask(self, self._daemon.add_task(self._session, url))

    def get_all_tasks(self, callback: Callable[[list[URLSessionDownloadTask]], None]) -> None:
        """``getAllTasks``: call back on the session's queue with the tasks that have not ended."""

        def answer() -> None:
            callback([URLSessionDownloadTask(self, task) for task in self._session.unfinished])

        self._process.enqueue(answer, thread=self._thread)

    def finish_tasks_and_invalidate(self) -> None:
        """``finishTasksAndInvalidate``: take no more tasks, and let the delegate go after the last."""
        self._invalidated = True
        self._daemon.close_session(self._session, cancel_tasks=False)

    def invalidate_and_cancel(self) -> None:
        """``invalidateAndCancel``: cancel all tasks and let the delegate go."""
        self._invalidated = True
        self._daemon.close_session(self._session, cancel_tasks=True)

    def resume_task(self, task: BackgroundTask) -> None:
        """Start a task of this session. Called by the task."""
        self._daemon.resume(self._session, task)

    def cancel_task(self, task: BackgroundTask) -> None:
        """Cancel a task of this session. Called by the task."""
        self._daemon.cancel(self._session, task)

    def deliver(self, event: SessionEvent, done: Callable[[], None]) -> None:
        """Tell the delegate on its queue, then ``done``. Called by the daemon."""

        def run() -> None:
            self._tell_delegate(event)
            done()

        self._process.enqueue(run, thread=self._thread)

    def became_invalid(self) -> None:
        """Tell the delegate the last thing. Called by the daemon."""
        self._process.enqueue(
            lambda: self.delegate.url_session_did_become_invalid_with_error(self, None), thread=self._thread
        )

    def _tell_delegate(self, event: SessionEvent) -> None:
        if isinstance(event, FinishedDownloading):
            task = URLSessionDownloadTask(self, event.task)
            self.delegate.url_session_download_task_did_finish_downloading_to(self, task, event.path)
        elif isinstance(event, Completed):
            task = URLSessionDownloadTask(self, event.task)
            self.delegate.url_session_task_did_complete_with_error(self, task, event.task.error)
        else:
            self.delegate.url_session_did_finish_events_for_background(self)


class URLSessionDownloadTask:
    """``URLSessionDownloadTask``: one task, as the process that looks at it sees it.

    Args:
        session: the session object it was got from.
        task: the daemon's record of it.
    """

    def __init__(self, session: URLSession, task: BackgroundTask) -> None:
        self._session = session
        self._task = task

    def __eq__(self, other: object) -> bool:
        return isinstance(other, URLSessionDownloadTask) and other._task is self._task

    def __hash__(self) -> int:
        return id(self._task)

    @property
    def task_identifier(self) -> int:
        """``taskIdentifier``: counts from 1 in each session."""
        return self._task.identifier

    @property
    def original_request_url(self) -> str:
        """``originalRequest.url``: what was asked for, before redirects."""
        return self._task.url

    @property
    def task_description(self) -> str:
        """``taskDescription``: the app's own words, kept across processes."""
        return self._task.description

    @task_description.setter
    def task_description(self, value: str) -> None:
        self._task.description = value

    @property
    def state(self) -> str:
        """``state``: ``suspended`` before ``resume``, ``running``, ``completed``."""
        names = {TaskState.CREATED: "suspended", TaskState.COMPLETED: "completed"}
        return names.get(self._task.state, "running")

    @property
    def status_code(self) -> int | None:
        """``(response as HTTPURLResponse).statusCode`` once it has ended with a response."""
        return self._task.status

    @property
    def count_of_bytes_received(self) -> int:
        """``countOfBytesReceived``."""
        return self._task.download.received_bytes if self._task.download else 0

    @property
    def count_of_bytes_expected_to_receive(self) -> int:
        """``countOfBytesExpectedToReceive``; -1 while unknown."""
        expected = self._task.download.expected_bytes if self._task.download else None
        return -1 if expected is None else expected

    def resume(self) -> None:
        """``resume``: start it, or let it wait for the app's request delay."""
        self._session.resume_task(self._task)

    def cancel(self) -> None:
        """``cancel``: end it with -999."""
        self._session.cancel_task(self._task)
