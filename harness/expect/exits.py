"""Why did a process end? Every piece of evidence is heard, the stronger beats the weaker.

Theory. Each fact about the end is a witness of some weight, and admits some causes (``exit_table``).
They are heard from the strongest down. Those of one weight are heard together: what all of them admit,
out of what the stronger ones left, is left. A weaker witness that admits none of it is overruled, and
listed so. Witnesses of one weight that leave nothing between them contradict each other, and the cause
is unknown: no weaker one may choose between them. Of what is left at the end, one cause is the cause;
of several, the one that the strongest witness says.

Who sent a SIGKILL is asked last, and only when the phone's own record says that it was one and no more:
the harness knows its own acts. Its kill explains an end that came within its span, and until a process
that was sent SIGKILL is surely gone. An end that may or may not lie in the span is unknown, and so is one
after a kill that no answer told the fate of. A jetsam ten milliseconds before our signal is a jetsam, by
the phone's record; without that record it is unknown, and never our kill.
What was lost around the end is told with every answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from harness.evidence.view import Evidence
from harness.expect.exit_table import BY_SIGKILL, ROWS, SIGNALLED, STATUS_ROWS, Causes, Standing, row_for
from harness.expect.leaving import Leaving, leaving_of
from harness.expect.lives import Life, life_at
from harness.expect.question import ROUNDING_S
from harness.model.exits import ExitCause, ExitDomain, ExitStory, Testimony, domain_of
from harness.model.facts import (
    ActionTaken,
    AppFact,
    AppWarned,
    Fact,
    ProcessEnded,
    ReportFound,
    ReportKind,
    Source,
    TerminationRequested,
    Verb,
    Warned,
)
from harness.model.time import Instant

SIGKILL = 9

BEFORE_S = 30.0
"""How long before its end a process can have been asked to end: longer than any grace it is given (5 s)."""

AFTER_S = 30.0
"""How long after an end its report can be dated: a loaded phone takes its time over a corpse. Guessed."""

DYING_S = 10.0
"""How long a process that was sent SIGKILL may take to be gone; it cannot end of anything else then."""


class Weight(IntEnum):
    """How much a witness can say of an end, the weakest first.

    A hint fits a cause. A request was made, and something else may have come first. A wait status is
    certain of the signal and knows no reason. A record is the phone's own of how it ended.
    """

    HINT = 1
    REQUEST = 2
    STATUS = 3
    RECORD = 4


@dataclass(frozen=True)
class Witness:
    """What one fact says of an end.

    Attributes:
        fact: the fact.
        weight: how much it can say.
        says: the cause when nothing narrower is known, or ``None``.
        admits: the causes that can look like this.
        words: what it was taken to mean, and where that is from.
    """

    fact: Fact
    weight: Weight
    says: ExitCause | None
    admits: Causes
    words: str


def cause_of(evidence: Evidence, bundle_id: str, pid: int, life: Life | None = None) -> ExitStory:
    """Why a process of an app ended, with everything that was said of it.

    Args:
        evidence: what is known.
        bundle_id: the app.
        pid: the process.
        life: which of the processes that had the pid; ``None`` for the last of them.

    Returns:
        The story of its end; one without an instant when nothing shows that it ended, and one of an
        unknown cause when the evidence leaves it open.
    """
    life = life or life_at(evidence, bundle_id, pid, None)
    leaving = leaving_of(evidence, bundle_id, life)
    if leaving is None:
        return ExitStory(bundle_id, pid, ExitCause.UNKNOWN, None, note="nothing shows that it ended")
    witnesses = _witnesses(evidence, bundle_id, life, leaving.at)
    heard = _hear(witnesses)
    gaps = evidence.lost_by_any(leaving.from_s, leaving.at.latest_s)
    told = (*_testimony(witnesses, heard), *_shown(leaving, witnesses))
    story = ExitStory(bundle_id, pid, heard.cause, leaving.at, told, gaps, heard.note)
    kills = _kills_near(evidence, story, leaving.at)
    if heard.left == SIGNALLED:
        return _signalled(story, leaving.at, kills)
    return _spoilt(story, kills) if kills and not _is_recorded(witnesses) else story


def _witnesses(evidence: Evidence, bundle_id: str, life: Life, at: Instant) -> list[Witness]:
    """Every fact about the end that a row of the tables knows, the strongest first."""
    around = evidence.of(AppFact, since_s=at.earliest_s - BEFORE_S, until_s=at.latest_s + AFTER_S)
    began_s = _began_s(evidence, bundle_id, life)
    mine = [fact for fact in around if life.has(fact.at) and _is_about(fact, bundle_id, life.pid, began_s)]
    found = [witness for fact in mine if (witness := _witness(fact)) is not None]
    return sorted(found, key=lambda witness: -witness.weight)


def _is_about(fact: AppFact, bundle_id: str, pid: int, began_s: float) -> bool:
    """Whether a fact is about the process: by its pid, or by its app while it was the app's process."""
    if fact.pid == pid:
        return fact.bundle_id in ("", bundle_id)
    if fact.pid or fact.bundle_id != bundle_id:
        return False
    return isinstance(fact, TerminationRequested) and fact.at.latest_s >= began_s


