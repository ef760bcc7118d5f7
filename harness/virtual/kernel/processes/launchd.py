"""launchd: starts the system's own processes at a boot, and each again when it has ended."""

from __future__ import annotations

from harness.virtual.kernel.conditions import Conditions
from harness.virtual.kernel.core import Core
from harness.virtual.kernel.darwin import DarwinCenter
from harness.virtual.kernel.processes.daemons import SYSTEM_PROCESSES
from harness.virtual.kernel.processes.process import Process

FINISHED_STARTUP = {"SpringBoard": "com.apple.springboard.finishedstartup"}
"""Executable name -> the Darwin notification of it when it is ready. Source: what go-ios waits for."""


class Launchd:
    """The launchd of one phone, switched on.

    Args:
        core: the phone.
        conditions: whether the phone is up.
        darwin: where processes say that they are ready.
    """

    def __init__(self, core: Core, conditions: Conditions, darwin: DarwinCenter) -> None:
        self._core = core
        self._conditions = conditions
        self._darwin = darwin
        self._boots = 0
        self.boot()

    def boot(self) -> None:
        """Start everything; nothing may run yet."""
        self._boots += 1
        for name, path in SYSTEM_PROCESSES:
            self.start(name, path)

    def start(self, name: str, path: str) -> Process:
        """Start a process."""
        core = self._core
        process = Process(core.processes.next_pid(), name, path, started_s=core.clock.now_s, work=core.work)
        core.processes.add(process)
        return process

    def respawn(self, process: Process) -> None:
        """Start one that has ended anew, a little later, if it is one of the system's own."""
        if (process.name, process.path) in SYSTEM_PROCESSES and self._conditions.is_up:
            boots = self._boots
            self._core.clock.call_later(
                self._core.rules.daemon_respawn_s, lambda: self._start_again(process, boots)
            )

    def _start_again(self, process: Process, boots: int) -> None:
        # A boot in between has started it already, or is about to.
        if not self._conditions.is_up or self._boots != boots:
            return
        self.start(process.name, process.path)
        if process.name in FINISHED_STARTUP:
            self._darwin.post(FINISHED_STARTUP[process.name])
