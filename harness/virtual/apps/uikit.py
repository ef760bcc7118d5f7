"""UIKit and its neighbours as app code sees them: names of Apple's, in snake case.

Application code runs on the kernel's one thread and takes no phone time of itself; where an app
would block its main thread, ``sleep`` says for how long.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.kernel.process import MAIN, Process, ProcessExit, current_process, current_thread
from harness.virtual.kernel.rules import AssertionKind

if TYPE_CHECKING:
    from harness.virtual.kernel.clock import Timer
    from harness.virtual.kernel.runningboard import Assertion
    from harness.virtual.kernel.subscription import Subscription

__all__ = [
    "DispatchQueue",
    "Logger",
    "NotificationCenter",
    "ProcessInfo",
    "UIApplication",
    "UIApplicationDelegate",
    "UIApplicationState",
    "UIBackgroundRefreshStatus",
    "UserDefaults",
    "exit_process",
    "sleep",
]

INVALID_BACKGROUND_TASK = 0
"""``UIBackgroundTaskInvalid``."""

UNLIMITED_S = 1.7976931348623157e308
"""``backgroundTimeRemaining`` in the foreground: the greatest double."""


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
    """

    def __init__(self, process: Process, delegate: UIApplicationDelegate) -> None:
        self.process = process
        self.delegate = delegate
        self.application_state = UIApplicationState.BACKGROUND
        self._tasks: dict[int, _BackgroundTask] = {}
        self._last_task = INVALID_BACKGROUND_TASK
        self._assertion: Assertion | None = None

    @staticmethod
    def shared() -> UIApplication:
        """``UIApplication.shared`` of the process whose code is running."""
        return current_process().application

    @property
    def background_refresh_status(self) -> UIBackgroundRefreshStatus:
        """``backgroundRefreshStatus``: what the phone's settings allow this app."""
        allowed = self.process.phone.background_refresh_allowed(self.process.bundle_id)
        return UIBackgroundRefreshStatus.AVAILABLE if allowed else UIBackgroundRefreshStatus.DENIED

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
        self._tasks[self._last_task] = _BackgroundTask(name, expiration_handler)
        self._update_assertion()
        return self._last_task

    def end_background_task(self, identifier: int) -> None:
        """``endBackgroundTask``; an identifier that is not open is ignored."""
        self._tasks.pop(identifier, None)
        self._update_assertion()

    # Steps of the life cycle, called by SpringBoard on the main thread.

    def finish_launching(self, reason: str, *, foreground: bool) -> None:
        """The process has started."""
        self.application_state = UIApplicationState.INACTIVE if foreground else UIApplicationState.BACKGROUND
        options: Mapping[str, object] = {"reason": reason}
        self.delegate.application_did_finish_launching(self, options)

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

    def will_terminate(self) -> None:
        """The user quits the app while it runs."""
        self.delegate.application_will_terminate(self)

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

    def _names(self) -> str:
        return ", ".join(task.name or "unnamed" for task in self._tasks.values())


class DispatchQueue:
    """A dispatch queue of the process whose code is running.

    Args:
        label: ``main`` for the main queue, else any name.
    """

    def __init__(self, label: str) -> None:
        self.label = label

    @staticmethod
    def main() -> DispatchQueue:
        """``DispatchQueue.main``."""
        return DispatchQueue(MAIN)

    @staticmethod
    def background() -> DispatchQueue:
        """``DispatchQueue.global()``: some thread that is not the main one."""
        return DispatchQueue("other")

    def async_(self, work: Callable[[], None]) -> None:
        """``async``: run later, in order; not while the process is suspended, never after it has ended."""
        current_process().enqueue(work, thread=self.label)

    def async_after(self, delay_s: float, work: Callable[[], None]) -> Timer:
        """``asyncAfter``: as ``async_``, after ``delay_s`` of phone time."""
        process = current_process()
        return process.phone.clock.call_later(delay_s, lambda: process.enqueue(work, thread=self.label))


