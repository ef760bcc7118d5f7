"""UIKit as app code sees it, and the rest of what an app needs: names of Apple's, in snake case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.runtime import (
    DispatchQueue,
    Logger,
    NotificationCenter,
    ProcessInfo,
    UserDefaults,
    exit_process,
    lock_file,
    sleep,
    unlock_file,
)
from harness.virtual.kernel.processes.process import Process, current_process
from harness.virtual.kernel.rules import AssertionKind

if TYPE_CHECKING:
    from harness.virtual.kernel.processes.assertion import Assertion

__all__ = [
    "INVALID_BACKGROUND_TASK",
    "UNLIMITED_S",
    "DispatchQueue",
    "Logger",
    "NSInternalInconsistencyException",
    "NotificationCenter",
    "ProcessInfo",
    "UIApplication",
    "UIApplicationDelegate",
    "UIApplicationState",
    "UIBackgroundRefreshStatus",
    "UserDefaults",
    "exit_process",
    "lock_file",
    "sleep",
    "unlock_file",
]

INVALID_BACKGROUND_TASK = 0
"""``UIBackgroundTaskInvalid``."""

CALL_OWED = (
    "Killing app because it never posted an incoming call to the system after receiving a PushKit VoIP push."
)
"""What PushKit says, from iOS 15 on. Source: background-execution.md §1.11, log-grammar.md §1.5."""

UNLIMITED_S = 1.7976931348623157e308
"""``backgroundTimeRemaining`` in the foreground: the greatest double."""


class NSInternalInconsistencyException(Exception):
    """Apple's exception for what must not be, under Apple's name."""


class UIApplicationState(StrEnum):
    """``UIApplication.State``, in the words of the journal."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    BACKGROUND = "background"


class UIBackgroundRefreshStatus(StrEnum):
    """``UIBackgroundRefreshStatus``."""

    RESTRICTED = "restricted"
    DENIED = "denied"
    AVAILABLE = "available"


@dataclass
class _BackgroundTask:
    name: str
    expiration_handler: Callable[[], None] | None


