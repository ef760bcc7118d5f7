from __future__ import annotations

import signal
import subprocess
import sys

from harness.runtime.children import wait_or_kill

DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); input()"


def test_a_process_that_ends_by_itself_keeps_its_status() -> None:
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"]) as process:
        wait_or_kill(process, 60.0)
        assert process.returncode == 7


def test_a_process_that_does_not_end_is_killed() -> None:
    command = [sys.executable, "-c", DEAF]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()  # it is deaf from here on
        process.terminate()
        wait_or_kill(process, 0.05)
        assert process.returncode == -signal.SIGKILL
