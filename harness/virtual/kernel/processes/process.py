"""Processes: what runs on the phone, and how the code of an app is run in one.

Application code is Python called synchronously by the kernel. It runs only while its process may run
code; what is meant for a suspended or stopped process waits in its queue, and dies with the process.
"""

from __future__ import annotations

import random
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.processes.exits import ExitCause, by_crash, by_itself
from harness.virtual.kernel.workqueue import WorkQueue

if TYPE_CHECKING:
    from harness.virtual.apps.delegate import UIApplicationDelegate
    from harness.virtual.apps.uikit import UIApplication
    from harness.virtual.kernel.phone import VirtualPhone

MAIN = "main"
"""Name of the main thread; every other name is some other thread."""


class ProcessExit(BaseException):
    """Raised by ``exit`` in app code; no ``except Exception`` of the app swallows it."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


_current: ContextVar[tuple[Process, str] | None] = ContextVar("current process", default=None)


def current_process() -> Process:
    """The process whose code is running.

    Raises:
        RuntimeError: no app code is running.
    """
    return _running()[0]


def current_thread() -> str:
    """``main`` or the name of another thread of the running app code.

    Raises:
        RuntimeError: no app code is running.
    """
    return _running()[1]


def _running() -> tuple[Process, str]:
    running = _current.get()
    if running is None:
        raise RuntimeError("this is only there for app code that the virtual phone runs")
    return running


class Process:
    """One process.

    Attributes:
        pid: process identifier.
        name: executable name.
        path: path of the executable on the phone.
        bundle_id: bundle identifier; empty for a daemon.
        started_s: start time, seconds since 1970.
        app: the bundle, of an application.
        state: where it stands; a daemon is ``BACKGROUND_RUNNING`` while it lives.
        arguments: launch arguments.
        environment: launch environment.
        traced: whether a debugger is attached (``P_TRACED``).
        stopped: stopped by SIGSTOP or started suspended; RunningBoard does not know of it.
        file_locks: names of the shared files that it holds locked.
        woken_s: when it last began to run in the background on the system's behalf.
        awaits_main: prewarmed: it is there, and none of its own code has run.
        allocated_bytes: memory that its code has asked for beyond what every app uses.
        delegate: the app's delegate, of an application.
        application: its ``UIApplication``, of an application.
    """

    def __init__(
        self,
        pid: int,
        name: str,
        path: str,
        *,
        started_s: float,
        work: WorkQueue,
        app: AppBundle | None = None,
        arguments: tuple[str, ...] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.pid = pid
        self.name = name
        self.path = path
        self.bundle_id = app.bundle_id if app else ""
        self.started_s = started_s
        self.app = app
        self.state = AppState.BACKGROUND_RUNNING
        self.arguments = arguments
        self.environment: dict[str, str] = dict(environment or {})
        self.traced = False
        self.stopped = False
        self.file_locks: set[str] = set()
        self.woken_s: float | None = None
        self.awaits_main = False
        self.allocated_bytes = 0
        self._work = work
        self._queue: deque[tuple[Callable[[], None], str]] = deque()
        self._busy = False
        self._on_end: Callable[[Process, ExitCause], None] | None = None
        self._phone: VirtualPhone | None = None
        self._application: UIApplication | None = None

    def __repr__(self) -> str:
        return f"<Process {self.name}[{self.pid}] {self.state}>"

    @property
    def is_application(self) -> bool:
        """Whether it is an application, and not a daemon."""
        return self.app is not None

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.state is not AppState.NOT_RUNNING

    @property
    def runs_code(self) -> bool:
        """Whether its code is being executed now."""
        return self.state.runs_code and not self.stopped and not self._busy

    @property
    def phone(self) -> VirtualPhone:
        """The phone it runs on; applications only."""
        assert self._phone is not None, f"{self!r} is no application"
        return self._phone

    @property
    def application(self) -> UIApplication:
        """Its ``UIApplication``; applications only."""
        assert self._application is not None, f"{self!r} is no application"
        return self._application

    @property
    def delegate(self) -> UIApplicationDelegate:
        """Its delegate; applications only."""
        return self.application.delegate

    def host(
        self, phone: VirtualPhone, application: UIApplication, on_end: Callable[[Process, ExitCause], None]
    ) -> None:
        """Make it able to run an app's code. Called by the kernel, once, at launch.

        Args:
            phone: the phone.
            application: the app's ``UIApplication``.
            on_end: told when the code ends its own process, by ``exit`` or a crash.
        """
        self._phone, self._application, self._on_end = phone, application, on_end

    def enqueue(self, fn: Callable[[], None], *, thread: str = MAIN) -> None:
        """Run app code in this process.

        It runs now, or after the app code or kernel step that is under way; while the process is
        suspended or stopped it waits; when the process has ended or ends it is dropped. An exception
        it raises crashes the process.

        Args:
            fn: the code.
            thread: the thread it believes to be on.
        """
        if self.alive:
            self._queue.append((fn, thread))
            # One turn per piece of code, so that kernel steps posted in between keep their place.
            self._work.post(self._run_next)

    def run_queued(self) -> None:
        """Run what is queued for as long as the process may run code. Called by the kernel."""
        while self._run_next():
            pass

    def drop_queued(self) -> None:
        """Forget what is queued. Called by the kernel when the process has ended."""
        self._queue.clear()

    def set_busy(self, busy: bool) -> None:
        """Say that the main thread is blocked, or no longer is; meanwhile queued code waits."""
        self._busy = busy
        if not busy:
            self._work.post(self.run_queued)

    def _run_next(self) -> bool:
        if not self._queue or not self.runs_code:
            return False
        fn, thread = self._queue.popleft()
        self._run(fn, thread)
        return True

    def _run(self, fn: Callable[[], None], thread: str) -> None:
        token = _current.set((self, thread))
        try:
            fn()
        except ProcessExit as ended:
            self._end(by_itself(ended.code))
        except Exception as error:  # whatever app code lets escape is, on a phone, an uncaught exception
            reason = f"{type(error).__name__}: {error}"
            self._end(by_crash(reason, "".join(traceback.format_exception(error))))
        finally:
            _current.reset(token)

    def _end(self, cause: ExitCause) -> None:
        if self._on_end is not None and self.alive:
            self._on_end(self, cause)


class ProcessTable:
    """The processes of one phone.

    Args:
        seed: makes process identifiers reproducible.
    """

    def __init__(self, *, seed: int) -> None:
        self._random = random.Random(f"pids:{seed}")
        self._processes: dict[int, Process] = {}
        self._last_pid = 0

    def next_pid(self) -> int:
        """A process identifier not used since the boot; launchd gets 1."""
        self._last_pid += 1 if self._last_pid == 0 else self._random.randint(1, 9)
        return self._last_pid

    def booted(self) -> None:
        """Count process identifiers from 1 again, as after a boot; no process may be left."""
        self._last_pid = 0

    def add(self, process: Process) -> None:
        """Enter a process that has started."""
        self._processes[process.pid] = process

    def remove(self, pid: int) -> None:
        """Take out a process that has ended."""
        self._processes.pop(pid, None)

    def get(self, pid: int) -> Process | None:
        """The running process of that identifier, or ``None``."""
        return self._processes.get(pid)

    def of_bundle(self, bundle_id: str) -> Process | None:
        """The running process of that app, or ``None``."""
        return next((p for p in self if p.bundle_id == bundle_id and p.is_application), None)

    def named(self, name: str) -> Process | None:
        """The running process of that executable name, or ``None``; of several the oldest."""
        return next((p for p in self if p.name == name), None)

    def applications(self) -> tuple[Process, ...]:
        """The running applications, oldest first."""
        return tuple(p for p in self if p.is_application)

    def __iter__(self) -> Iterator[Process]:
        return iter(tuple(self._processes.values()))
