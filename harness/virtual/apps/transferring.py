"""What the sample apps that move files share: sessions, what those tell, and the completion handler.

What an app commonly gets wrong is one method each, so that a subclass which overrides it is that
defective app: ``recreate_session``, ``finish_events``, ``session_name``, ``transfer_of``, ``is_success``,
``open_session``, ``make_session`` and ``began``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.model.callbacks import Callback
from harness.model.triggers import Transfer, Trigger
from harness.virtual.apps.commanded import Act, Commanded
from harness.virtual.apps.commands import Command
from harness.virtual.apps.foundation import URLError, URLSession, URLSessionDownloadDelegate, URLSessionTask
from harness.virtual.apps.giving_up import GivingUp
from harness.virtual.apps.transfer_options import configuration_of, how_of, is_in_app
from harness.virtual.apps.transfer_store import TransferModel, TransferStatus, TransferStore
from harness.virtual.apps.uikit import DispatchQueue, ProcessInfo, UIApplication

Tasks = list[tuple[str, URLSessionTask]]
"""Session identifier and task."""


class Transferring(Commanded, URLSessionDownloadDelegate):
    """An app that has files moved for it while it does not run.

    Attributes:
        sessions: the sessions that are open in this process, by identifier, or by the name that the app
            has for one that lives in the app and so has no identifier.
        objects: every session object of this process that is still valid.
        completion_handlers: what the system waits for, by session identifier.
        store: what the app remembers of its transfers.
    """

    store: TransferStore
    giving_up: GivingUp

    def __init__(self) -> None:
        super().__init__()
        self.sessions: dict[str, URLSession] = {}
        self.objects: list[URLSession] = []
        self.completion_handlers: dict[str, Callable[[], None]] = {}
        self._resets: list[Command] = []

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {
            **super().acts(),
            Trigger.LIST_TASKS: self.list_tasks,
            Trigger.CANCEL_ALL: self.cancel_all,
            Trigger.USE_BLOCK_API: self.use_block_api,
            Trigger.OPEN_SESSION: self.open_named_session,
        }

    # What a defective variant overrides.

    def recreate_session(self, identifier: str) -> None:
        """Open the session that the system has events for, under the very same identifier."""
        self.open_session(identifier)

    def open_session(self, identifier: str, how: Mapping[str, str] | None = None) -> URLSession:
        """The session of that identifier, opened once per process: two of one are undefined behaviour.

        Args:
            identifier: the session's.
            how: words of ``Transfer``; by default those its transfers were started with.
        """
        if identifier not in self.sessions:
            wishes = how if how is not None else self.how_of_session(identifier)
            self.sessions[identifier] = self.make_session(identifier, wishes)
        return self.sessions[identifier]

    def make_session(self, identifier: str, how: Mapping[str, str]) -> URLSession:
        """A new session object, which tells this app what it has to tell, on a queue of its own."""
        session = URLSession(configuration_of(identifier, how), self)
        self.objects.append(session)
        return session

    def finish_events(self, identifier: str) -> None:
        """Give the system its completion handler back, on the main thread."""
        DispatchQueue.main().async_(lambda: self.call_completion_handler(identifier))

    def session_name(self, session: URLSession) -> str:
        """The session that a callback is journalled under."""
        known = (name for name, one in self.sessions.items() if one is session)
        return session.identifier or next(known, "")

    def transfer_of(self, task: URLSessionTask) -> str:
        """The id of the transfer that a task was made for: what the app wrote on it, which iOS keeps."""
        return task.task_description

    def is_success(self, task: URLSessionTask) -> bool:
        """Whether a task was answered as it should be; to iOS a 404 is a transfer that went well."""
        return task.status_code is not None and 200 <= task.status_code < 300

    def detail_of(self, task: URLSessionTask, error: URLError | None) -> dict[str, Any]:
        """How a task ended, for the journal."""
        if error is None:
            return {"status": task.status_code}
        reason = {} if error.reason is None else {"reason": int(error.reason)}
        return {"code": int(error.code), "domain": error.domain, **reason}

    def began(self, transfer: TransferModel, task: URLSessionTask) -> None:
        """A transfer has begun, and the command for it is acknowledged."""

    def leave_session(self, session: URLSession) -> None:
        """A transfer of this session has ended."""

    def forget(self) -> None:
        """Everything is cancelled and told: remember nothing of it."""
        self.store.clear()

    # The app's life.

    def load(self) -> None:
        """Read the model."""
        super().load()
        self.store = TransferStore(self.container / "Library/transfers.json")
        self.giving_up = GivingUp(self.store, self.mark_failed)
        for transfer in self.store.unfinished:
            if is_in_app(transfer.how):
                # It ended with the process that had it; no session brings it back.
                self.store.mark(transfer.identifier, TransferStatus.FAILED)

    def register(self) -> None:
        """Look after what is to be given up."""
        super().register()
        self.giving_up.watch_all()

    def resume_work(self) -> None:
        """Open the sessions again that something is under way in."""
        super().resume_work()
        self.giving_up.look()
        for transfer in self.store.unfinished:
            self.open_session(transfer.session, transfer.how)

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

    def url_session_task_is_waiting_for_connectivity(self, session: URLSession, task: URLSessionTask) -> None:
        """Journal it."""
        self.note_task(Callback.WAITING_FOR_CONNECTIVITY, session, task, {})

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionTask, error: URLError | None
    ) -> None:
        """Write down how the transfer ended."""
        good = error is None and self.is_success(task)
        status = TransferStatus.FINISHED if good else TransferStatus.FAILED
        self.note_task(Callback.DID_COMPLETE, session, task, self.detail_of(task, error))
        self.store.mark(self.transfer_of(task), status)
        self.leave_session(session)

    def url_session_did_finish_events_for_background(self, session: URLSession) -> None:
        """All is told: the completion handler may be called."""
        self.note(Callback.DID_FINISH_EVENTS, session=self.session_name(session))
        self.finish_events(session.identifier)

    def url_session_did_become_invalid_with_error(self, session: URLSession, error: URLError | None) -> None:
        """Forget the session."""
        name = self.session_name(session)
        self.note(Callback.DID_BECOME_INVALID, session=name)
        self.objects = [one for one in self.objects if one is not session]
        if self.sessions.get(name) is session:
            del self.sessions[name]
        self._finish_resets()

    # Small acts.

    def how_of_session(self, identifier: str) -> Mapping[str, str]:
        """How the transfers of a session were said to be made."""
        transfers = self.store.of_session(identifier)
        return transfers[-1].how if transfers else {}

    def default_session(self, command: Command) -> str:
        """The session of a new transfer for which none is named."""
        return f"{self.bundle_id}.{command.nonce}"

    def new_transfer(self, command: Command) -> TransferModel:
        """What is remembered of a transfer that a command asks for."""
        args = command.args
        gives_up_after_s = args.get(Transfer.GIVE_UP_AFTER_S)
        now_s = ProcessInfo.current().wall_s
        return TransferModel(
            identifier=args.get("id", command.identifier),
            session=args.get(Transfer.SESSION) or self.default_session(command),
            url=args.get("url", ""),
            how=how_of(args),
            fails_at_s=now_s + float(gives_up_after_s) if gives_up_after_s else None,
        )

    def begin(
        self,
        command: Command,
        transfer: TransferModel,
        task: URLSessionTask,
        result: Mapping[str, object] | None = None,
    ) -> None:
        """Write the transfer on its task and down, start it, and acknowledge the command."""
        task.task_description = transfer.identifier
        self.store.put(transfer)
        self.giving_up.watch(transfer)
        task.resume()
        about = {"session": transfer.session, "task": transfer.identifier}
        identifier = {"task_identifier": task.task_identifier}
        self.acknowledge(command, {**about, **identifier, **(result or {})}, **about)
        self.began(transfer, task)

    def mark_failed(self, transfer: TransferModel) -> None:
        """Say that a transfer was given up."""
        self.note(Callback.MARKED_FAILED, session=transfer.session, task=transfer.identifier)

    def note_task(
        self, event: str, session: URLSession, task: URLSessionTask, detail: dict[str, Any]
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
        self.stop()
        self._resets.append(command)
        # Also what is not believed to run any more: a belief may be wrong.
        for transfer in self.store.transfers:
            if not is_in_app(transfer.how):
                self.open_session(transfer.session, transfer.how)
        for session in tuple(self.objects):
            session.invalidate_and_cancel()
        self._finish_resets()

    def use_block_api(self, command: Command) -> None:
        """``use-block-api``: ask for ``url`` with a closure, in a background session; Foundation raises."""
        session = self.open_session(f"{self.bundle_id}.{command.nonce}.closures", {})
        self.acknowledge(command, session=session.identifier)
        session.download_task(command.args.get("url", ""), lambda _location, _response, _error: None).resume()

    def open_named_session(self, command: Command) -> None:
        """``open-session``: need ``session`` once more; answers how many objects there are of it."""
        identifier = command.args.get(Transfer.SESSION, "")
        self.open_session(identifier)
        objects = sum(one.identifier == identifier for one in self.objects)
        self.acknowledge(command, {"objects": objects}, session=identifier)

    def _finish_resets(self) -> None:
        if self.objects or not self._resets:
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

        def collect(identifier: str, tasks: list[URLSessionTask]) -> None:
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


def _row(session: str, task: URLSessionTask) -> dict[str, Any]:
    return {
        "session": session,
        "task": task.task_description,
        "state": task.state,
        "received_bytes": task.count_of_bytes_received,
        "expected_bytes": task.count_of_bytes_expected_to_receive,
        "sent_bytes": task.count_of_bytes_sent,
    }
