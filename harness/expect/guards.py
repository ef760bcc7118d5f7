"""Guards: that an experiment is what it claims to be.

Each returns one finding. Only what is proven false makes an experiment invalid; what nothing can
speak for is unknown, and the verdict then inconclusive.
"""

from __future__ import annotations

from harness.evidence.view import Evidence
from harness.model.facts import (
    ActionTaken,
    AppFact,
    Bootstrapped,
    CallbackSeen,
    DebuggerSeen,
    EvidenceClass,
    Fact,
    ProcessAbsent,
    ProcessEnded,
    Source,
    StateSeen,
    Verb,
)
from harness.model.reasons import Reason
from harness.model.states import AppState
from harness.model.time import Instant
from harness.model.verdict import Finding, false, true, unknown

NO_DEBUGGER = "no debugger was attached"
KILL_WAS_RIGHT = "the process was ended the way the system ends a suspended app"
NOT_FOREGROUNDED = "nobody brought the app to the foreground"
WAS_SUSPENDED = "the app was suspended when the window began"

STATE_SOURCES = (Source.STATE_STREAM, Source.SYSTEM_LOG)
"""Either of them, watched without loss, tells every change of an app's state."""


def no_debugger(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> Finding:
    """No debugger was attached to the app in ``[from_s, to_s]``.

    Rests on debugserver's attach lines or presence, on the traced flag in the app's journal, and on
    suspension reached: iOS never suspends a debugged app (background-execution.md §1.5).
    """
    attached = _attached(evidence, bundle_id, from_s, to_s)
    suspended = _suspensions(evidence, bundle_id, from_s, to_s)
    if suspended and all(fact.at.surely_before(suspended[-1].at) for fact in attached):
        return true(NO_DEBUGGER, suspended[-1], note="it was suspended, which no debugged app is")
    if attached:
        return false(NO_DEBUGGER, Reason.INVALID_DEBUGGER, *attached)
    untraced = evidence.of_app(CallbackSeen, bundle_id, since_s=from_s, until_s=to_s)
    if untraced:
        return true(NO_DEBUGGER, untraced[-1], note="the app itself says it was not traced")
    if evidence.covers(Source.PROCESS_LIST, from_s, to_s):
        return true(NO_DEBUGGER, note="no debugserver in the process list")
    return unknown(NO_DEBUGGER, Reason.INCONCLUSIVE_GAP, gaps=evidence.lost_by_any(from_s, to_s))


def _attached(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> tuple[Fact, ...]:
    pids = pids_of(evidence, bundle_id) | {0}
    debugger: list[DebuggerSeen] = []
    for seen in evidence.of(DebuggerSeen, until_s=to_s):
        if seen.pid not in pids:
            continue
        # What was attached before the window counts unless it was gone again before it.
        debugger = [known for known in debugger if seen.attached or known.at.latest_s >= from_s]
        if seen.attached:
            debugger.append(seen)
    traced = [
        fact for fact in evidence.of_app(CallbackSeen, bundle_id, since_s=from_s, until_s=to_s) if fact.traced
    ]
    return (*debugger, *traced)


def pids_of(evidence: Evidence, bundle_id: str, *, before: Instant | None = None) -> frozenset[int]:
    """Every pid that any fact gives the app, optionally only facts surely before an instant."""
    facts = evidence.of_app(AppFact, bundle_id)
    return frozenset(
        fact.pid for fact in facts if fact.pid and (before is None or fact.at.surely_before(before))
    )


def _suspensions(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> tuple[StateSeen, ...]:
    states = evidence.of_app(StateSeen, bundle_id, since_s=from_s, until_s=to_s)
    return tuple(fact for fact in states if fact.state is AppState.SUSPENDED)


def last_suspension(evidence: Evidence, bundle_id: str, until_s: float) -> StateSeen | None:
    """The last time, up to a moment, that the phone showed the app suspended."""
    states = _suspensions(evidence, bundle_id, 0.0, until_s)
    shown = [fact for fact in states if fact.witness is EvidenceClass.PHONE]
    return shown[-1] if shown else None


def last_kill(evidence: Evidence, bundle_id: str, until_s: float) -> ActionTaken | None:
    """The harness's last kill of the app at or before a moment."""
    actions = evidence.of_app(ActionTaken, bundle_id, until_s=until_s)
    kills = [action for action in actions if action.verb is Verb.KILL]
    return kills[-1] if kills else None


def last_launch(evidence: Evidence, bundle_id: str, until_s: float) -> ActionTaken | None:
    """The harness's last launch of the app at or before a moment."""
    actions = evidence.of_app(ActionTaken, bundle_id, until_s=until_s)
    launches = [action for action in actions if action.verb is Verb.LAUNCH]
    return launches[-1] if launches else None


def kill_was_right(evidence: Evidence, kill: ActionTaken) -> Finding:
    """The process ended by our SIGKILL, or by jetsam, while it was suspended.

    The state is read at the instant of the signal, not from the last wait.
    """
    ends = [end for end in evidence.of_app(ProcessEnded, kill.bundle_id) if end.pid == kill.pid]
    wrong = [end for end in ends if not end.is_system_like]
    if wrong:
        return false(KILL_WAS_RIGHT, Reason.INVALID_WRONG_EXIT_CODE, wrong[0], kill)
    suspended = _suspended_at(evidence, kill)
    if suspended.reason is not None:
        return suspended
    gone = ends or _gone_after(evidence, kill)
    if gone:
        return true(KILL_WAS_RIGHT, *suspended.facts, kill, gone[0])
    lost = evidence.lost_by_any(kill.at.earliest_s, kill.at.latest_s)
    return unknown(
        KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, kill, gaps=lost, note="nothing shows the process gone"
    )


def _suspended_at(evidence: Evidence, kill: ActionTaken) -> Finding:
    states = [
        fact
        for fact in evidence.of_app(StateSeen, kill.bundle_id, until_s=kill.at.latest_s)
        if fact.witness is EvidenceClass.PHONE and fact.state is not AppState.NOT_RUNNING
    ]
    if not states:
        return unknown(
            KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, kill, note="no source tells its state at the signal"
        )
    last = states[-1]
    if last.state is not AppState.SUSPENDED:
        sure = last.at.surely_before(kill.at)
        say = false if sure else unknown
        reason = Reason.INVALID_NOT_SUSPENDED if sure else Reason.INCONCLUSIVE_GAP
        return say(KILL_WAS_RIGHT, reason, last, kill, note=f"it was {last.state} at the signal")
    if not any(evidence.covers(source, last.at.latest_s, kill.at.earliest_s) for source in STATE_SOURCES):
        gaps = evidence.lost_by_any(last.at.earliest_s, kill.at.latest_s)
        note = "it may have been resumed before the signal"
        return unknown(KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, last, kill, gaps=gaps, note=note)
    return true(KILL_WAS_RIGHT, last)


def _gone_after(evidence: Evidence, kill: ActionTaken) -> list[AppFact]:
    after = evidence.of_app(AppFact, kill.bundle_id, since_s=kill.at.earliest_s)
    return [
        fact
        for fact in after
        if isinstance(fact, ProcessAbsent)
        or (isinstance(fact, StateSeen) and fact.state is AppState.NOT_RUNNING and fact.pid in (0, kill.pid))
    ]


def not_foregrounded(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> Finding:
    """Nobody, the harness least of all, brought the app to the foreground in ``[from_s, to_s]``."""
    seen = _foregrounding(evidence, bundle_id, from_s, to_s)
    if seen:
        ours = any(isinstance(fact, ActionTaken) for fact in seen)
        who = "the harness launched it" if ours else "somebody opened it: an icon, a notification or a link"
        return false(NOT_FOREGROUNDED, Reason.INVALID_FOREGROUNDED, *seen, note=who)
    if any(evidence.covers(source, from_s, to_s) for source in STATE_SOURCES):
        return true(NOT_FOREGROUNDED)
    lines = evidence.of_app(CallbackSeen, bundle_id, since_s=from_s, until_s=to_s)
    if lines and evidence.covers(Source.JOURNAL, from_s, to_s):
        return true(NOT_FOREGROUNDED, lines[-1], note="the app's own lines all say background")
    gaps = evidence.lost_by_any(from_s, to_s)
    return unknown(NOT_FOREGROUNDED, Reason.INCONCLUSIVE_GAP, gaps=gaps)


def _foregrounding(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> tuple[Fact, ...]:
    def is_foregrounding(fact: AppFact) -> bool:
        match fact:
            case StateSeen(state=state):
                return state.is_foreground
            case Bootstrapped(intent=intent):
                return intent.startswith("foreground")
            case ActionTaken(verb=verb):
                return verb is Verb.LAUNCH
            case CallbackSeen(app_state=state):
                return state == "active"
            case _:
                return False

    # A fact that merely may lie in the window is no proof; the launch before it ends at its edge.
    window = evidence.of_app(AppFact, bundle_id, since_s=from_s, until_s=to_s)
    return tuple(fact for fact in window if fact.at.earliest_s >= from_s and is_foregrounding(fact))


def was_suspended(evidence: Evidence, bundle_id: str, at: Instant) -> Finding:
    """The app was suspended at an instant, such as the one in which a transfer was released."""
    states = [
        fact
        for fact in evidence.of_app(StateSeen, bundle_id, until_s=at.latest_s)
        if fact.witness is EvidenceClass.PHONE and fact.at.earliest_s <= at.earliest_s
    ]
    if not states:
        gaps = evidence.lost_by_any(0.0, at.latest_s)
        return unknown(WAS_SUSPENDED, Reason.INCONCLUSIVE_GAP, gaps=gaps, note="no source tells its state")
    last = states[-1]
    if last.state is not AppState.SUSPENDED:
        return false(WAS_SUSPENDED, Reason.INVALID_NOT_SUSPENDED, last, note=f"it was {last.state}")
    if any(evidence.covers(source, last.at.latest_s, at.earliest_s) for source in STATE_SOURCES):
        return true(WAS_SUSPENDED, last)
    gaps = evidence.lost_by_any(last.at.earliest_s, at.latest_s)
    return unknown(WAS_SUSPENDED, Reason.INCONCLUSIVE_GAP, last, gaps=gaps)
