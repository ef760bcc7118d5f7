"""What app code finds around UIKit: queues, logging, defaults, notifications, its own process.

Application code runs on the kernel's one thread and takes no phone time of itself; where an app
would block its main thread, ``sleep`` says for how long.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

from harness.virtual.kernel.processes.process import MAIN, ProcessExit, current_process, current_thread

if TYPE_CHECKING:
    from harness.virtual.kernel.clock import Timer
    from harness.virtual.kernel.subscription import Subscription


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
        message = _filled(text, [log.private(value) for value in private])
        log.emit(process.name, process.pid, message, level, self.subsystem, self.category, process.path)

    def error(self, text: str, *private: object) -> None:
        """Log one line of level ``error``."""
        self.log(text, *private, level="error")


def _filled(text: str, values: list[str]) -> str:
    """Text with its first placeholders filled; a placeholder inside a value stays what it is."""
    first, *rest = text.split("%@", len(values))
    return first + "".join(value + part for value, part in zip(values, rest, strict=False))


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


def lock_file(name: str) -> None:
    """Hold a file of a shared container locked, as SQLite does; a process suspended so is ended."""
    current_process().file_locks.add(name)


def unlock_file(name: str) -> None:
    """Let a locked file go."""
    current_process().file_locks.discard(name)


def sleep(seconds: float) -> None:
    """Block the main thread: what comes after this piece of code waits ``seconds`` of phone time.

    The code after the call itself still runs at once; only what is queued behind it waits. A watchdog
    that needs the main thread sees it blocked.
    """
    process = current_process()
    process.set_busy(True)
    process.phone.clock.call_later(seconds, lambda: process.set_busy(False))


def allocate(size_bytes: int) -> None:
    """Ask for memory and use it, as filling an array does.

    The process may be ended for it, in which case nothing behind this call runs.
    """
    process = current_process()
    process.phone.memory.allocate(process, size_bytes)
    if not process.alive:
        raise ProcessExit(0)


def free(size_bytes: int) -> None:
    """Give memory back; more than was asked for is no error."""
    process = current_process()
    process.phone.memory.allocate(process, -size_bytes)
