"""How much processor time and memory each process has used.

Application code takes no time on this phone, so its processor time is made up from where the process
stood and for how long: nothing while suspended or stopped, little in the background, more in front.
The rates and the memory figures are invented; that they never run backwards, and that a suspended
process uses no processor time, is what can be relied on.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from harness.model.states import AppState
from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.core import AppStateChange
from harness.virtual.kernel.processes.process import Process, ProcessTable
from harness.virtual.kernel.subscription import Subscribers

PAGE_BYTES = 16_384
"""A memory page of Apple's 64-bit phones."""

DAEMON_CORES = 0.002
"""Share of one core that a daemon uses; invented."""

CORES: dict[AppState, float] = {
    AppState.FOREGROUND_ACTIVE: 0.08,
    AppState.FOREGROUND_INACTIVE: 0.08,
    AppState.BACKGROUND_RUNNING: 0.02,
    AppState.SUSPENDED: 0.0,
    AppState.NOT_RUNNING: 0.0,
}
"""Share of one core that an application uses, by where it stands; invented."""

APP_MEMORY_BYTES: dict[AppState, int] = {
    AppState.FOREGROUND_ACTIVE: 62_000_000,
    AppState.FOREGROUND_INACTIVE: 62_000_000,
    AppState.BACKGROUND_RUNNING: 44_000_000,
    AppState.SUSPENDED: 26_000_000,
    AppState.NOT_RUNNING: 0,
}
"""Memory footprint of an application, by where it stands; invented."""

_SPREAD_BYTES = 8_000_000
_DAEMON_BYTES = 4_000_000
_USER_SHARE = 0.7


@dataclass(frozen=True)
class CpuTime:
    """Processor time that a process has used since it started.

    Attributes:
        user_s: in its own code.
        system_s: in the kernel.
    """

    user_s: float
    system_s: float

    @property
    def total_s(self) -> float:
        """Both together."""
        return self.user_s + self.system_s


@dataclass
class _Account:
    used_s: float
    since_s: float
    state: AppState


class Activity:
    """The books of one phone.

    Args:
        clock: the phone's.
        app_states: tells where applications stand.
        processes: the process table.
    """

    def __init__(
        self, clock: VirtualClock, app_states: Subscribers[AppStateChange], processes: ProcessTable
    ) -> None:
        self._clock = clock
        self._processes = processes
        self._accounts: dict[int, _Account] = {}
        app_states.add(self._changed)

    def cpu_time(self, process: Process) -> CpuTime:
        """Processor time of a running process so far."""
        used_s = self.settle(process)
        return CpuTime(used_s * _USER_SHARE, used_s * (1 - _USER_SHARE))

    def footprint_bytes(self, process: Process) -> int:
        """Memory of a running process with what its code has asked for, in whole pages."""
        spread = zlib.crc32(process.name.encode()) % _SPREAD_BYTES
        of_kind = APP_MEMORY_BYTES.get(process.state, 0) if process.is_application else _DAEMON_BYTES
        return (of_kind + spread + process.allocated_bytes) // PAGE_BYTES * PAGE_BYTES

    def settle(self, process: Process) -> float:
        """Enter what a process has used up to now; called ahead of whatever changes its rate.

        Returns:
            Processor time since it started, seconds.
        """
        if not process.is_application:
            return (self._clock.now_s - process.started_s) * DAEMON_CORES
        now_s = self._clock.now_s
        account = self._accounts.get(process.pid)
        if account is None:
            account = self._accounts[process.pid] = _Account(0.0, process.started_s, process.state)
        if not process.stopped:
            account.used_s += max(now_s - account.since_s, 0.0) * CORES.get(account.state, 0.0)
        account.since_s = now_s
        return account.used_s

    def _changed(self, change: AppStateChange) -> None:
        if change.state is AppState.NOT_RUNNING:
            self._accounts.pop(change.pid, None)
            return
        process = self._processes.get(change.pid)
        if process is not None:
            self.settle(process)
            self._accounts[change.pid].state = change.state
