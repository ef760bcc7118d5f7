"""What Quinn's statements say of testing code that runs in the background: S47 to S70."""

from __future__ import annotations

from harness.api import End
from harness.api.axes import Axes, Link, Refresh
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.scenarios import (
    test_background_refresh,
    test_continued_task,
    test_ended_while_suspended,
    test_force_quit,
    test_log_points,
    test_nothing_executes,
    test_outside_xcode,
    test_region,
    test_stepping_in_the_background,
)
from tests.acceptance import conditions as when
from tests.acceptance import conditions_quinn as also_when
from tests.acceptance.detection.row import Row

UNDER_XCODE = ("S47", test_outside_xcode.test_what_works_under_a_debugger_works_without_one)
BY_ICON = ("S48", test_outside_xcode.test_an_app_opened_by_its_icon_is_woken_like_any_other)
STEPPING = (
    "S49",
    test_stepping_in_the_background.test_stepping_in_the_background_does_no_harm_to_what_comes_after,
)
IDLE = ("S50", test_stepping_in_the_background.test_an_idle_app_is_suspended_and_a_debugged_one_never)
MEMORY = ("S51", test_ended_while_suspended.test_an_app_that_is_ended_for_memory_is_woken_for_its_download)
UPDATE = (
    "S52",
    test_ended_while_suspended.test_a_download_goes_to_the_build_that_is_installed_meanwhile,
)
CONTINUED = ("S53", test_continued_task.test_a_continued_task_runs_on_in_the_background)
REGION_RESUMES = ("S54", test_region.test_leaving_a_region_resumes_a_suspended_app)
REGION_RELAUNCHES = ("S54", test_region.test_leaving_a_region_relaunches_a_dead_app)
SECOND_RUN = (
    "S58",
    test_outside_xcode.test_a_second_run_from_the_home_screen_is_none_the_worse_for_the_first,
)
SHIPPED = ("S59", test_outside_xcode.test_the_build_that_people_get_is_woken)
DEAD_CARD = (
    "S62",
    test_force_quit.test_removing_an_app_that_is_dead_quits_nothing_and_counts_all_the_same,
)
QUIT = ("S63", test_force_quit.test_removing_the_app_cancels_its_download_and_keeps_it_asleep)
OPENED_AGAIN = ("S64", test_force_quit.test_opening_the_app_again_takes_the_flag_away)
REGION_AFTER_QUIT = ("S65", test_force_quit.test_a_region_still_relaunches_an_app_that_its_user_has_quit)
LOG_POINTS = ("S61", test_log_points.test_log_points_are_readable_as_far_as_they_are_public)
NO_TICKS = ("S55", test_nothing_executes.test_a_suspended_app_does_not_tick)
EXIT = ("S66", test_outside_xcode.test_an_app_that_called_exit_is_woken_all_the_same)
STOP = ("S67", test_outside_xcode.test_an_app_that_xcode_stopped_is_woken_all_the_same)
ALL_OFF = (
    "S68",
    test_background_refresh.test_with_background_refresh_off_a_download_comes_and_nobody_is_woken,
)
APP_OFF = ("S69", test_background_refresh.test_with_background_refresh_off_for_this_app_it_is_not_woken)
ON = ("S70", test_background_refresh.test_with_background_refresh_on_the_app_is_woken)

_F, _V, _U = Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE
_STATE, _WAKE, _CALLBACKS = ClaimKind.STATE, ClaimKind.WAKE, ClaimKind.CALLBACKS
_ABSENCE, _EXIT = ClaimKind.ABSENCE, ClaimKind.EXIT
_FACT, _TRANSFER = ClaimKind.FACT, ClaimKind.TRANSFER

_WORKER = "correct-worker"
_BUT_BY_A_PERSON = (End.SUSPENDED, End.EXIT, End.AUTOMATION, End.JETSAM)
_WRONG = (Link.OFF, Link.LOSSY, Link.REFUSED, Link.IGNORED)

