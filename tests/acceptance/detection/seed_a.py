"""Background downloads that seed A tells of: S1 to S12, as far as ``downloads`` has not told them."""

from __future__ import annotations

from harness.api import End
from harness.api.axes import Axes, Link, Refresh
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.scenarios import (
    test_background_download,
    test_closures,
    test_debugger,
    test_failed_download,
    test_how_long_tried,
    test_server_down,
    test_which_download,
    test_without_wifi,
)
from tests.acceptance import conditions as when
from tests.acceptance import conditions_origin as away
from tests.acceptance import conditions_seed_a as also_when
from tests.acceptance.detection.downloads import OPEN, ORPHAN, RELAUNCH, RESUME
from tests.acceptance.detection.row import Row

GOES_ON = ("S1", test_background_download.test_download_goes_on_while_app_is_dead)
DEBUGGED = ("S2", test_debugger.test_a_debugged_app_is_never_suspended_and_the_harness_says_so)
WHICH = ("S3", test_which_download.test_two_downloads_of_one_url_are_told_apart)
NOT_FOUND = (
    "S4",
    test_failed_download.test_a_404_is_told_as_an_answer_and_the_app_must_look_at_its_status,
)
RESET = ("S4", test_failed_download.test_a_connection_that_is_reset_is_tried_again_and_no_error_is_told)
WIFI_GOES = ("S5", test_without_wifi.test_a_default_session_fails_at_once_when_wifi_goes)
NO_WIFI = ("S5", test_without_wifi.test_a_default_session_fails_at_once_where_there_is_no_wifi)
WAITS = ("S6", test_without_wifi.test_a_background_session_waits_for_wifi_and_goes_on)
DOWN = ("S7", test_server_down.test_a_download_from_a_server_that_is_not_running_starts_when_it_is)
SILENT = (
    "S7",
    test_server_down.test_a_download_from_a_server_that_never_answers_starts_when_it_is_restarted,
)
TIMEOUT = (
    "S8 S4",
    test_how_long_tried.test_a_download_ends_with_an_error_when_its_own_timeout_has_passed,
)
PATIENT = ("S8", test_how_long_tried.test_a_download_without_a_timeout_of_its_own_is_still_waited_for)
WEEK = ("S8", test_how_long_tried.test_a_download_is_given_up_after_seven_days)
LONG = ("S11", test_server_down.test_a_download_that_takes_long_is_not_marked_failed)
CLOSURE = ("S12", test_closures.test_a_background_task_with_a_closure_ends_the_app)

_F, _V, _U = Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE
_NOT_APPLIED = Reason.INVALID_SETTINGS_NOT_APPLIED
_STATE, _WAKE, _CALLBACKS = ClaimKind.STATE, ClaimKind.WAKE, ClaimKind.CALLBACKS
_TRANSFER, _EXIT, _FACT = ClaimKind.TRANSFER, ClaimKind.EXIT, ClaimKind.FACT

