"""``URLSession``: the object an app holds; what it does, it has done by the kernel."""

from __future__ import annotations

from collections.abc import Callable

from harness.virtual.apps.foundation.configuration import URLSessionConfiguration
from harness.virtual.apps.foundation.delegate import URLSessionDownloadDelegate
from harness.virtual.apps.foundation.tasks import URLSessionDownloadTask
from harness.virtual.kernel.nsurlsessiond.background_session import (
    BackgroundSession,
    BackgroundTask,
    Completed,
    FinishedDownloading,
    SessionEvent,
)
from harness.virtual.kernel.processes.process import MAIN, current_process


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
