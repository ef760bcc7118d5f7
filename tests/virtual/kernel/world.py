"""One phone with two apps that do everything an app can, and all that can be done to it, as data.

A script is a list of acts; playing the same script on two worlds of one seed gives the same log. What an
app's code notes while it runs is where its process stood.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from harness.model.settings import BackgroundRefresh
from harness.model.states import AppState
from harness.virtual.apps import runtime
from harness.virtual.apps.audio import AVAudioPlayer, AVAudioSession, Category
from harness.virtual.apps.background_tasks import (
    BGAppRefreshTaskRequest,
    BGContinuedProcessingTaskRequest,
    BGProcessingTaskRequest,
    BGTask,
    BGTaskRequest,
    BGTaskScheduler,
    BGTaskSchedulerError,
)
from harness.virtual.apps.location import CLCircularRegion, CLLocationManager, CLLocationManagerDelegate
from harness.virtual.apps.uikit import UIApplication, UIApplicationDelegate
from harness.virtual.kernel.developer.location import HOME, Place
from harness.virtual.kernel.installed import AppBundle
from harness.virtual.kernel.log import LogEvent
from harness.virtual.kernel.nsurlsessiond.daemon import NSURLSessionD
from harness.virtual.kernel.phone import PhoneSpec, VirtualPhone
from harness.virtual.kernel.processes.exits import ExitRecord
from harness.virtual.kernel.processes.policies import Policy
from harness.virtual.kernel.processes.process import Process, current_process
from harness.virtual.kernel.processes.states import StateEvent
from harness.virtual.kernel.rules import AssertionKind, Subsystem
from harness.virtual.kernel.settings import NoSuchSwitch, SettingLocked
from harness.virtual.kernel.springboard import LaunchRefused
from tests.virtual.kernel.support import EPOCH_S, QuietDaemon
from tests.virtual.watched import let_pass

PLAIN, BUSY = "dev.harness.plain", "dev.harness.busy"
APPS = (PLAIN, BUSY)
AWAY = Place(HOME.latitude_deg + 1, HOME.longitude_deg)
TICK_S = 7.0
TASKS: Mapping[str, BGTaskRequest] = {
    "refresh": BGAppRefreshTaskRequest("dev.harness.refresh"),
    "processing": BGProcessingTaskRequest("dev.harness.processing"),
    "continued": BGContinuedProcessingTaskRequest("dev.harness.continued"),
}

LAUNCH = re.compile(
    r"Executing launch request for app(?:lication)?<(?P<bundle>[\w.]+).*> \((?P<reason>.*)\)$"
)
REASONS: Mapping[str, Subsystem] = {
    "nsurlsessiond": Subsystem.URL_SESSION,
    "apsd": Subsystem.SILENT_PUSH,
    "bgRefresh": Subsystem.APP_REFRESH,
    "bgProcessing": Subsystem.PROCESSING,
    "region monitoring": Subsystem.LOCATION,
    "VoIP push": Subsystem.VOIP,
    "DAS Prewarm launch": Subsystem.PREWARM,
}
"""How the reason of a launch in the background begins -> whose policy it comes under."""


@dataclass(frozen=True)
class Note:
    """That code of an app ran.

    Attributes:
        what: which.
        pid: in which process.
        state: where it stood.
        stopped: whether it was stopped.
    """

    what: str
    pid: int
    state: AppState
    stopped: bool


@dataclass(frozen=True)
class Launch:
    """One launch, as runningboardd logs it.

    Attributes:
        bundle_id: whose.
        reason: why.
        flagged: whether the app counted as force-quit then.
    """

    bundle_id: str
    reason: str
    flagged: bool


@dataclass(frozen=True)
class Act:
    """One thing that is done.

    Attributes:
        word: which; a key of ``ACTS``.
        app: to which app; empty where it is to none.
        value: what else it takes.
    """

    word: str
    app: str = ""
    value: Any = None


class Subject(UIApplicationDelegate, CLLocationManagerDelegate):
    """An app that ticks, watches a region, does background tasks, and notes whenever its code runs."""

    def __init__(self, notes: list[Note]) -> None:
        self._notes = notes
        self.player = AVAudioPlayer(100)

    def note(self, what: str) -> None:
        """Note that code runs."""
        process = current_process()
        self._notes.append(Note(what, process.pid, process.state, process.stopped))

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        self.note("launched")
        for request in TASKS.values():
            BGTaskScheduler.shared().register(request.identifier, self.work)
        manager = CLLocationManager(self)
        manager.start_monitoring(CLCircularRegion(HOME.latitude_deg, HOME.longitude_deg, 100, "home"))
        self.tick()

    def tick(self) -> None:
        """Note, and come back."""
        self.note("tick")
        runtime.DispatchQueue.main().async_after(TICK_S, self.tick)

    def work(self, task: BGTask) -> None:
        """Complete a refresh soon, any other when it expires."""
        self.note("task")
        task.expiration_handler = lambda: self.expire(task)
        if task.identifier == TASKS["refresh"].identifier:
            complete = runtime.DispatchQueue.main()
            complete.async_after(3, lambda: task.set_task_completed(success=True))

    def expire(self, task: BGTask) -> None:
        """Complete what has expired."""
        self.note("expired")
        task.set_task_completed(success=False)

    def location_manager_did_enter_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        self.note("entered")

    def location_manager_did_exit_region(self, manager: CLLocationManager, region: CLCircularRegion) -> None:
        self.note("exited")

    def application_did_become_active(self, application: UIApplication) -> None:
        self.note("active")

    def application_will_resign_active(self, application: UIApplication) -> None:
        self.note("resign")

    def application_did_enter_background(self, application: UIApplication) -> None:
        self.note("background")

    def application_will_enter_foreground(self, application: UIApplication) -> None:
        self.note("foreground")

    def application_will_terminate(self, application: UIApplication) -> None:
        self.note("terminate")

    def application_did_receive_memory_warning(self, application: UIApplication) -> None:
        self.note("warned")

    def push_registry_did_receive_incoming_push(self, application: UIApplication) -> None:
        self.note("push")
        application.report_new_incoming_call()


class World:
    """One phone, and what was seen of it.

    Args:
        root: a private directory.
        ios: product version.
        seed: the phone's.
    """

    def __init__(self, root: Path, *, ios: str, seed: int) -> None:
        self.notes: list[Note] = []
        self.log: list[LogEvent] = []
        self.states: list[StateEvent] = []
        self.shown: tuple[StateEvent, ...] = ()
        self.exits: list[ExitRecord] = []
        self.launches: list[Launch] = []
        spec = PhoneSpec("v", "0" * 24, ios, "iPhone15,4", "21F90", seed=seed, epoch_s=EPOCH_S)
        self.bundles = {bundle_id: self._bundle(bundle_id) for bundle_id in APPS}
        self.phone = VirtualPhone(
            spec,
            root,
            apps=tuple(self.bundles.values()),
            daemons=lambda _: cast("NSURLSessionD", QuietDaemon()),
        )
        self.phone.log.subscribe(self._logged)
        self.phone.states.subscribe(self.states.append)
        self.phone.exits.observe(self.exits.append)

    def _bundle(self, bundle_id: str) -> AppBundle:
        name = bundle_id.rpartition(".")[2].capitalize()
        busy = bundle_id == BUSY
        return AppBundle(
            bundle_id,
            name,
            "1.0",
            name,
            lambda: Subject(self.notes),
            debuggable=True,
            background_modes=("audio", "fetch", "processing", "location") if busy else (),
            task_identifiers=tuple(request.identifier for request in TASKS.values()) if busy else (),
        )

    def _logged(self, event: LogEvent) -> None:
        self.log.append(event)
        match = LAUNCH.search(event.message)
        if event.process == "runningboardd" and match is not None:
            bundle_id = match["bundle"]
            self.launches.append(Launch(bundle_id, match["reason"], self.phone.is_force_quit(bundle_id)))

    def do(self, act: Act) -> None:
        """Do one act; what a phone refuses, or cannot be done as it stands, changes nothing."""
        with contextlib.suppress(LaunchRefused, SettingLocked, NoSuchSwitch):
            ACTS[act.word](self, act.app, act.value)
        # Taken here, because each look counts: what is told of it has a time of its own.
        self.shown = self.phone.states.snapshot()

    def process(self, bundle_id: str) -> Process | None:
        """The running process of an app."""
        return self.phone.processes.of_bundle(bundle_id)

    def wait(self, seconds: float) -> None:
        """Let phone time pass."""
        asyncio.run(let_pass(self.phone, seconds))


# What is done, by word.

Deed = Callable[[World, str, Any], object]
"""What an act does to a world: with an app, and with whatever else it takes."""


def to_process(act: Callable[[World, Process, Any], object]) -> Deed:
    """An act on the process of an app, left out where it has none."""

    def done(world: World, app: str, value: Any) -> None:
        process = world.process(app)
        if process is not None:
            act(world, process, value)

    return done


def as_code(act: Callable[[Any], object]) -> Deed:
    """An act of an app's own code."""

    def done(_: World, process: Process, value: Any) -> None:
        def run() -> None:
            cast("Subject", process.delegate).note("told")
            act(value)

        process.enqueue(run)

    return to_process(done)


