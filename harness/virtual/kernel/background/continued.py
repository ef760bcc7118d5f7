"""Continued processing tasks: work that a person has begun in an app, and that goes on without it in front.

Theory (background-execution.md §1.10, from iOS 26 on). A request is made in front, as a result of what a
person did, and runs at once; where another runs, it queues or fails, as it asks. It may take as long as it
likes, and keeps its app running in the background, for as long as it reports progress. One that does not
is expired, and so is one that its person cancels; the app cannot tell which. A force quit is neither: the
task is gone without a word, and so is what the app had queued.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.virtual.kernel.background.activities import Activity, SubmitError
from harness.virtual.kernel.background.figures import CONTINUED_AT_ONCE, PROGRESS_WITHIN_S
from harness.virtual.kernel.background.runs import Run
from harness.virtual.kernel.clock import Timer
from harness.virtual.kernel.processes.process import Process

if TYPE_CHECKING:
    from harness.virtual.kernel.background.dasd import Dasd
    from harness.virtual.kernel.phone import VirtualPhone


@dataclass
class _Queued:
    process: Process
    activity: Activity


class ContinuedTasks:
    """The continued processing tasks of one phone.

    Args:
        phone: the phone.
        dasd: runs the tasks.
    """

    def __init__(self, phone: VirtualPhone, dasd: Dasd) -> None:
        self._phone = phone
        self._dasd = dasd
        self._queue: list[_Queued] = []
        self._watched: dict[Run, Timer] = {}

    def submit(self, process: Process, activity: Activity) -> SubmitError | None:
        """Run a request, or queue it; returns why not, or ``None``."""
        if not process.state.is_foreground:
            # That it has to be made in front is documented; the code of the error is guessed.
            return SubmitError.NOT_PERMITTED
        if len(self._watched) >= CONTINUED_AT_ONCE and not activity.request.queues:
            return SubmitError.IMMEDIATE_RUN_INELIGIBLE
        self._dasd.log_submitted(activity)
        self._queue.append(_Queued(process, activity))
        self._start_next()
        return None

    def progressed(self, run: Run) -> None:
        """Take note that a task gets on."""
        if run in self._watched:
            self._watch(run)

    def cancel(self, bundle_id: str, identifier: str) -> None:
        """Have a person cancel a task that runs; none of that identifier is no error."""
        for run in tuple(self._watched):
            if run.activity.key == (bundle_id, identifier):
                run.cut_short()

    def over(self, run: Run) -> None:
        """Take note that a task is over, and begin the next."""
        self._watched.pop(run).cancel()
        self._start_next()

    def process_ended(self, pid: int) -> None:
        """Forget what a process that has ended had queued."""
        for queued in tuple(self._queue):
            if queued.process.pid == pid:
                self._queue.remove(queued)
                self._dasd.log(f"CANCELED {queued.activity.name}")

    def _start_next(self) -> None:
        while self._queue and len(self._watched) < CONTINUED_AT_ONCE:
            queued = self._queue.pop(0)
            self._watch(self._dasd.begin(queued.activity, queued.process, None))

    def _watch(self, run: Run) -> None:
        known = self._watched.get(run)
        if known is not None:
            known.cancel()
        self._watched[run] = self._phone.clock.call_later(PROGRESS_WITHIN_S, run.cut_short)
