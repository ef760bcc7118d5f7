"""That a process ended, and when: apart from why.

A process is gone when the phone records its end, when its state is "not running", or when it is missing
from a process list that showed it before. The last dates the end only between two looks.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.expect.lives import Life, is_life
from harness.model.facts import (
    AppFact,
    ProcessAbsent,
    ProcessEnded,
    ProcessSeen,
    ReportFound,
    StateSeen,
)
from harness.model.states import AppState
from harness.model.time import Instant


@dataclass(frozen=True)
class Leaving:
    """The end of a process.

    Attributes:
        at: when, by what dates it best.
        from_s: the last sign of life before it, or its earliest moment; phone time.
        shown: records, states and looks that show it gone.
    """

    at: Instant
    from_s: float
    shown: tuple[AppFact, ...]


def leaving_of(evidence: Evidence, bundle_id: str, life: Life) -> Leaving | None:
    """The end of a process of an app; ``None`` when nothing shows it."""
    pid = life.pid
    facts = tuple(fact for fact in evidence.of_app(AppFact, bundle_id) if life.has(fact.at))
    mine = [fact for fact in facts if fact.pid == pid]
    dated = [fact for fact in mine if _is_end(fact)]
    gone = [fact for fact in mine if _is_gone(fact) and not _lives_on(mine, fact)]
    missing = _missing(facts, pid)
    shown = (*dated, *gone, *missing[:1])
    if dated or gone:
        at = min((*dated, *gone), key=_vagueness).at
        return Leaving(at, min(at.earliest_s, _alive_s(mine, at.earliest_s)), shown)
    if missing:
        alive_s, by_s = _alive_s(mine, missing[0].at.earliest_s), missing[0].at.latest_s
        return Leaving(Instant((alive_s + by_s) / 2, (by_s - alive_s) / 2), alive_s, shown)
    return None


def _is_end(fact: AppFact) -> bool:
    return isinstance(fact, ProcessEnded) or (isinstance(fact, ReportFound) and fact.victim)


def _vagueness(fact: AppFact) -> tuple[float, bool]:
    """How badly it dates an end: by its error; a report, whose time is cut off, worse than its equals.

    What is cut off lies before the moment itself, so an end at the very instant of an action would seem to
    have come before it.
    """
    return round(fact.at.error_s, 6), isinstance(fact, ReportFound)


def _is_gone(fact: AppFact) -> bool:
    return isinstance(fact, StateSeen) and fact.state is AppState.NOT_RUNNING


def _lives_on(mine: list[AppFact], gone: AppFact) -> bool:
    """Whether the source that calls it gone shows it alive later: it spoke too early, or of another life.

    Other sources do not count: each dates one step of the phone by a moment of its own.
    """
    return any(
        is_life(fact) and fact.source is gone.source and gone.at.surely_before(fact.at) for fact in mine
    )


def _alive_s(mine: list[AppFact], before_s: float) -> float:
    """The last moment up to ``before_s`` at which the process showed a sign of life."""
    signs = [fact.at.earliest_s for fact in mine if is_life(fact)]
    return max((at_s for at_s in signs if at_s <= before_s), default=before_s)


def _missing(facts: tuple[AppFact, ...], pid: int) -> list[AppFact]:
    """Looks at the process list after its last sign of life that do not show it."""
    signs = [fact.at.latest_s for fact in facts if fact.pid == pid and is_life(fact)]
    if not signs:
        return []
    alive_s = max(signs)
    return [fact for fact in facts if _is_look_without(fact, pid) and fact.at.earliest_s > alive_s]


def _is_look_without(fact: AppFact, pid: int) -> bool:
    return isinstance(fact, ProcessAbsent) or (isinstance(fact, ProcessSeen) and fact.pid != pid)
