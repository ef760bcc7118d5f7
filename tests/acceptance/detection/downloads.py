"""Background downloads: the stories of a download that ends while its app is suspended or dead.

Also the claims that nothing happens and those about ends, which no story of the catalogue makes.
"""

from __future__ import annotations

from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.scenarios import test_background_download as shipped
from tests.acceptance import conditions as when
from tests.acceptance import stories
from tests.acceptance.detection.row import Row

RELAUNCH = ("S1 S57", shipped.test_download_finishes_while_app_is_dead_and_relaunches_it)
RESUME = ("S56", shipped.test_download_finishes_while_app_is_suspended_and_resumes_it)
OPEN = ("S9", shipped.test_opening_the_app_while_it_downloads_finds_the_task_and_starts_no_second)
ORPHAN = ("S10", shipped.test_a_finished_download_is_never_orphaned)
LEFT_ALONE = ("left alone", stories.is_left_alone)
NOT_TO_BE_WOKEN = ("woken where it must not be", stories.is_not_to_be_woken)
ENDED = ("ended by the harness", stories.is_ended)
NEVER_ASLEEP = ("kept in the foreground", stories.is_never_asleep)

_F, _V, _U = Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE
_STATE, _WAKE, _CALLBACKS = ClaimKind.STATE, ClaimKind.WAKE, ClaimKind.CALLBACKS
_ABSENCE, _EXIT = ClaimKind.ABSENCE, ClaimKind.EXIT

# fmt: off
ROWS = (
    # The app does everything right, and nothing goes wrong.
    Row(*RELAUNCH, "correct"),
    Row(*RESUME, "correct"),
    Row(*OPEN, "correct"),
    Row(*ORPHAN, "correct"),
    # What only goes wrong after a relaunch does no harm to a process that still has its session open.
    Row(*RESUME, "forgetful"),
    Row(*RESUME, "mistaken"),
    Row(*OPEN, "forgetful"),
    Row(*OPEN, "mistaken"),
    # The app is wrong; iOS woke it all the same.
    Row(*RELAUNCH, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RELAUNCH, "mistaken", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RELAUNCH, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*RELAUNCH, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*RELAUNCH, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(*ORPHAN, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*ORPHAN, "mistaken", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*ORPHAN, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*ORPHAN, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*ORPHAN, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(*RESUME, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*RESUME, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*RESUME, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(*OPEN, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*OPEN, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    # The experiment is not what it claims to be, whatever the app does.
    Row(*RELAUNCH, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*RESUME, "forgetful", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*RELAUNCH, "correct", when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*RELAUNCH, "forgetful", when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*RELAUNCH, "correct", when.RUNNING_AT_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*RELAUNCH, "correct", when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*RELAUNCH, "correct", when.EXITED, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*RELAUNCH, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*RELAUNCH, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*RELAUNCH, "forgetful", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*RESUME, "correct", when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(*RESUME, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    # One source is lost; the others prove it all the same, and the verdict owns up to the gap.
    Row(*RELAUNCH, "correct", when.LOG_CUT),
    Row(*RELAUNCH, "correct", when.STATES_CUT),
    Row(*RELAUNCH, "correct", when.JOURNAL_CUT),
    Row(*RESUME, "correct", when.LOG_CUT),
    Row(*RESUME, "correct", when.STATES_CUT),
    Row(*RELAUNCH, "forgetful", when.LOG_CUT, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RELAUNCH, "forgetful", when.STATES_CUT, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RELAUNCH, "ungrateful", when.LOG_CUT, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*RELAUNCH, "ungrateful", when.STATES_CUT, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(*RELAUNCH, "forgetful", when.PHONE_CUT, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*OPEN, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(*ORPHAN, "correct", when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(*ORPHAN, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    # Claims that nothing happens, and claims about ends.
    Row(*LEFT_ALONE, "correct", reason=Reason.NOT_WOKEN_UNEXPLAINED),
    Row(*LEFT_ALONE, "correct", when.OPENED_AFTER_KILL, _ABSENCE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*NOT_TO_BE_WOKEN, "correct", when.NOTHING, _ABSENCE, _F, Reason.WOKEN_UNEXPECTEDLY),
    Row(*NOT_TO_BE_WOKEN, "forgetful", when.NOTHING, _ABSENCE, _F, Reason.WOKEN_UNEXPECTEDLY),
    Row(*NOT_TO_BE_WOKEN, "correct", when.LEFTOVER_ONLY, _ABSENCE, _U, Reason.INCONCLUSIVE_OTHER_WAKE),
    Row(*ENDED, "correct", reason=Reason.PASS_EXITED),
    Row(*ENDED, "correct", when.SWIPED_AWAY, _EXIT, _V, Reason.KILLED_USER),
    Row(*ENDED, "correct", when.EXITED, _EXIT, _F, Reason.EXIT_OTHER_CAUSE),
    Row(*NEVER_ASLEEP, "correct", when.NOTHING, _STATE, _F, Reason.NEVER_SUSPENDED),
    # What would decide it is lost.
    Row(*RELAUNCH, "correct", when.PHONE_CUT, _CALLBACKS, _U, Reason.INCONCLUSIVE_GAP),
    Row(*RESUME, "correct", when.PHONE_CUT, _CALLBACKS, _U, Reason.INCONCLUSIVE_GAP),
    Row(*RELAUNCH, "correct", when.ALL_CUT_BRIEFLY, _CALLBACKS, _U, Reason.INCONCLUSIVE_GAP),
    Row(*RESUME, "correct", when.ALL_CUT_BRIEFLY, _CALLBACKS, _U, Reason.INCONCLUSIVE_GAP),
    Row(*RELAUNCH, "forgetful", when.JOURNAL_CUT, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*RELAUNCH, "ungrateful", when.JOURNAL_CUT, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*RELAUNCH, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*RELAUNCH, "forgetful", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*RESUME, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*OPEN, "correct", when.ALL_CUT, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(*ORPHAN, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    # An earlier test's transfer changes nothing, unless it alone explains the wake.
    Row(*RELAUNCH, "correct", when.LEFTOVER_LAST),
    Row(*RELAUNCH, "correct", when.LEFTOVER_FIRST),
    Row(*RELAUNCH, "forgetful", when.LEFTOVER_LAST, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RELAUNCH, "confused", when.LEFTOVER_FIRST, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(*RELAUNCH, "correct", when.LEFTOVER_ONLY, _WAKE, _U, Reason.INCONCLUSIVE_OTHER_WAKE),
    Row(*RESUME, "correct", when.LEFTOVER_LAST),
    Row(*RESUME, "correct", when.LEFTOVER_FIRST, _WAKE, _U, Reason.INCONCLUSIVE_OTHER_WAKE),
    Row(*RESUME, "correct", when.LEFTOVER_ONLY, _WAKE, _U, Reason.INCONCLUSIVE_OTHER_WAKE),
    Row(*RELAUNCH, "correct", when.LEFTOVER),
    Row(*RELAUNCH, "forgetful", when.LEFTOVER, _CALLBACKS, _F, Reason.ORPHANED),
    Row(*RESUME, "correct", when.LEFTOVER),
    Row(*OPEN, "correct", when.LEFTOVER),
    Row(*ORPHAN, "correct", when.LEFTOVER),
)
# fmt: on
