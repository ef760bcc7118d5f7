"""A virtual phone driven directly, in this process: the same kernel, and no wire in between.

What is left out is how a phone is reached: usbmux, lockdown, TLS, DTX, AFC and the client library. What is
told is what the services would tell of the kernel, so that recognizers, expectations and scenarios cannot
know the difference; ``test_same_as_over_the_wire`` holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from harness.errors import AppNotInstalled, CapabilityMissing, CommandRefused
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.raw import DarwinNotice, InstalledApp, ProcessRow, Setting, StateNotice
from harness.model.rungs import Rung
from harness.model.settings import SettingName
from harness.model.time import Instant
from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.developer.location import Place
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.phone import NoSuchProcess, UnsupportedSignal, VirtualPhone
from harness.virtual.kernel.preferences import ROOT
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.springboard import LaunchRefused
from harness.virtual.services.support.log_archive import ArchiveLimits, log_archive
from tests.acceptance.inprocess.acts import REFUSALS, KernelInduced, KernelScreen, induce, install
from tests.acceptance.inprocess.files import KernelContainer, KernelReports
from tests.acceptance.inprocess.pushed import Pushed
from tests.acceptance.inprocess.streams import KernelExits, KernelLog, notices_of, states_of

ENDING = frozenset({9, 15})
"""Signals that a process which is gone already needs no more."""

LOOK_EVERY_S = 1.0
"""How often a phone that restarts is looked for, in phone time."""

CONTINUED_PROCESSING_SINCE = 26
"""First iOS with ``BGContinuedProcessingTask``. Source: background-execution.md §1.10."""


class Closable(Protocol):
    """Something that is open over the cable."""

    async def close(self) -> None:
        """Close it; twice is no error."""
        ...


S = TypeVar("S", bound=Closable)


class KernelClock:
    """The kernel's clock; implements ``model.time.PhoneClock``.

    Args:
        clock: the kernel's.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    async def now(self) -> Instant:
        """See ``PhoneClock``."""
        return Instant(self._clock.now_s)

    async def let_pass(self, until_s: float) -> Instant:
        """See ``PhoneClock``."""
        return Instant(await self._clock.let_pass(until_s))


class KernelDebugger:
    """A debugger that is attached; implements ``model.capabilities.AttachedDebugger``."""

    def __init__(self, phone: VirtualPhone, pid: int) -> None:
        self._phone = phone
        self._pid = pid

    async def detach(self) -> None:
        """See ``AttachedDebugger``."""
        self._phone.detach_debugger(self._pid)


