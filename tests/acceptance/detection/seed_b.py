"""The upload queue that seed B tells of: S13 to S27."""

from __future__ import annotations

from harness.api import End
from harness.api.axes import Axes, Link, Refresh
from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.scenarios import (
    test_background_audio,
    test_background_time,
    test_main_queue,
    test_multipart,
    test_one_session,
    test_screens,
    test_timeouts,
    test_tries,
    test_upload_in_app,
    test_upload_queue,
)
from tests.acceptance import conditions as when
from tests.acceptance import conditions_seed_b as also_when
from tests.acceptance.detection.row import Row

IN_APP = ("S13", test_upload_in_app.test_an_upload_in_the_app_itself_stops_when_its_user_leaves)
INSTEAD = ("S13", test_upload_in_app.test_an_upload_in_the_background_is_done_when_its_user_has_left)
IN_TIME = ("S14", test_background_time.test_an_app_that_asks_for_time_runs_until_its_work_is_done)
TIME_IS_UP = ("S14", test_background_time.test_an_app_is_told_after_about_half_a_minute_that_its_time_is_up)
OVER_TIME = ("S14", test_background_time.test_an_app_that_never_gives_its_time_back_is_ended)
PLAYS = ("S15", test_background_audio.test_an_app_that_plays_runs_in_the_background_until_it_stops)
MIGHT_PLAY = ("S15", test_background_audio.test_an_app_that_only_might_play_is_suspended)
QUEUE = (
    "S16",
    test_upload_queue.test_a_queue_is_uploaded_without_the_app_which_is_woken_when_the_last_has_gone,
)
FORM = ("S17", test_multipart.test_the_form_arrives_as_the_app_wrote_it_and_can_be_taken_apart)
ONE_SESSION = ("S18", test_one_session.test_an_app_that_needs_its_session_again_uses_the_one_it_has)
NEW_SCREEN = ("S19", test_screens.test_the_screen_that_is_open_shows_the_upload_that_an_earlier_one_began)
OLD_SCREENS = ("S20", test_screens.test_screens_that_are_closed_are_let_go)
NOT_HEEDED = ("S21", test_timeouts.test_a_background_session_does_not_heed_the_timeout_of_a_request)
HEEDED = ("S21", test_timeouts.test_a_default_session_heeds_the_timeout_of_a_request)
TIMEOUT = ("S22", test_timeouts.test_an_upload_ends_with_an_error_when_its_own_timeout_has_passed)
PATIENT = ("S22", test_timeouts.test_an_upload_without_a_timeout_of_its_own_is_still_waited_for)
WEEK = ("S22", test_timeouts.test_an_upload_is_given_up_after_seven_days)
TRIES = (
    "S23",
    test_tries.test_more_tries_fail_than_anybody_would_wait_for_and_the_app_hears_of_success_only,
)
RESULTS = (
    "S24",
    test_upload_queue.test_the_woken_app_gets_all_results_in_the_background_and_nothing_is_shown,
)
EVERY_WAKE = ("S25", test_main_queue.test_the_user_is_told_after_every_wake_and_not_only_after_some)
OWN_QUEUE = ("S26", test_main_queue.test_a_session_calls_its_delegate_on_a_queue_of_its_own)
APP_ENDED = ("S27", test_upload_queue.test_the_app_is_ended_and_its_uploads_are_not)

_UP, _WORK = "correct-uploader", "correct-worker"
_F, _V, _U = Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE
_STATE, _WAKE, _CALLBACKS, _EXIT = ClaimKind.STATE, ClaimKind.WAKE, ClaimKind.CALLBACKS, ClaimKind.EXIT
_ABSENCE, _FACT, _TRANSFER = ClaimKind.ABSENCE, ClaimKind.FACT, ClaimKind.TRANSFER
_GAP, _DEADLINE = Reason.INCONCLUSIVE_GAP, Reason.INCONCLUSIVE_DEADLINE
_UNTOLD, _UNCALLED = Reason.CALLBACK_MISSING_DID_FINISH_EVENTS, Reason.CALLBACK_MISSING_COMPLETION_HANDLER

