"""The watchdogs: an application whose main thread does not get somewhere in time is ended.

Three of them. A launch has to get through ``didFinishLaunching``, a change of scene through its callbacks,
and an app that is asked to terminate through ``willTerminate`` (background-execution.md §1.3). All measure
phone time by the clock on the wall, so an app that is stopped on purpose would fall to each: one that is,
and one that a debugger is attached to, is left alone.

How a main thread is seen to get there: what is queued on it behind the callbacks is reached.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.core import Core
from harness.virtual.kernel.processes.exits import ExitCause, by_frontboard
from harness.virtual.kernel.processes.policies import ENDINGS, Policy
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import TerminationCode


class Watch(StrEnum):
    """What is waited for, in the words of the log."""

    LAUNCH = "process-launch"
    SCENE_UPDATE = "scene-update"
    EXIT = "exit"


class Watchdogs:
    """The watchdogs of one phone.

    Args:
        core: the phone.
        end: ends a process, in the name of SpringBoard.
        answered: told of a process that has got to where it was waited for.
    """

    def __init__(
        self, core: Core, end: Callable[[Process, ExitCause], None], answered: Callable[[Process], None]
    ) -> None:
        self._core = core
        self._end = end
        self._answered = answered
        self._unanswered: dict[int, list[Timer]] = {}

    def waits_for(self, pid: int) -> bool:
        """Whether a process has yet to get somewhere; until then it is not suspended."""
        return bool(self._unanswered.get(pid))

    def watch(
        self, process: Process, what: Watch, allowance_s: float, reached: Callable[[], None] | None = None
    ) -> None:
        """End an application whose main thread does not get to what is queued now within the allowance.

        Args:
            process: whom to watch.
            what: what it has to get through.
            allowance_s: phone time.
            reached: called as the app's code when it has got there.
        """
        timer = self._core.clock.call_later(
            allowance_s, lambda: self._transgressed(process, what, allowance_s)
        )
        waiting = self._unanswered.setdefault(process.pid, [])
        waiting.append(timer)

        def arrived() -> None:
            timer.cancel()
            waiting.remove(timer)
            self._answered(process)
            if reached is not None:
                reached()

        process.enqueue(arrived)

    def forget(self, pid: int) -> None:
        """Wait for nothing any more from a process that has ended."""
        for timer in self._unanswered.pop(pid, []):
            timer.cancel()

    def _transgressed(self, process: Process, what: Watch, allowance_s: float) -> None:
        # A process that was stopped on purpose is not to blame for its silence.
        if process.stopped or (process.traced and self._core.rules.debugger_stops_watchdog):
            return
        who = f"{self._core.app_identity(process.bundle_id)}:{process.pid}"
        self._end(process, _cause(what, who, allowance_s))


def _cause(what: Watch, who: str, allowance_s: float) -> ExitCause:
    if what is Watch.EXIT:
        return ENDINGS[Policy.SLOW_EXIT].cause(who)
    reason = (
        f"{what} watchdog transgression: {who} exhausted real (wall clock) time allowance of "
        f"{allowance_s:.2f} seconds"
    )
    return by_frontboard(TerminationCode.WATCHDOG, reason, writes_report=True)
