"""Default sessions: those that live in the processes of apps, and end with them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from harness.model.interfaces import Interface
from harness.model.states import AppState
from harness.virtual.kernel.containers import random_uuid
from harness.virtual.kernel.localsession.events import (
    LocalClient,
    LocalEnd,
    LocalEvent,
    LocalFile,
    LocalKind,
    LocalSettings,
)
from harness.virtual.kernel.localsession.local_task import LocalTask
from harness.virtual.kernel.localsession.states import LocalState
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest, Way
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.process import Process

if TYPE_CHECKING:
    from harness.virtual.kernel.clock import VirtualClock
    from harness.virtual.kernel.nsurlsessiond.transfer import Fetch, FetchListener
    from harness.virtual.kernel.phone import VirtualPhone

SUBSYSTEM = "com.apple.CFNetwork"
TEMPORARY = "tmp"
"""Where an app's container keeps the file of a download until its delegate has returned."""


class LocalSession:
    """One default session of one process.

    Args:
        process: whose it is.
        settings: how it loads.
        client: the session object in the app.
        host: the phone's default sessions.

    Attributes:
        process: whose it is.
        tasks: those the app has not been told the end of, by identifier.
    """

    def __init__(
        self, process: Process, settings: LocalSettings, client: LocalClient, host: LocalSessions
    ) -> None:
        self.process = process
        self._settings = settings
        self._client = client
        self._host = host
        self.tasks: dict[int, LocalTask] = {}
        self._last_task = 0
        self._closing = False

    @property
    def unfinished(self) -> tuple[LocalTask, ...]:
        """The tasks that have not ended, oldest first."""
        return tuple(task for task in self.tasks.values() if not task.is_finished)

    def add_task(
        self,
        kind: LocalKind,
        url: str,
        *,
        method: str = "GET",
        headers: tuple[tuple[str, str], ...] = (),
        file: Path | None = None,
        data: bytes = b"",
    ) -> LocalTask:
        """Create a task; it does nothing until it is resumed.

        Args:
            kind: what it gives the app.
            url: what it asks for.
            method: HTTP method.
            headers: request headers.
            file: what an upload sends.
            data: what an upload sends that has no file.
        """
        self._last_task += 1
        place = self._host.new_place(self.process.bundle_id)
        if kind is LocalKind.UPLOAD and file is None:
            place.write_bytes(data)
            file = place
        app = self.process.app
        agent = f"{app.executable}/{app.build} CFNetwork Darwin" if app else "CFNetwork Darwin"
        request = FetchRequest(url, method=method, headers=headers, file=file, user_agent=agent)
        task = LocalTask(
            self._last_task,
            self._host.new_uuid(),
            kind,
            request,
            self._settings,
            self._host,
            place,
            self._tell,
        )
        self.tasks[task.identifier] = task
        return task

    def resume(self, task: LocalTask) -> None:
        """Start a task; one that was started is left alone."""
        if task.state is LocalState.CREATED:
            self._log(f"{task.log_name} resuming, QOS(0x19)")
            task.resume()

    def close(self, *, cancel_tasks: bool) -> None:
        """Invalidate it: it goes when its tasks have ended and all is told."""
        self._closing = True
        for task in self.unfinished if cancel_tasks else ():
            task.cancel()
        self._retire()

    def abandon(self) -> None:
        """Stop everything without a word: its process has ended."""
        for task in self.unfinished:
            task.abandon()
        self.tasks.clear()

    def _tell(self, event: LocalEvent) -> None:
        if isinstance(event, LocalEnd):
            self._log_end(event.task)
        self._client.deliver(event, partial(self._told, event))

    def _told(self, event: LocalEvent) -> None:
        if isinstance(event, LocalFile):
            event.path.unlink(missing_ok=True)
        elif isinstance(event, LocalEnd):
            self.tasks.pop(event.task.identifier, None)
            self._retire()

    def _retire(self) -> None:
        if self._closing and not self.tasks:
            self._host.forget(self)
            self._client.became_invalid()

    def _log_end(self, task: LocalTask) -> None:
        if task.error is None:
            self._log(f"{task.log_name} finished successfully")
        else:
            code = int(task.error.code)
            domain = task.error.domain
            self._log(
                f"{task.log_name} finished with error [{code}] Error Domain={domain} Code={code}", "error"
            )

    def _log(self, message: str, level: str = "notice") -> None:
        # In the app's own process: what nsurlsessiond says of its tasks reads the same.
        process = self.process
        process.phone.log.emit(process.name, process.pid, message, level=level, subsystem=SUBSYSTEM)


