"""DVT deviceinfo: the process list, and what the phone is.

Source of names and fields: background-execution.md §3.2; virtual-iphone.md §2, "What other clients
call". What is said of hardware and network is plausible, not read from a phone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.virtual.kernel.phone import VirtualPhone
from harness.virtual.kernel.preferences import ROOT
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.states import MACH_TICKS_PER_S
from harness.virtual.services.support.dvt_channel import DtxFailure, DvtChannel, Link, Prepared
from harness.virtual.services.support.sysmon import CPU_COUNT, PROCESS_ATTRIBUTES, SYSTEM_ATTRIBUTES
from harness.wire.nskeyed import NSDate

NO_SUCH_FILE = 260
"""``NSFileReadNoSuchFileError`` of ``NSCocoaErrorDomain``."""

DIRECTORIES: dict[str, list[str]] = {
    "/": [
        "Applications",
        "Developer",
        "Library",
        "System",
        "bin",
        "cores",
        "dev",
        "etc",
        "private",
        "sbin",
        "tmp",
        "usr",
        "var",
    ],
    "/Developer": ["Applications", "Library", "usr"],
    "/private": ["etc", "var"],
    "/private/var": ["containers", "db", "mobile", "root", "tmp"],
    "/var/mobile": ["Containers", "Library", "Media"],
}
"""The directories one can list, from memory; the rest of the file system is not modelled."""

_USERS = {0: "root", 501: "mobile"}


class DeviceInfo(DvtChannel):
    """The channel of device information."""

    identifier = "com.apple.instruments.server.services.deviceinfo"

    def __init__(self, phone: VirtualPhone, link: Link) -> None:
        super().__init__(phone, link)
        self._rows_of: tuple[object, ...] = ()
        self._rows = Prepared([])

    def methods(self) -> Mapping[str, Callable[..., object]]:
        """See ``DvtChannel.methods``."""
        return {
            "runningProcesses": self._running_processes,
            "runningProcessWithPid:": self._running_process,
            "isRunningPid:": self._is_running,
            "execnameForPid:": self._execname,
            "machTimeInfo": self._mach_time_info,
            "machKernelName": self._kernel_name,
            "kpepDatabase": self._no_database,
            "systemInformation": self._system_information,
            "hardwareInformation": self._hardware_information,
            "networkInformation": self._network_information,
            "directoryListingForPath:": self._directory,
            "nameForUID:": self._user,
            "nameForGID:": self._user,
            "sysmonProcessAttributes": self._process_attributes,
            "sysmonSystemAttributes": self._system_attributes,
        }

    def _running_processes(self) -> Prepared:
        processes = self.phone.running_processes()
        # All that a row says and that is not settled when the process starts.
        now = tuple((one.pid, one.started_s, one.state.is_foreground) for one in processes)
        if now != self._rows_of:
            rows = [process_row(self.phone, process) for process in processes]
            self._rows_of, self._rows = now, Prepared(rows)
        return self._rows

    def _running_process(self, pid: int) -> dict[str, object] | None:
        process = self.phone.processes.get(pid)
        return process_row(self.phone, process) if process is not None else None

    def _is_running(self, pid: int) -> bool:
        return self.phone.processes.get(pid) is not None

    def _execname(self, pid: int) -> str:
        process = self.phone.processes.get(pid)
        if process is None:
            raise DtxFailure(f"There is no process {pid}")
        return shown_path(process)

    def _mach_time_info(self) -> list[object]:
        """Source of the fields: public clients."""
        clock = self.phone.clock
        ticks = int(clock.mono_s * MACH_TICKS_PER_S)
        # One tick is 125/3 ns; absolute and continuous time agree, since the clock runs on in sleep.
        return [ticks, 125, 3, ticks, clock.now_s, self.phone.preferences.value(ROOT, "TimeZone")]

    def _kernel_name(self) -> str:
        """Named for the chip, whose number begins a UDID; that every chip's is named so is guessed."""
        return f"/mach.release.t{self.phone.spec.udid.partition('-')[0][-4:].lower()}"

    def _no_database(self) -> None:
        """This phone has no counters of its processor; clients take no database for an answer."""
        return

    def _process_attributes(self) -> set[str]:
        return set(PROCESS_ATTRIBUTES)

    def _system_attributes(self) -> set[str]:
        return set(SYSTEM_ATTRIBUTES)

    def _system_information(self) -> dict[str, object]:
        spec = self.phone.spec
        return {
            "_deviceDescription": f"Build Version {spec.build}, iOS {spec.ios}",
            "_deviceDisplayName": self.phone.preferences.device_name,
            "_deviceIdentifier": spec.udid,
            "_deviceVersion": spec.build,
            "_productType": spec.model,
            "_productVersion": spec.ios,
            "_xrdeviceClassName": "XRMobileDevice",
        }

    def _hardware_information(self) -> dict[str, object]:
        return {
            "ProcessorTraceState": 0,
            "hwCPU64BitCapable": 1,
            "hwCPUsubtype": 2,
            "hwCPUtype": 16777228,
            "numberOfCpus": CPU_COUNT,
            "numberOfPhysicalCpus": CPU_COUNT,
        }

    def _network_information(self) -> dict[str, object]:
        cellular = {"pdp_ip0": "Cellular (pdp_ip0)"} if self.phone.spec.cellular else {}
        return {"lo0": "Loopback", "en0": "Wi-Fi", **cellular}

    def _directory(self, path: str) -> list[str]:
        names = DIRECTORIES.get(path.rstrip("/") or "/")
        if names is None:
            text = f"The folder “{path}” doesn’t exist."
            raise DtxFailure(text, code=NO_SUCH_FILE, domain="NSCocoaErrorDomain")
        return names

    def _user(self, number: int) -> str:
        return _USERS.get(number, str(number))


def shown_path(process: Process) -> str:
    """Where a process's executable is, as instruments names it.

    Without the ``/private`` that installation_proxy has. Source: tidevice, which takes it off the one
    to compare it with the other.
    """
    return process.path.removeprefix("/private")


def process_row(phone: VirtualPhone, process: Process) -> dict[str, object]:
    """One row of ``runningProcesses``."""
    row: dict[str, object] = {
        "isApplication": process.is_application,
        "name": process.name,
        "pid": process.pid,
        "realAppName": shown_path(process),
        "startDate": NSDate.from_unix_s(process.started_s),
    }
    if process.is_application:
        row["bundleIdentifier"] = process.bundle_id
        row["foregroundRunning"] = process.state.is_foreground
    return row
