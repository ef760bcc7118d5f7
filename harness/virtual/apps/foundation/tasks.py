"""Tasks of a session, as the process that looks at them sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.virtual.kernel.nsurlsessiond.background_session import BackgroundTask, TaskState

if TYPE_CHECKING:
    from harness.virtual.apps.foundation.session import URLSession


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
