"""nsurlsessiond: background transfers that go on whatever becomes of the app.

What survives what (background-execution.md §1.8.2)::

    the app is suspended, jetsammed, crashes, is killed -> everything goes on
    the app is installed again, also another version    -> everything goes on; files move with the container
    the phone restarts                                  -> tasks keep what came, go on after the first unlock
    the user swipes the app away                        -> tasks are cancelled (-999, reason 0)
    Background App Refresh is switched off              -> discretionary ones are cancelled (-999, reason 1)
    the app is uninstalled                              -> nothing is left

The daemon itself only passes on: ``ledger`` keeps sessions and tasks, ``schedule`` says when tasks run,
``telling`` how apps learn of them.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.nsurlsessiond.attempts import TransferEnd
from harness.virtual.kernel.nsurlsessiond.background_session import (
    BackgroundSession,
    Challenged,
    Completed,
    FinishedDownloading,
    ReceivedData,
    SessionClient,
    SessionSettings,
)
from harness.virtual.kernel.nsurlsessiond.challenges import Challenge
from harness.virtual.kernel.nsurlsessiond.download import Download
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.ledger import Ledger
from harness.virtual.kernel.nsurlsessiond.making import TransferMaker
from harness.virtual.kernel.nsurlsessiond.rules import (
    SURVIVES_REBOOT,
    UPDATES_OFF_CANCELS_DISCRETIONARY,
    CancelReason,
    URLError,
    URLErrorCode,
)
from harness.virtual.kernel.nsurlsessiond.schedule import Schedule
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask, TaskKind, TaskStep
from harness.virtual.kernel.nsurlsessiond.telling import Teller
from harness.virtual.kernel.nsurlsessiond.upload import Upload
from harness.virtual.kernel.nsurlsessiond.voice import Voice
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class NSURLSessionD:
    """The daemon of one phone.

    Args:
        phone: the phone; its clock, log, network, processes and exits must be there already.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        source = random.Random(f"urlsession:{phone.spec.seed}")
        self._ledger = Ledger(source)
        self._voice = Voice(phone)
        self._maker = TransferMaker(phone, source, self)
        self._schedule = Schedule(phone, self._ledger, self._maker, self._voice)
        self._teller = Teller(phone, self._ledger, self._voice, self._schedule.woken)
        self._updates: dict[str, bool] = {}
        phone.on_app_state(self._app_state_changed)
        phone.exits.observe(self._process_ended)
        phone.conditions.observe(self._condition_changed)
        phone.network.observe(lambda _: self._schedule.network_changed())
        phone.settings.observe(lambda _: self._settings_changed())

    # What a session object in an app asks for.

    def open_session(
        self, process: Process, settings: SessionSettings, client: SessionClient
    ) -> BackgroundSession:
        """Open the session of that identifier, old or new, for an app's session object.

        A second object for an identifier that the same process has open gets nothing: the first
        keeps receiving (background-execution.md §1.8.9).
        """
        session = self._ledger.open(process.bundle_id, settings)
        if session.client is not None and session.client.pid == process.pid:
            self._voice.session_exists(process, settings.identifier)
            return session
        self._updates.setdefault(process.bundle_id, self._updates_on(process.bundle_id))
        session.client, session.settings = client, settings
        session.obliterated = False
        session.ask_again()
        with self._phone.work.batch():
            self._teller.flush(session)
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

    def resume(self, session: BackgroundSession, task: BackgroundTask) -> None:
        """Start a task, now or when the app's request delay and the phone's conditions allow it."""
        self._schedule.resume(session, task)

    def cancel(
        self, session: BackgroundSession, task: BackgroundTask, reason: CancelReason | None = None
    ) -> None:
        """Cancel a task: -999 for its delegate; a task that has ended is left alone."""
        if self._abandon(session, task, reason):
            self._teller.tell_soon(session)

    def close_session(self, session: BackgroundSession, *, cancel_tasks: bool) -> None:
        """Invalidate a session: it goes when its tasks have ended and all is told."""
        with self._phone.work.batch():
            session.closing = True
            session.obliterated = cancel_tasks
            for task in session.unfinished if cancel_tasks else ():
                self._abandon(session, task, None)
            self._teller.flush(session)
            self._teller.retire(session)

    def sessions(self) -> tuple[BackgroundSession, ...]:
        """Every session the daemon knows."""
        return self._ledger.all()

    # What happens on the phone.

    def app_was_force_quit(self, bundle_id: str) -> None:
        """Cancel everything of an app that was swiped out of the app switcher, running or not."""
        for session, task in self._ledger.unfinished(bundle_id):
            self._abandon(session, task, CancelReason.USER_FORCE_QUIT_APPLICATION)

    def forget_app(self, bundle_id: str) -> None:
        """Drop everything of an app that was uninstalled."""
        for session, task in self._ledger.unfinished(bundle_id):
            self._abandon(session, task, None)
        for session in self._ledger.of_app(bundle_id):
            self._ledger.remove(session)
        self._schedule.forget_app(bundle_id)
        self._updates.pop(bundle_id, None)

    def stop(self) -> None:
        """Close every connection and file; the phone must not be used afterwards."""
        for bundle_id in dict.fromkeys(session.bundle_id for session in self._ledger.all()):
            self.forget_app(bundle_id)

    def _app_state_changed(self, bundle_id: str, _pid: int, state: AppState) -> None:
        before = self._schedule.state_of(bundle_id)
        sessions = self._ledger.of_app(bundle_id)
        with self._phone.work.batch():
            if sessions:
                self._voice.app_changed(bundle_id, before, state)
            self._schedule.app_changed(bundle_id, state)
            for session in sessions if state.runs_code else ():
                self._teller.flush(session)

    def _process_ended(self, record: ExitRecord) -> None:
        if not record.bundle_id:
            return
        self._schedule.app_changed(record.bundle_id, AppState.NOT_RUNNING)
        sessions = self._ledger.of_app(record.bundle_id)
        for session in sessions:
            if session.client is None or session.client.pid == record.pid:
                session.disconnect()
        if record.was_user_quit and sessions:
            self._voice.app_quit(record.bundle_id)
            self.app_was_force_quit(record.bundle_id)

    def _condition_changed(self, what: str) -> None:
        if what == Change.POWER and not self._phone.conditions.is_up:
            self._go_down()
        elif what in (Change.POWER, Change.LOCK):
            self._teller.make_up()
        if what in (Change.POWER, Change.LOCK, Change.BATTERY):
            self._schedule.look_again()

    def _go_down(self) -> None:
        self._schedule.phone_restarts()
        if not SURVIVES_REBOOT:
            self.stop()

    def _settings_changed(self) -> None:
        with self._phone.work.batch():
            for bundle_id, was_on in tuple(self._updates.items()):
                is_on = self._updates_on(bundle_id)
                self._updates[bundle_id] = is_on
                if is_on != was_on:
                    self._updates_changed(bundle_id, is_on)
            self._schedule.look_again()

    def _updates_changed(self, bundle_id: str, on: bool) -> None:
        self._voice.updates_changed(on)
        if on or not UPDATES_OFF_CANCELS_DISCRETIONARY:
            return
        for session, task in self._ledger.unfinished(bundle_id):
            if self._schedule.is_discretionary(session, task):
                self.cancel(session, task, CancelReason.BACKGROUND_UPDATES_DISABLED)

    # What transfers tell.

    def attempt_began(self, session: BackgroundSession, task: BackgroundTask) -> None:
        """A transfer makes an attempt. Called by the transfer."""
        self._schedule.attempt_began(session, task)

    def task_challenged(self, session: BackgroundSession, task: BackgroundTask, challenge: Challenge) -> None:
        """A server wants to know who asks. Called by the transfer."""
        session.take_back(task)
        session.events.append(Challenged(task, challenge))
        self._teller.tell_soon(session)

    def task_ended(self, session: BackgroundSession, task: BackgroundTask, end: TransferEnd) -> None:
        """A transfer has ended by itself. Called by the transfer."""
        task.status, task.error = end.status, end.error
        if end.error is None and isinstance(task.transfer, Download):
            session.events.append(FinishedDownloading(task, task.transfer))
        elif end.error is None and isinstance(task.transfer, Upload) and task.transfer.response_body:
            session.events.append(ReceivedData(task, task.transfer.response_body))
        self._complete(session, task)
        self._teller.tell_soon(session)

    # Tasks.

    def _add(self, session: BackgroundSession, request: FetchRequest, kind: TaskKind) -> BackgroundTask:
        request = replace(request, user_agent=self._maker.user_agent(session.bundle_id))
        task = self._ledger.add_task(session, request, kind)
        task.made_in_background = not self._schedule.state_of(session.bundle_id).is_foreground
        self._voice.task_made(session, task)
        return task

    def _abandon(self, session: BackgroundSession, task: BackgroundTask, reason: CancelReason | None) -> bool:
        """End a task with -999, telling nobody yet; false when it had ended already."""
        if task.is_finished:
            return False
        if task.transfer is not None:
            task.transfer.cancel()
        task.error = URLError(URLErrorCode.CANCELLED, reason, "cancelled")
        self._complete(session, task)
        return True

    def _complete(self, session: BackgroundSession, task: BackgroundTask) -> None:
        task.move(TaskStep.END)
        self._schedule.ended(task)
        session.take_back(task)
        session.events.append(Completed(task))
        self._voice.task_ended(task)

    def _updates_on(self, bundle_id: str) -> bool:
        return self._phone.background_refresh_allowed(bundle_id)
