"""How a process ended, as a reason: the app's doing, the user's, or the system's own."""

from __future__ import annotations

from harness.evidence.view import Evidence
from harness.expect.exits import cause_of
from harness.expect.lives import lives_of
from harness.model.exits import WATCHDOGS, ExitCause, ExitStory
from harness.model.facts import AppFact, EvidenceClass, StateSeen
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


def reason_of(story: ExitStory) -> Reason | None:
    """Why a process ended, as a reason.

    Returns:
        ``None`` for a process that is not known to have ended, or that has itself to blame without more;
        that evidence is missing for one whose cause is open, so that nobody is blamed for it.
    """
    if not story.ended:
        return None
    return Reason.INCONCLUSIVE_GAP if story.cause is ExitCause.UNKNOWN else REASON_OF.get(story.cause)


def exits_of(
    evidence: Evidence, bundle_id: str, *, pid: int = 0, since_s: float | None, until_s: float
) -> tuple[ExitStory, ...]:
    """The ends of an app's processes that lie, or may lie, in a stretch of phone time, in order.

    Args:
        evidence: what is known.
        bundle_id: the app.
        pid: the one process to look at; 0 for all.
        since_s: from when on; ``None`` for the beginning.
        until_s: up to when.
    """
    facts = evidence.of_app(AppFact, bundle_id, until_s=until_s)
    pids = (pid,) if pid else tuple(dict.fromkeys(fact.pid for fact in facts if fact.pid))
    lives = [life for one in pids for life in lives_of(evidence, bundle_id, one)]
    stories = [cause_of(evidence, bundle_id, life.pid, life) for life in lives]
    ended = [(story.at, story) for story in stories if story.at]
    inside = [
        (at, story)
        for at, story in ended
        if at.earliest_s <= until_s and (since_s is None or at.latest_s >= since_s)
    ]
    return tuple(story for _, story in sorted(inside, key=lambda each: each[0]))


def ended_while_running(evidence: Evidence, story: ExitStory) -> bool:
    """Whether the phone showed the process running code when it ended, rather than suspended."""
    if story.at is None:
        return False
    states = [
        fact
        for fact in evidence.of_app(StateSeen, story.bundle_id, until_s=story.at.latest_s)
        if fact.pid == story.pid and fact.witness is EvidenceClass.PHONE and fact.at.surely_before(story.at)
    ]
    return bool(states) and states[-1].state.runs_code