class LocalSessions:
    """The default sessions of one phone.

    They follow their processes: nothing is moved for one that is suspended, and nothing is left of one that
    has ended. Also kept here is whatever else of Foundation an app's process keeps alive until it ends.

    Args:
        phone: the phone; its clock, network, processes and exits must be there already.
    """

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._random = random.Random(f"local sessions:{phone.spec.seed}")
        self._sessions: list[LocalSession] = []
        self._kept: dict[int, list[object]] = {}
        phone.on_app_state(self._app_state_changed)
        phone.exits.observe(self._process_ended)
        phone.network.observe(self._network_changed)

    @property
    def clock(self) -> VirtualClock:
        """The phone's clock."""
        return self._phone.clock

    def open(self, process: Process, settings: LocalSettings, client: LocalClient) -> LocalSession:
        """Open a session for an app's session object."""
        session = LocalSession(process, settings, client, self)
        self._sessions.append(session)
        return session

    def forget(self, session: LocalSession) -> None:
        """Let a session go that is invalid."""
        if session in self._sessions:
            self._sessions.remove(session)

    def keep(self, pid: int, kept: object) -> None:
        """Keep an object of a process alive until it is let go, or the process ends."""
        self._kept.setdefault(pid, []).append(kept)

    def let_go(self, pid: int, kept: object) -> None:
        """Keep an object no longer; one that is not kept is no error."""
        self._kept[pid] = [one for one in self._kept.get(pid, []) if one is not kept]

    def stop(self) -> None:
        """Close every connection and file; the phone is being switched off."""
        self._abandon(self._sessions)

    # What sessions and tasks need of the phone.

    def route(self, *, allows_cellular: bool) -> Interface | None:
        """The interface that a connection would leave by now."""
        return self._phone.network.route(allows_cellular=allows_cellular)

    def fetch(self, request: FetchRequest, listener: FetchListener, *, allows_cellular: bool) -> Fetch:
        """A request that is about to be sent."""
        # A phone boots sooner without what only a transfer needs.
        from harness.virtual.kernel.nsurlsessiond.transfer import Fetch

        return Fetch(request, self._phone.clock, listener, Way(self._phone.network, allows_cellular))

    def is_up(self, interface: Interface) -> bool:
        """Whether an interface is there."""
        return self._phone.network.is_up(interface)

    def new_uuid(self) -> str:
        """A name for a task."""
        return random_uuid(self._random)

    def new_place(self, bundle_id: str) -> Path:
        """Where the file of a download can go."""
        directory = self._phone.containers.path(bundle_id) / TEMPORARY
        directory.mkdir(parents=True, exist_ok=True)
        return directory / f"CFNetworkDownload_{self._random.getrandbits(32):08x}.tmp"

    # What happens on the phone.

    def _app_state_changed(self, _bundle_id: str, pid: int, state: AppState) -> None:
        if state is AppState.SUSPENDED:
            self._each_task(LocalTask.process_suspended, pid)
        elif state.runs_code:
            self._each_task(LocalTask.process_runs, pid)

    def _network_changed(self, *_: object) -> None:
        self._each_task(LocalTask.network_changed)

    def _process_ended(self, record: ExitRecord) -> None:
        self._abandon(self._of(record.pid))
        self._kept.pop(record.pid, None)

    def _each_task(self, act: Callable[[LocalTask], None], pid: int | None = None) -> None:
        # In a batch, so that no app code runs before every task knows.
        with self._phone.work.batch():
            for session in self._of(pid):
                for task in session.unfinished:
                    act(task)

    def _of(self, pid: int | None) -> Iterator[LocalSession]:
        return iter([one for one in self._sessions if pid is None or one.process.pid == pid])

    def _abandon(self, sessions: Iterator[LocalSession] | list[LocalSession]) -> None:
        for session in tuple(sessions):
            session.abandon()
            self.forget(session)
