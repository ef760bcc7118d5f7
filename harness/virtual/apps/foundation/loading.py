"""Where the tasks of a session are carried out: in nsurlsessiond, or in the app's own process.

A loader is the kernel's end of one session object. It asks the kernel for what the app wants, and brings what
the kernel tells to the session, on the session's queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.virtual.apps.foundation.challenges import AuthChallengeDisposition, URLCredential, answer_of
from harness.virtual.apps.foundation.exceptions import NSGenericException
from harness.virtual.apps.foundation.rules import NO_DATA_TASKS
from harness.virtual.apps.foundation.tasks import TaskRecord
from harness.virtual.kernel.localsession.events import (
    LocalData,
    LocalEnd,
    LocalEvent,
    LocalFile,
    LocalKind,
    WaitsForConnectivity,
)
from harness.virtual.kernel.nsurlsessiond.background_session import (
    Challenged,
    Completed,
    FinishedDownloading,
    FinishedEvents,
    ReceivedData,
    SessionEvent,
)

if TYPE_CHECKING:
    from harness.virtual.apps.foundation.session import URLSession


@dataclass(frozen=True)
class Order:
    """What a new task is to do.

    Attributes:
        kind: what it gives the app.
        url: what it asks for.
        method: HTTP method.
        headers: request headers.
        file: what it sends; of an upload only.
        data: what an upload sends that has no file.
    """

    kind: LocalKind
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    file: Path | None = None
    data: bytes = b""


class Loader(Protocol):
    """The kernel's end of a session object; tasks are named by their ``taskIdentifier``."""

    def add(self, order: Order) -> TaskRecord:
        """Create a task, which waits for ``resume``."""
        ...

    def resume(self, identifier: int) -> None:
        """Start a task; one that has ended is left alone."""
        ...

    def cancel(self, identifier: int) -> None:
        """Cancel a task; one that has ended is left alone."""
        ...

    def unfinished(self) -> Sequence[TaskRecord]:
        """The tasks that have not ended, oldest first."""
        ...

    def close(self, *, cancel_tasks: bool) -> None:
        """Invalidate the session."""
        ...


class BackgroundLoader:
    """Has nsurlsessiond carry the tasks out; a ``SessionClient``.

    A second session object of one identifier is not told anything, for the first has the session open
    (background-execution.md §1.8.9). Its tasks are the first one's, and its end is its own.

    Args:
        session: the session object.
    """

    def __init__(self, session: URLSession) -> None:
        self._session = session
        self._daemon = session.process.phone.urlsession
        self._opened = self._daemon.open_session(
            session.process, session.configuration.background_settings(), self
        )

    @property
    def pid(self) -> int:
        """The process it lives in."""
        return self._session.pid

    def add(self, order: Order) -> TaskRecord:
        """See ``Loader``.

        Raises:
            NSGenericException: it is a data task.
        """
        if order.kind is LocalKind.DOWNLOAD:
            return self._daemon.add_task(self._opened, order.url)
        if order.file is None:
            raise NSGenericException(NO_DATA_TASKS)
        return self._daemon.add_upload_task(
            self._opened, order.url, order.file, method=order.method, headers=order.headers
        )

    def resume(self, identifier: int) -> None:
        """See ``Loader``."""
        task = self._opened.tasks.get(identifier)
        if task is not None:
            self._daemon.resume(self._opened, task)

    def cancel(self, identifier: int) -> None:
        """See ``Loader``."""
        task = self._opened.tasks.get(identifier)
        if task is not None:
            self._daemon.cancel(self._opened, task)

    def unfinished(self) -> Sequence[TaskRecord]:
        """See ``Loader``."""
        return self._opened.unfinished

    def close(self, *, cancel_tasks: bool) -> None:
        """See ``Loader``."""
        if self._opened.client is self:
            self._daemon.close_session(self._opened, cancel_tasks=cancel_tasks)
        else:
            self._session.become_invalid()

    def deliver(self, event: SessionEvent, done: Callable[[], None]) -> None:
        """Tell the delegate on its queue, then ``done``. Called by the daemon."""
        self._session.run(partial(self._tell, event, done))

    def became_invalid(self) -> None:
        """Tell the delegate the last thing. Called by the daemon."""
        self._session.become_invalid()

    def _tell(self, event: SessionEvent, done: Callable[[], None]) -> None:
        match event:
            case FinishedDownloading(task=task, path=path):
                self._session.tell_file(task, path)
            case ReceivedData(task=task, data=data):
                self._session.tell_data(task, data)
            case Challenged(task=task, challenge=challenge):
                self._session.tell_challenge(task, challenge, partial(_answer, event))
            case Completed(task=task):
                self._session.tell_end(task)
            case FinishedEvents():
                self._session.tell_all_told()
        done()


def _answer(event: Challenged, disposition: AuthChallengeDisposition, given: URLCredential | None) -> None:
    event.answer(answer_of(disposition, given))


class LocalLoader:
    """Carries the tasks out in the app's own process; a ``LocalClient``.

    Args:
        session: the session object.
    """

    def __init__(self, session: URLSession) -> None:
        self._session = session
        process = session.process
        self._opened = process.phone.local_sessions.open(
            process, session.configuration.local_settings(), self
        )

    def add(self, order: Order) -> TaskRecord:
        """See ``Loader``."""
        return self._opened.add_task(
            order.kind,
            order.url,
            method=order.method,
            headers=tuple(order.headers.items()),
            file=order.file,
            data=order.data,
        )

    def resume(self, identifier: int) -> None:
        """See ``Loader``."""
        task = self._opened.tasks.get(identifier)
        if task is not None:
            self._opened.resume(task)

    def cancel(self, identifier: int) -> None:
        """See ``Loader``."""
        task = self._opened.tasks.get(identifier)
        if task is not None:
            task.cancel()

    def unfinished(self) -> Sequence[TaskRecord]:
        """See ``Loader``."""
        return self._opened.unfinished

    def close(self, *, cancel_tasks: bool) -> None:
        """See ``Loader``."""
        self._opened.close(cancel_tasks=cancel_tasks)

    def deliver(self, event: LocalEvent, done: Callable[[], None]) -> None:
        """Tell the delegate on its queue, then ``done``. Called by the kernel."""
        self._session.run(partial(self._tell, event, done))

    def became_invalid(self) -> None:
        """Tell the delegate the last thing. Called by the kernel."""
        self._session.become_invalid()

    def _tell(self, event: LocalEvent, done: Callable[[], None]) -> None:
        match event:
            case LocalFile(task=task, path=path):
                self._session.tell_file(task, path)
            case LocalData(task=task, data=data):
                self._session.tell_data(task, data)
            case LocalEnd(task=task):
                self._session.tell_end(task)
            case WaitsForConnectivity(task=task):
                self._session.tell_waiting(task)
        done()
