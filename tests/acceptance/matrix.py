"""What must come of each story, with each app, under each condition."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.reasons import ClaimKind, Outcome, Reason
from tests.acceptance import conditions as when
from tests.acceptance.stage import Condition

RELAUNCH = "relaunch"
RESUME = "resume"
OPEN = "open while downloading"
ORPHAN = "orphan check"

_P, _F, _V, _U = Outcome.PASSED, Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE
_STATE, _WAKE, _CALLBACKS, _TRANSFER = (
    ClaimKind.STATE,
    ClaimKind.WAKE,
    ClaimKind.CALLBACKS,
    ClaimKind.TRANSFER,
)


@dataclass(frozen=True)
class Row:
    """One experiment, and what must come of it.

    Attributes:
        story: which of the shipped stories.
        variant: which app.
        condition: what goes wrong besides.
        at: the kind of claim at which the story ends; all before it passed.
        outcome: the verdict there.
        reason: its reason.
    """

    story: str
    variant: str
    condition: Condition
    at: ClaimKind
    outcome: Outcome
    reason: Reason

    def __str__(self) -> str:
        return f"{self.story}: {self.variant}, {self.condition}"


# fmt: off
MATRIX = (
    # The app does everything right, and nothing goes wrong.
    Row(RELAUNCH, "correct", when.NOTHING, _TRANSFER, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(RESUME, "correct", when.NOTHING, _CALLBACKS, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(OPEN, "correct", when.NOTHING, _TRANSFER, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(ORPHAN, "correct", when.NOTHING, _CALLBACKS, _P, Reason.PASS_CLAIMS_PROVEN),
    # The app is wrong; iOS woke it all the same.
    Row(RELAUNCH, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(RELAUNCH, "mistaken", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(RELAUNCH, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(RELAUNCH, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(RELAUNCH, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(ORPHAN, "forgetful", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(ORPHAN, "mistaken", when.NOTHING, _CALLBACKS, _F, Reason.ORPHANED),
    Row(ORPHAN, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(ORPHAN, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(ORPHAN, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(RESUME, "forgetful", when.NOTHING, _CALLBACKS, _P, Reason.PASS_CLAIMS_PROVEN),  # it still has it open
    Row(RESUME, "ungrateful", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_MISSING_COMPLETION_HANDLER),
    Row(RESUME, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(RESUME, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    Row(OPEN, "confused", when.NOTHING, _CALLBACKS, _F, Reason.CALLBACK_WRONG_SESSION),
    Row(OPEN, "crashing", when.NOTHING, _CALLBACKS, _F, Reason.KILLED_CRASH),
    # The experiment is not what it claims to be, whatever the app does.
    Row(RELAUNCH, "correct", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(RESUME, "forgetful", when.DEBUGGED, _STATE, _V, Reason.INVALID_DEBUGGER),
    Row(RELAUNCH, "correct", when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(RELAUNCH, "forgetful", when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(RELAUNCH, "correct", when.RUNNING_AT_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(RELAUNCH, "correct", when.SWIPED_AWAY, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(RELAUNCH, "correct", when.EXITED, _WAKE, _V, Reason.INVALID_WRONG_EXIT_CODE),
    Row(RELAUNCH, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(RELAUNCH, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(RELAUNCH, "forgetful", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(RESUME, "correct", when.OPENED_BEFORE_KILL, _WAKE, _V, Reason.INVALID_NOT_SUSPENDED),
    Row(RESUME, "correct", when.OPENED_IN_WINDOW, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    # One source is lost; the others prove it all the same, and the verdict owns up to the gap.
    Row(RELAUNCH, "correct", when.LOG_CUT, _TRANSFER, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(RELAUNCH, "correct", when.STATES_CUT, _TRANSFER, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(RELAUNCH, "correct", when.JOURNAL_CUT, _TRANSFER, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(RESUME, "correct", when.LOG_CUT, _CALLBACKS, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(RESUME, "correct", when.STATES_CUT, _CALLBACKS, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(RELAUNCH, "forgetful", when.LOG_CUT, _CALLBACKS, _F, Reason.ORPHANED),
    Row(RELAUNCH, "forgetful", when.STATES_CUT, _CALLBACKS, _F, Reason.ORPHANED),
    # What would decide it is lost.
    Row(RELAUNCH, "forgetful", when.JOURNAL_CUT, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(RELAUNCH, "ungrateful", when.JOURNAL_CUT, _CALLBACKS, _U, Reason.INCONCLUSIVE_DEADLINE),
    Row(RELAUNCH, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(RELAUNCH, "forgetful", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(RESUME, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    # An earlier test's transfer changes nothing.
    Row(RELAUNCH, "correct", when.LEFTOVER_TOO, _TRANSFER, _P, Reason.PASS_CLAIMS_PROVEN),
    Row(RELAUNCH, "forgetful", when.LEFTOVER_TOO, _CALLBACKS, _F, Reason.ORPHANED),
    Row(RESUME, "correct", when.LEFTOVER_TOO, _CALLBACKS, _P, Reason.PASS_CLAIMS_PROVEN),
)
# fmt: on