def _began_s(evidence: Evidence, bundle_id: str, life: Life) -> float:
    """The first moment at which anything tells of the process."""
    facts = (fact for fact in evidence.of_app(AppFact, bundle_id) if fact.pid == life.pid)
    firsts = (fact.at.earliest_s for fact in facts if life.has(fact.at))
    return min(firsts, default=0.0)


def _witness(fact: AppFact) -> Witness | None:
    match fact:
        case ProcessEnded(source=Source.PROCESS_EVENTS):
            return _read(fact, Weight.STATUS, domain_of(fact.domain), fact.code)
        case ProcessEnded():
            return _read(fact, Weight.RECORD, domain_of(fact.domain), fact.code, fact.explanation)
        case TerminationRequested():
            words = f"{fact.requester}: {fact.explanation}"
            return _read(fact, Weight.REQUEST, domain_of(fact.domain), fact.code, words)
        case ReportFound(victim=True, kind=ReportKind.CRASH, namespace=""):
            return _read(fact, Weight.STATUS, ExitDomain.SIGNAL, fact.signal) if fact.signal else None
        case ReportFound(victim=True, kind=ReportKind.CRASH | ReportKind.JETSAM):
            return _read(fact, Weight.RECORD, domain_of(fact.namespace), fact.code, fact.explanation)
        case AppWarned(of=Warned.CALL_NOT_REPORTED):
            admits = frozenset({ExitCause.VOIP})
            return Witness(fact, Weight.HINT, ExitCause.VOIP, admits, fact.of.value)
        case _:
            return None


def _read(
    fact: AppFact, weight: Weight, domain: ExitDomain, code: int, explanation: str = ""
) -> Witness | None:
    rows = STATUS_ROWS if weight is Weight.STATUS else ROWS
    row = row_for(rows, domain, code, explanation)
    if row is None:
        return None
    meant = row.says.value if row.says else "no cause by itself"
    trust = "; guessed" if row.standing is Standing.GUESSED else ""
    words = f"{domain} {_number(code)}: {meant} ({row.source}{trust})"
    return Witness(fact, weight, row.says, row.admits, words)


def _number(code: int) -> str:
    return f"0x{code:08X}" if code > 0xFFFF else str(code)


@dataclass(frozen=True)
class Heard:
    """What hearing the witnesses came to.

    Attributes:
        cause: the cause, or ``UNKNOWN``.
        left: the causes that were left; empty when there was no witness, or a contradiction.
        overruled: witnesses that a stronger one contradicts.
        note: why it is unknown.
    """

    cause: ExitCause
    left: Causes
    overruled: tuple[Witness, ...] = ()
    note: str = ""


