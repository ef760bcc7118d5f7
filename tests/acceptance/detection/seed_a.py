"""Background downloads that seed A tells of: S2 to S12."""

from __future__ import annotations

from harness.model.reasons import ClaimKind, Outcome, Reason
from harness.scenarios import test_debugger
from tests.acceptance import conditions as when
from tests.acceptance.detection.row import Row

DEBUGGED = ("S2", test_debugger.test_a_debugged_app_is_never_suspended_and_the_harness_says_so)

_F, _V, _U = Outcome.FAILED, Outcome.INVALID, Outcome.INCONCLUSIVE
_WAKE = ClaimKind.WAKE

# fmt: off
ROWS: tuple[Row, ...] = (
    Row(*DEBUGGED, reason=Reason.PASS_RELAUNCHED),
    Row(*DEBUGGED, "unwoken", when.NOTHING, _WAKE, _F, Reason.NOT_WOKEN_LAUNCH_EVENTS_OFF),
    Row(*DEBUGGED, "correct", when.OPENED_AFTER_KILL, _WAKE, _V, Reason.INVALID_FOREGROUNDED),
    Row(*DEBUGGED, "correct", when.ALL_CUT, _WAKE, _U, Reason.INCONCLUSIVE_GAP),
    Row(*DEBUGGED, "correct", when.LEFTOVER, reason=Reason.PASS_RELAUNCHED),
)
# fmt: on