class KernelPhone:
    """A phone in this process; implements ``model.capabilities.Phone``.

    Args:
        kernel: the phone.
    """

    def __init__(self, kernel: VirtualPhone) -> None:
        self.kernel = kernel
        self._open: list[Closable] = []
        self._clock = KernelClock(kernel.clock)
        spec = kernel.spec
        self._identity = PhoneIdentity(spec.name, spec.udid, spec.ios, spec.model, Hardware.VIRTUAL)

    @property
    def identity(self) -> PhoneIdentity:
        """See ``Phone``."""
        return self._identity

    @property
    def clock(self) -> KernelClock:
        """See ``Phone``."""
        return self._clock

    @property
    def rungs(self) -> frozenset[Rung]:
        """See ``Phone``: all but what a phone on a cable cannot have, and what this one lacks."""
        missing = {Rung.UNPLUGGED}
        if self._identity.ios_major < CONTINUED_PROCESSING_SINCE:
            missing.add(Rung.CONTINUED_PROCESSING)
        if not self.kernel.spec.cellular:
            missing.add(Rung.CELLULAR)
        return frozenset(Rung) - missing

    @property
    def ui(self) -> KernelScreen:
        """See ``Phone``."""
        return KernelScreen(self.kernel)

    # ---- processes

    async def launch(
        self,
        bundle_id: str,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        kill_existing: bool = False,
    ) -> int:
        """See ``ProcessControl``."""
        try:
            return self.kernel.launch(
                bundle_id, arguments=arguments, environment=environment, kill_existing=kill_existing
            )
        except LaunchRefused as refused:
            raise REFUSALS[refused.kind](refused.text, phone=self._identity.name) from refused

    async def signal(self, pid: int, number: int) -> None:
        """See ``ProcessControl``."""
        try:
            self.kernel.signal(pid, number)
        except UnsupportedSignal as error:
            raise CommandRefused(str(error), phone=self._identity.name) from error
        except NoSuchProcess as error:
            if number not in ENDING:
                raise CommandRefused(str(error), phone=self._identity.name) from error

    async def pid_of(self, bundle_id: str) -> int | None:
        """See ``ProcessControl``."""
        process = self.kernel.processes.of_bundle(bundle_id)
        return process.pid if process is not None else None

    async def processes(self) -> tuple[ProcessRow, ...]:
        """See ``ProcessControl``."""
        return tuple(_row(process) for process in self.kernel.running_processes())

    async def attach_debugger(self, pid: int) -> KernelDebugger:
        """See ``Phone``."""
        process = self.kernel.processes.get(pid)
        if process is None or process.app is None or not process.app.debuggable:
            raise CapabilityMissing(f"process {pid} may not be debugged", phone=self._identity.name)
        self.kernel.attach_debugger(pid)
        return KernelDebugger(self.kernel, pid)

    # ---- apps and their files

    async def app_info(self, bundle_id: str) -> InstalledApp | None:
        """See ``Phone``."""
        app = self.kernel.apps.get(bundle_id)
        return _installed(app) if app is not None else None

    async def apps(self) -> tuple[InstalledApp, ...]:
        """See ``Phone``."""
        apps = sorted(self.kernel.apps, key=lambda app: app.bundle_id)
        return tuple(_installed(app) for app in apps if not app.is_system)

    async def container(self, bundle_id: str) -> KernelContainer:
        """See ``Phone``."""
        app = self.kernel.apps.get(bundle_id)
        if app is None:
            raise AppNotInstalled(f"{bundle_id} is not on the phone", phone=self._identity.name)
        if not app.debuggable:
            raise CapabilityMissing(f"the container of {bundle_id} is closed", phone=self._identity.name)
        return self._opened(KernelContainer(self._identity.name, self.kernel.containers.path(bundle_id)))

    # ---- what it shows by itself, and what it keeps

    async def states(self) -> Pushed[StateNotice]:
        """See ``Phone``."""
        return self._opened(states_of(self.kernel))

    async def log(self) -> KernelLog:
        """See ``Phone``."""
        return self._opened(KernelLog(self.kernel))

    async def provoke_log(self) -> None:
        """See ``Phone``; over the wire it is lockdownd that says that it starts a service."""
        daemon = self.kernel.processes.named("lockdownd")
        if daemon is not None:
            self.kernel.log.emit(daemon.name, daemon.pid, "spawning service")

    async def process_events(self) -> KernelExits:
        """See ``Phone``."""
        return self._opened(KernelExits(self.kernel))

    async def darwin(self, names: Sequence[str]) -> Pushed[DarwinNotice]:
        """See ``Phone``."""
        return self._opened(notices_of(self.kernel, names))

    async def post_darwin(self, name: str) -> None:
        """See ``Phone``."""
        self.kernel.darwin.post(name)

    async def reports(self) -> KernelReports:
        """See ``Phone``."""
        return self._opened(KernelReports(self.kernel.crash_reports.directory))

    async def settings(self) -> tuple[Setting, ...]:
        """See ``Phone``."""
        return _settings(self.kernel)

    async def log_archive(self, since_s: float) -> bytes:
        """See ``Phone``."""
        return log_archive(self.kernel, ArchiveLimits(start_s=int(since_s)))

    # ---- what is done to the phone as a whole

    async def set_wifi(self, on: bool) -> None:
        """See ``Phone``."""
        self.kernel.conditions.switch_wifi(on)

    async def induce(self, condition: str) -> KernelInduced:
        """See ``Phone``."""
        return induce(self.kernel, condition)

    async def stop_inducing(self) -> None:
        """See ``Phone``."""
        self.kernel.induced.disable()

    async def simulate_location(self, latitude: float, longitude: float) -> None:
        """See ``Phone``."""
        self.kernel.location.simulate(Place(latitude, longitude))

    async def stop_simulating_location(self) -> None:
        """See ``Phone``."""
        self.kernel.location.stop()

    async def upgrade(self, package: Path) -> None:
        """See ``Phone``."""
        install(self.kernel, package)

    async def reboot(self) -> None:
        """See ``Phone``; whatever was open over the cable ends."""
        self.kernel.reboot()
        while self._open:
            await self._open.pop().close()
        while not self.kernel.conditions.is_up:
            await self.kernel.clock.let_pass(self.kernel.clock.now_s + LOOK_EVERY_S)

    async def mount_image(self) -> None:
        """See ``Phone``."""
        self.kernel.image_mounted = True

    async def close(self) -> None:
        """See ``Phone``."""
        self.kernel.switch_off()

    def _opened(self, stream: S) -> S:
        self._open.append(stream)
        return stream


def _row(process: Process) -> ProcessRow:
    return ProcessRow(process.pid, process.name, process.bundle_id, process.is_application, process.started_s)


def _installed(app: AppBundle) -> InstalledApp:
    return InstalledApp(
        app.bundle_id, app.name, app.version, app.executable, app.background_modes, app.debuggable
    )


def _settings(phone: VirtualPhone) -> tuple[Setting, ...]:
    battery = phone.conditions.battery
    told = [
        Setting(SettingName.LOCKED, _yes_no(phone.locked_by_passcode)),
        Setting(SettingName.TIME_ZONE, str(phone.preferences.value(ROOT, "TimeZone"))),
        Setting(SettingName.BATTERY_PERCENT, str(battery.percent)),
        Setting(SettingName.CHARGING, _yes_no(battery.is_charging)),
        Setting(SettingName.LANGUAGE, phone.front.language),
    ]
    if phone.spec.ios_major >= 16:
        told.append(Setting(SettingName.DEVELOPER_MODE, "on" if phone.developer_mode else "off"))
    return tuple(told)


def _yes_no(value: bool) -> str:
    return "yes" if value else "no"
