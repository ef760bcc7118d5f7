"""SpringBoard: which application is in front, and everything that launches one.

Source of the transitions: background-execution.md §1.2; of what a launch does to a running
instance: §2.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.errors import HarnessError
from harness.model.states import AppState
from harness.virtual.apps.uikit import UIApplication
from harness.virtual.kernel.conditions import Change
from harness.virtual.kernel.core import Core
from harness.virtual.kernel.installed import AppBundle, InstalledApps
from harness.virtual.kernel.processes.exits import by_frontboard
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.runningboard import RunningBoard
from harness.virtual.kernel.processes.transitions import Move
from harness.virtual.kernel.processes.watchdogs import Watch
from harness.virtual.kernel.rules import SUBSYSTEM_OF_REQUESTER, Subsystem, TerminationCode
from harness.virtual.kernel.subscription import Subscribers
from harness.virtual.kernel.switcher import AppSwitcher

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


LOCK_STATE = "com.apple.springboard.lockstate"
"""The Darwin notification of every lock and unlock. Source: public issue threads of py-ios-device."""


class RefusalKind(StrEnum):
    """Why the phone did not launch an app."""

    NOT_INSTALLED = "not installed"
    LOCKED = "locked"
    NOT_DEBUGGABLE = "not debuggable"
    NOT_SIGNED = "not signed"


class LaunchRefused(HarnessError):
    """The phone did not launch the app.

    Args:
        kind: why.
        text: what the phone says.
    """

    def __init__(self, kind: RefusalKind, text: str) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text


@dataclass(frozen=True)
class LaunchRequest:
    """One request to open an application.

    Attributes:
        bundle_id: which.
        arguments: launch arguments.
        environment: launch environment.
        background: open it without bringing it to the front (``ActivateSuspended``, a wake).
        start_suspended: stop it before its first instruction.
        prewarm: start the process and no more: its code waits for a launch proper.
        requester: the daemon that asks.
        reason: why, in the words of runningboardd's log.
        options: what ``didFinishLaunching`` is told, by ``UIApplication.LaunchOptionsKey``.
    """

    bundle_id: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    background: bool = False
    start_suspended: bool = False
    prewarm: bool = False
    requester: str = "SpringBoard"
    reason: str = "user launch"
    options: Mapping[str, object] = field(default_factory=dict[str, object])


class SpringBoard:
    """The front of one phone.

    Attributes:
        locked: whether the phone is locked.
        first_unlock_done: whether it was unlocked since it booted.
        switcher: the app switcher.
        came_forward: told the bundle identifier of every app that is opened by hand or by a tool, and an
            empty one when it is the home screen.
    """

    def __init__(self, core: Core, board: RunningBoard, apps: InstalledApps, phone: VirtualPhone) -> None:
        self._front: Process | None = None
        self._is_covered = False
        self.came_forward: Subscribers[str] = Subscribers()
        self.switcher = AppSwitcher(core, board)
        self.locked = False
        self.first_unlock_done = True
        self._core = core
        self._board = board
        self._apps = apps
        self._phone = phone

    @property
    def front(self) -> Process | None:
        """The application that is in front; ``None`` at the home screen."""
        return self._front if self._front is not None and self._front.alive else None

    @property
    def force_quit(self) -> set[str]:
        """Bundle identifiers of the apps that the user has swiped away since they last opened them."""
        return self.switcher.force_quit

    def open(self, request: LaunchRequest, *, kill_existing: bool = False) -> Process:
        """Launch an application, or bring back the instance that runs.

        Args:
            request: what to open and how.
            kill_existing: end an instance that runs, first.

        Raises:
            LaunchRefused: not installed; locked; no profile lets it start; to be started suspended and not
                debuggable.
        """
        app = self._admit(request)
        with self._core.work.batch():
            existing = self._core.processes.of_bundle(app.bundle_id)
            if existing is not None and self.switcher.is_quitting(existing):
                self.switcher.finish(existing)
                existing = None
            if existing is not None and kill_existing:
                reason = "Terminating any existing instance before DTServiceHub app launch"
                cause = by_frontboard(TerminationCode.NONE, reason)
                self._board.request_termination(existing, cause, request.requester)
                existing = None
            self._log_request(request)
            process = self._reopen(existing, request) if existing else self._start(app, request)
            if not request.background:
                self.came_forward.tell(app.bundle_id)
            return process

    def wake(self, request: LaunchRequest, subsystem: Subsystem | None = None) -> Process | None:
        """Run an application in the background on the system's behalf.

        Args:
            request: what to wake; an application that runs already is returned as it is.
            subsystem: whose policy counts; by default the requester's.

        Returns:
            The process, or ``None`` when the app is not installed, its data is still locked after a
            boot, or the user has force-quit it and the policy of the subsystem respects that.
        """
        running = self._core.processes.of_bundle(request.bundle_id)
        if running is not None and running.state.runs_code and self._is_up(running):
            return running
        policy = subsystem or SUBSYSTEM_OF_REQUESTER.get(request.requester, Subsystem.URL_SESSION)
        installed = self._apps.get(request.bundle_id) is not None
        if not installed or not self.first_unlock_done or self.switcher.blocks(request.bundle_id, policy):
            return None
        return self.open(request)

    def _is_up(self, process: Process) -> bool:
        """Whether a process is neither prewarmed only nor about to go."""
        return not process.awaits_main and not self.switcher.is_quitting(process)

    def prewarm(self, bundle_id: str) -> Process | None:
        """Start an app's process, and none of its code, as dasd does ahead of a launch it expects (§1.12).

        Returns:
            The process, also one that ran already; ``None`` where the app may not run in the background.
        """
        running = self._core.processes.of_bundle(bundle_id)
        if running is not None:
            return running
        environment = {"ActivePrewarm": "1"} if self._core.rules.prewarm_marks_environment else {}
        request = LaunchRequest(
            bundle_id,
            environment=environment,
            background=True,
            prewarm=not self._core.rules.prewarm_reaches_launch,
            requester="dasd",
            reason="DAS Prewarm launch",
        )
        return self.wake(request, Subsystem.PREWARM)

    def go_home(self) -> None:
        """Bring the home screen to the front."""
        with self._core.work.batch():
            self._leave()
            self.came_forward.tell("")

    def cover(self, is_covered: bool) -> None:
        """Say that something of the system's lies over the app in front, or no longer does.

        A covered app is in the foreground and not active. Source: Apple's documentation of
        ``applicationWillResignActive``.
        """
        if is_covered is self._is_covered:
            return
        self._is_covered, process = is_covered, self.front
        if process is None:
            return
        with self._core.work.batch():
            if is_covered:
                process.enqueue(process.application.resign_active)
                self._core.work.post(lambda: self._deactivate(process))
            else:
                self._core.work.post(lambda: self._activate(process))
                process.enqueue(process.application.become_active)

    def lock(self) -> None:
        """Lock the phone; what is in front leaves it."""
        self.go_home()
        self.locked = True
        self._lock_changed()

    def unlock(self) -> None:
        """Unlock the phone as its user does; one that is down stays as it is."""
        if self._phone.conditions.is_up:
            self.locked = False
            self.first_unlock_done = True
            self._lock_changed()

    def _lock_changed(self) -> None:
        self._phone.darwin.post(LOCK_STATE)
        self._phone.conditions.tell(Change.LOCK)

    def swipe_away(self, bundle_id: str) -> None:
        """Remove an app's card from the app switcher, as a person does; also when it does not run."""
        with self._core.work.batch():
            if self.front is not None and self.front.bundle_id == bundle_id:
                self._front = None
            self.switcher.swipe_away(bundle_id)

    def _admit(self, request: LaunchRequest) -> AppBundle:
        app = self._apps.get(request.bundle_id)
        if app is None:
            text = f"The application {request.bundle_id} is not installed on this phone"
            raise LaunchRefused(RefusalKind.NOT_INSTALLED, text)
        # Of a phone that is down nobody can ask anything; who tries finds it as good as locked.
        if not self._phone.conditions.is_up or (self.locked and not request.background):
            text = "Device is currently locked. Please unlock the device and try again."
            raise LaunchRefused(RefusalKind.LOCKED, text)
        if not self._phone.provisioning.lets_start(app):
            # Source of the words: public issue threads of appium, with a log of SpringBoard.
            text = (
                f"Unable to launch {request.bundle_id} because it has an invalid code signature, inadequate "
                "entitlements or its profile has not been explicitly trusted by the user"
            )
            raise LaunchRefused(RefusalKind.NOT_SIGNED, text)
        if request.start_suspended and not app.debuggable:
            text = (
                f"{request.bundle_id} must be debuggable and signed with 'get-task-allow' to start suspended"
            )
            raise LaunchRefused(RefusalKind.NOT_DEBUGGABLE, text)
        return app

    def _start(self, app: AppBundle, request: LaunchRequest) -> Process:
        if not request.background:
            self._leave()
        self._log_start(app, request)
        process = self._spawn(app, request)
        self._board.started(process, Move.WOKEN if request.background else Move.OPENED)
        process.awaits_main = request.prewarm
        if not request.prewarm:
            self._run_main(process, request)
        if request.background:
            process.woken_s = self._core.clock.now_s
        else:
            self._to_front(process)
        return process

    def _run_main(self, process: Process, request: LaunchRequest) -> None:
        process.awaits_main = False
        launch = process.application.finish_launching
        process.enqueue(lambda: launch(foreground=not request.background, options=request.options))
        self._board.watchdogs.watch(process, Watch.LAUNCH, self._core.rules.launch_watchdog_s)

    def _spawn(self, app: AppBundle, request: LaunchRequest) -> Process:
        core = self._core
        process = Process(
            core.processes.next_pid(),
            app.executable,
            self._phone.executable_path(app),
            started_s=core.clock.now_s,
            work=core.work,
            app=app,
            arguments=request.arguments,
            environment=request.environment,
        )
        process.stopped = request.start_suspended
        process.host(self._phone, UIApplication(process, app.delegate()), self._board.code_ended)
        core.processes.add(process)
        return process

    def _reopen(self, process: Process, request: LaunchRequest) -> Process:
        if request.background:
            self._resume(process, request)
        elif self.front is not process:
            self._bring_forward(process, request)
        return process

    def _resume(self, process: Process, request: LaunchRequest) -> None:
        if process.state is AppState.SUSPENDED:
            process.woken_s = self._core.clock.now_s
            self._board.move(process, Move.WOKEN)
        if process.awaits_main:
            self._run_main(process, request)

    def _bring_forward(self, process: Process, request: LaunchRequest) -> None:
        self._leave()
        # Posted, so that an app which is about to leave the front has left it before.
        self._core.work.post(lambda: self._board.move(process, Move.OPENED))
        if process.awaits_main:
            self._run_main(process, request)
        else:
            process.enqueue(process.application.enter_foreground)
            self._watch_scene(process)
        self._to_front(process)

    def _watch_scene(self, process: Process) -> None:
        self._board.watchdogs.watch(process, Watch.SCENE_UPDATE, self._core.rules.scene_watchdog_s)

    def _to_front(self, process: Process) -> None:
        self._front = process
        self.switcher.opened(process.bundle_id)
        process.woken_s = None
        self._core.work.post(lambda: self._activate(process))
        process.enqueue(process.application.become_active)

    def _activate(self, process: Process) -> None:
        if self.front is process and process.state is AppState.FOREGROUND_INACTIVE:
            self._board.move(process, Move.ACTIVATED)

    def _deactivate(self, process: Process) -> None:
        if process.state is AppState.FOREGROUND_ACTIVE:
            self._board.move(process, Move.COVERED)

    def _leave(self) -> None:
        process, self._front = self.front, None
        was_covered, self._is_covered = self._is_covered, False
        if process is None:
            return
        if not was_covered:
            process.enqueue(process.application.resign_active)
        self._core.work.post(lambda: self._board.move(process, Move.LEFT))
        process.enqueue(process.application.enter_background)
        self._watch_scene(process)

    def _log_request(self, request: LaunchRequest) -> None:
        if request.requester == "SpringBoard":
            return  # a tap on an icon is nobody's request
        asker = self._core.processes.named(request.requester)
        pid = asker.pid if asker is not None else -1
        text = f'Received request to open "{request.bundle_id}" from {request.requester}:{pid}.'
        self._core.log_as("SpringBoard", text)

    def _log_start(self, app: AppBundle, request: LaunchRequest) -> None:
        core = self._core
        identity = core.app_identity(app.bundle_id)
        short = core.rules.bootstrap_identity == "bundle"
        intent = "background" if request.background else "foreground-interactive"
        core.log_as("runningboardd", f"Executing launch request for {identity} ({request.reason})")
        named = app.bundle_id if short else identity
        core.log_as("SpringBoard", f"Bootstrapping {named} with intent {intent}")
