"""How signals reach processes: 9 and 15 end them, 17 stops them, 19 lets them go on."""

from __future__ import annotations

from harness.virtual.kernel.core import Core
from harness.virtual.kernel.processes.activity import Activity
from harness.virtual.kernel.processes.exits import by_signal
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.runningboard import RunningBoard

_SIGKILL = 9
_SIGTERM = 15
_SIGSTOP = 17


class Signals:
    """The signals of one phone.

    Args:
        core: the phone.
        board: told what becomes of the processes.
        activity: keeps count of what they have used.
    """

    def __init__(self, core: Core, board: RunningBoard, activity: Activity) -> None:
        self._core = core
        self._board = board
        self._activity = activity

    def send(self, process: Process, number: int) -> None:
        """Send one of ``ACCEPTED_SIGNALS``."""
        with self._core.work.batch():
            if number == _SIGKILL:
                self._end(process, number)
            elif number == _SIGTERM:
                self._terminate(process)
            else:
                self._activity.settle(process)
                process.stopped = number == _SIGSTOP
                self._board.reconsider(process)

    def _end(self, process: Process, number: int) -> None:
        self._board.ended(process, by_signal(number))

    def _terminate(self, process: Process) -> None:
        if process.is_application and self._core.rules.sigterm_waits_for_resume:
            process.enqueue(lambda: self._end(process, _SIGTERM))
        else:
            self._end(process, _SIGTERM)