def _hear(witnesses: Sequence[Witness]) -> Heard:
    """Hear all witnesses, the strongest first."""
    left: Causes = frozenset()
    overruled: list[Witness] = []
    for weight in sorted({witness.weight for witness in witnesses}, reverse=True):
        peers = [witness for witness in witnesses if witness.weight is weight]
        agreeing = [witness for witness in peers if not left or witness.admits & left]
        overruled += [witness for witness in peers if witness not in agreeing]
        remaining = _common(left, agreeing)
        if not remaining:
            said = "; ".join(witness.words for witness in agreeing)
            return Heard(ExitCause.UNKNOWN, frozenset(), tuple(overruled), f"they contradict: {said}")
        left = remaining
    if not left:
        return Heard(ExitCause.UNKNOWN, left, note="it ended, and nothing tells how")
    return _found(left, witnesses, tuple(overruled))


def _common(left: Causes, witnesses: Sequence[Witness]) -> Causes:
    """What all of them admit out of what is left; everything is left before the first."""
    common = left or witnesses[0].admits
    for witness in witnesses:
        common &= witness.admits
    return common


def _found(left: Causes, witnesses: Sequence[Witness], overruled: tuple[Witness, ...]) -> Heard:
    if witnesses[0].weight is Weight.HINT:
        return Heard(ExitCause.UNKNOWN, left, overruled, "it ended, and a hint is all that tells how")
    if len(left) == 1:
        return Heard(next(iter(left)), left, overruled)
    said = [witness.says for witness in witnesses if witness.says in left and witness not in overruled]
    if said and said[0] is not None:
        return Heard(said[0], left, overruled)
    what = "a SIGKILL, and nothing tells for what" if left == BY_SIGKILL else "no reason that tells the cause"
    return Heard(ExitCause.UNKNOWN, left, overruled, f"the phone tells {what}")


def _is_recorded(witnesses: Sequence[Witness]) -> bool:
    return any(witness.weight is Weight.RECORD for witness in witnesses)


def _signalled(story: ExitStory, end: Instant, kills: Sequence[ActionTaken]) -> ExitStory:
    """Whose signal it was: ours when it came within a kill of ours, another's when there was none."""
    ours = [kill for kill in kills if kill.done and _within(end, kill.at)]
    if ours:
        told = Testimony(ours[0], "the harness sent SIGKILL", stands=True)
        return replace(story, cause=ExitCause.OUR_KILL, testimony=(*story.testimony, told), note="")
    if kills:
        return _spoilt(story, kills)
    return replace(story, cause=ExitCause.OTHER_SIGNAL, note="the harness sent none")


def _spoilt(story: ExitStory, kills: Sequence[ActionTaken]) -> ExitStory:
    """A story that a kill of ours leaves open: it may have come first, or too late."""
    told = Testimony(
        kills[0], "the harness sent SIGKILL, or tried to: it may have ended it, or not", stands=False
    )
    note = "nothing tells whether it ended by the harness's signal or of something else just before"
    return replace(story, cause=ExitCause.UNKNOWN, testimony=(*story.testimony, told), note=note)


def _kills_near(evidence: Evidence, story: ExitStory, end: Instant) -> list[ActionTaken]:
    """The harness's kills of the process that may have ended it.

    One without an answer may have been delivered at any time after it was asked for.
    """
    actions = evidence.of_app(ActionTaken, story.bundle_id, until_s=end.latest_s)
    kills = [action for action in actions if action.verb is Verb.KILL and action.pid == story.pid]
    since_s = end.earliest_s - DYING_S
    return [kill for kill in kills if kill.done is None or (kill.done and kill.at.latest_s >= since_s)]


def _within(end: Instant, kill: Instant) -> bool:
    # A clock that stands while a request is served dates the end to the very instant of the kill.
    return kill.earliest_s - ROUNDING_S <= end.earliest_s and end.latest_s <= kill.latest_s + DYING_S


def _testimony(witnesses: Sequence[Witness], heard: Heard) -> tuple[Testimony, ...]:
    return tuple(
        Testimony(witness.fact, witness.words, stands=witness not in heard.overruled and bool(heard.left))
        for witness in witnesses
    )


def _shown(leaving: Leaving, witnesses: Sequence[Witness]) -> tuple[Testimony, ...]:
    """What shows it gone and says nothing of how."""
    told = {id(witness.fact) for witness in witnesses}
    return tuple(
        Testimony(fact, "it was gone", stands=True) for fact in leaving.shown if id(fact) not in told
    )
