"""Debuggers that are attached to processes of one phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.virtual.kernel.core import Core
from harness.virtual.kernel.processes.daemons import DEBUGSERVER
from harness.virtual.kernel.processes.exits import by_itself
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.runningboard import Assertion, RunningBoard
from harness.virtual.kernel.rules import AssertionKind
from harness.virtual.kernel.subscription import Subscription


@dataclass(frozen=True)
class _Attached:
    server: Process
    assertion: Assertion
    at_exit: Subscription


class Debuggers:
    """Who is being debugged.

    Args:
        core: the phone.
        board: where a debugger keeps its process from being suspended.
        start_daemon: starts a process of a name and a path.
    """

    def __init__(self, core: Core, board: RunningBoard, start_daemon: Callable[[str, str], Process]) -> None:
        self._core = core
        self._board = board
        self._start_daemon = start_daemon
        self._attached: dict[int, _Attached] = {}

    def attach(self, process: Process) -> None:
        """Attach a debugger, which keeps the process from ever being suspended; twice changes nothing."""
        pid = process.pid
        if pid in self._attached:
            return
        with self._core.work.batch():
            server = self._start_daemon(*DEBUGSERVER)
            process.traced = True
            kind = AssertionKind.DEBUGGER
            self._attached[pid] = _Attached(
                server,
                self._board.acquire(pid, kind, kind.value, None),
                self._core.exits.observe_exit(pid, lambda _: self.detach(pid)),
            )

    def detach(self, pid: int) -> None:
        """Take the debugger away; the process goes on, and can be suspended again."""
        attached = self._attached.pop(pid, None)
        if attached is None:
            return
        attached.at_exit.close()
        process = attached.assertion.process
        with self._core.work.batch():
            process.traced = False
            process.stopped = False
            attached.assertion.release()
            self._board.reconsider(process)
            self._board.ended(attached.server, by_itself(0))