# fmt: off
ROWS: tuple[Row, ...] = (
    # S47: what is wrong with the relaunch does not show under a debugger; without one it does.
    Row(*UNDER_XCODE),
    Row(*UNDER_XCODE, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*UNDER_XCODE, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*UNDER_XCODE, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*UNDER_XCODE, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*UNDER_XCODE, "correct", also_when.ALL_CUT_ASLEEP, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*UNDER_XCODE, "correct", when.LEFTOVER),
    # S48
    Row(*BY_ICON),
    Row(*BY_ICON, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*BY_ICON, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*BY_ICON, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*BY_ICON, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*BY_ICON, "correct", also_when.OPENED_BY_HAND, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*BY_ICON, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*BY_ICON, "correct", when.LEFTOVER),
    # S49
    Row(*STEPPING),
    Row(*STEPPING, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*STEPPING, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*STEPPING, "correct", when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*STEPPING, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*STEPPING, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*STEPPING, "correct", when.LEFTOVER),
    # S50
    Row(*IDLE),
    Row(*IDLE, "restless", when.NOTHING, _STATE, _F, Reason.NEVER_SUSPENDED),
    Row(*IDLE, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*IDLE, "correct", also_when.ALL_CUT_LEFT, _STATE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*IDLE, "correct", when.LEFTOVER),
    # S51
    Row(*MEMORY),
    Row(*MEMORY, "in-app", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*MEMORY, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*MEMORY, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*MEMORY, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*MEMORY, "correct", also_when.ALL_CUT_ENDED, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*MEMORY, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*MEMORY, "correct", when.LEFTOVER),
    # S52
    Row(*UPDATE),
    Row(*UPDATE, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(*UPDATE, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*UPDATE, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*UPDATE, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*UPDATE, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*UPDATE, "correct", when.LEFTOVER),
    # S53
    Row(*CONTINUED, _WORKER),
    Row(*CONTINUED, "unreporting", when.NOTHING, _ABSENCE, _F, Reason.FACT_SEEN),
    Row(*CONTINUED, _WORKER, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*CONTINUED, _WORKER, also_when.ALL_CUT_LEFT, _ABSENCE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*CONTINUED, _WORKER, when.LEFTOVER),
    # S54
    Row(*REGION_RESUMES, _WORKER),
    Row(*REGION_RELAUNCHES, _WORKER),
    Row(*REGION_RELAUNCHES, "only-in-front", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_OTHER),
    Row(*REGION_RESUMES, _WORKER, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*REGION_RESUMES, _WORKER, also_when.OPENED_BY_HAND_ASLEEP, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*REGION_RELAUNCHES, _WORKER, when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*REGION_RELAUNCHES, _WORKER, when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*REGION_RESUMES, _WORKER, also_when.ALL_CUT_ASLEEP, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*REGION_RELAUNCHES, _WORKER, also_when.ALL_CUT_ASLEEP, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*REGION_RESUMES, _WORKER, when.LEFTOVER),
    Row(*REGION_RELAUNCHES, _WORKER, when.LEFTOVER),
    # S55
    Row(*NO_TICKS, _WORKER),
    Row(*NO_TICKS, "humming", when.NOTHING, _STATE, _F, Reason.NEVER_SUSPENDED),
    Row(*NO_TICKS, _WORKER, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*NO_TICKS, _WORKER, also_when.ALL_CUT_ASLEEP, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*NO_TICKS, _WORKER, when.LEFTOVER),
    # S58
    Row(*SECOND_RUN),
    Row(*SECOND_RUN, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*SECOND_RUN, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*SECOND_RUN, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*SECOND_RUN, "correct", also_when.OPENED_BY_HAND, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*SECOND_RUN, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*SECOND_RUN, "correct", when.LEFTOVER),
    # S59
    Row(*SHIPPED),
    Row(*SHIPPED, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*SHIPPED, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*SHIPPED, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*SHIPPED, "correct", when.LEFTOVER),
    # S61
    Row(*LOG_POINTS, _WORKER),
    Row(*LOG_POINTS, "secretive", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*LOG_POINTS, _WORKER, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*LOG_POINTS, _WORKER, also_when.LOG_CUT_FROM_THE_START, _FACT, _U, Reason.INCONCLUSIVE_GAP),
    Row(*LOG_POINTS, _WORKER, when.LEFTOVER),
    # S62
    Row(*DEAD_CARD),
    Row(*DEAD_CARD, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*DEAD_CARD, "correct", also_when.OPENED_BY_HAND, _ABSENCE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*DEAD_CARD, "correct", when.ALL_CUT, _ABSENCE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*DEAD_CARD, "correct", when.LEFTOVER),
    # S63
    Row(*QUIT),
    *(Row(*QUIT, axes=Axes(network=link)) for link in _WRONG),
    Row(*QUIT, axes=Axes(refresh=Refresh.APP_OFF)),
    Row(*QUIT, axes=Axes(refresh=Refresh.OFF)),
    Row(*QUIT, axes=Axes(low_power=True)),
    Row(*QUIT, "unreasoning", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*QUIT, "in-app", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*QUIT, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*QUIT, "correct", also_when.OPENED_BY_HAND, _ABSENCE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*QUIT, "correct", also_when.ALL_CUT_ASLEEP, _EXIT, _U, Reason.INCONCLUSIVE_GAP),
    Row(*QUIT, "correct", when.ALL_CUT, _ABSENCE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*QUIT, "correct", when.LEFTOVER),
    # S64
    Row(*OPENED_AGAIN),
    Row(*OPENED_AGAIN, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*OPENED_AGAIN, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*OPENED_AGAIN, "correct", when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*OPENED_AGAIN, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*OPENED_AGAIN, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*OPENED_AGAIN, "correct", when.LEFTOVER),
    # S65
    Row(*REGION_AFTER_QUIT, _WORKER),
    Row(*REGION_AFTER_QUIT, "only-in-front", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_OTHER),
    Row(*REGION_AFTER_QUIT, _WORKER, when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*REGION_AFTER_QUIT, _WORKER, also_when.ALL_CUT_ASLEEP, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*REGION_AFTER_QUIT, _WORKER, when.LEFTOVER),
    # S66
    Row(*EXIT),
    Row(*EXIT, "tidy", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*EXIT, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*EXIT, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*EXIT, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*EXIT, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*EXIT, "correct", when.LEFTOVER),
    # S67
    Row(*STOP),
    Row(*STOP, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*STOP, "mistaken", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*STOP, "correct", when.SWIPED_AWAY, _EXIT, _V, Reason.KILLED_USER),
    Row(*STOP, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*STOP, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*STOP, "correct", when.LEFTOVER),
    # S68
    Row(*ALL_OFF),
    *(Row(*ALL_OFF, axes=Axes(end)) for end in _BUT_BY_A_PERSON),
    Row(*ALL_OFF, axes=Axes(End.FORCE_QUIT), reason=Reason.NOT_WOKEN_FORCE_QUIT),
    *(Row(*ALL_OFF, axes=Axes(network=link)) for link in _WRONG),
    Row(*ALL_OFF, axes=Axes(low_power=True)),
    Row(*ALL_OFF, "refusing", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*ALL_OFF, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*ALL_OFF, "correct", also_when.REFRESH_BACK, _FACT, _V, Reason.INVALID_SETTINGS_NOT_APPLIED),
    Row(*ALL_OFF, "correct", also_when.REFRESH_BACK_LATE, _TRANSFER, _V, Reason.INVALID_SETTINGS_NOT_APPLIED),
    Row(*ALL_OFF, "correct", also_when.OPENED_BY_HAND, _ABSENCE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*ALL_OFF, "correct", when.ALL_CUT, _ABSENCE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*ALL_OFF, "correct", when.LEFTOVER),
    # S69
    Row(*APP_OFF),
    Row(*APP_OFF, "refusing", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*APP_OFF, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*APP_OFF, "correct", also_when.APP_REFRESH_BACK, _FACT, _V, Reason.INVALID_SETTINGS_NOT_APPLIED),
    Row(*APP_OFF, "correct", also_when.APP_REFRESH_BACK_LATE, _TRANSFER, _U, Reason.INCONCLUSIVE_ORDER),
    Row(*APP_OFF, "correct", when.ALL_CUT, _ABSENCE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*APP_OFF, "correct", when.LEFTOVER),
    # S70
    Row(*ON),
    Row(*ON, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*ON, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*ON, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*ON, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*ON, "correct", when.LEFTOVER),
)
# fmt: on
