"""A background task while an app is doing it.

Theory, by what ends it (background-execution.md §1.3, §1.9, §1.10)::

    completed   the app says so; it is suspended as soon as nothing else keeps it running
    expires     its time is nearly used up, its user needs the phone, or nothing goes on: the expiration
                handler is called, and the task goes on until the app completes it
    no handler  expires without one to call: it counts as failed, and its time is over
    late        expired and not completed in time: the process is ended
    process end it is over, and nobody is asked

A person who cancels a continued task, and a system that lets it expire, look the same to the app.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.virtual.kernel.background.activities import ASSERTIONS, CLASSES, Activity
from harness.virtual.kernel.processes.assertion import Assertion
from harness.virtual.kernel.processes.process import Process

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone

SUBSYSTEM = "com.apple.BackgroundTasks"


class Run:
    """One task under way.

    Args:
        phone: the phone.
        activity: what it is about.
        process: who is doing it.
        budget_s: phone time it may take; ``None`` without a limit.
        on_done: told that it is over, and whether the app says that it succeeded.

    Attributes:
        expiration_handler: called on the main thread when it expires.
        is_done: whether it is over.
    """

    def __init__(
        self,
        phone: VirtualPhone,
        activity: Activity,
        process: Process,
        budget_s: float | None,
        on_done: Callable[[Run, bool], None],
    ) -> None:
        self.activity = activity
        self.process = process
        self.expiration_handler: Callable[[], None] | None = None
        self.is_done = False
        self._phone = phone
        self._has_expired = False
        self._on_done = on_done
        self._assertion: Assertion = self._hold(budget_s)

    @property
    def label(self) -> str:
        """How the app's log names the task."""
        request = self.activity.request
        return f"<{CLASSES[request.kind]}: {request.identifier}>"

    def log(self, message: str) -> None:
        """Log one line in the app's own process, as its BackgroundTasks framework does."""
        log_as_framework(self._phone, self.process, message)

    def complete(self, success: bool) -> None:
        """``setTaskCompleted``; of one that is over it is ignored."""
        if self.is_done:
            return
        self.is_done = True
        self.log(f"Marking task {self.label} complete with success: {int(success)}")
        self.log(f"Complete task request activity: {self.activity.name}")
        with self._phone.work.batch():
            self._on_done(self, success)
            self._assertion.release()

    def process_ended(self) -> None:
        """Take note that nobody is doing it any more."""
        if not self.is_done:
            self.is_done = True
            self._on_done(self, False)

    def cut_short(self) -> None:
        """Have it expire now, ahead of its time."""
        if self.is_done or self._has_expired:
            return
        whole, self._assertion = self._assertion, self._hold(self._phone.rules.expiration_warning_s)
        whole.release()
        self._expire()

    def _hold(self, budget_s: float | None) -> Assertion:
        request = self.activity.request
        kind = ASSERTIONS[request.kind]
        return self._phone.runningboard.acquire(
            self.process.pid, kind, f"{kind.value} {request.identifier}", budget_s, on_expiring=self._expire
        )

    def _expire(self) -> None:
        if self.is_done or self._has_expired:
            return
        self._has_expired = True
        if self.expiration_handler is None:
            self.log(f"No expiration handler for {self.label}")
            self.complete(False)
        else:
            self.process.enqueue(self.expiration_handler)


def log_as_framework(phone: VirtualPhone, process: Process, message: str) -> None:
    """Log one line of the BackgroundTasks framework in an app's process."""
    phone.log.emit(process.name, process.pid, message, subsystem=SUBSYSTEM, category="Framework")
