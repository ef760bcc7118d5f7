"""The end of a child process that has been asked to end."""

from __future__ import annotations

import subprocess


def wait_or_kill(process: subprocess.Popen[bytes], within_s: float) -> None:
    """Return once a process has ended that was asked to: by itself, or killed when it takes too long.

    Args:
        process: a child of this one.
        within_s: how long it may take by itself, in wall time.
    """
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