class UIApplication:
    """``UIApplication`` of one process.

    Its state is UIKit's own and follows the callbacks; what the system reports of the process is
    another vocabulary (source: background-execution.md §1.1).

    Args:
        process: the process.
        delegate: the app's delegate.

    Attributes:
        has_launched: whether ``didFinishLaunching`` has returned.
    """

    def __init__(self, process: Process, delegate: UIApplicationDelegate) -> None:
        self.process = process
        self.delegate = delegate
        self.application_state = UIApplicationState.BACKGROUND
        self.has_launched = False
        self._tasks: dict[int, _BackgroundTask] = {}
        self._last_task = INVALID_BACKGROUND_TASK
        self._assertion: Assertion | None = None
        self._owes_call = False

    @staticmethod
    def shared() -> UIApplication:
        """``UIApplication.shared`` of the process whose code is running."""
        return current_process().application

    @property
    def background_refresh_status(self) -> UIBackgroundRefreshStatus:
        """``backgroundRefreshStatus``: what the phone's settings allow this app."""
        status = self.process.phone.settings.refresh_status(self.process.bundle_id)
        return UIBackgroundRefreshStatus(status.value)

    @property
    def background_time_remaining(self) -> float:
        """``backgroundTimeRemaining`` in seconds of phone time; huge in the foreground."""
        if self.process.state.is_foreground:
            return UNLIMITED_S
        ends_s = self._assertion.ends_s if self._assertion is not None else None
        return max(ends_s - self.process.phone.clock.now_s, 0.0) if ends_s is not None else 0.0

    def begin_background_task(
        self, name: str = "", expiration_handler: Callable[[], None] | None = None
    ) -> int:
        """``beginBackgroundTask(withName:expirationHandler:)``: ask to go on running in the background.

        All tasks of a process share one budget, which starts when the app is in the background.

        Args:
            name: shown in the log.
            expiration_handler: called on the main thread shortly before the budget is used up.

        Returns:
            The task's identifier, for ``end_background_task``.
        """
        self._last_task += 1
        identifier = self._last_task
        self._tasks[identifier] = _BackgroundTask(name, expiration_handler)
        phone = self.process.phone
        phone.clock.call_later(phone.rules.background_task_warning_s, lambda: self._warn(identifier))
        self._update_assertion()
        return identifier

    def end_background_task(self, identifier: int) -> None:
        """``endBackgroundTask``; an identifier that is not open is ignored."""
        self._tasks.pop(identifier, None)
        self._update_assertion()

    # Steps of the life cycle, called by SpringBoard on the main thread.

    def finish_launching(self, *, foreground: bool, options: Mapping[str, object]) -> None:
        """The process has started.

        Args:
            foreground: whether it is in front.
            options: launch options. None says that a launch is for a background URL session: iOS tells
                that by callback.
        """
        self.application_state = UIApplicationState.INACTIVE if foreground else UIApplicationState.BACKGROUND
        self.delegate.application_did_finish_launching(self, options)
        self.has_launched = True

    def become_active(self) -> None:
        """The app is in front."""
        self.application_state = UIApplicationState.ACTIVE
        self.delegate.application_did_become_active(self)

    def resign_active(self) -> None:
        """The app is about to leave the front."""
        self.delegate.application_will_resign_active(self)
        self.application_state = UIApplicationState.INACTIVE

    def enter_background(self) -> None:
        """The app has left the front."""
        self.application_state = UIApplicationState.BACKGROUND
        self._update_assertion()
        self.delegate.application_did_enter_background(self)

    def enter_foreground(self) -> None:
        """The app is about to be in front again."""
        self.delegate.application_will_enter_foreground(self)
        self.application_state = UIApplicationState.INACTIVE
        self._drop_assertion()

    def open_url(self, url: str) -> None:
        """The app is asked to open a URL."""
        self.delegate.application_open_url(self, url)

    def will_terminate(self) -> None:
        """The user quits the app while it runs."""
        self.delegate.application_will_terminate(self)

    def report_new_incoming_call(self) -> None:
        """CallKit's ``reportNewIncomingCall``: what an app owes for a VoIP push."""
        self._owes_call = False

    def receive_voip_push(self) -> None:
        """A VoIP push has come.

        Raises:
            NSInternalInconsistencyException: the app has not reported a call, for which PushKit ends it.
        """
        self._owes_call = True
        self.delegate.push_registry_did_receive_incoming_push(self)
        if self._owes_call:
            process = self.process
            process.phone.log.emit(
                process.name, process.pid, CALL_OWED, "fault", "com.apple.pushkit", "PushKit"
            )
            raise NSInternalInconsistencyException(CALL_OWED)

    def receive_memory_warning(self) -> None:
        """Memory is short."""
        self.delegate.application_did_receive_memory_warning(self)

    def _update_assertion(self) -> None:
        in_background = self.application_state is UIApplicationState.BACKGROUND
        if not self._tasks or not in_background:
            self._drop_assertion()
        elif self._assertion is None:
            self._assertion = self.process.phone.runningboard.acquire(
                self.process.pid,
                AssertionKind.BACKGROUND_TASK,
                f"{AssertionKind.BACKGROUND_TASK} ({self._names()})",
                self._budget_s(),
                on_expiring=lambda: self.process.enqueue(self._expire),
            )

    def _drop_assertion(self) -> None:
        assertion, self._assertion = self._assertion, None
        if assertion is not None:
            assertion.release()

    def _budget_s(self) -> float:
        """The budget of a task; one begun during a wake ends with the wake's own budget."""
        rules, woken_s = self.process.phone.rules, self.process.woken_s
        if woken_s is None or not rules.wake_shares_budget:
            return rules.background_task_s
        left_s = woken_s + rules.background_task_s - self.process.phone.clock.now_s
        return left_s if left_s > 0 else rules.background_task_s

    def _expire(self) -> None:
        for identifier, task in tuple(self._tasks.items()):
            if identifier in self._tasks and task.expiration_handler is not None:
                task.expiration_handler()

    def _warn(self, identifier: int) -> None:
        """Log UIKit's own warning about a task that is open for long (source: log-grammar.md §1.5)."""
        task, process = self._tasks.get(identifier), self.process
        if task is None or not process.alive or process.state.is_foreground:
            return
        text = (
            f'Background Task {identifier} ("{task.name}"), was created over 30 seconds ago. In '
            "applications running in the background, this creates a risk of termination. Remember to call "
            "UIApplication.endBackgroundTask(_:) for your task in a timely manner to avoid this."
        )
        process.phone.log.emit(process.name, process.pid, text, "fault", "com.apple.UIKit", "BackgroundTask")

    def _names(self) -> str:
        return ", ".join(task.name or "unnamed" for task in self._tasks.values())
