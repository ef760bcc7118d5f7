"""The processes that had one pid: iOS gives a number out again when the process that had it is gone.

A pid alone names a process only until its end. Its next sign of life is of another process, when the end was
recorded, or told by both sources that tell every change of state, and the one who told of the end is also the
one who shows it alive: sources date one step of the phone each by a moment of their own. A process list that
shows another start for the same pid shows another process too.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.evidence.view import Evidence
from harness.model.facts import AppFact, EvidenceClass, ProcessEnded, ProcessSeen, Source, StateSeen
from harness.model.states import AppState
from harness.model.time import Instant

SAME_START_S = 1.0
"""Two looks at the process list may differ by as much in the start of one process. Guessed."""

_TELL_EVERY_CHANGE = frozenset({Source.STATE_STREAM, Source.SYSTEM_LOG})


@dataclass(frozen=True)
class Life:
    """One process out of those that had a pid.

    Attributes:
        pid: the number.
        from_s: its first fact belongs to it, and all from there on; phone time.
        to_s: where the next process's facts begin.
    """

    pid: int
    from_s: float = float("-inf")
    to_s: float = float("inf")

    def has(self, at: Instant) -> bool:
        """Whether a fact of that moment, with that pid, is about this process."""
        return self.from_s <= at.at_s < self.to_s


def is_life(fact: AppFact) -> bool:
    """Whether a fact shows its process alive."""
    if isinstance(fact, StateSeen):
        return fact.state is not AppState.NOT_RUNNING
    return isinstance(fact, ProcessSeen) or fact.witness is EvidenceClass.APP


def lives_of(evidence: Evidence, bundle_id: str, pid: int) -> tuple[Life, ...]:
    """The processes of an app that had a pid, in order; one where nothing shows that it was used again."""
    mine = [fact for fact in evidence.of_app(AppFact, bundle_id) if fact.pid == pid]
    births: list[float] = []
    while (birth := _next_birth(mine)) is not None:
        births.append(birth)
        mine = [fact for fact in mine if fact.at.at_s >= birth]
    starts, ends = (float("-inf"), *births), (*births, float("inf"))
    return tuple(Life(pid, from_s, to_s) for from_s, to_s in zip(starts, ends, strict=True))


def life_at(evidence: Evidence, bundle_id: str, pid: int, at: Instant | None) -> Life:
    """The process that had a pid at a moment; the last one that had it where no moment is given."""
    lives = lives_of(evidence, bundle_id, pid)
    return next((life for life in lives if at and life.has(at)), lives[-1])


def _next_birth(mine: list[AppFact]) -> float | None:
    """Where facts begin that are not of the process that the first of them is about."""
    found = [at_s for at_s in (_after_an_end(mine), _with_another_start(mine)) if at_s is not None]
    return min(found, default=None)


def _after_an_end(mine: list[AppFact]) -> float | None:
    every_end = _ends_of(mine)
    alive = [fact for fact in mine if is_life(fact)] if every_end else []
    for again in alive:
        ends = [end for end in every_end if end.at.surely_before(again.at)]
        told = {end.source for end in ends}
        is_sure = any(isinstance(end, ProcessEnded) for end in ends) or told >= _TELL_EVERY_CHANGE
        if is_sure and again.source in told:
            over = max((end.at for end in ends), key=lambda at: at.latest_s)
            return next(fact.at.at_s for fact in alive if fact.at.surely_after(over))
    return None


def _ends_of(mine: list[AppFact]) -> list[AppFact]:
    return [
        fact
        for fact in mine
        if isinstance(fact, ProcessEnded)
        or (isinstance(fact, StateSeen) and fact.state is AppState.NOT_RUNNING)
    ]


def _with_another_start(mine: list[AppFact]) -> float | None:
    looks = [fact for fact in mine if isinstance(fact, ProcessSeen) and fact.started_s is not None]
    first_s = looks[0].started_s if looks else None
    for look in looks:
        if first_s is not None and look.started_s is not None and look.started_s - first_s > SAME_START_S:
            # What came after the new process's start is of the new process, and the first look is not.
            since_s = max(min(look.started_s, look.at.at_s), looks[0].at.latest_s)
            return next((fact.at.at_s for fact in mine if fact.at.at_s > since_s), None)
    return None
