"""Assertions: what keeps a process in the background running."""

from __future__ import annotations

from collections.abc import Callable

from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.core import Core
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import AssertionKind

ORIGINATORS: dict[AssertionKind, str] = {
    AssertionKind.URL_SESSION: "nsurlsessiond",
    AssertionKind.FETCH: "dasd",
    AssertionKind.PROCESSING: "dasd",
    AssertionKind.CONTINUED: "dasd",
    AssertionKind.AUDIO: "mediaserverd",
    AssertionKind.LOCATION: "locationd",
    AssertionKind.DEBUGGER: "debugserver",
    AssertionKind.AUTOMATION: "testmanagerd",
    AssertionKind.DEVELOPER_TOOLS: "DTServiceHub",
    AssertionKind.LAUNCH: "SpringBoard",
    AssertionKind.OTHER: "SpringBoard",
}
"""Who takes an assertion of each kind; the application itself takes those that are not here."""


class Assertion:
    """Something that keeps one process running until it is released.

    Attributes:
        number: counts up from 1 on each phone.
        process: whom it keeps running.
        kind: what sort of reason.
        explanation: the reason in the words of the log.
        ends_s: when its budget is used up, seconds since 1970; ``None`` without a budget.
    """

    def __init__(
        self,
        number: int,
        process: Process,
        kind: AssertionKind,
        explanation: str,
        ends_s: float | None,
        on_release: Callable[[Assertion], None],
    ) -> None:
        self.number = number
        self.process = process
        self.kind = kind
        self.explanation = explanation
        self.ends_s = ends_s
        self.timers: list[Timer] = []
        self._on_release: Callable[[Assertion], None] | None = on_release

    @property
    def held(self) -> bool:
        """Whether it still keeps the process running."""
        return self._on_release is not None

    def release(self) -> None:
        """Give it back; a second release, or one after the process has ended, does nothing."""
        on_release = self.drop()
        if on_release is not None:
            on_release(self)

    def drop(self) -> Callable[[Assertion], None] | None:
        """Void it without consequences. Called by runningboardd when the process has ended."""
        for timer in self.timers:
            timer.cancel()
        on_release, self._on_release = self._on_release, None
        return on_release


def void(number: int, pid: int, kind: AssertionKind, explanation: str, core: Core) -> Assertion:
    """An assertion on a process that is gone."""
    gone = Process(pid, "", "", started_s=core.clock.now_s, work=core.work)
    assertion = Assertion(number, gone, kind, explanation, None, lambda _: None)
    assertion.drop()
    return assertion
