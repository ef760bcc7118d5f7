"""Tasks of a session, as the process that looks at them sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.virtual.kernel.nsurlsessiond.background_session import TaskState
from harness.virtual.kernel.nsurlsessiond.rules import URLError

if TYPE_CHECKING:
    from harness.virtual.apps.foundation.session import URLSession


class TaskRecord(Protocol):
    """What the kernel knows of a task: ``BackgroundTask`` or ``LocalTask``."""

    description: str

    @property
    def identifier(self) -> int:
        """``taskIdentifier``."""
        ...

    @property
    def kind(self) -> str:
        """``data``, ``download`` or ``upload``."""
        ...

    @property
    def url(self) -> str:
        """``originalRequest.url``."""
        ...

    @property
    def state(self) -> str:
        """Where it stands; ``created`` until it is resumed."""
        ...

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, well or not."""
        ...

    @property
    def status(self) -> int | None:
        """HTTP status, once a response came."""
        ...

    @property
    def error(self) -> URLError | None:
        """Why it failed."""
        ...

    @property
    def received_bytes(self) -> int:
        """``countOfBytesReceived``."""
        ...

    @property
    def expected_bytes(self) -> int | None:
        """``countOfBytesExpectedToReceive``, or ``None`` while unknown."""
        ...

    @property
    def sent_bytes(self) -> int:
        """``countOfBytesSent``."""
        ...

    @property
    def size_to_send_bytes(self) -> int:
        """``countOfBytesExpectedToSend``."""
        ...


@dataclass(frozen=True)
class HTTPURLResponse:
    """``HTTPURLResponse``.

    Attributes:
        url: of the request it answers.
        status_code: HTTP status.
    """

    url: str
    status_code: int


class URLSessionTask:
    """``URLSessionTask``.

    Two objects are equal when they stand for one task.

    Args:
        session: the session object it was got from.
        record: the kernel's record of it.
    """

    def __init__(self, session: URLSession, record: TaskRecord) -> None:
        self._session = session
        self._record = record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, URLSessionTask) and other._record is self._record

    def __hash__(self) -> int:
        return id(self._record)

    @property
    def task_identifier(self) -> int:
        """``taskIdentifier``: counts from 1 in each session."""
        return self._record.identifier

    @property
    def original_request_url(self) -> str:
        """``originalRequest.url``: what was asked for, before redirects."""
        return self._record.url

    @property
    def task_description(self) -> str:
        """``taskDescription``: the app's own words; of a background task kept across processes."""
        return self._record.description

    @task_description.setter
    def task_description(self, value: str) -> None:
        self._record.description = value

    @property
    def state(self) -> str:
        """``state``: ``suspended`` before ``resume``, ``running``, ``completed``."""
        if self._record.is_finished:
            return "completed"
        return "suspended" if self._record.state == TaskState.CREATED else "running"

    @property
    def response(self) -> HTTPURLResponse | None:
        """``response``, once there is one."""
        status = self._record.status
        return HTTPURLResponse(self._record.url, status) if status is not None else None

    @property
    def status_code(self) -> int | None:
        """``(response as HTTPURLResponse).statusCode``, once there is a response."""
        return self._record.status

    @property
    def error(self) -> URLError | None:
        """``error``: why it failed, once it has."""
        return self._record.error

    @property
    def count_of_bytes_received(self) -> int:
        """``countOfBytesReceived``."""
        return self._record.received_bytes

    @property
    def count_of_bytes_expected_to_receive(self) -> int:
        """``countOfBytesExpectedToReceive``; -1 while unknown."""
        expected = self._record.expected_bytes
        return -1 if expected is None else expected

    @property
    def count_of_bytes_sent(self) -> int:
        """``countOfBytesSent``: of the request's body."""
        return self._record.sent_bytes

    @property
    def count_of_bytes_expected_to_send(self) -> int:
        """``countOfBytesExpectedToSend``: length of the request's body."""
        return self._record.size_to_send_bytes

    def resume(self) -> None:
        """``resume``: start it; in a background session it may have to wait for the app's request delay."""
        self._session.resume_task(self)

    def cancel(self) -> None:
        """``cancel``: end it with -999."""
        self._session.cancel_task(self)


class URLSessionDataTask(URLSessionTask):
    """``URLSessionDataTask``: its body comes to the delegate piece by piece."""


class URLSessionUploadTask(URLSessionDataTask):
    """``URLSessionUploadTask``: it sends a body."""


class URLSessionDownloadTask(URLSessionTask):
    """``URLSessionDownloadTask``: its body comes as a file."""


TASK_CLASSES: Mapping[str, type[URLSessionTask]] = {
    "data": URLSessionDataTask,
    "upload": URLSessionUploadTask,
    "download": URLSessionDownloadTask,
}
"""The class of a task by what the kernel calls its kind."""


def task_for(session: URLSession, record: TaskRecord) -> URLSessionTask:
    """The object by which an app sees a task."""
    return TASK_CLASSES[record.kind](session, record)
