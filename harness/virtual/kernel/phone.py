"""One virtual iPhone: its parts put together, and the acts that can be done to it."""

from __future__ import annotations

import functools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.model.states import AppState
from harness.virtual.kernel.clock import VirtualClock
from harness.virtual.kernel.conditions import Conditions
from harness.virtual.kernel.containers import Containers, random_uuid
from harness.virtual.kernel.core import Core
from harness.virtual.kernel.darwin import DarwinCenter
from harness.virtual.kernel.developer.arbitration import Arbitration
from harness.virtual.kernel.developer.images import DiskImages
from harness.virtual.kernel.developer.switch import DeveloperSwitch
from harness.virtual.kernel.display.screen import Screen
from harness.virtual.kernel.installd import Installd
from harness.virtual.kernel.installed import SYSTEM_APPS, AppBundle, InstalledApps
from harness.virtual.kernel.localsession.local_session import LocalSessions
from harness.virtual.kernel.log import LogBus
from harness.virtual.kernel.memory import JetsamReason, Memory
from harness.virtual.kernel.network.egress import Egress, SocketEgress
from harness.virtual.kernel.network.network import Network
from harness.virtual.kernel.network.radio_log import RadioLog
from harness.virtual.kernel.nsurlsessiond.daemon import NSURLSessionD
from harness.virtual.kernel.person import PersonActs
from harness.virtual.kernel.power import Power
from harness.virtual.kernel.power_assertions import PowerAssertions
from harness.virtual.kernel.preferences import PreferenceRow, Preferences
from harness.virtual.kernel.processes.activity import Activity
from harness.virtual.kernel.processes.debuggers import Debuggers
from harness.virtual.kernel.processes.exits import Exits, by_frontboard, by_itself
from harness.virtual.kernel.processes.launchd import Launchd
from harness.virtual.kernel.processes.policies import ENDINGS, Policy
from harness.virtual.kernel.processes.process import Process, ProcessTable
from harness.virtual.kernel.processes.runningboard import RunningBoard
from harness.virtual.kernel.processes.signals import Signals
from harness.virtual.kernel.processes.states import StateBus
from harness.virtual.kernel.reports.crashreports import CrashReports
from harness.virtual.kernel.rules import ACCEPTED_SIGNALS, Rules, TerminationCode, rules_for
from harness.virtual.kernel.service_faults import ServiceFaults
from harness.virtual.kernel.settings import Settings
from harness.virtual.kernel.spec import PhoneSpec
from harness.virtual.kernel.springboard import LaunchRequest, SpringBoard
from harness.virtual.kernel.subscription import Subscribers, Subscription
from harness.virtual.kernel.workqueue import WorkQueue

if TYPE_CHECKING:
    from harness.virtual.kernel.background.audio import Audio
    from harness.virtual.kernel.background.dasd import Dasd
    from harness.virtual.kernel.background.locationd import Locationd
    from harness.virtual.kernel.developer.induced import InducedConditions
    from harness.virtual.kernel.developer.location import Location
    from harness.virtual.kernel.front.front import Front
    from harness.virtual.kernel.listeners import Listeners
    from harness.virtual.kernel.profiles import Profiles
    from harness.virtual.kernel.provisioning import Provisioning
    from harness.virtual.kernel.storage import Storage

__all__ = ["NoSuchProcess", "PhoneSpec", "UnsupportedSignal", "VirtualPhone"]


class NoSuchProcess(HarnessError):
    """No process of that identifier runs on the phone."""


class UnsupportedSignal(HarnessError):
    """The phone's process control delivers only 9, 15, 17 and 19."""


