"""What the sample apps that move files share: sessions, what those tell, and the completion handler.

What an app commonly gets wrong is one method each, so that a subclass which overrides it is that
defective app: ``recreate_session``, ``finish_events``, ``session_name``, ``transfer_of``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.model.callbacks import Callback
from harness.model.triggers import Trigger
from harness.virtual.apps.commanded import Act, Commanded
from harness.virtual.apps.commands import Command
from harness.virtual.apps.foundation import (
    URLError,
    URLSession,
    URLSessionConfiguration,
    URLSessionDownloadDelegate,
    URLSessionDownloadTask,
)
from harness.virtual.apps.transfer_store import TransferStatus, TransferStore
from harness.virtual.apps.uikit import DispatchQueue, UIApplication

Tasks = list[tuple[str, URLSessionDownloadTask]]
"""Session identifier and task."""


class Transferring(Commanded, URLSessionDownloadDelegate):
    """An app that has files moved for it while it does not run.

    Attributes:
        sessions: the sessions that are open in this process, by identifier.
        completion_handlers: what the system waits for, by session identifier.
        store: what the app remembers of its transfers.
    """

    store: TransferStore

    def __init__(self) -> None:
        self.sessions: dict[str, URLSession] = {}
        self.completion_handlers: dict[str, Callable[[], None]] = {}
        self._resets: list[Command] = []

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {
            **super().acts(),
            Trigger.LIST_TASKS: self.list_tasks,
            Trigger.CANCEL_ALL: self.cancel_all,
        }

    # What a defective variant overrides.

    def recreate_session(self, identifier: str) -> None:
        """Open the session that the system has events for, under the very same identifier."""
        self.open_session(identifier)

    def finish_events(self, identifier: str) -> None:
        """Give the system its completion handler back, on the main thread."""
        DispatchQueue.main().async_(lambda: self.call_completion_handler(identifier))

    def session_name(self, session: URLSession) -> str:
        """The session that a callback is journalled under."""
        return session.identifier

    def transfer_of(self, task: URLSessionDownloadTask) -> str:
        """The id of the transfer that a task was made for: what the app wrote on it, which iOS keeps."""
        return task.task_description

    def leave_session(self, session: URLSession) -> None:
        """A transfer of this session has ended."""

    def forget(self) -> None:
        """Everything is cancelled and told: remember nothing of it."""
        self.store.clear()

    # The app's life.

    def load(self) -> None:
        """Read the model."""
        self.store = TransferStore(self.container / "Library/transfers.json")

    def resume_work(self) -> None:
        """Open the sessions again that something is under way in."""
        for transfer in self.store.unfinished:
            self.open_session(transfer.session)

    def situation(self) -> Mapping[str, object]:
        """What ``probe`` answers."""
        known = {one.identifier: one.status.value for one in self.store.transfers}
        return {**super().situation(), "sessions": sorted(self.sessions), "downloads": known}

    @property
    def is_resetting(self) -> bool:
        """Whether what is still told is only told because all is being cancelled."""
        return bool(self._resets)

    def application_handle_events_for_background_url_session(
        self, application: UIApplication, identifier: str, completion_handler: Callable[[], None]
    ) -> None:
        """Keep the handler and open the session again."""
        self.note(Callback.HANDLE_EVENTS, session=identifier)
        self.completion_handlers[identifier] = completion_handler
        self.recreate_session(identifier)

    # What sessions tell.

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionDownloadTask, error: URLError | None
    ) -> None:
        """Write down how the transfer ended."""
        good = error is None and is_success(task)
        status = TransferStatus.FINISHED if good else TransferStatus.FAILED
        self.note_task(Callback.DID_COMPLETE, session, task, error_detail(task, error))
        self.store.mark(self.transfer_of(task), status)
        self.leave_session(session)

    def url_session_did_finish_events_for_background(self, session: URLSession) -> None:
        """All is told: the completion handler may be called."""
        self.note(Callback.DID_FINISH_EVENTS, session=self.session_name(session))
        self.finish_events(session.identifier)

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        """Forget the session."""
        if self.sessions.get(session.identifier) is session:
            del self.sessions[session.identifier]
        self._finish_resets()

    # Small acts.

    def open_session(self, identifier: str) -> URLSession:
        """The session of that identifier, opened once per process."""
        if identifier not in self.sessions:
            configuration = URLSessionConfiguration.background(identifier)
            self.sessions[identifier] = URLSession(configuration, self)
        return self.sessions[identifier]

    def note_task(
        self, event: str, session: URLSession, task: URLSessionDownloadTask, detail: dict[str, Any]
    ) -> None:
        """Write a line of the journal about a task."""
        self.note(event, session=self.session_name(session), task=self.transfer_of(task), detail=detail)

    def call_completion_handler(self, identifier: str) -> None:
        """Call the handler of a session's events, if the system waits for it."""
        handler = self.completion_handlers.pop(identifier, None)
        if handler is not None:
            # The line comes first: the system may suspend the app as soon as the handler is called.
            self.note(Callback.COMPLETION_HANDLER, session=identifier)
            handler()

    # Commands.

    def list_tasks(self, command: Command) -> None:
        """``list-tasks``: what is under way, in ``session`` or in all."""
        self._with_all_tasks(
            command, lambda tasks: self.acknowledge(command, {"tasks": [_row(*one) for one in tasks]})
        )

    def cancel_all(self, command: Command) -> None:
        """``cancel-all``: cancel every task, in ``session`` or in all."""

        def cancel(tasks: Tasks) -> None:
            for _, task in tasks:
                task.cancel()
            self.acknowledge(command, {"cancelled": len(tasks)})

        self._with_all_tasks(command, cancel)

    def reset(self, command: Command) -> None:
        """``reset``: cancel everything and forget it; acknowledged when all sessions are gone."""
        self.resume_work()
        self._resets.append(command)
        for session in tuple(self.sessions.values()):
            session.invalidate_and_cancel()
        self._finish_resets()

    def _finish_resets(self) -> None:
        if self.sessions or not self._resets:
            return
        self.forget()
        while self._resets:
            self.acknowledge(self._resets.pop(0))

    def _with_all_tasks(self, command: Command, use: Callable[[Tasks], None]) -> None:
        """Collect the unfinished tasks of the sessions a command is about, then ``use`` them."""
        named = command.args.get("session")
        identifiers = {named} if named else {one.session for one in self.store.unfinished}
        found: Tasks = []
        left = set(identifiers)

        def collect(identifier: str, tasks: list[URLSessionDownloadTask]) -> None:
            found.extend((identifier, task) for task in tasks)
            left.discard(identifier)
            if not left:
                use(found)

        if not left:
            use(found)
        for identifier in sorted(identifiers):
            self.open_session(identifier).get_all_tasks(
                lambda tasks, identifier=identifier: collect(identifier, tasks)
            )


def is_success(task: URLSessionDownloadTask) -> bool:
    """Whether a task was answered with a status of success; a 404 is a transfer that went well."""
    return task.status_code is not None and 200 <= task.status_code < 300


def error_detail(task: URLSessionDownloadTask, error: URLError | None) -> dict[str, Any]:
    """How a task ended, for the journal."""
    if error is None:
        return {"status": task.status_code}
    reason = {} if error.reason is None else {"reason": int(error.reason)}
    return {"code": int(error.code), "domain": error.domain, **reason}


def _row(session: str, task: URLSessionDownloadTask) -> dict[str, Any]:
    return {
        "session": session,
        "task": task.task_description,
        "state": task.state,
        "received_bytes": task.count_of_bytes_received,
        "expected_bytes": task.count_of_bytes_expected_to_receive,
    }
