"""What sysmontap can tell of processes and of the whole phone: one row per attribute.

Names of attributes: public clients. Times, states, identifiers and processor time come from the kernel,
with the kernel's invented rates; whatever else has a figure is derived from them by invented factors, so
that it is plausible, never runs backwards where it counts something, and says nothing about an app.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.model.states import AppState
from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.processes.activity import PAGE_BYTES, CpuTime
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.states import MACH_TICKS_PER_S
from harness.wire.nskeyed import NSNull

CPU_COUNT = 6
"""Cores of the phone: every iPhone since the 8 has six. A 7 has fewer, and is given six too."""

MEMORY_BYTES = 4 * 1024**3
"""Memory of the phone; invented, as models differ."""

_SYSTEM_PAGES = 90_000
_WIRED_PAGES = 40_000
_MOBILE, _ROOT = 501, 0
_RUNNING, _STOPPED = 2, 4


@dataclass(frozen=True)
class Reading:
    """One process at one moment.

    Attributes:
        process: the process.
        now_s: the moment, seconds since 1970, phone time.
        boot_s: when the phone had booted.
        cpu: processor time since its start.
        usage_percent: share of one core since the reading before; ``None`` for the first one.
        footprint_bytes: memory.
    """

    process: Process
    now_s: float
    boot_s: float
    cpu: CpuTime
    usage_percent: float | None
    footprint_bytes: int

    def counted(self, per_cpu_s: float) -> int:
        """Something that is counted while the process runs, at so much per second of processor time."""
        return int(self.cpu.total_s * per_cpu_s)

    def part(self, share: float) -> int:
        """A share of the memory, in whole pages, as bytes."""
        return int(self.footprint_bytes * share) // PAGE_BYTES * PAGE_BYTES


def _user(reading: Reading) -> int:
    return _MOBILE if reading.process.is_application else _ROOT


def _pid(reading: Reading) -> int:
    return reading.process.pid


def _zero(_reading: Reading) -> int:
    return 0


def _name(reading: Reading) -> str:
    return reading.process.name


def _usage(reading: Reading) -> object:
    # Source: public clients; the first sample has nothing to be compared with.
    return NSNull() if reading.usage_percent is None else reading.usage_percent


def _started(reading: Reading) -> int:
    return max(int((reading.process.started_s - reading.boot_s) * MACH_TICKS_PER_S), 0)


PROCESS_ATTRIBUTES: Mapping[str, Callable[[Reading], object]] = {
    "pid": _pid,
    "ppid": lambda reading: min(reading.process.pid - 1, 1),
    "pgid": _pid,
    "responsiblePID": _pid,
    "uniqueID": lambda reading: (int(reading.process.started_s) << 20) + reading.process.pid,
    "name": _name,
    "comm": _name,
    "uid": _user,
    "ruid": _user,
    "svuid": _user,
    "gid": _user,
    "procStatus": lambda reading: _STOPPED if reading.process.stopped else _RUNNING,
    "procAge": lambda reading: int((reading.now_s - reading.process.started_s) * 1e9),
    "startAbsTime": _started,
    "appSleep": lambda reading: reading.process.state is AppState.SUSPENDED,
    "cpuUsage": _usage,
    "cpuTotalUser": lambda reading: int(reading.cpu.user_s * 1e9),
    "cpuTotalSystem": lambda reading: int(reading.cpu.system_s * 1e9),
    "physFootprint": lambda reading: reading.footprint_bytes,
    "memResidentSize": lambda reading: reading.part(1.3),
    "memVirtualSize": lambda reading: 400_000_000_000 + reading.part(10.0),
    "memAnon": lambda reading: reading.part(0.8),
    "memRPrvt": lambda reading: reading.part(0.6),
    "memRShrd": lambda reading: reading.part(0.5),
    "memCompressed": lambda reading: reading.part(0.2),
    "memPurgeable": _zero,
    "threadCount": lambda reading: 6 if reading.process.is_application else 3,
    "machPortCount": lambda reading: 300 if reading.process.is_application else 120,
    "ctxSwitch": lambda reading: reading.counted(1500),
    "intWakeups": lambda reading: reading.counted(120),
    "sysCallsUnix": lambda reading: reading.counted(9000),
    "sysCallsMach": lambda reading: reading.counted(7000),
    "msgSent": lambda reading: reading.counted(800),
    "msgRecv": lambda reading: reading.counted(500),
    "faults": lambda reading: reading.counted(2500),
    "vmPageIns": lambda reading: reading.counted(40),
    "diskBytesRead": lambda reading: reading.counted(100) * PAGE_BYTES,
    "diskBytesWritten": lambda reading: reading.counted(20) * PAGE_BYTES,
    "powerScore": lambda reading: reading.usage_percent or 0.0,
}
"""Attribute -> its value in one reading."""


@dataclass(frozen=True)
class SystemReading:
    """The whole phone at one moment.

    Attributes:
        processes: every process.
    """

    processes: Sequence[Reading]

    @property
    def used_pages(self) -> int:
        """Pages in use."""
        return _SYSTEM_PAGES + sum(one.footprint_bytes for one in self.processes) // PAGE_BYTES

    def total(self, attribute: str) -> int:
        """The sum of a whole number over all processes that run now."""
        values = (PROCESS_ATTRIBUTES[attribute](one) for one in self.processes)
        return sum(value for value in values if isinstance(value, int))


SYSTEM_ATTRIBUTES: Mapping[str, Callable[[SystemReading], object]] = {
    "physMemSize": lambda _: MEMORY_BYTES // PAGE_BYTES,
    "vmUsedCount": lambda reading: reading.used_pages,
    "vmFreeCount": lambda reading: max(MEMORY_BYTES // PAGE_BYTES - reading.used_pages, 0),
    "vmWireCount": lambda _: _WIRED_PAGES,
    "vmIntPageCount": lambda reading: reading.total("memAnon") // PAGE_BYTES,
    "vmExtPageCount": lambda _: _SYSTEM_PAGES // 2,
    "vmCompressorPageCount": lambda reading: reading.total("memCompressed") // PAGE_BYTES,
    "vmPurgeableCount": lambda _: 0,
    "vmSpeculativeCount": lambda _: 0,
    "__vmSwapUsage": lambda _: 0,
    "threadCount": lambda reading: reading.total("threadCount"),
    "diskBytesRead": lambda reading: reading.total("diskBytesRead"),
    "diskBytesWritten": lambda reading: reading.total("diskBytesWritten"),
    "diskReadOps": lambda reading: reading.total("diskBytesRead") // PAGE_BYTES,
    "diskWriteOps": lambda reading: reading.total("diskBytesWritten") // PAGE_BYTES,
    # The kernel keeps no books of the network.
    "netBytesIn": lambda _: 0,
    "netBytesOut": lambda _: 0,
    "netPacketsIn": lambda _: 0,
    "netPacketsOut": lambda _: 0,
}
"""Attribute -> its value in one reading."""


class Meter:
    """Reads all processes again and again, and knows what each has used since the time before."""

    def __init__(self, phone: VirtualPhone) -> None:
        self._phone = phone
        self._last: dict[int, float] = {}
        self._last_s: float | None = None

    def read(self) -> SystemReading:
        """Every process now."""
        now_s = self._phone.clock.now_s
        passed_s = now_s - self._last_s if self._last_s is not None else 0.0
        readings = [self._one(process, now_s, passed_s) for process in self._phone.running_processes()]
        self._last = {one.process.pid: one.cpu.total_s for one in readings}
        self._last_s = now_s
        return SystemReading(readings)

    def _one(self, process: Process, now_s: float, passed_s: float) -> Reading:
        activity = self._phone.activity
        cpu = activity.cpu_time(process)
        before_s = self._last.get(process.pid)
        usage_percent = None
        if before_s is not None and passed_s > 0.0:
            usage_percent = (cpu.total_s - before_s) / passed_s * 100.0
        boot_s = now_s - self._phone.clock.mono_s
        return Reading(process, now_s, boot_s, cpu, usage_percent, activity.footprint_bytes(process))
