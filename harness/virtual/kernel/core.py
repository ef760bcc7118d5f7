"""The parts of one phone that every part of the kernel works on."""

from __future__ import annotations

import random
from dataclasses import dataclass

from harness.model.states import AppState
from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.log import LogBus
from harness.virtual.kernel.processes.exits import Exits
from harness.virtual.kernel.processes.process import Process, ProcessTable
from harness.virtual.kernel.processes.states import StateBus
from harness.virtual.kernel.rules import Rules
from harness.virtual.kernel.subscription import Subscribers
from harness.virtual.kernel.workqueue import WorkQueue


@dataclass(frozen=True)
class AppStateChange:
    """One change of where an application stands, as daemons on the phone learn it.

    Attributes:
        bundle_id: bundle identifier.
        pid: process identifier.
        state: where it stands now.
    """

    bundle_id: str
    pid: int
    state: AppState


@dataclass(frozen=True)
class Core:
    """What the parts of one phone share.

    Attributes:
        persona: the UUID in the identity of applications from iOS 17 on.
        timing: source of the spread in timings.
    """

    rules: Rules
    clock: VirtualClock
    work: WorkQueue
    log: LogBus
    states: StateBus
    exits: Exits
    processes: ProcessTable
    app_states: Subscribers[AppStateChange]
    persona: str
    timing: random.Random

    def app_identity(self, bundle_id: str) -> str:
        """How the system log names an application."""
        return self.rules.app_identity.format(bundle_id=bundle_id, persona=self.persona)

    def service_identity(self, name: str) -> str:
        """How the system log names a daemon."""
        return self.rules.service_identity.format(label=f"com.apple.{name}")

    def instance(self, process: Process) -> str:
        """How the system log names one process."""
        identity = (
            self.app_identity(process.bundle_id)
            if process.is_application
            else self.service_identity(process.name)
        )
        return f"[{identity}:{process.pid}]"

    def log_as(self, name: str, message: str, *, level: str = "notice", category: str = "") -> None:
        """Log one line in the name of a daemon; nothing when it does not run at the moment."""
        daemon = self.processes.named(name)
        if daemon is not None:
            subsystem = SUBSYSTEMS.get(name, f"com.apple.{name}")
            self.log.emit(name, daemon.pid, message, level, subsystem, category, daemon.path)


SUBSYSTEMS: dict[str, str] = {
    "SpringBoard": "com.apple.FrontBoard",
    "runningboardd": "com.apple.runningboard",
    "nsurlsessiond": "com.apple.CFNetwork",
    "kernel": "",
}
"""``os_log`` subsystems of the daemons that the kernel logs for; not all are captured, so guessed."""
