"""The rules of the iOS model, one row per rule and version range. Data only.

Sources named §n are sections of background-execution.md; "grammar" is log-grammar.md.
"""

from __future__ import annotations

from harness.virtual.versions.row import Row, Standing

_SEEN = Standing.CAPTURED
_DOC = Standing.DOCUMENTED
_GUESS = Standing.GUESSED

IDENTITY: tuple[Row, ...] = (
    Row("app_identity", "application<{bundle_id}>", "grammar §1.2: 13-16", _SEEN, last=16),
    Row("app_identity", "app<{bundle_id}({persona})>", "grammar §1.2: 17.x, 18.x, 26", _SEEN, first=17),
    Row("service_identity", "daemon<{label}>", "grammar §1.2: up to 14; 15 inferred", _SEEN, last=15),
    Row("service_identity", "osservice<{label}>", "grammar §1.2: seen from 16 on", _SEEN, first=16),
    # FrontBoard names only the bundle in this line on 26.
    Row("bootstrap_identity", "full", "grammar §1.3", _SEEN, last=25),
    Row("bootstrap_identity", "bundle", "grammar §1.3: bundle only on 26", _SEEN, first=26),
    Row("task_prefix", "NDSession", "§1.8: older form", _GUESS, last=15),
    Row("task_prefix", "NDNWSession", "§1.8: the form in one build of unknown version", _GUESS, first=16),
)

JETSAM: tuple[Row, ...] = (
    Row("jetsam_suspended", 0, "grammar §1.3: 0 on 15", _SEEN, last=16),
    Row("jetsam_suspended", 30, "grammar §1.3: 30 on 18; 17 inferred", _SEEN, first=17),
    Row("jetsam_background", 40, "no capture of a background-running value", _GUESS),
    Row("jetsam_foreground", 10, "grammar §1.3: 10 on 14; 15-17 inferred", _SEEN, last=17),
    Row("jetsam_foreground", 100, "grammar §1.3: 100 on 26; 18 inferred", _SEEN, first=18),
)

REPORTS: tuple[Row, ...] = (
    Row("crash_bug_type", "109", "grammar §1.5: text body up to 14", _SEEN, last=14),
    Row("crash_bug_type", "309", "grammar §1.5: JSON body from 15 on", _SEEN, first=15),
    Row("frontboard_namespace", "SPRINGBOARD", "grammar §1.5: up to 14", _SEEN, last=14),
    Row("frontboard_namespace", "FRONTBOARD", "grammar §1.5: from 15 on", _SEEN, first=15),
)

TIMINGS: tuple[Row, ...] = (
    Row("suspend_after_min_s", 0.19, "§1.3: Notes, 0.19 s", _SEEN),
    Row("suspend_after_max_s", 1.1, "§1.3: an app on iPhone 16 Pro, about 1.1 s", _SEEN),
    Row("background_task_s", 30.0, "§1.3: about 30 s", _DOC),
    Row(
        "expiration_warning_s", 5.0, "grammar §1.3: 5 s from warning to kill up to 12; later guessed", _GUESS
    ),
    Row("background_task_warning_s", 30.0, "grammar §1.5: UIKit's warning, 14-18", _SEEN, last=18),
    Row("background_task_warning_s", 30.0, "no capture after 18", _GUESS, first=19),
    Row("wake_shares_budget", True, "§1.3: started while already in background", _GUESS),
    Row("handle_events_s", 30.0, "grammar §1.5: handlesession assertion, 30 s", _SEEN),
    Row("launch_watchdog_s", 20.0, "§1.3: process-launch", _SEEN),
    Row("scene_watchdog_s", 10.0, "§1.3: scene-create, scene-update", _SEEN),
    Row("exit_watchdog_s", 5.0, "§1.3: process exit, 5.0 s", _SEEN),
    Row("url_delay_first_s", 60.0, "§1.3: 60, 120, 240 ... (12.4)", _SEEN),
    Row("url_delay_factor", 2.0, "§1.3: doubling on each wake", _DOC),
    Row("daemon_respawn_s", 1.0, "launchd restarts SpringBoard within 3 s", _GUESS),
    Row("boot_s", 30.0, "from going down to the cable coming back; no capture", _GUESS),
)

SWITCHES: tuple[Row, ...] = (
    Row("start_suspended_default", True, "§2.1: a missing StartSuspendedKey means suspended", _SEEN),
    Row("kill_existing_default", True, "§2.1: a missing KillExisting means kill", _SEEN),
    Row("tells_termination", True, "§6.11: no capture of a Terminated notice", _GUESS),
    Row("log_redacted", True, "§3.3: stock phones print <private>", _SEEN),
    Row("debugger_stops_watchdog", True, "§1.5", _GUESS),
    # The assertion is in DVTInstrumentsFoundation of 18.2 and 26.1; what its domain attribute grants is not.
    Row("observing_keeps_running", False, "from memory: Instruments tells suspended apps", _GUESS),
    Row("sigterm_waits_for_resume", True, "a suspended task takes no signal but SIGKILL", _GUESS),
    # On some versions a prewarmed app was seen in didFinishLaunching; on which is not recorded.
    Row("prewarm_reaches_launch", False, "§1.12: up to main", _GUESS),
    Row("prewarm_marks_environment", True, "§1.12: ActivePrewarm=1 on 15", _SEEN, last=15),
    Row("prewarm_marks_environment", False, "§1.12: reported absent from 16 on", _SEEN, first=16),
)

BACKGROUND: tuple[Row, ...] = (
    Row("refresh_off_blocks_location", True, "§1.7: historically, from memory", _GUESS),
    Row("reboot_unblocks_location", True, "§1.6: a restart re-enables some location services", _DOC),
    Row("continued_processing", False, "§1.10: from 26 on", _DOC, last=25),
    Row("continued_processing", True, "§1.10", _DOC, first=26),
    Row(
        "continued_wildcard_matches",
        False,
        "§1.10: a handler of a wildcard is not found on 26",
        _SEEN,
        last=26,
    ),
    Row("continued_wildcard_matches", True, "as documented; no report of 27", _GUESS, first=27),
)

# What a force quit keeps from running the app, per subsystem (§1.6).
FORCE_QUIT: tuple[Row, ...] = (
    Row("force_quit_blocks_url_session", True, "§1.6: no relaunch", _DOC),
    Row("force_quit_blocks_silent_push", True, "§1.6: not delivered until a manual launch", _DOC),
    Row("force_quit_blocks_app_refresh", True, "§1.6: not delivered until a manual launch", _DOC),
    Row("force_quit_blocks_processing", True, "§1.6: unknown before 18.3", _GUESS, last=17),
    Row("force_quit_blocks_processing", False, "§1.6: still runs on 18.3-18.5", _DOC, first=18),
    Row("force_quit_blocks_location", False, "§1.6: relaunched up to 18", _SEEN, last=25),
    Row("force_quit_blocks_location", True, "§1.6: one report, 26.4.2", _SEEN, first=26),
    Row("force_quit_blocks_voip", False, "§1.6: launches despite the flag", _GUESS),
    Row("force_quit_blocks_prewarm", True, "nobody expects a launch of what was swiped away", _GUESS),
)

ROWS: tuple[Row, ...] = (*IDENTITY, *JETSAM, *REPORTS, *TIMINGS, *SWITCHES, *BACKGROUND, *FORCE_QUIT)
"""Every rule that may differ between versions, for ``Rules``; nsurlsessiond's own: urlsession_rules."""
