"""Guards: that an experiment is what it claims to be.

Each returns one finding. Only what is proven false makes an experiment invalid; what nothing can
speak for is unknown, and the verdict then inconclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from harness.evidence.view import Evidence
from harness.expect.deeds import OPENED
from harness.expect.exits import cause_of
from harness.expect.lives import life_at
from harness.model.exits import ExitCause
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
    ProcessSeen,
    ReportFound,
    Source,
    StateSeen,
    Verb,
)
from harness.model.reasons import Reason
from harness.model.states import AppState
from harness.model.time import Instant
from harness.model.verdict import Finding, Truth, false, true, unknown

NO_DEBUGGER = "no debugger was attached"
KILL_WAS_RIGHT = "the process was ended the way the system ends a suspended app"
NOT_FOREGROUNDED = "nobody brought the app to the foreground"
WAS_SUSPENDED = "the app was suspended when the window began"
WAS_NOT_RUNNING = "no code of the app ran when the window began"

STATE_SOURCES = (Source.STATE_STREAM, Source.SYSTEM_LOG)
"""Either of them, watched without loss, tells every change of an app's state."""


def no_debugger(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> Finding:
    """No debugger was attached to the app in ``[from_s, to_s]``.

    Rests on debugserver's attach lines or presence, on the harness's own acts, on the traced flag in the
    app's journal, and on suspension reached: iOS never suspends a debugged app
    (background-execution.md §1.5). What was attached, and let go before a suspension, did no harm.
    """
    attached = _attached(evidence, bundle_id, from_s, to_s)
    suspended = _suspensions(evidence, bundle_id, from_s, to_s)
    if suspended and all(hold.began_before(suspended[-1].at) for hold in attached):
        return true(NO_DEBUGGER, suspended[-1], note="it was suspended, which no debugged app is")
    facts = tuple(hold.attached for hold in attached)
    if any(hold.surely_overlaps(from_s, to_s) for hold in attached):
        return false(NO_DEBUGGER, Reason.INVALID_DEBUGGER, *facts)
    if attached:
        note = "whether it was still attached when the experiment began, or already, cannot be told"
        return unknown(NO_DEBUGGER, Reason.INCONCLUSIVE_ORDER, *facts, note=note)
    lines = evidence.of_app(CallbackSeen, bundle_id, until_s=to_s)
    # Its last line may be older than an attach, which then stands in the log. Nothing attaches within what
    # is rounded of the line's time, and a log may be watched from that very instant on.
    if lines and evidence.covers(Source.SYSTEM_LOG, lines[-1].at.latest_s, to_s):
        return true(NO_DEBUGGER, lines[-1], note="the app says it was not traced, and no debugserver came")
    return unknown(NO_DEBUGGER, Reason.INCONCLUSIVE_GAP, gaps=evidence.lost_by_any(from_s, to_s))


@dataclass(frozen=True)
class _Hold:
    """A debugger's hold on the app, from what shows it attached to what shows it gone.

    A line of the app that says it is traced is a hold of that moment. One that is not sure was tried for,
    or tried to be ended, and no answer told what came of it.
    """

    attached: Fact
    gone: Instant | None = None
    is_sure: bool = True

    def began_before(self, at: Instant) -> bool:
        return self.attached.at.surely_before(at)

    def surely_overlaps(self, from_s: float, to_s: float) -> bool:
        began_in_time = self.attached.at.latest_s <= to_s
        lasts = self.gone is None or self.gone.earliest_s >= from_s
        return self.is_sure and began_in_time and lasts

    def may_overlap(self, from_s: float) -> bool:
        return self.gone is None or self.gone.latest_s >= from_s


def _attached(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> tuple[_Hold, ...]:
    """The holds that may have lasted into ``[from_s, to_s]``, each with its end where one is shown."""
    pids = pids_of(evidence, bundle_id) | {0}
    held: list[_Hold] = []
    for fact in evidence.of(Fact, until_s=to_s):
        match fact:
            case DebuggerSeen(pid=pid, attached=True) if pid in pids:
                held.append(_Hold(fact))
            case ActionTaken(done=False):
                pass
            case ActionTaken(bundle_id=whose, verb=Verb.ATTACH_DEBUGGER) if whose == bundle_id:
                held.append(_Hold(fact, is_sure=fact.done is True))
            case DebuggerSeen(pid=pid, attached=False) if pid in pids:
                held = [_ended(hold, fact) for hold in held]
            case ActionTaken(bundle_id=whose, verb=Verb.DETACH_DEBUGGER) if whose == bundle_id:
                ended = _ended if fact.done else partial(_perhaps_ended, from_s=from_s)
                held = [ended(hold, fact) for hold in held]
            case CallbackSeen(bundle_id=whose, traced=True) if whose == bundle_id:
                held.append(_Hold(fact, fact.at))
            case _:
                pass
    return tuple(hold for hold in held if hold.may_overlap(from_s))


def _ended(hold: _Hold, gone: Fact) -> _Hold:
    return hold if hold.gone else replace(hold, gone=gone.at)


def _perhaps_ended(hold: _Hold, tried: Fact, from_s: float) -> _Hold:
    """A hold that was tried to be ended: past that, nobody knows; what lasted into the window did so."""
    return replace(hold, is_sure=False) if tried.at.earliest_s < from_s else hold


def pids_of(evidence: Evidence, bundle_id: str) -> frozenset[int]:
    """Every pid that any fact gives the app."""
    return frozenset(fact.pid for fact in evidence.of_app(AppFact, bundle_id) if fact.pid)


def _suspensions(evidence: Evidence, bundle_id: str, from_s: float, to_s: float) -> tuple[StateSeen, ...]:
    states = evidence.of_app(StateSeen, bundle_id, since_s=from_s, until_s=to_s)
    return tuple(fact for fact in states if fact.state is AppState.SUSPENDED)


def last_suspension(evidence: Evidence, bundle_id: str, until_s: float) -> StateSeen | None:
    """The last time, up to a moment, that the phone showed the app suspended."""
    states = _suspensions(evidence, bundle_id, 0.0, until_s)
    shown = [fact for fact in states if fact.witness is EvidenceClass.PHONE]
    return shown[-1] if shown else None


def last_kill(evidence: Evidence, bundle_id: str, until_s: float) -> ActionTaken | None:
    """The harness's last kill of the app at or before a moment, unless it launched the app again since.

    A kill that may have been delivered is one; a launch that may have been made ends nothing.
    """
    actions = evidence.of_app(ActionTaken, bundle_id, until_s=until_s)
    turns = [
        action
        for action in actions
        if (action.verb is Verb.KILL and action.done is not False) or (action.verb in OPENED and action.done)
    ]
    return turns[-1] if turns and turns[-1].verb is Verb.KILL else None


def last_launch(evidence: Evidence, bundle_id: str, until_s: float) -> ActionTaken | None:
    """The harness's last launch of the app, or tap on its icon, at or before a moment."""
    actions = evidence.of_app(ActionTaken, bundle_id, until_s=until_s)
    launches = [action for action in actions if action.verb in OPENED and action.done]
    return launches[-1] if launches else None


def kill_was_right(evidence: Evidence, kill: ActionTaken) -> Finding:
    """The process ended by our SIGKILL, or by jetsam, while it was suspended.

    The state is read at the instant of the signal, not from the last wait. Where nothing tells how it ended,
    a process that was suspended then, and gone only afterwards, ended of the signal.
    """
    killed = life_at(evidence, kill.bundle_id, kill.pid, kill.at)
    end = cause_of(evidence, kill.bundle_id, kill.pid, killed)
    told = tuple(said.fact for said in end.testimony if isinstance(said.fact, (ProcessEnded, ReportFound)))
    if end.cause not in (*RIGHT_CAUSES, ExitCause.UNKNOWN):
        note = f"it ended by {end.cause}"
        return false(KILL_WAS_RIGHT, Reason.INVALID_WRONG_EXIT_CODE, *told[:2], kill, note=note)
    if kill.done is None:
        note = "no answer told whether and when the signal was delivered"
        return unknown(KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, *told[:2], kill, gaps=end.gaps, note=note)
    suspended = _suspended_at(evidence, kill)
    if suspended.reason is not None:
        return suspended
    if end.cause in RIGHT_CAUSES:
        return true(KILL_WAS_RIGHT, *suspended.facts, kill, *told[:1])
    if any(fact.source is not Source.PROCESS_EVENTS for fact in told):
        return unknown(KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, *told[:2], kill, gaps=end.gaps, note=end.note)
    return _gone_of_it(evidence, kill, suspended)


RIGHT_CAUSES = (ExitCause.OUR_KILL, ExitCause.JETSAM)
"""How the system ends a suspended app, and how the harness does in its place."""


def _gone_of_it(evidence: Evidence, kill: ActionTaken, suspended: Finding) -> Finding:
    """That the process was gone only after the signal; nothing tells how it ended."""
    early = _gone_before(evidence, kill)
    if early:
        note = "it was gone before the signal, and nothing tells how it ended"
        return unknown(KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, early[0], kill, note=note)
    gone = _gone_after(evidence, kill)
    if gone:
        return true(KILL_WAS_RIGHT, *suspended.facts, kill, gone[0])
    lost = evidence.lost_by_any(kill.at.earliest_s, kill.at.latest_s)
    return unknown(
        KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, kill, gaps=lost, note="nothing shows the process gone"
    )


def _suspended_at(evidence: Evidence, kill: ActionTaken) -> Finding:
    states = [
        fact
        for fact in _phone_states(evidence, kill.bundle_id, kill.at.latest_s)
        if fact.pid in (0, kill.pid) and fact.state is not AppState.NOT_RUNNING
    ]
    if not states:
        note = "no source tells its state at the signal"
        return unknown(KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, kill, note=note)
    last = last_states(states)
    if not _watched_since(evidence, last[-1], kill.at.latest_s):
        gaps = evidence.lost_by_any(last[-1].at.earliest_s, kill.at.latest_s)
        note = "its state may have changed before the signal"
        return unknown(KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, *last, kill, gaps=gaps, note=note)
    if all(fact.state is AppState.SUSPENDED for fact in last):
        return true(KILL_WAS_RIGHT, *last)
    note = f"it was {' or '.join(dict.fromkeys(fact.state for fact in last))} at the signal"
    awake = all(fact.state is not AppState.SUSPENDED and fact.at.surely_before(kill.at) for fact in last)
    if awake:
        return false(KILL_WAS_RIGHT, Reason.INVALID_NOT_SUSPENDED, *last, kill, note=note)
    return unknown(KILL_WAS_RIGHT, Reason.INCONCLUSIVE_GAP, *last, kill, note=note)


def last_states(states: list[StateSeen]) -> list[StateSeen]:
    """The last state that each source shows, without those that another source surely outdates.

    Within a source the order of arrival tells two notices of one instant apart; between sources nothing
    does. The latest of them stands last.
    """
    last = sorted({fact.source: fact for fact in states}.values(), key=lambda fact: fact.at.latest_s)
    return [fact for fact in last if not any(fact.at.surely_before(other.at) for other in last)]


def _phone_states(evidence: Evidence, bundle_id: str, until_s: float) -> list[StateSeen]:
    states = evidence.of_app(StateSeen, bundle_id, until_s=until_s)
    return [fact for fact in states if fact.witness is EvidenceClass.PHONE]


def _watched_since(evidence: Evidence, last: StateSeen, until_s: float) -> bool:
    """Whether a change of state after ``last`` and up to a moment would have been seen."""
    return any(evidence.covers(source, last.at.latest_s, until_s) for source in STATE_SOURCES)


def _gone_before(evidence: Evidence, kill: ActionTaken) -> list[StateSeen]:
    return [
        fact
        for fact in _phone_states(evidence, kill.bundle_id, kill.at.earliest_s)
        if fact.state is AppState.NOT_RUNNING and fact.pid == kill.pid and fact.at.surely_before(kill.at)
    ]


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
    around = evidence.of_app(AppFact, bundle_id, since_s=from_s, until_s=to_s)
    shown = [fact for fact in around if _is_foregrounding(fact)]
    seen = [fact for fact in shown if fact.at.earliest_s >= from_s and fact.at.latest_s <= to_s]
    if seen:
        ours = any(isinstance(fact, ActionTaken) for fact in seen)
        who = "the harness launched it" if ours else "somebody opened it: an icon, a notification or a link"
        return false(NOT_FOREGROUNDED, Reason.INVALID_FOREGROUNDED, *seen, note=who)
    # The launch before the window ends at its edge: what began before it and is over by then is not in it.
    edging = [fact for fact in shown if not isinstance(fact, ActionTaken)]
    if edging:
        note = "whether it was in the foreground within the window or just outside cannot be told"
        return unknown(NOT_FOREGROUNDED, Reason.INCONCLUSIVE_ORDER, *edging, note=note)
    if any(evidence.covers(source, from_s, to_s) for source in STATE_SOURCES):
        return true(NOT_FOREGROUNDED)
    lines = evidence.of_app(CallbackSeen, bundle_id, since_s=from_s, until_s=to_s)
    in_background = bool(lines) and all(line.app_state == "background" for line in lines)
    if in_background and evidence.covers(Source.JOURNAL, from_s, to_s):
        return true(NOT_FOREGROUNDED, lines[-1], note="the app's own lines all say background")
    gaps = evidence.lost_by_any(from_s, to_s)
    return unknown(NOT_FOREGROUNDED, Reason.INCONCLUSIVE_GAP, gaps=gaps)


def _is_foregrounding(fact: AppFact) -> bool:
    match fact:
        case StateSeen(state=state):
            return state.is_foreground
        case Bootstrapped(intent=intent):
            return intent.startswith("foreground")
        case ActionTaken(verb=verb, done=done):
            # One that may have been made shows by what the phone tells, or not at all.
            return verb in OPENED and done is True
        case CallbackSeen(app_state=state):
            return state in ("active", "inactive")
        case _:
            return False


def was_suspended(evidence: Evidence, bundle_id: str, at: Instant) -> Finding:
    """The app was suspended at an instant, such as the one in which a transfer was released."""
    return _stood(evidence, bundle_id, at, WAS_SUSPENDED, (AppState.SUSPENDED,))


def was_not_running(evidence: Evidence, bundle_id: str, at: Instant) -> Finding:
    """No code of the app ran at an instant: it was suspended, or had no process."""
    started = evidence.coverage.get(Source.STATE_STREAM)
    absent = (AppState.SUSPENDED, AppState.NOT_RUNNING)
    found = _stood(evidence, bundle_id, at, WAS_NOT_RUNNING, absent)
    # The stream begins with one notice per running app: silence about an app says it has no process.
    whole = started is not None and evidence.covers(Source.STATE_STREAM, started.from_s, at.earliest_s)
    # That notice is numbered by nobody: the process list is asked whether it is missing.
    listed = evidence.of_app(ProcessSeen, bundle_id, until_s=at.latest_s)
    if found.truth is Truth.UNKNOWN and not found.facts and listed:
        return replace(found, facts=listed[-1:], note="the process list shows it, and no source its state")
    if found.truth is Truth.UNKNOWN and not found.facts and whole:
        return true(WAS_NOT_RUNNING, note="the phone never showed it running")
    states = [fact for fact in found.facts if isinstance(fact, StateSeen)]
    if found.truth is Truth.FALSE and any(fact.state.is_foreground for fact in states):
        return replace(found, reason=Reason.INVALID_FOREGROUNDED)
    return found


def _stood(
    evidence: Evidence, bundle_id: str, at: Instant, about: str, wanted: tuple[AppState, ...]
) -> Finding:
    states = [
        fact
        for fact in _phone_states(evidence, bundle_id, at.latest_s)
        if fact.at.earliest_s <= at.earliest_s
    ]
    if not states:
        gaps = evidence.lost_by_any(0.0, at.latest_s)
        return unknown(about, Reason.INCONCLUSIVE_GAP, gaps=gaps, note="no source tells its state")
    last = last_states(states)
    if not _watched_since(evidence, last[-1], at.earliest_s):
        gaps = evidence.lost_by_any(last[-1].at.earliest_s, at.latest_s)
        return unknown(about, Reason.INCONCLUSIVE_GAP, *last, gaps=gaps)
    if all(fact.state in wanted for fact in last):
        return true(about, *last)
    note = f"it was {' or '.join(dict.fromkeys(fact.state for fact in last))}"
    if all(fact.state not in wanted and fact.at.surely_before(at) for fact in last):
        return false(about, Reason.INVALID_NOT_SUSPENDED, *last, note=note)
    return unknown(about, Reason.INCONCLUSIVE_GAP, *last, note=note)
