"""Keeping the machine awake while phones depend on it.

A Mac mini that goes to sleep takes its phones out of every lease, and nobody is told why. macOS lets a
process hold off idle sleep by an assertion; ``caffeinate -i -w PID`` holds one for as long as a process
lives, so a killed agent leaves none behind.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from harness.farm.agent.telling import Event, Happening, Tell
from harness.runtime.children import wait_or_kill

STOPPED_WITHIN_S = 2.0
"""Wall seconds that ``caffeinate`` gets to end."""


class Wakefulness:
    """The power assertion of this process.

    Args:
        tell: who is told, once, that this machine may go to sleep.
        program: what holds the assertion; looked for on the PATH.
    """

    def __init__(self, tell: Tell, program: str = "caffeinate") -> None:
        self._tell = tell
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._complained = False

    @property
    def holds(self) -> bool:
        """Whether the machine is kept awake now."""
        return self._process is not None and self._process.poll() is None

    def keep(self, wanted: bool) -> None:
        """Hold the assertion, or let it go; asked again, it changes nothing."""
        if wanted and not self.holds:
            self._take()
        elif not wanted:
            self.release()

    def _take(self) -> None:
        path = shutil.which(self._program)
        if path is None:
            self._complain(f"there is no {self._program} here")
            return
        # -i: no idle sleep; -w: until this process has ended. Source: caffeinate(8).
        try:
            self._process = subprocess.Popen(
                [path, "-i", "-w", str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            self._complain(f"{path} did not start: {error.strerror}")

    def _complain(self, why: str) -> None:
        if not self._complained:
            self._complained = True
            how = "in Energy settings" if sys.platform == "darwin" else "by its own settings"
            what = f"nothing keeps this machine awake: {why}. See that it does not go to sleep, {how}"
            self._tell(Event(Happening.TROUBLE, what))

    def release(self) -> None:
        """Let the machine sleep again; releasing twice is no error."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.terminate()
        wait_or_kill(process, STOPPED_WITHIN_S)