class VirtualPhone(PersonActs):
    """One virtual iPhone, switched on and unlocked, with the home screen in front.

    Everything an act leads to at that moment of phone time has happened when the act returns; what
    comes later (a suspension, a watchdog) comes when ``clock`` gets there.

    Args:
        spec: what it is to be.
        root: a private directory of this phone on the host, for containers.
        apps: what is installed beside the system's own apps.
        daemons: makes the phone's nsurlsessiond; by default the one of this package.
        egress: opens its connections; by default this host's sockets.

    Attributes:
        activity: how much processor time and memory each process has used.
        boot_id: boot session identifier.
        conditions: passcode, Developer Mode, image, Wi-Fi, sleep, battery, heat.
        memory: how much there is, who uses it, and who is ended for it.
        network: its radios and links, by which transfers leave.
        preferences: what a computer may change about it through lockdown.
        settings: Background App Refresh, Low Power Mode and restrictions.
        service_faults: what is broken about its services at the moment.
        work: the order in which application code runs; kernel parts open a batch around their steps.
    """

    def __init__(
        self,
        spec: PhoneSpec,
        root: Path,
        *,
        apps: Sequence[AppBundle] = (),
        daemons: Callable[[VirtualPhone], NSURLSessionD] = NSURLSessionD,
        egress: Egress | None = None,
    ) -> None:
        self.spec = spec
        self.rules: Rules = rules_for(spec.ios_major)
        ids = random.Random(f"ids:{spec.seed}")
        self.boot_id = random_uuid(ids)
        self.conditions = Conditions(spec.ios_major)
        self.preferences = Preferences(spec.name, spec.language)
        self.work = WorkQueue()
        self.clock = _clock_of(spec, ids, self.work)
        self.log = LogBus(self.clock, redacted=self.rules.log_redacted)
        self.service_faults = ServiceFaults(self.log)
        self.states = StateBus(self.clock, tells_termination=self.rules.tells_termination)
        self.darwin = DarwinCenter(self.clock)
        self.exits = Exits()
        self.processes = ProcessTable(seed=spec.seed)
        self.apps = InstalledApps((*SYSTEM_APPS, *apps))
        self.containers = Containers(root / "containers", seed=spec.seed)
        self.core = self._make_core(random_uuid(ids))
        self._radio_log = RadioLog(self.core, self.conditions)
        # After the log of the radios, so that it tells the cause before what comes of it.
        self.network = Network(
            self.conditions,
            self.clock,
            egress or SocketEgress(),
            has_cellular=spec.cellular,
            roots=lambda: self.profiles.roots(),
        )
        self.settings = Settings(
            self.core, self.conditions, self.darwin, self.apps, has_cellular=spec.cellular
        )
        self.activity = Activity(self.clock, self.core.app_states, self.processes)
        self.memory = Memory(self)
        self.developer_switch = DeveloperSwitch(self.conditions)
        self.images = DiskImages(spec, self.conditions)
        self.arbitration = Arbitration(self.conditions)
        self.power_assertions = PowerAssertions(self.clock, self.conditions)
        self.screen = Screen(self)
        self._ids = ids
        self._launchd = Launchd(self.core, self.conditions, self.darwin)
        self.runningboard = RunningBoard(self.core, self._launchd.respawn)
        self._debuggers = Debuggers(self.core, self.runningboard, self._launchd.start)
        self._signals = Signals(self.core, self.runningboard, self.activity)
        self._installd = Installd(self, ids)
        self._power = Power(self)
        self.preferences.observe(self._preference_changed)
        self.springboard = SpringBoard(self.core, self.runningboard, self.apps, self)
        # Before all others who observe exits, so that a report is there when they learn of one.
        self.crash_reports = CrashReports(self, root / "crashes")
        self.urlsession = daemons(self)
        self.local_sessions = LocalSessions(self)

    def _make_core(self, persona: str) -> Core:
        return Core(
            self.rules,
            self.clock,
            self.work,
            self.log,
            self.states,
            self.exits,
            self.processes,
            Subscribers(),
            persona,
            random.Random(f"timing:{self.spec.seed}"),
        )

    # What few clients ask for is made when one does; a phone boots sooner without.

    @functools.cached_property
    def front(self) -> Front:
        """What is on its screen."""
        from harness.virtual.kernel.front.front import Front

        return Front(self)

    @functools.cached_property
    def listeners(self) -> Listeners:
        """Which of its processes listen on a port."""
        from harness.virtual.kernel.listeners import Listeners

        return Listeners(self.exits)

    @functools.cached_property
    def induced(self) -> InducedConditions:
        """The condition that a developer tool has put it into."""
        from harness.virtual.kernel.developer.induced import InducedConditions

        induced = InducedConditions(self.conditions)
        induced.observe(lambda _: self.network.induce(induced.link))
        return induced

    @functools.cached_property
    def location(self) -> Location:
        """Where it believes to be."""
        from harness.virtual.kernel.developer.location import Location

        return Location()

    @functools.cached_property
    def audio(self) -> Audio:
        """Its mediaserverd: who plays and records."""
        from harness.virtual.kernel.background.audio import Audio

        return Audio(self)

    @functools.cached_property
    def dasd(self) -> Dasd:
        """Its dasd: the background tasks that apps have asked for."""
        from harness.virtual.kernel.background.dasd import Dasd

        return Dasd(self)

    @functools.cached_property
    def locationd(self) -> Locationd:
        """Its locationd: the regions that apps have watched."""
        from harness.virtual.kernel.background.locationd import Locationd

        return Locationd(self)

    @functools.cached_property
    def profiles(self) -> Profiles:
        """Its configuration profiles."""
        from harness.virtual.kernel.profiles import Profiles

        return Profiles()

    @functools.cached_property
    def provisioning(self) -> Provisioning:
        """Its provisioning profiles, by which developers' apps may run on it."""
        from harness.virtual.kernel.provisioning import Provisioning

        return Provisioning(self.spec.udid, self.clock, self.apps)

    @functools.cached_property
    def storage(self) -> Storage:
        """How much of its storage is left."""
        from harness.virtual.kernel.storage import Storage

        return Storage()

    @property
    def locked(self) -> bool:
        """Whether the phone is locked."""
        return self.springboard.locked

    @property
    def developer_mode(self) -> bool:
        """Whether Developer Mode is on; never where there is none, which is before iOS 16."""
        return self.conditions.developer_mode

    @property
    def image_mounted(self) -> bool:
        """Whether the developer disk image is mounted."""
        return self.conditions.image_mounted

    @image_mounted.setter
    def image_mounted(self, mounted: bool) -> None:
        self.conditions.image_mounted = mounted

    @property
    def locked_by_passcode(self) -> bool:
        """Whether the phone is locked and takes a passcode to unlock."""
        return self.locked and self.conditions.passcode is not None

    def on_app_state(self, callback: Callable[[str, int, AppState], None]) -> Subscription:
        """Tell ``callback(bundle_id, pid, state)`` of every change of an application's state."""
        return self.core.app_states.add(lambda change: callback(change.bundle_id, change.pid, change.state))

    def running_processes(self) -> tuple[Process, ...]:
        """Every process, the system's daemons included, oldest first."""
        return tuple(self.processes)

    def is_force_quit(self, bundle_id: str) -> bool:
        """Whether the user has swiped the app away since it was last opened by hand."""
        return bundle_id in self.springboard.force_quit

    def background_refresh_allowed(self, bundle_id: str) -> bool:
        """Whether the stored settings let an app refresh in the background."""
        return self.settings.refreshes(bundle_id)

    def executable_path(self, app: AppBundle) -> str:
        """Where the app's executable is, as the phone names it."""
        return self._installd.executable_path(app)

    def switch_off(self) -> None:
        """Close every connection the phone has open; it must not be used afterwards."""
        self.urlsession.stop()
        self.network.stop()
        self.local_sessions.stop()

    # What a tool does to the phone.

    def launch(
        self,
        bundle_id: str,
        *,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        start_suspended: bool = False,
        kill_existing: bool = True,
        activate_suspended: bool = False,
        requester: str = "DTServiceHub",
    ) -> int:
        """Launch an app as process control does.

        Args:
            bundle_id: which.
            arguments: launch arguments.
            environment: launch environment.
            start_suspended: stop it before its first instruction; it must be debuggable.
            kill_existing: end an instance that runs; else it is brought to the front.
            activate_suspended: launch it in the background.
            requester: the daemon that asks.

        Returns:
            The process identifier.

        Raises:
            LaunchRefused: not installed; the phone is locked; not debuggable.
        """
        request = LaunchRequest(
            bundle_id,
            tuple(arguments),
            dict(environment or {}),
            background=activate_suspended,
            start_suspended=start_suspended,
            requester=requester,
            reason="developer tools launch",
        )
        return self.springboard.open(request, kill_existing=kill_existing).pid

    def signal(self, pid: int, number: int) -> None:
        """Send a signal: 9 and 15 end the process, 17 stops it, 19 lets it go on.

        Raises:
            UnsupportedSignal: another signal.
            NoSuchProcess: no process of that identifier.
        """
        if number not in ACCEPTED_SIGNALS:
            raise UnsupportedSignal(f"Unsupported signal {number}")
        self._signals.send(self._process(pid), number)

    def terminate_for_automation(self, bundle_id: str) -> None:
        """End an app as XCUITest does, with 0xFBFBFBFB; one that does not run is no error.

        Source: background-execution.md §1.4; it is no force quit, and sets no flag.
        """
        process = self.processes.of_bundle(bundle_id)
        if process is not None:
            cause = by_frontboard(TerminationCode.FORCE_QUIT, "Terminating for automation testing.")
            self.runningboard.request_termination(process, cause)

    def attach_debugger(self, pid: int) -> None:
        """Attach a debugger, which keeps the process from ever being suspended; twice changes nothing.

        Raises:
            NoSuchProcess: no process of that identifier.
        """
        self._debuggers.attach(self._process(pid))

    def detach_debugger(self, pid: int) -> None:
        """Take the debugger away; the process goes on, and can be suspended again."""
        self._debuggers.detach(pid)

    def install(self, app: AppBundle) -> None:
        """Install an app, or put another version in the place of the installed one, whose data stays."""
        self._installd.install(app)

    def uninstall(self, bundle_id: str) -> None:
        """Take an app away with its data; one that is not installed is no error."""
        self._installd.uninstall(bundle_id)

    # What the system does behind the user's back.

    def wake_in_background(self, bundle_id: str, requester: str, reason: str) -> Process | None:
        """Resume an app, or launch it in the background; one that runs is returned as it is.

        Args:
            bundle_id: which.
            requester: the daemon that asks, such as ``nsurlsessiond``.
            reason: why, for runningboardd's log.

        Returns:
            The process, which is suspended again soon unless an assertion is taken on it; ``None`` when
            it may not run: not installed, force-quit, or the phone not unlocked since it booted.
        """
        return self.springboard.wake(
            LaunchRequest(bundle_id, background=True, requester=requester, reason=reason)
        )

    def prewarm(self, bundle_id: str) -> Process | None:
        """Start an app's process ahead of a launch, without running its code; one that runs is left alone.

        Source: background-execution.md §1.12. It is suspended soon; whoever launches or wakes the app
        later finds the process there.

        Returns:
            The process; ``None`` where it may not run: not installed, force-quit, or not unlocked yet.
        """
        return self.springboard.prewarm(bundle_id)

    def jetsam(self, pid: int, reason: JetsamReason = JetsamReason.VM_PAGE_SHORTAGE) -> None:
        """End a process to free memory, though there may be enough.

        Raises:
            NoSuchProcess: no process of that identifier.
        """
        self.memory.end(self._process(pid), reason)

    def end_for(self, pid: int, policy: Policy) -> None:
        """End a process for a reason of the system's own, as ``policies`` describes.

        Raises:
            NoSuchProcess: no process of that identifier.
        """
        process, ending = self._process(pid), ENDINGS[policy]
        cause = ending.cause(f"{self.core.app_identity(process.bundle_id)}:{pid}")
        if ending.announces:
            self.core.log_as(ending.requester, ending.announces)
        if ending.requester:
            self.runningboard.request_termination(process, cause, ending.requester)
        else:
            self.runningboard.ended(process, cause)

    def deliver_voip_push(self, bundle_id: str) -> None:
        """Deliver a VoIP push to an app, which is launched for it if need be and must report a call.

        Source: background-execution.md §1.11.
        """
        request = LaunchRequest(bundle_id, background=True, requester="callservicesd", reason="VoIP push")
        with self.work.batch():
            process = self.springboard.wake(request)
            if process is not None:
                process.enqueue(process.application.receive_voip_push)

    def begin_boot_session(self) -> None:
        """Begin a new boot session with the system's daemons. Called by the kernel."""
        self.boot_id = random_uuid(self._ids)
        self.clock.booted()
        self.log.booted()
        self.states.booted()
        self.processes.booted()
        self.springboard.switcher.booted()
        self._launchd.boot()

    def _preference_changed(self, row: PreferenceRow) -> None:
        springboard = self.processes.named("SpringBoard")
        if row.restarts_springboard and springboard is not None:
            self.runningboard.ended(springboard, by_itself(0))

    def _process(self, pid: int) -> Process:
        process = self.processes.get(pid)
        if process is None:
            raise NoSuchProcess(f"No process {pid} runs on the phone", phone=self.spec.name)
        return process


def _clock_of(spec: PhoneSpec, ids: random.Random, work: WorkQueue) -> VirtualClock:
    return VirtualClock(
        # A phone that is to tell the host's time looks at it once, here.
        epoch_s=time.time() if spec.epoch_s is None else spec.epoch_s,
        uptime_s=ids.uniform(3_600.0, 86_400.0),
        rate=spec.clock_rate,
        around=work.batch,
    )