# fmt: off
ROWS: tuple[Row, ...] = (
    # S13: an upload in the app itself.
    Row(*IN_APP, _UP),
    Row(*IN_APP, "naive"),
    Row(*IN_APP, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*IN_APP, _UP, when.OPENED_BEFORE_KILL, _ABSENCE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*IN_APP, _UP, when.OPENED_IN_WINDOW, _ABSENCE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*IN_APP, _UP, when.ALL_CUT, _ABSENCE, _U, _GAP),
    Row(*IN_APP, _UP, when.LEFTOVER),
    Row(*INSTEAD, _UP),
    Row(*INSTEAD, "naive", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*INSTEAD, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*INSTEAD, _UP, also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    # What the origin has received needs nobody else to prove it.
    Row(*INSTEAD, _UP, when.ALL_CUT),
    Row(*INSTEAD, _UP, when.LEFTOVER),
    Row(*INSTEAD, "naive", when.LEFTOVER, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    # S14: time in the background.
    Row(*IN_TIME, _WORK),
    Row(*IN_TIME, "deaf"),
    Row(*IN_TIME, "late"),
    Row(*IN_TIME, "overstaying", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_OTHER),
    Row(*IN_TIME, _WORK, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*IN_TIME, _WORK, also_when.ALL_CUT_WHEN_LEFT, _CALLBACKS, _U, _DEADLINE),
    Row(*IN_TIME, _WORK, when.LEFTOVER),
    Row(*TIME_IS_UP, _WORK),
    Row(*TIME_IS_UP, "overstaying", when.NOTHING, _STATE, _F, Reason.NEVER_SUSPENDED),
    Row(*TIME_IS_UP, "deaf", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_OTHER),
    Row(*TIME_IS_UP, "late", when.NOTHING, _STATE, _F, Reason.NEVER_SUSPENDED),
    Row(*TIME_IS_UP, _WORK, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*TIME_IS_UP, _WORK, also_when.ALL_CUT_WHEN_LEFT, _CALLBACKS, _U, _DEADLINE),
    Row(*TIME_IS_UP, _WORK, when.LEFTOVER),
    Row(*OVER_TIME, _WORK, reason=Reason.PASS_EXITED),
    Row(*OVER_TIME, _WORK, when.DEBUGGED, _EXIT, _V, Reason.INVALID_DEBUGGER),
    Row(*OVER_TIME, _WORK, also_when.ALL_CUT_WHEN_LEFT, _EXIT, _U, _GAP),
    Row(*OVER_TIME, _WORK, when.LEFTOVER, reason=Reason.PASS_EXITED),
    # S15: audio in the background.
    Row(*PLAYS, _WORK),
    Row(*PLAYS, "silent", when.NOTHING, _ABSENCE, _F, Reason.FACT_SEEN),
    Row(*PLAYS, _WORK, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*PLAYS, _WORK, also_when.ALL_CUT_WHEN_LEFT, _ABSENCE, _U, _GAP),
    Row(*PLAYS, _WORK, when.LEFTOVER),
    Row(*MIGHT_PLAY, _WORK),
    Row(*MIGHT_PLAY, "humming", when.NOTHING, _STATE, _F, Reason.NEVER_SUSPENDED),
    Row(*MIGHT_PLAY, _WORK, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*MIGHT_PLAY, _WORK, also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    Row(*MIGHT_PLAY, _WORK, when.LEFTOVER),
    # S16: the queue, however the app ends and whatever is between phone and origin.
    Row(*QUEUE, _UP),
    Row(*QUEUE, _UP, axes=Axes(End.SUSPENDED)),
    Row(*QUEUE, _UP, axes=Axes(End.EXIT)),
    Row(*QUEUE, _UP, axes=Axes(End.AUTOMATION)),
    Row(*QUEUE, _UP, axes=Axes(End.JETSAM)),
    Row(*QUEUE, _UP, axes=Axes(End.REBOOT)),
    Row(*QUEUE, _UP, axes=Axes(End.FORCE_QUIT), reason=Reason.NOT_WOKEN_FORCE_QUIT),
    Row(*QUEUE, _UP, axes=Axes(network=Link.OFF)),
    Row(*QUEUE, _UP, axes=Axes(network=Link.LOSSY)),
    Row(*QUEUE, _UP, axes=Axes(network=Link.REFUSED)),
    Row(*QUEUE, _UP, axes=Axes(network=Link.IGNORED)),
    Row(*QUEUE, _UP, axes=Axes(refresh=Refresh.OFF), reason=Reason.NOT_WOKEN_BAR_OFF),
    Row(*QUEUE, _UP, axes=Axes(low_power=True)),
    Row(*QUEUE, "naive", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*QUEUE, "careless", when.NOTHING, _TRANSFER, _F, Reason.TRANSFER_INCOMPLETE),
    Row(*QUEUE, "forgetful-uploader", when.NOTHING, _CALLBACKS, _F, _UNTOLD),
    Row(*QUEUE, "ungrateful-uploader", when.NOTHING, _CALLBACKS, _F, _UNCALLED),
    Row(*QUEUE, "first-only", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE),
    Row(*QUEUE, "early", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OUT_OF_ORDER),
    Row(*QUEUE, "forgetful-uploader", axes=Axes(End.SUSPENDED)),
    Row(*QUEUE, "ungrateful-uploader", when.NOTHING, _CALLBACKS, _F, _UNCALLED, Axes(network=Link.LOSSY)),
    Row(*QUEUE, "early", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OUT_OF_ORDER, Axes(End.REBOOT)),
    Row(*QUEUE, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*QUEUE, _UP, when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*QUEUE, _UP, when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*QUEUE, _UP, when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*QUEUE, _UP, when.EXITED, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    # A person who swipes it away ends the uploads too, so that no claim about a wake is come to.
    Row(*QUEUE, _UP, when.SWIPED_AWAY, _TRANSFER, _U, Reason.NOT_WOKEN_FORCE_QUIT),
    Row(*QUEUE, _UP, when.ALL_CUT, _CALLBACKS, _U, _DEADLINE),
    Row(*QUEUE, _UP, when.JOURNAL_CUT, _CALLBACKS, _U, _DEADLINE),
    Row(*QUEUE, _UP, also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    Row(*QUEUE, _UP, when.LEFTOVER),
    Row(*QUEUE, "early", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_OUT_OF_ORDER),
    # S17: the form.
    Row(*FORM, _UP),
    Row(*FORM, "malformed", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*FORM, "careless", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*FORM, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*FORM, _UP, when.SWIPED_AWAY, _FACT, _U, Reason.NOT_WOKEN_FORCE_QUIT),
    Row(*FORM, _UP, also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    Row(*FORM, _UP, when.ALL_CUT),
    Row(*FORM, _UP, when.LEFTOVER),
    Row(*FORM, "malformed", when.LEFTOVER, _FACT, _F, Reason.FACT_MISSING),
    # S18: one session object.
    Row(*ONE_SESSION),
    Row(*ONE_SESSION, "doubled", when.NOTHING, _ABSENCE, _F, Reason.FACT_SEEN),
    Row(*ONE_SESSION, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*ONE_SESSION, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*ONE_SESSION, "correct", when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*ONE_SESSION, "correct", also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    Row(*ONE_SESSION, "correct", when.LEFTOVER),
    # S19: the new screen.
    Row(*NEW_SCREEN, _UP),
    Row(*NEW_SCREEN, "first-screen", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*NEW_SCREEN, "screen-sessions", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*NEW_SCREEN, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*NEW_SCREEN, _UP, when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*NEW_SCREEN, _UP, when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*NEW_SCREEN, _UP, when.LEFTOVER),
    Row(*NEW_SCREEN, "screen-sessions", when.LEFTOVER, _FACT, _F, Reason.FACT_MISSING),
    # S20: the old ones.
    Row(*OLD_SCREENS, _UP),
    Row(*OLD_SCREENS, "leaking", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_TOO_FEW),
    Row(*OLD_SCREENS, "first-screen", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_TOO_FEW),
    Row(*OLD_SCREENS, "screen-sessions", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_TOO_FEW),
    Row(*OLD_SCREENS, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*OLD_SCREENS, _UP, when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*OLD_SCREENS, _UP, when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*OLD_SCREENS, _UP, when.JOURNAL_CUT, _CALLBACKS, _U, _DEADLINE),
    Row(*OLD_SCREENS, _UP, when.LEFTOVER),
    Row(*OLD_SCREENS, "leaking", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_TOO_FEW),
    # S21: the timeout of a request. A timer of the app's own is what the story is about.
    Row(*NOT_HEEDED),
    Row(*NOT_HEEDED, "timing-out", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED, steady=True),
    Row(*NOT_HEEDED, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*NOT_HEEDED, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*NOT_HEEDED, "correct", when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*NOT_HEEDED, "correct", when.LEFTOVER),
    Row(*HEEDED),
    Row(*HEEDED, "timing-out", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE, steady=True),
    Row(*HEEDED, "correct", when.LEFTOVER),
    # S22: the timeout of a resource.
    Row(*TIMEOUT, _UP),
    Row(*TIMEOUT, "brief", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*TIMEOUT, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*TIMEOUT, _UP, also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    Row(*TIMEOUT, _UP, when.LEFTOVER),
    Row(*PATIENT, _UP),
    Row(*PATIENT, "brief", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*PATIENT, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*PATIENT, _UP, when.ALL_CUT, _CALLBACKS, _U, _DEADLINE),
    Row(*PATIENT, _UP, when.LEFTOVER),
    Row(*WEEK, _UP),
    Row(*WEEK, "brief", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_UNEXPECTED),
    Row(*WEEK, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*WEEK, _UP, also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    Row(*WEEK, _UP, when.LEFTOVER),
    # S23: tries.
    Row(*TRIES),
    Row(*TRIES, "three-tries", when.NOTHING, _FACT, _F, Reason.FACT_MISSING),
    Row(*TRIES, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*TRIES, "correct", when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*TRIES, "correct", also_when.ALL_CUT_WHEN_LEFT, _STATE, _U, _GAP),
    Row(*TRIES, "correct", when.LEFTOVER),
    # S24: all results, in the background.
    Row(*RESULTS, _UP),
    Row(*RESULTS, "first-only", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE),
    Row(*RESULTS, "forgetful-uploader", when.NOTHING, _CALLBACKS, _F, _UNTOLD),
    Row(*RESULTS, "ungrateful-uploader", when.NOTHING, _CALLBACKS, _F, _UNCALLED),
    # No app can come to the front by itself, so nobody can tell this one from a person's doing.
    Row(*RESULTS, "presenting", when.NOTHING, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*RESULTS, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*RESULTS, _UP, when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*RESULTS, _UP, when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*RESULTS, _UP, when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*RESULTS, _UP, when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*RESULTS, _UP, when.EXITED, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*RESULTS, _UP, when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*RESULTS, _UP, when.LEFTOVER),
    Row(*RESULTS, "first-only", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE),
    # S25: every wake.
    Row(*EVERY_WAKE, _UP),
    Row(*EVERY_WAKE, "hasty", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_TOO_FEW),
    Row(*EVERY_WAKE, "forgetful-uploader", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_TOO_FEW),
    Row(*EVERY_WAKE, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*EVERY_WAKE, _UP, when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*EVERY_WAKE, _UP, when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*EVERY_WAKE, _UP, when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*EVERY_WAKE, _UP, when.LEFTOVER),
    Row(*EVERY_WAKE, "hasty", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_TOO_FEW),
    # S26: the delegate's queue.
    Row(*OWN_QUEUE),
    Row(*OWN_QUEUE, "on-main", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE),
    Row(*OWN_QUEUE, "main-only", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(*OWN_QUEUE, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*OWN_QUEUE, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*OWN_QUEUE, "correct", when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*OWN_QUEUE, "correct", when.LEFTOVER),
    Row(*OWN_QUEUE, "on-main", when.LEFTOVER, _CALLBACKS, _F, Reason.CALLBACK_OTHERWISE),
    # S27: the app is ended.
    Row(*APP_ENDED, _UP),
    Row(*APP_ENDED, "forgetful-uploader", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*APP_ENDED, _UP, when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*APP_ENDED, _UP, when.SWIPED_AWAY, _EXIT, _V, Reason.KILLED_USER),
    Row(*APP_ENDED, _UP, when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*APP_ENDED, _UP, when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*APP_ENDED, _UP, when.ALL_CUT, _WAKE, _U, _GAP),
    Row(*APP_ENDED, _UP, when.LEFTOVER),
    Row(*APP_ENDED, "forgetful-uploader", when.LEFTOVER, _CALLBACKS, _F, Reason.ORPHANED),
)
# fmt: on
