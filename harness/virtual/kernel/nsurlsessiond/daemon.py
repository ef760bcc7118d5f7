"""nsurlsessiond: background downloads that go on whatever becomes of the app, and the wakes they cause.

How an ended task reaches its app (background-execution.md §1.8)::

    the app runs and has the session open -> its delegate is told, no handleEvents
    tasks of the session still run        -> nothing is told to an app that does not run
    the app is suspended                  -> resumed, handleEvents, then its delegate
    the app has no process                -> launched, handleEvents; its delegate when it opens a session
                                             of the same identifier
    the app was swiped out of the switcher-> tasks are cancelled (-999, reason 0); no wake

Events leave a session one by one; one that the app's delegate did not return from before its process
ended is told again to the next.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.containers import random_uuid
from harness.virtual.kernel.nsurlsessiond.attempts import TransferEnd
from harness.virtual.kernel.nsurlsessiond.background_session import (
    BackgroundSession,
    BackgroundTask,
    Completed,
    FinishedDownloading,
    FinishedEvents,
    ReceivedData,
    SessionClient,
    SessionSettings,
    TaskKind,
    TaskState,
)
from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.rules import (
    START_AFTER_S,
    TELL_AFTER_S,
    CancelReason,
    URLError,
    URLErrorCode,
    WakeVerdict,
)
from harness.virtual.kernel.nsurlsessiond.upload import Upload
from harness.virtual.kernel.nsurlsessiond.wake import RequestDelay, WakeQuestion, decide
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import AssertionKind

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

NAME = "nsurlsessiond"
SUBSYSTEM = "com.apple.CFNetwork"
DOWNLOADS = "Library/Caches/com.apple.nsurlsessiond/Downloads"
"""Where an app's container keeps files that are being downloaded."""


