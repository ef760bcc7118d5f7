"""``URLSession``: the object an app holds; what it does, it has done by a loader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from harness.virtual.apps.foundation.challenges import (
    AuthChallengeDisposition,
    ChallengeHandler,
    URLAuthenticationChallenge,
)
from harness.virtual.apps.foundation.completions import (
    CollectsData,
    Completion,
    DataCompletion,
    DownloadCompletion,
    HandsFileOver,
)
from harness.virtual.apps.foundation.configuration import URLSessionConfiguration
from harness.virtual.apps.foundation.delegate import (
    URLSessionDataDelegate,
    URLSessionDelegate,
    URLSessionDownloadDelegate,
    URLSessionTaskDelegate,
)
from harness.virtual.apps.foundation.exceptions import NSGenericException
from harness.virtual.apps.foundation.loading import BackgroundLoader, Loader, LocalLoader, Order
from harness.virtual.apps.foundation.rules import (
    INVALIDATED,
    NO_CLOSURES,
    NO_UPLOADS_FROM_DATA,
    OWN_QUEUE,
)
from harness.virtual.apps.foundation.tasks import (
    TaskRecord,
    URLSessionDataTask,
    URLSessionDownloadTask,
    URLSessionTask,
    URLSessionUploadTask,
    task_for,
)
from harness.virtual.kernel.localsession.events import LocalKind
from harness.virtual.kernel.processes.process import MAIN, Process, current_process

Task = TypeVar("Task", bound=URLSessionTask)


class URLSession:
    """``URLSession(configuration:delegate:delegateQueue:)``.

    It keeps its delegate until it has been invalidated and all is told, and the process keeps it: an app that
    lets go of a session without invalidating it leaks both (background-execution.md §1.8.9).

    Args:
        configuration: how it works. A background one names the session: one of the same identifier from an
            earlier process goes on.
        delegate: who is told.
        delegate_queue: ``main``; else, as with nil, a queue of the session's own (catalogue S26).
    """

    def __init__(
        self,
        configuration: URLSessionConfiguration,
        delegate: URLSessionDelegate | None = None,
        delegate_queue: str | None = None,
    ) -> None:
        self.configuration = replace(configuration)
        self.delegate = delegate
        self.process: Process = current_process()
        self._thread = MAIN if delegate_queue == MAIN else OWN_QUEUE
        self._completions: dict[int, Completion] = {}
        self._invalidated = False
        self.process.phone.local_sessions.keep(self.pid, self)
        self._loader: Loader = BackgroundLoader(self) if configuration.is_background else LocalLoader(self)

    @property
    def pid(self) -> int:
        """The process it belongs to."""
        return self.process.pid

    @property
    def identifier(self) -> str:
        """The identifier of its configuration; empty for a default session."""
        return self.configuration.identifier

    # What an app asks for.

    def data_task(self, url: str, completion_handler: DataCompletion | None = None) -> URLSessionDataTask:
        """``dataTask(with:)``, also with a closure.

        Args:
            url: what to ask for.
            completion_handler: told in place of the delegate.

        Raises:
            NSGenericException: the session is invalidated, or a background session.
        """
        completion = CollectsData(completion_handler) if completion_handler else None
        return self._task(URLSessionDataTask, Order(LocalKind.DATA, url), completion)

    def download_task(
        self, url: str, completion_handler: DownloadCompletion | None = None
    ) -> URLSessionDownloadTask:
        """``downloadTask(with:)``, also with a closure.

        Args:
            url: what to ask for.
            completion_handler: told in place of the delegate.

        Raises:
            NSGenericException: the session is invalidated, or is a background session and there is a closure.
        """
        completion = HandsFileOver(completion_handler) if completion_handler else None
        return self._task(URLSessionDownloadTask, Order(LocalKind.DOWNLOAD, url), completion)

    def upload_task(
        self,
        url: str,
        *,
        from_file: Path | None = None,
        from_data: bytes | None = None,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
        completion_handler: DataCompletion | None = None,
    ) -> URLSessionUploadTask:
        """``uploadTask(with:fromFile:)`` and ``uploadTask(with:from:)``, also with a closure.

        Args:
            url: where to.
            from_file: what to send; must be there until the task has ended.
            from_data: what to send, in place of a file.
            method: HTTP method.
            headers: request headers.
            completion_handler: told in place of the delegate.

        Raises:
            NSGenericException: the session is invalidated; or is a background session, and there is a
                closure, or no file.
        """
        if from_file is None and self.configuration.is_background:
            raise NSGenericException(NO_UPLOADS_FROM_DATA)
        completion = CollectsData(completion_handler) if completion_handler else None
        order = Order(LocalKind.UPLOAD, url, method, headers or {}, from_file, from_data or b"")
        return self._task(URLSessionUploadTask, order, completion)

    def get_all_tasks(self, callback: Callable[[list[URLSessionTask]], None]) -> None:
        """``getAllTasks``: call back on the session's queue with the tasks that have not ended."""
        self.run(lambda: callback([task_for(self, record) for record in self._loader.unfinished()]))

    def finish_tasks_and_invalidate(self) -> None:
        """``finishTasksAndInvalidate``: take no more tasks, and let the delegate go after the last."""
        self._invalidated = True
        self._loader.close(cancel_tasks=False)

    def invalidate_and_cancel(self) -> None:
        """``invalidateAndCancel``: cancel all tasks and let the delegate go."""
        self._invalidated = True
        self._loader.close(cancel_tasks=True)

    def resume_task(self, task: URLSessionTask) -> None:
        """Start a task of this session. Called by the task."""
        self._loader.resume(task.task_identifier)

    def cancel_task(self, task: URLSessionTask) -> None:
        """Cancel a task of this session. Called by the task."""
        self._loader.cancel(task.task_identifier)

    # What the loader brings; all but the first two run on the session's queue.

    def run(self, work: Callable[[], None]) -> None:
        """Run work on the session's queue."""
        self.process.enqueue(work, thread=self._thread)

    def become_invalid(self) -> None:
        """Tell the delegate the last thing, and let it go."""
        self.run(self._let_delegate_go)

    def tell_file(self, record: TaskRecord, path: Path) -> None:
        """The body of a download is at ``path`` until this returns."""
        completion = self._completions.get(record.identifier)
        task = URLSessionDownloadTask(self, record)
        if completion is not None:
            completion.take_file(task, path)
        elif isinstance(self.delegate, URLSessionDownloadDelegate):
            self.delegate.url_session_download_task_did_finish_downloading_to(self, task, path)

    def tell_data(self, record: TaskRecord, data: bytes) -> None:
        """A piece of a body came."""
        completion = self._completions.get(record.identifier)
        if completion is not None:
            completion.take_data(data)
        elif isinstance(self.delegate, URLSessionDataDelegate):
            kind = URLSessionUploadTask if record.kind == LocalKind.UPLOAD else URLSessionDataTask
            self.delegate.url_session_data_task_did_receive_data(self, kind(self, record), data)

    def tell_end(self, record: TaskRecord) -> None:
        """A task has ended."""
        completion = self._completions.pop(record.identifier, None)
        task = task_for(self, record)
        if completion is not None:
            completion.end(task)
        elif isinstance(self.delegate, URLSessionTaskDelegate):
            self.delegate.url_session_task_did_complete_with_error(self, task, record.error)

    def tell_challenge(
        self, record: TaskRecord, challenge: URLAuthenticationChallenge, handler: ChallengeHandler
    ) -> None:
        """A server wants to know who asks; without a delegate that cares it is told nothing."""
        if isinstance(self.delegate, URLSessionTaskDelegate):
            task = task_for(self, record)
            self.delegate.url_session_task_did_receive_challenge(self, task, challenge, handler)
        else:
            handler(AuthChallengeDisposition.PERFORM_DEFAULT_HANDLING, None)

    def tell_waiting(self, record: TaskRecord) -> None:
        """A task waits for connectivity."""
        if isinstance(self.delegate, URLSessionTaskDelegate):
            self.delegate.url_session_task_is_waiting_for_connectivity(self, task_for(self, record))

    def tell_all_told(self) -> None:
        """Everything is told that the app was woken for."""
        if self.delegate is not None:
            self.delegate.url_session_did_finish_events_for_background(self)

    def _let_delegate_go(self) -> None:
        delegate, self.delegate = self.delegate, None
        self.process.phone.local_sessions.let_go(self.pid, self)
        if delegate is not None:
            delegate.url_session_did_become_invalid_with_error(self, None)

    def _task(self, kind: type[Task], order: Order, completion: Completion | None) -> Task:
        if self._invalidated:
            raise NSGenericException(INVALIDATED)
        if completion is not None and self.configuration.is_background:
            raise NSGenericException(NO_CLOSURES)
        record = self._loader.add(order)
        if completion is not None:
            self._completions[record.identifier] = completion
        return kind(self, record)
