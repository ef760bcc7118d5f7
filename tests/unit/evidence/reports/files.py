"""Reports as a phone would write them, made by hand to the grammar; what a test leaves out is usual."""

from __future__ import annotations

import json
from typing import Any

BUNDLE = "dev.harness.downloader"
EXECUTABLE = "Downloader"
PID = 500
AT = "2026-03-01 12:00:00.1234 +0100"
AT_S = 1772362800.1234

CONTEXT = (
    "<RBSTerminateContext| domain:10 code:0x8BADF00D explanation:process-launch watchdog transgression: "
    f"app<{BUNDLE}(0A)>:{PID} exhausted real (wall clock) time allowance of 20.00 seconds",
    "ProcessVisibility: Foreground",
    "ProcessState: Running",
    "WatchdogEvent: process-launch",
    "reportType:CrashLog maxTerminationResistance:Interactive>",
)
"""What SpringBoard asked runningboardd for, one line per entry of ``reasons``."""


def file_of(header: dict[str, Any], body: str) -> bytes:
    return (json.dumps(header) + "\n" + body).encode()


def header_of(bug_type: str, **more: Any) -> dict[str, Any]:
    return {"bug_type": bug_type, "timestamp": AT, **more}


def crash(
    termination: dict[str, Any], *, bundle_id: str = BUNDLE, signal: str = "SIGKILL", **more: Any
) -> bytes:
    body = {
        "pid": PID,
        "procName": EXECUTABLE,
        "captureTime": AT,
        "bundleInfo": {"CFBundleIdentifier": bundle_id},
        "exception": {"type": "EXC_CRASH", "signal": signal},
        "termination": termination,
        **more,
    }
    header = header_of("309", app_name=EXECUTABLE, bundleID=bundle_id)
    return file_of(header, json.dumps(body, indent=2))


def text_crash(*termination: str, exception: str = "EXC_CRASH (SIGKILL)", below: str = "") -> bytes:
    rows = (
        f"Process:             {EXECUTABLE} [{PID}]",
        f"Identifier:          {BUNDLE}",
        f"Date/Time:           {AT}",
        f"Exception Type:      {exception}",
        *termination,
        "",
        below,
        "",
        "Thread 0 name:",
        "Thread 0 Crashed:",
    )
    return file_of(header_of("109", app_name=EXECUTABLE, bundleID=BUNDLE), "\n".join(rows))


def jetsam(*processes: dict[str, Any]) -> bytes:
    return file_of(header_of("298"), json.dumps({"date": AT, "processes": processes}))