class NSURLSessionD:
    """The daemon of one phone.

    Args:
        phone: the phone; its clock, log, processes and exits must be there already.

    Attributes:
        updates_enabled: asked whether Background App Refresh is on for a bundle identifier; always yes
            until the phone's settings replace it.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._random = random.Random(f"urlsession:{phone.spec.seed}")
        self._sessions: dict[tuple[str, str], BackgroundSession] = {}
        self._delays: dict[str, RequestDelay] = {}
        self._states: dict[str, AppState] = {}
        self.updates_enabled: Callable[[str], bool] = lambda _bundle_id: True
        phone.on_app_state(self._app_state_changed)
        phone.exits.observe(self._process_ended)

    # What a session object in an app asks for.

    def open_session(
        self, process: Process, settings: SessionSettings, client: SessionClient
    ) -> BackgroundSession:
        """Open the session of that identifier, old or new, for an app's session object.

        A second object for an identifier that the same process has open gets nothing: the first
        keeps receiving (background-execution.md §1.8.9).
        """
        key = (process.bundle_id, settings.identifier)
        session = self._sessions.get(key)
        if session is None:
            session = BackgroundSession(process.bundle_id, settings, random_uuid(self._random))
            self._sessions[key] = session
        if session.client is not None and session.client.pid == process.pid:
            text = f"A background URLSession with identifier {settings.identifier} already exists!"
            self._phone.log.emit(process.name, process.pid, text, level="error", subsystem=SUBSYSTEM)
            return session
        session.client, session.settings = client, settings
        session.obliterated = False
        with self._batch():
            self._flush(session)
        return session

    def add_task(self, session: BackgroundSession, url: str) -> BackgroundTask:
        """Create a download task; it does nothing until ``resume``."""
        return self._add(session, FetchRequest(url), TaskKind.DOWNLOAD)

    def add_upload_task(
        self,
        session: BackgroundSession,
        url: str,
        file: Path,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> BackgroundTask:
        """Create a task that sends a file; it does nothing until ``resume``.

        Args:
            session: which session.
            url: where to.
            file: the file, which must be there until the task has ended.
            method: HTTP method.
            headers: further request headers, such as the Content-Type.
        """
        request = FetchRequest(url, method=method, headers=tuple((headers or {}).items()), file=file)
        return self._add(session, request, TaskKind.UPLOAD)

    def _add(self, session: BackgroundSession, request: FetchRequest, kind: TaskKind) -> BackgroundTask:
        session.last_task += 1
        request = replace(request, user_agent=self._user_agent(session.bundle_id))
        task = BackgroundTask(session.last_task, random_uuid(self._random), request, kind)
        session.tasks[task.identifier] = task
        private = self._phone.log.private
        app, name = private(session.bundle_id), private(session.identifier)
        self._log(f"{task.log_name} is for <{app}>.<{name}>.<{task.identifier}>")
        return task

    def resume(self, session: BackgroundSession, task: BackgroundTask) -> None:
        """Start a task, now or when the app's request delay is over."""
        if task.state is not TaskState.CREATED:
            return
        state = self._states.get(session.bundle_id, AppState.UNKNOWN)
        if self._delay_of(session.bundle_id).is_running and not state.is_foreground:
            task.state = TaskState.DELAYED
        else:
            self._start(session, task)

    def cancel(
        self, session: BackgroundSession, task: BackgroundTask, reason: CancelReason | None = None
    ) -> None:
        """Cancel a task: -999 for its delegate; a task that has ended is left alone."""
        if self._abandon(session, task, reason):
            self._tell_soon(session)

    def close_session(self, session: BackgroundSession, *, cancel_tasks: bool) -> None:
        """Invalidate a session: it goes when its tasks have ended and all is told."""
        with self._batch():
            session.closing = True
            session.obliterated = cancel_tasks
            for task in session.unfinished if cancel_tasks else ():
                self._abandon(session, task, None)
            self._flush(session)
            self._retire(session)

    # What happens on the phone.

    def app_was_force_quit(self, bundle_id: str) -> None:
        """Cancel everything of an app that was swiped out of the app switcher, running or not."""
        for session in self._sessions_of(bundle_id):
            for task in session.unfinished:
                self._abandon(session, task, CancelReason.USER_FORCE_QUIT_APPLICATION)

    def forget_app(self, bundle_id: str) -> None:
        """Drop everything of an app that was uninstalled."""
        for session in self._sessions_of(bundle_id):
            for task in session.unfinished:
                self._abandon(session, task, None)
            del self._sessions[bundle_id, session.identifier]
        delay = self._delays.pop(bundle_id, None)
        if delay is not None:
            delay.reset()

    def stop(self) -> None:
        """Close every connection and file; the phone is being switched off."""
        for bundle_id in {bundle_id for bundle_id, _ in self._sessions}:
            self.forget_app(bundle_id)

    def sessions(self) -> tuple[BackgroundSession, ...]:
        """Every session the daemon knows."""
        return tuple(self._sessions.values())

    def _app_state_changed(self, bundle_id: str, pid: int, state: AppState) -> None:
        before = self._states.get(bundle_id, AppState.NOT_RUNNING)
        self._states[bundle_id] = state
        sessions = tuple(self._sessions_of(bundle_id))
        if not sessions:
            return
        with self._batch():
            self._log_state(bundle_id, before, state)
            if state.is_foreground and not before.is_foreground:
                self._came_to_foreground(bundle_id)
            for session in sessions if state.runs_code else ():
                self._flush(session)

    def _came_to_foreground(self, bundle_id: str) -> None:
        if self._delay_of(bundle_id).reset():
            app = self._phone.log.private(bundle_id)
            self._log(
                f"Resetting request delay and clearing pending wake requests for {app}"
                " since it came into the foreground"
            )
        self._start_delayed(bundle_id)

    def _log_state(self, bundle_id: str, before: AppState, state: AppState) -> None:
        app = self._phone.log.private(bundle_id)
        if state.is_foreground and not before.is_foreground:
            self._log(f"Application {app} entered foreground")
        elif before.is_foreground and not state.is_foreground:
            self._log(f"Application {app} no longer foreground")
        if state is AppState.SUSPENDED:
            self._log(f"Application {app} was suspended")

    def _process_ended(self, record: ExitRecord) -> None:
        if not record.bundle_id:
            return
        self._states[record.bundle_id] = AppState.NOT_RUNNING
        for session in tuple(self._sessions_of(record.bundle_id)):
            if session.client is None or session.client.pid == record.pid:
                session.disconnect()
        if record.was_user_quit and any(self._sessions_of(record.bundle_id)):
            app = self._phone.log.private(record.bundle_id)
            self._log(f"Application {app} was quit in the app switcher")
            self.app_was_force_quit(record.bundle_id)

    # Transfers.

    def _start(self, session: BackgroundSession, task: BackgroundTask) -> None:
        task.state = TaskState.RUNNING
        task.transfer = self._transfer(session, task)
        self._log(f"{task.log_name} resuming, QOS(0x19)")
        self._phone.clock.call_later(START_AFTER_S, task.transfer.start)

    def _transfer(self, session: BackgroundSession, task: BackgroundTask) -> Download | Upload:
        make = Download if task.kind is TaskKind.DOWNLOAD else Upload
        return make(
            task.request,
            self._file_of(session, task),
            self._phone.clock,
            partial(self._transfer_ended, session, task),
            resource_timeout_s=session.settings.resource_timeout_s,
        )

    def _file_of(self, session: BackgroundSession, task: BackgroundTask) -> Callable[[], Path]:
        if task.request.file is None:
            return self._new_place(session.bundle_id)
        return self._place_of(session.bundle_id, task.request.file)

    def _start_delayed(self, bundle_id: str) -> bool:
        delayed = [
            (session, task)
            for session in self._sessions_of(bundle_id)
            for task in session.unfinished
            if task.state is TaskState.DELAYED
        ]
        for session, task in delayed:
            self._start(session, task)
        return bool(delayed)

    def _transfer_ended(self, session: BackgroundSession, task: BackgroundTask, end: TransferEnd) -> None:
        task.state = TaskState.COMPLETED
        task.status, task.error = end.status, end.error
        if end.error is None and isinstance(task.transfer, Download):
            session.events.append(FinishedDownloading(task, task.transfer))
        elif end.error is None and isinstance(task.transfer, Upload) and task.transfer.response_body:
            session.events.append(ReceivedData(task, task.transfer.response_body))
        session.events.append(Completed(task))
        self._log_end(task)
        self._tell_soon(session)

    def _abandon(self, session: BackgroundSession, task: BackgroundTask, reason: CancelReason | None) -> bool:
        """End a task with -999, telling nobody yet; false when it had ended already."""
        if task.is_finished:
            return False
        if task.transfer is not None:
            task.transfer.cancel()
        task.state = TaskState.COMPLETED
        task.error = URLError(URLErrorCode.CANCELLED, reason, "cancelled")
        session.events.append(Completed(task))
        self._log_end(task)
        return True

    def _log_end(self, task: BackgroundTask) -> None:
        if task.error is None:
            self._log(f"{task.log_name} finished successfully")
        else:
            self._log(
                f"{task.log_name} finished with error [{int(task.error.code)}]"
                f" Error Domain={task.error.domain} Code={int(task.error.code)}"
            )

    # Telling the app.

    def _tell_soon(self, session: BackgroundSession) -> None:
        self._phone.clock.call_later(TELL_AFTER_S, partial(self._tell, session))

    def _tell(self, session: BackgroundSession) -> None:
        """Wake the app, or tell it what can be told; called by the clock, so in a batch."""
        if self._sessions.get((session.bundle_id, session.identifier)) is not session:
            return
        process = self._phone.processes.of_bundle(session.bundle_id)
        runs = process is not None and process.state.runs_code
        verdict = decide(
            WakeQuestion(
                needed=not session.unfinished and bool(session.events) and not session.owes_finish,
                sends_launch_events=session.settings.sends_launch_events,
                supports_wakes=True,
                obliterated=session.obliterated,
                connected=runs and session.client is not None,
                updates_on=self.updates_enabled(session.bundle_id),
            )
        )
        text = verdict.value.format(app=self._phone.log.private(session.bundle_id))
        self._log(f"{self._session_name(session)} {text}")
        if verdict is WakeVerdict.WAKE:
            self._wake(session, counts=not runs)
        else:
            self._flush(session)

    def _wake(self, session: BackgroundSession, *, counts: bool) -> None:
        app = self._phone.log.private(session.bundle_id)
        name = self._phone.log.private(session.identifier)
        self._log(f"Will request wake of app {app} for {self._session_name(session)} with identifier {name}")
        session.awaits_handle_events = True
        reason = f"{AssertionKind.URL_SESSION} {session.bundle_id}"
        process = self._phone.wake_in_background(session.bundle_id, requester=NAME, reason=reason)
        if process is None:
            session.awaits_handle_events = False
            self._log(f"{self._session_name(session)} Failed to wake app: {app}", level="error")
            return
        if counts:
            delay_s = self._delay_of(session.bundle_id).woken()
            self._log(f"Set request delay for {app} to {delay_s:.6f}")
        session.owes_finish = True
        assertion = self._phone.runningboard.acquire(
            process.pid, AssertionKind.URL_SESSION, reason, self._phone.rules.handle_events_s
        )
        self._log(f"Successfully woke application {app}")
        process.enqueue(partial(self._handle_events, process, session, assertion.release))

    def _handle_events(
        self, process: Process, session: BackgroundSession, completion_handler: Callable[[], None]
    ) -> None:
        """Call the app's delegate; runs as the app's code, on its main thread."""
        process.delegate.application_handle_events_for_background_url_session(
            process.application, session.identifier, completion_handler
        )
        session.awaits_handle_events = False
        self._flush(session)

    def _flush(self, session: BackgroundSession) -> None:
        """Send the first event on its way if the app can be told now."""
        client = session.client
        if client is None or session.delivering or session.awaits_handle_events:
            return
        if not session.events and session.owes_finish:
            session.owes_finish = False
            session.events.append(FinishedEvents())
        process = self._phone.processes.get(client.pid)
        if process is None or not process.state.runs_code or not session.events:
            return
        session.delivering = True
        client.deliver(session.events[0], partial(self._delivered, session, client))

    def _delivered(self, session: BackgroundSession, client: SessionClient) -> None:
        if session.client is not client or not session.delivering:
            return
        session.delivering = False
        event = session.events.popleft()
        if isinstance(event, FinishedDownloading):
            event.path.unlink(missing_ok=True)
        elif isinstance(event, Completed):
            session.tasks.pop(event.task.identifier, None)
        self._flush(session)
        self._retire(session)

    def _retire(self, session: BackgroundSession) -> None:
        if not session.is_spent or session.owes_finish:
            return
        self._sessions.pop((session.bundle_id, session.identifier), None)
        client = session.client
        session.disconnect()
        if client is not None:
            client.became_invalid()

    # Small change.

    def _batch(self) -> AbstractContextManager[None]:
        return self._phone.work.batch()

    def _sessions_of(self, bundle_id: str) -> Iterator[BackgroundSession]:
        return iter([session for (owner, _), session in self._sessions.items() if owner == bundle_id])

    def _delay_of(self, bundle_id: str) -> RequestDelay:
        if bundle_id not in self._delays:
            rules = self._phone.rules
            self._delays[bundle_id] = RequestDelay(
                self._phone.clock,
                rules.url_delay_first_s,
                rules.url_delay_factor,
                partial(self._start_delayed, bundle_id),
            )
        return self._delays[bundle_id]

    def _new_place(self, bundle_id: str) -> Callable[[], Path]:
        name = f"CFNetworkDownload_{self._random.getrandbits(32):08x}.tmp"

        def place() -> Path:
            directory = self._phone.containers.path(bundle_id) / DOWNLOADS / bundle_id
            directory.mkdir(parents=True, exist_ok=True)
            return directory / name

        return place

    def _place_of(self, bundle_id: str, file: Path) -> Callable[[], Path]:
        """Where a file of the app is now: its container may move while a task of it waits."""
        containers = self._phone.containers
        container = containers.path(bundle_id)
        if not file.is_relative_to(container):
            return lambda: file
        inside = file.relative_to(container)
        return lambda: containers.path(bundle_id) / inside

    def _user_agent(self, bundle_id: str) -> str:
        app = self._phone.apps.get(bundle_id)
        return f"{app.executable}/{app.build} CFNetwork Darwin" if app else "CFNetwork Darwin"

    def _session_name(self, session: BackgroundSession) -> str:
        return f"{self._phone.rules.task_prefix} <{session.uuid}>"

    def _log(self, message: str, level: str = "notice") -> None:
        daemon = self._phone.processes.named(NAME)
        if daemon is not None:
            self._phone.log.emit(NAME, daemon.pid, message, level=level, subsystem=SUBSYSTEM)
