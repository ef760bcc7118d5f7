"""Downloader, the sample app: one background session per download, done as Apple asks.

Each download has a session of its own, whose identifier the model remembers, so that a relaunched app
finds the download a session was made for. What an app commonly gets wrong is one method each, so that a
subclass which overrides it is that defective app: ``recreate_session``, ``finish_events``,
``session_name``.

Journal events of its own: ``acknowledged`` (a command is done; ``detail`` has its id and result),
``commandRefused`` and ``willTerminate``.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.model.callbacks import Callback
from harness.model.journal import ACKNOWLEDGED, COMMAND_NOTIFICATION_SUFFIX, COMMAND_PATH
from harness.virtual.apps.commands import Command, commands_in, parse_command
from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.download_store import DownloadModel, DownloadStatus, DownloadStore
from harness.virtual.apps.foundation import (
    URLError,
    URLSession,
    URLSessionConfiguration,
    URLSessionDownloadDelegate,
    URLSessionDownloadTask,
)
from harness.virtual.apps.journal import AppJournal
from harness.virtual.apps.sample import BUNDLE_ID
from harness.virtual.apps.uikit import (
    DispatchQueue,
    NotificationCenter,
    ProcessInfo,
    UIApplication,
    UIApplicationState,
    exit_process,
)
from harness.virtual.kernel.processes.process import current_process

COMMAND_REFUSED = "commandRefused"
WILL_TERMINATE = "willTerminate"


class Downloader(UIApplicationDelegate, URLSessionDownloadDelegate):
    """The app; one object per process."""

    application: UIApplication
    container: Path
    journal: AppJournal
    store: DownloadStore

    def __init__(self) -> None:
        self.sessions: dict[str, URLSession] = {}
        self.completion_handlers: dict[str, Callable[[], None]] = {}
        self._resets: list[Command] = []

    # What a defective variant overrides.

    def recreate_session(self, identifier: str) -> None:
        """Open the session that the system has events for, under the very same identifier."""
        self.open_session(identifier)

    def finish_events(self, identifier: str) -> None:
        """Give the system its completion handler back, on the main thread."""
        DispatchQueue.main().async_(lambda: self._call_completion_handler(identifier))

    def session_name(self, session: URLSession) -> str:
        """The session that a callback is journalled under."""
        return session.identifier

    # The app's life.

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Read the model, reopen what the user may look at, do what the launch arguments say."""
        process = current_process()
        self.application = application
        self.container = process.phone.containers.path(process.bundle_id)
        self.journal = AppJournal(self.container)
        self.store = DownloadStore(self.container / "Library/downloads.json")
        self.note(Callback.DID_FINISH_LAUNCHING)
        notification = process.bundle_id + COMMAND_NOTIFICATION_SUFFIX
        NotificationCenter.observe(notification, lambda _name: self._read_command_file())
        if application.application_state is not UIApplicationState.BACKGROUND:
            self._restore_sessions()
        for text in commands_in(ProcessInfo.current().arguments):
            self._take_command(text)

    def application_did_become_active(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(Callback.DID_BECOME_ACTIVE)

    def application_will_resign_active(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(Callback.WILL_RESIGN_ACTIVE)

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(Callback.DID_ENTER_BACKGROUND)

    def application_will_enter_foreground(self, application: UIApplication) -> None:
        """Journal it, and reopen the sessions of what is being downloaded."""
        self.note(Callback.WILL_ENTER_FOREGROUND)
        self._restore_sessions()

    def application_will_terminate(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(WILL_TERMINATE)

    def application_handle_events_for_background_url_session(
        self, application: UIApplication, identifier: str, completion_handler: Callable[[], None]
    ) -> None:
        """Keep the handler and open the session again."""
        self.note(Callback.HANDLE_EVENTS, session=identifier)
        self.completion_handlers[identifier] = completion_handler
        self.recreate_session(identifier)

    # What sessions tell.

    def url_session_download_task_did_finish_downloading_to(
        self, session: URLSession, task: URLSessionDownloadTask, location: Path
    ) -> None:
        """Move the file to where it belongs before this returns."""
        size_bytes = location.stat().st_size
        if task.status_code is not None and 200 <= task.status_code < 300:
            target = self.container / "Documents/downloads" / Path(task.task_description).name
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(location, target)
        detail = {"status": task.status_code, "size_bytes": size_bytes}
        self._note_task(Callback.DID_FINISH_DOWNLOADING, session, task, detail)

    def url_session_task_did_complete_with_error(
        self, session: URLSession, task: URLSessionDownloadTask, error: URLError | None
    ) -> None:
        """Write down how the download ended, and let its session go."""
        good = error is None and task.status_code is not None and 200 <= task.status_code < 300
        status = DownloadStatus.FINISHED if good else DownloadStatus.FAILED
        self._note_task(Callback.DID_COMPLETE, session, task, _error_detail(task, error))
        self.store.mark(session.identifier, status)
        session.finish_tasks_and_invalidate()

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

    def note(
        self, event: str, *, session: str = "", task: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Write a line of the journal."""
        self.journal.write(event, nonce=self.store.nonce, session=session, task=task, detail=detail)

    def _note_task(
        self, event: str, session: URLSession, task: URLSessionDownloadTask, detail: dict[str, Any]
    ) -> None:
        self.note(event, session=self.session_name(session), task=task.task_description, detail=detail)

    def _call_completion_handler(self, identifier: str) -> None:
        handler = self.completion_handlers.pop(identifier, None)
        if handler is not None:
            # The line comes first: the system may suspend the app as soon as the handler is called.
            self.note(Callback.COMPLETION_HANDLER, session=identifier)
            handler()

    def _restore_sessions(self) -> None:
        for download in self.store.unfinished:
            self.open_session(download.session)

    # Commands.

    def _read_command_file(self) -> None:
        path = self.container / COMMAND_PATH
        if path.exists():
            self._take_command(path.read_text())

    def _take_command(self, text: str) -> None:
        try:
            command = parse_command(text)
        except ValueError as error:
            self.note(COMMAND_REFUSED, detail={"error": str(error)})
            return
        if not self.store.take_command(command.identifier, command.nonce):
            return
        act = _ACTS.get(command.do)
        if act is None:
            self.acknowledge(command, {"error": f"no such command: {command.do}; known: {', '.join(_ACTS)}"})
        else:
            act(self, command)

    def acknowledge(
        self,
        command: Command,
        result: Mapping[str, object] | None = None,
        *,
        session: str = "",
        task: str = "",
    ) -> None:
        """Journal that a command is done, and with what result."""
        detail = {"command": command.identifier, "do": command.do, **(result or {})}
        self.note(ACKNOWLEDGED, session=session, task=task, detail=detail)

    def start_download(self, command: Command) -> None:
        """``start-download``: begin ``url`` as ``id``, in a session made for it."""
        name, url = command.args.get("id", command.identifier), command.args.get("url", "")
        identifier = command.args.get("session") or f"{BUNDLE_ID}.{command.nonce}.{name}"
        task = self.open_session(identifier).download_task(url)
        task.task_description = name
        self.store.put(DownloadModel(name, identifier, url))
        task.resume()
        result = {"session": identifier, "task": name, "task_identifier": task.task_identifier}
        self.acknowledge(command, result, session=identifier, task=name)

    def list_tasks(self, command: Command) -> None:
        """``list-tasks``: what is being downloaded, in ``session`` or in all."""
        self._with_all_tasks(
            command, lambda tasks: self.acknowledge(command, {"tasks": [_row(*one) for one in tasks]})
        )

    def cancel_all(self, command: Command) -> None:
        """``cancel-all``: cancel every task, in ``session`` or in all."""

        def cancel(tasks: list[tuple[str, URLSessionDownloadTask]]) -> None:
            for _, task in tasks:
                task.cancel()
            self.acknowledge(command, {"cancelled": len(tasks)})

        self._with_all_tasks(command, cancel)

    def reset(self, command: Command) -> None:
        """``reset``: cancel everything and forget it; acknowledged when all sessions are gone."""
        self._restore_sessions()
        self._resets.append(command)
        for session in tuple(self.sessions.values()):
            session.invalidate_and_cancel()
        self._finish_resets()

    def probe(self, command: Command) -> None:
        """``probe``: what the app itself can see of its situation."""
        downloads = {one.identifier: one.status.value for one in self.store.downloads}
        result = {
            "state": self.application.application_state.value,
            "background_refresh": self.application.background_refresh_status.value,
            "sessions": sorted(self.sessions),
            "downloads": downloads,
        }
        self.acknowledge(command, result)

    def leave(self, command: Command) -> None:
        """``exit``: end the process by itself, with ``code``."""
        self.acknowledge(command)
        exit_process(int(command.args.get("code", "0")))

    def crash(self, command: Command) -> None:
        """``crash``: end the process by an exception that nobody catches."""
        self.acknowledge(command)
        raise RuntimeError("crashed because it was told to")

    def _finish_resets(self) -> None:
        if self.sessions or not self._resets:
            return
        self.store.clear()
        shutil.rmtree(self.container / "Documents/downloads", ignore_errors=True)
        while self._resets:
            self.acknowledge(self._resets.pop(0))

    def _with_all_tasks(
        self, command: Command, use: Callable[[list[tuple[str, URLSessionDownloadTask]]], None]
    ) -> None:
        """Collect the unfinished tasks of the sessions a command is about, then ``use`` them."""
        named = command.args.get("session")
        identifiers = [named] if named else [one.session for one in self.store.unfinished]
        found: list[tuple[str, URLSessionDownloadTask]] = []
        left = set(identifiers)

        def collect(identifier: str, tasks: list[URLSessionDownloadTask]) -> None:
            found.extend((identifier, task) for task in tasks)
            left.discard(identifier)
            if not left:
                use(found)

        if not left:
            use(found)
        for identifier in identifiers:
            self.open_session(identifier).get_all_tasks(
                lambda tasks, identifier=identifier: collect(identifier, tasks)
            )


_ACTS: dict[str, Callable[[Downloader, Command], None]] = {
    "start-download": Downloader.start_download,
    "list-tasks": Downloader.list_tasks,
    "cancel-all": Downloader.cancel_all,
    "reset": Downloader.reset,
    "probe": Downloader.probe,
    "exit": Downloader.leave,
    "crash": Downloader.crash,
}
"""What the app can be told to do."""


def _error_detail(task: URLSessionDownloadTask, error: URLError | None) -> dict[str, Any]:
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
