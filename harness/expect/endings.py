"""How a process ended, as a reason: the app's doing, the user's, or the system's own."""

from __future__ import annotations

from harness.evidence.view import Evidence
from harness.expect.exit_table import ROWS, row_for
from harness.expect.exits import cause_of
from harness.model.exits import WATCHDOGS, ExitCause, domain_of
from harness.model.facts import EvidenceClass, Fact, ProcessEnded, StateSeen
from harness.model.reasons import Reason

REASON_OF: dict[ExitCause, Reason] = {
    ExitCause.OUR_KILL: Reason.KILLED_SIGNAL,
    ExitCause.OTHER_SIGNAL: Reason.KILLED_SIGNAL,
    ExitCause.JETSAM: Reason.KILLED_JETSAM,
    ExitCause.WATCHDOG: Reason.KILLED_WATCHDOG,
    **dict.fromkeys(WATCHDOGS, Reason.KILLED_WATCHDOG),
    ExitCause.CRASH: Reason.KILLED_CRASH,
    ExitCause.USER_FORCE_QUIT: Reason.KILLED_USER,
    ExitCause.AUTOMATION: Reason.KILLED_AUTOMATION,
    ExitCause.UPDATE: Reason.KILLED_REPLACED,
    ExitCause.REPLACED: Reason.KILLED_REPLACED,
    ExitCause.THERMAL: Reason.KILLED_THERMAL,
    ExitCause.LOCK_HELD: Reason.KILLED_LOCK,
    ExitCause.VOIP: Reason.KILLED_VOIP,
}
"""Cause -> reason; an exit that the process chose itself, and one nobody can explain, are none."""


def reason_of_end(end: ProcessEnded) -> Reason | None:
    """What one record of an end means by itself; ``None`` for an end that the process chose itself.

    Whose signal it was, and what other evidence says, only ``cause_of`` tells.
    """
    row = row_for(ROWS, domain_of(end.domain), end.code, end.explanation)
    if row is None:
        return None
    return REASON_OF.get(row.says) if row.says else _signalled(end)


def _signalled(end: ProcessEnded) -> Reason | None:
    return Reason.KILLED_SIGNAL if end.domain == "signal" else None


def reason_of_exit(evidence: Evidence, bundle_id: str, pid: int) -> tuple[Reason, Fact] | None:
    """Why a process ended, by all that is known of it, and the fact that says so best.

    Returns:
        ``None`` for a process that is not known to have ended, that chose its end, or whose cause is open.
    """
    story = cause_of(evidence, bundle_id, pid)
    reason = REASON_OF.get(story.cause)
    return (reason, story.facts[0]) if reason and story.facts else None


def end_of(evidence: Evidence, bundle_id: str, pid: int, until_s: float) -> ProcessEnded | None:
    """The end of a process, up to a moment."""
    ends = evidence.of_app(ProcessEnded, bundle_id, until_s=until_s)
    return next((end for end in ends if end.pid == pid), None)


def ended_while_running(evidence: Evidence, end: ProcessEnded) -> bool:
    """Whether the phone showed the process running code when it ended, rather than suspended."""
    states = [
        fact
        for fact in evidence.of_app(StateSeen, end.bundle_id, until_s=end.at.latest_s)
        if fact.pid == end.pid and fact.witness is EvidenceClass.PHONE and fact.at.surely_before(end.at)
    ]
    return bool(states) and states[-1].state.runs_code