# fmt: off
ROWS: tuple[Row, ...] = (
    # S1: it goes on without the app, however the app ends and whatever is between phone and origin.
    Row(*GOES_ON),
    Row(*GOES_ON, "in-app", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*RELAUNCH, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*RELAUNCH, "invalidating", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RELAUNCH, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED, axes=Axes(End.REBOOT)),
    Row(*RELAUNCH, axes=Axes(End.SUSPENDED)),
    Row(*RELAUNCH, axes=Axes(End.EXIT)),
    Row(*RELAUNCH, axes=Axes(End.AUTOMATION)),
    Row(*RELAUNCH, axes=Axes(End.JETSAM)),
    Row(*RELAUNCH, axes=Axes(End.REBOOT)),
    Row(*RELAUNCH, axes=Axes(End.FORCE_QUIT), reason=Reason.NOT_WOKEN_FORCE_QUIT),
    Row(*RELAUNCH, axes=Axes(refresh=Refresh.OFF), reason=Reason.NOT_WOKEN_BAR_OFF),
    Row(*RELAUNCH, axes=Axes(refresh=Refresh.APP_OFF), reason=Reason.NOT_WOKEN_BAR_OFF),
    Row(*RELAUNCH, axes=Axes(low_power=True)),
    Row(*RELAUNCH, axes=Axes(network=Link.OFF)),
    Row(*RELAUNCH, axes=Axes(network=Link.LOSSY)),
    Row(*RELAUNCH, axes=Axes(network=Link.REFUSED)),
    # S2
    Row(*DEBUGGED, reason=Reason.PASS_RELAUNCHED),
    Row(*DEBUGGED, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*DEBUGGED, "in-app", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_UNEXPLAINED),
    Row(*DEBUGGED, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*DEBUGGED, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*DEBUGGED, "correct", when.LEFTOVER, reason=Reason.PASS_RELAUNCHED),
    # S3
    Row(*WHICH),
    Row(*WHICH, "by-url", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE),
    Row(*WHICH, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*WHICH, "correct", when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*WHICH, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*WHICH, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*WHICH, "correct", when.LEFTOVER),
    # S4
    Row(*NOT_FOUND),
    Row(*NOT_FOUND, "trusting", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*NOT_FOUND, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_DID_COMPLETE),
    Row(*NOT_FOUND, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*NOT_FOUND, "correct", also_when.ALL_CUT_LONG, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*NOT_FOUND, "correct", when.LEFTOVER),
    Row(*NOT_FOUND, "trusting", when.LEFTOVER, _FACT, _F, Reason.FACT_MISSING),
    Row(*RESET),
    Row(*RESET, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RESET, "in-app", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*RESET, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*RESET, "correct", when.LEFTOVER),
    # S5
    Row(*WIFI_GOES),
    Row(*WIFI_GOES, "correct", when.WIFI_STUCK, _CALLBACKS, _V, Reason.INVALID_WIFI_NOT_DOWN),
    Row(*WIFI_GOES, "correct", also_when.ALL_CUT_TOLD, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*WIFI_GOES, "correct", when.LEFTOVER),
    Row(*NO_WIFI),
    Row(*NO_WIFI, "waiting", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_DID_COMPLETE),
    Row(*NO_WIFI, "roaming", when.NOTHING, _CALLBACKS, _V, Reason.INVALID_CELLULAR_LEAK),
    Row(*NO_WIFI, "correct", when.WIFI_STUCK, _CALLBACKS, _V, Reason.INVALID_WIFI_NOT_DOWN),
    Row(*NO_WIFI, "correct", when.LEFTOVER),
    Row(*NO_WIFI, "waiting", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_MISSING_DID_COMPLETE),
    # S6
    Row(*WAITS),
    Row(*WAITS, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*WAITS, "short-lived", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*WAITS, "in-app", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*WAITS, "roaming", when.NOTHING, _CALLBACKS, _V, Reason.INVALID_CELLULAR_LEAK),
    Row(*WAITS, "correct", when.WIFI_STUCK, _CALLBACKS, _V, Reason.INVALID_WIFI_NOT_DOWN),
    Row(*WAITS, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*WAITS, "correct", also_when.ALL_CUT_OFFLINE, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*WAITS, "correct", when.LEFTOVER),
    Row(*WAITS, "short-lived", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*WAITS, axes=Axes(End.SUSPENDED)),
    Row(*WAITS, axes=Axes(network=Link.LOSSY)),
    Row(*WAITS, "correct", when.CONDITION_OVER, _CALLBACKS, _V, _NOT_APPLIED, Axes(network=Link.LOSSY)),
    Row(*WAITS, axes=Axes(refresh=Refresh.OFF), reason=Reason.NOT_WOKEN_BAR_OFF),
    # The network is what it waits for, then the server: each is named.
    Row(*WAITS, "correct", away.SERVER_DOWN, _TRANSFER, _U, Reason.NOT_WOKEN_SERVER_DOWN),
    Row(*WAITS, "correct", away.NETWORK_DOWN, _TRANSFER, _U, Reason.NOT_WOKEN_WAITING_NETWORK),
    # S7
    Row(*DOWN),
    Row(*DOWN, "correct", away.SERVER_DOWN, _TRANSFER, _U, Reason.NOT_WOKEN_SERVER_DOWN),
    Row(*DOWN, "correct", away.SERVER_SILENT, _TRANSFER, _U, Reason.NOT_WOKEN_SERVER_DOWN),
    Row(*DOWN, "correct", away.NETWORK_DOWN, _TRANSFER, _U, Reason.NOT_WOKEN_WAITING_NETWORK),
    Row(*DOWN, "correct", away.BOTH_DOWN, _TRANSFER, _U, Reason.NOT_WOKEN_WAITING_NETWORK),
    Row(*DOWN, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*DOWN, "short-lived", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*DOWN, "in-app", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*DOWN, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*DOWN, "correct", also_when.ALL_CUT_LONG, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*DOWN, "correct", when.LEFTOVER),
    Row(*SILENT),
    Row(*SILENT, "correct", away.SERVER_DOWN, _TRANSFER, _U, Reason.NOT_WOKEN_SERVER_DOWN),
    Row(*SILENT, "correct", away.SERVER_SILENT, _TRANSFER, _U, Reason.NOT_WOKEN_SERVER_DOWN),
    Row(*SILENT, "correct", away.NETWORK_DOWN, _TRANSFER, _U, Reason.NOT_WOKEN_WAITING_NETWORK),
    Row(*SILENT, "short-lived", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*SILENT, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*SILENT, "correct", when.LEFTOVER),
    # S8
    Row(*TIMEOUT),
    Row(*TIMEOUT, "short-lived", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*TIMEOUT, "forgetful"),
    Row(*TIMEOUT, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*TIMEOUT, "correct", also_when.ALL_CUT_ASLEEP, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*TIMEOUT, "correct", when.LEFTOVER),
    Row(*PATIENT),
    Row(*PATIENT, "short-lived", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*PATIENT, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*PATIENT, "correct", when.LEFTOVER),
    Row(*WEEK),
    Row(*WEEK, "short-lived", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    # S9
    Row(*OPEN, "eager", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_DUPLICATE),
    Row(*OPEN, "eager", when.LEFTOVER, _TRANSFER, _F, Reason.TRANSFER_DUPLICATE),
    Row(*OPEN, axes=Axes(End.FORCE_QUIT)),
    Row(*OPEN, axes=Axes(End.EXIT)),
    Row(*OPEN, axes=Axes(End.REBOOT)),
    Row(*OPEN, axes=Axes(network=Link.REFUSED)),
    Row(*OPEN, axes=Axes(low_power=True)),
    Row(*OPEN, axes=Axes(refresh=Refresh.OFF)),
    # S10
    Row(*ORPHAN, "invalidating", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*ORPHAN, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*ORPHAN, "forgetful", when.LEFTOVER, _CALLBACKS, _F, Reason.ORPHANED),
    # S11
    Row(*LONG),
    Row(*LONG, "impatient", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*LONG, "timing-out", when.NOTHING, _CALLBACKS, _F, Reason.TRANSFER_CANCELLED_APP),
    Row(*LONG, "short-lived", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE),
    Row(*LONG, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*LONG, "correct", also_when.ALL_CUT_LONG, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*LONG, "correct", when.LEFTOVER),
    Row(*LONG, "impatient", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    # S12
    Row(*CLOSURE, reason=Reason.PASS_EXITED),
    Row(*CLOSURE, "swallowing", when.NOTHING, _EXIT, _F, Reason.NOT_EXITED),
    Row(*CLOSURE, "swallowing", also_when.DEBUGGED_AT_ONCE, _EXIT, _V, Reason.INVALID_DEBUGGER),
    Row(*CLOSURE, "correct", also_when.ENDS_CUT, _EXIT, _U, Reason.INCONCLUSIVE_GAP),
    Row(*CLOSURE, "correct", when.LEFTOVER, reason=Reason.PASS_EXITED),
    # S56
    Row(*RESUME, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
)
# fmt: on
