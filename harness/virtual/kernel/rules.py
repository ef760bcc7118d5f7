"""The rules of one phone's iOS version, and the tables of codes that all versions share.

Sources named §n are sections of background-execution.md; "grammar" is log-grammar.md.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from harness.virtual.versions.table import ROWS


class ExitDomain(IntEnum):
    """``RBSProcessExitStatus`` domains (§1.4); 0 is a voluntary exit (grammar §1.3)."""

    VOLUNTARY = 0
    JETSAM = 1
    SIGNAL = 2
    CODESIGNING = 3
    DYLD = 6
    FRONTBOARD = 10
    RUNNINGBOARD = 15
    WATCHDOG = 20
    GUARD = 23


class TerminationCode(IntEnum):
    """Codes of a termination context (§1.4; assertion timeouts: grammar §1.3)."""

    NONE = 0
    USER_QUIT = 0xDEADFA11
    FORCE_QUIT = 0xFBFBFBFB
    WATCHDOG = 0x8BADF00D
    RESOURCE_EXCLUSION = 0xDEAD10CC
    THERMAL_PRESSURE = 0xC00010FF
    SECURITY_VIOLATION = 0x2BAD45EC
    CPU_VIOLATION = 0xC51BAD01
    WALLTIME_VIOLATION = 0xC51BAD02
    SYSTEM_BUSY = 0xC51BAD03
    VOIP_NOT_REPORTED = 0xBAADCA11
    BACKGROUND_TASK_TIMEOUT = 0x2182BAD2
    URL_SESSION_TIMEOUT = 0x2182BAD3
    FETCH_TIMEOUT = 0x2182BAD4
    ASSERTION_TIMEOUT = 0x2182BAAD


class AssertionKind(StrEnum):
    """What keeps a background process running."""

    BACKGROUND_TASK = "Shared Background Assertion"
    URL_SESSION = "com.apple.nsurlsessiond.handlesession"
    FETCH = "Background Content Fetching"
    PROCESSING = "Background Processing"
    CONTINUED = "Background Continued Processing"
    AUDIO = "Audio Playback"
    LOCATION = "Location Update"
    LAUNCH = "Background Launch"
    DEBUGGER = "com.apple.debugserver"
    AUTOMATION = "com.apple.testmanagerd.runner"
    DEVELOPER_TOOLS = "Target is being analyzed by developer tools"
    OTHER = "Background Assertion"


TIMEOUT_CODES: dict[AssertionKind, TerminationCode] = {
    AssertionKind.BACKGROUND_TASK: TerminationCode.BACKGROUND_TASK_TIMEOUT,
    AssertionKind.URL_SESSION: TerminationCode.URL_SESSION_TIMEOUT,
    AssertionKind.FETCH: TerminationCode.FETCH_TIMEOUT,
    AssertionKind.PROCESSING: TerminationCode.FETCH_TIMEOUT,
    AssertionKind.CONTINUED: TerminationCode.FETCH_TIMEOUT,
    AssertionKind.AUDIO: TerminationCode.ASSERTION_TIMEOUT,
    AssertionKind.LOCATION: TerminationCode.ASSERTION_TIMEOUT,
    AssertionKind.LAUNCH: TerminationCode.ASSERTION_TIMEOUT,
    AssertionKind.DEBUGGER: TerminationCode.ASSERTION_TIMEOUT,
    AssertionKind.AUTOMATION: TerminationCode.ASSERTION_TIMEOUT,
    AssertionKind.DEVELOPER_TOOLS: TerminationCode.ASSERTION_TIMEOUT,
    AssertionKind.OTHER: TerminationCode.ASSERTION_TIMEOUT,
}
"""The code with which a process dies when the budget of such an assertion is used up."""


class Subsystem(StrEnum):
    """Who may run an app in the background; each has its own policy after a force quit (§1.6)."""

    URL_SESSION = "url_session"
    SILENT_PUSH = "silent_push"
    APP_REFRESH = "app_refresh"
    PROCESSING = "processing"
    LOCATION = "location"
    VOIP = "voip"
    PREWARM = "prewarm"


SUBSYSTEM_OF_REQUESTER: dict[str, Subsystem] = {
    "nsurlsessiond": Subsystem.URL_SESSION,
    "apsd": Subsystem.SILENT_PUSH,
    "dasd": Subsystem.APP_REFRESH,
    "locationd": Subsystem.LOCATION,
    "callservicesd": Subsystem.VOIP,
}
"""The subsystem that a daemon's launch requests belong to, unless the request says otherwise."""

ACCEPTED_SIGNALS = frozenset({9, 15, 17, 19})
"""Signals that the phone's process control delivers (§2.3)."""

SIGNAL_NAMES: dict[int, str] = {6: "SIGABRT", 9: "SIGKILL", 15: "SIGTERM", 17: "SIGSTOP", 19: "SIGCONT"}
"""Darwin's numbers, which differ from Linux's for 17 and 19."""


@dataclass(frozen=True)
class Rules:
    """Every rule of one iOS version; the meaning and source of each is in its row."""

    app_identity: str
    service_identity: str
    bootstrap_identity: str
    task_prefix: str
    jetsam_suspended: int
    jetsam_background: int
    jetsam_foreground: int
    crash_bug_type: str
    frontboard_namespace: str
    suspend_after_min_s: float
    suspend_after_max_s: float
    background_task_s: float
    expiration_warning_s: float
    background_task_warning_s: float
    wake_shares_budget: bool
    handle_events_s: float
    launch_watchdog_s: float
    scene_watchdog_s: float
    exit_watchdog_s: float
    url_delay_first_s: float
    url_delay_factor: float
    daemon_respawn_s: float
    boot_s: float
    start_suspended_default: bool
    kill_existing_default: bool
    tells_termination: bool
    log_redacted: bool
    observing_keeps_running: bool
    debugger_stops_watchdog: bool
    sigterm_waits_for_resume: bool
    prewarm_reaches_launch: bool
    prewarm_marks_environment: bool
    refresh_off_blocks_location: bool
    reboot_unblocks_location: bool
    continued_processing: bool
    continued_wildcard_matches: bool
    force_quit_blocks_url_session: bool
    force_quit_blocks_silent_push: bool
    force_quit_blocks_app_refresh: bool
    force_quit_blocks_processing: bool
    force_quit_blocks_location: bool
    force_quit_blocks_voip: bool
    force_quit_blocks_prewarm: bool

    def force_quit_blocks(self, subsystem: Subsystem) -> bool:
        """Whether a force-quit app stays down for this subsystem."""
        return bool(getattr(self, f"force_quit_blocks_{subsystem.value}"))


def rules_for(major: int) -> Rules:
    """The rules of an iOS major version.

    Raises:
        ValueError: a rule has no row, or more than one, for that version.
    """
    found: dict[str, Any] = {}
    for row in ROWS:
        if not row.holds_for(major):
            continue
        if row.key in found:
            raise ValueError(f"iOS {major} has two rows for {row.key}")
        found[row.key] = row.value
    missing = {field.name for field in dataclasses.fields(Rules)} - found.keys()
    if missing:
        raise ValueError(f"iOS {major} has no row for {', '.join(sorted(missing))}")
    return Rules(**found)