class Logger:
    """``os.Logger``.

    Args:
        subsystem: ``os_log`` subsystem.
        category: ``os_log`` category.
    """

    def __init__(self, subsystem: str, category: str = "") -> None:
        self.subsystem = subsystem
        self.category = category

    def log(self, text: str, *private: object, level: str = "notice") -> None:
        """Log one line.

        Args:
            text: public text; each ``%@`` in it stands for one private value.
            private: the values, which a stock phone hides.
            level: ``notice``, ``info``, ``debug``, ``error`` or ``fault``.
        """
        process = current_process()
        log = process.phone.log
        for value in private:
            text = text.replace("%@", log.private(value), 1)
        log.emit(process.name, process.pid, text, level, self.subsystem, self.category, process.path)

    def error(self, text: str, *private: object) -> None:
        """Log one line of level ``error``."""
        self.log(text, *private, level="error")


class UserDefaults:
    """``UserDefaults.standard`` of the process whose code is running, kept in its container."""

    def __init__(self, container: Path, bundle_id: str) -> None:
        self._path = container / "Library" / "Preferences" / f"{bundle_id}.json"

    @staticmethod
    def standard() -> UserDefaults:
        """``UserDefaults.standard``."""
        process = current_process()
        return UserDefaults(process.phone.containers.path(process.bundle_id), process.bundle_id)

    def object(self, key: str) -> Any:
        """The value of a key, or ``None``."""
        return self._read().get(key)

    def set(self, value: Any, key: str) -> None:
        """Keep a value that JSON can hold; ``None`` removes the key."""
        values = {**self._read(), key: value}
        kept = {name: held for name, held in values.items() if held is not None}
        self._path.write_text(json.dumps(kept, sort_keys=True), encoding="utf-8")

    def remove_object(self, key: str) -> None:
        """Forget a key."""
        self.set(None, key)

    def _read(self) -> dict[str, Any]:
        if not self._path.exists():
            return {}
        return cast("dict[str, Any]", json.loads(self._path.read_text(encoding="utf-8")))


class NotificationCenter:
    """The Darwin notification centre, as the process whose code is running uses it."""

    @staticmethod
    def post(name: str) -> None:
        """Post a Darwin notification."""
        current_process().phone.darwin.post(name)

    @staticmethod
    def observe(name: str, callback: Callable[[str], None]) -> Subscription:
        """Call ``callback`` with the name, on the main thread, until the process ends.

        While the process is suspended notifications of one name are merged into one, which comes when
        it resumes.
        """
        process = current_process()
        phone = process.phone
        waiting: list[str] = []

        def deliver() -> None:
            waiting.clear()
            callback(name)

        def posted(_: str) -> None:
            if not waiting:
                waiting.append(name)
                process.enqueue(deliver)

        subscription = phone.darwin.observe(name, posted)
        phone.exits.observe_exit(process.pid, lambda _: subscription.close())
        return subscription


@dataclass(frozen=True)
class ProcessInfo:
    """``ProcessInfo.processInfo`` and what else a process can learn of itself and its phone.

    Attributes:
        arguments: launch arguments.
        environment: launch environment.
        pid: process identifier.
        traced: whether a debugger is attached (``P_TRACED``).
        boot_id: boot session identifier of the phone.
        build: the app's ``CFBundleVersion``.
        wall_s: seconds since 1970, phone time.
        mono_s: seconds since boot.
        thread: ``main`` or ``other``.
    """

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    pid: int
    traced: bool
    boot_id: str
    build: str
    wall_s: float
    mono_s: float
    thread: str

    @staticmethod
    def current() -> ProcessInfo:
        """What holds at this moment."""
        process = current_process()
        phone = process.phone
        return ProcessInfo(
            process.arguments,
            process.environment,
            process.pid,
            process.traced,
            phone.boot_id,
            process.app.build if process.app is not None else "",
            phone.clock.now_s,
            phone.clock.mono_s,
            MAIN if current_thread() == MAIN else "other",
        )


def exit_process(code: int = 0) -> NoReturn:
    """``exit``: end the process that is running this code."""
    raise ProcessExit(code)


def sleep(seconds: float) -> None:
    """Block the main thread: what comes after this piece of code waits ``seconds`` of phone time.

    The code after the call itself still runs at once; only what is queued behind it waits. A watchdog
    that needs the main thread sees it blocked.
    """
    process = current_process()
    process.set_busy(True)
    process.phone.clock.call_later(seconds, lambda: process.set_busy(False))