def _submit(word: str) -> None:
    with contextlib.suppress(BGTaskSchedulerError):
        BGTaskScheduler.shared().submit(TASKS[word])


def _play(_: None) -> None:
    AVAudioSession.shared_instance().set_category(Category.PLAYBACK)
    cast("Subject", current_process().delegate).player.play()


def _begin_task(_: None) -> None:
    application = UIApplication.shared()
    task = application.begin_background_task("work", lambda: application.end_background_task(task))


def _crash(_: None) -> None:
    raise RuntimeError("crashed")


def _install(world: World, app: str, build: int) -> None:
    if world.phone.conditions.is_up:
        world.phone.install(dataclasses.replace(world.bundles[app], build=str(build)))


def _set_passcode(world: World, _: str, code: str | None) -> None:
    world.phone.conditions.passcode = code


def _wake(world: World, app: str, requester: str) -> None:
    process = world.phone.wake_in_background(app, requester, f"{requester} events")
    if process is not None:
        assertion = world.phone.runningboard.acquire(process.pid, AssertionKind.OTHER, requester, 30.0)
        world.phone.clock.call_later(10, assertion.release)


ACTS: Mapping[str, Deed] = {
    "tap": lambda world, app, _: world.phone.user_launch(app),
    "home": lambda world, _app, _: world.phone.press_home(),
    "swipe": lambda world, app, _: world.phone.force_quit(app),
    "lock": lambda world, _app, _: world.phone.lock(),
    "unlock": lambda world, _app, _: world.phone.unlock(),
    "passcode": _set_passcode,
    "reboot": lambda world, _app, _: world.phone.reboot(),
    "shut down": lambda world, _app, _: world.phone.shut_down(),
    "switch on": lambda world, _app, _: world.phone.switch_on(),
    "launch": lambda world, app, _: world.phone.launch(app),
    "launch behind": lambda world, app, _: world.phone.launch(app, activate_suspended=True),
    "launch stopped": lambda world, app, _: world.phone.launch(app, start_suspended=True),
    "bring forward": lambda world, app, _: world.phone.launch(app, kill_existing=False),
    "signal": to_process(lambda world, process, number: world.phone.signal(process.pid, number)),
    "attach": to_process(lambda world, process, _: world.phone.attach_debugger(process.pid)),
    "detach": to_process(lambda world, process, _: world.phone.detach_debugger(process.pid)),
    "automation": lambda world, app, _: world.phone.terminate_for_automation(app),
    "install": _install,
    "uninstall": lambda world, app, _: world.phone.uninstall(app),
    "jetsam": to_process(lambda world, process, _: world.phone.jetsam(process.pid)),
    "end for": to_process(lambda world, process, policy: world.phone.end_for(process.pid, policy)),
    "wake": _wake,
    "prewarm": lambda world, app, _: world.phone.prewarm(app),
    "push": lambda world, app, _: world.phone.deliver_voip_push(app),
    "move": lambda world, _, away: world.phone.location.simulate(AWAY if away else HOME),
    "refresh": lambda world, _, value: world.phone.settings.set_background_refresh(value),
    "app refresh": lambda world, app, on: world.phone.settings.set_app_refresh(app, on),
    "low power": lambda world, _, on: world.phone.settings.set_low_power(on),
    "charge": lambda world, _, fed: world.phone.conditions.set_battery(50, external_power=fed),
    "submit": as_code(_submit),
    "play": as_code(_play),
    "begin task": as_code(_begin_task),
    "allocate": as_code(lambda size_bytes: runtime.allocate(size_bytes)),
    "block": as_code(lambda seconds: runtime.sleep(seconds)),
    "lock file": as_code(lambda _: runtime.lock_file("db")),
    "exit": as_code(lambda _: runtime.exit_process(3)),
    "crash": as_code(_crash),
    "wait": lambda world, _, seconds: world.wait(seconds),
}
"""Word -> what is done to a world."""

REFRESH_POSITIONS = tuple(BackgroundRefresh)
POLICIES = tuple(Policy)
