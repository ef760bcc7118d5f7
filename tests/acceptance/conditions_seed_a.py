"""What can go wrong in the stories of seed A, beside what can in any."""

from __future__ import annotations

from tests.acceptance.conditions import BOTH, attach_debugger, cut, cut_at
from tests.acceptance.cuts import Line
from tests.acceptance.stage import Condition, Moment

RETRIES_S = 3600.0
"""Longer than the windows of stories in which iOS has to ask again."""

DEBUGGED_AT_ONCE = Condition("a debugger is attached at once", {Moment.LAUNCHED: attach_debugger})
ALL_CUT_LONG = Condition(
    "every line cut for an hour", {Moment.RELEASED: cut(*Line, for_s=RETRIES_S)}, loses=BOTH
)
ALL_CUT_TOLD = cut_at(Moment.TOLD, *Line)
ALL_CUT_ASLEEP = cut_at(Moment.SUSPENDED, *Line)
ALL_CUT_OFFLINE = cut_at(Moment.CHANGED, *Line)
ENDS_CUT = cut_at(Moment.LAUNCHED, Line.STATES, Line.LOG, Line.PROCESSES, Line.EXITS, Line.REPORTS)
