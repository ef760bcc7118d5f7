"""What a reader of a verdict needs besides its findings: what went on around it, and what almost counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence.view import Evidence
from harness.model.facts import (
    ActionTaken,
    AppFact,
    CallbackSeen,
    Fact,
    ProcessEnded,
    StateSeen,
    TransferPhase,
    TransferSeen,
)
from harness.model.verdict import Backdrop, Finding, NearMiss, Reach

if TYPE_CHECKING:
    from harness.expect.question import Question

NEAR_S = 60.0
"""How far before the window, and after it, a fact may lie to be shown, in phone time."""

AROUND = 25
"""How many facts are shown around a verdict at most."""

NEAR = 8
"""How many near misses are shown at most: the last ones."""


def backdrop(question: Question, evidence: Evidence, findings: tuple[Finding, ...]) -> Backdrop:
    """What went on around a verdict.

    Args:
        question: that was asked.
        evidence: that it was judged over.
        findings: guards and claims.
    """
    counted = tuple(dict.fromkeys(id(fact) for finding in findings for fact in finding.facts))
    around = _around(question, evidence)
    rest = [fact for fact in around if id(fact) not in counted]
    near = [NearMiss(fact, why) for fact in rest if (why := _why_not(fact, question, evidence))]
    deadline_s = question.window.deadline_s
    reaches = [
        Reach(source, watched.to_s, passed=watched.to_s >= deadline_s)
        for source, watched in sorted(evidence.coverage.items())
    ]
    return Backdrop(_chosen(around, counted), tuple(near[-NEAR:]), tuple(reaches))


def _around(question: Question, evidence: Evidence) -> tuple[Fact, ...]:
    window = question.window
    facts = evidence.of(Fact, since_s=window.from_s - NEAR_S, until_s=window.deadline_s + NEAR_S)
    return tuple(fact for fact in facts if _concerns(fact, question.bundle_id))


def _concerns(fact: Fact, bundle_id: str) -> bool:
    return not isinstance(fact, AppFact) or bundle_id in ("", fact.bundle_id)


def _why_not(fact: Fact, question: Question, evidence: Evidence) -> str:
    """Why a fact that is of the kind looked for did not count; empty for any other."""
    against = question.near_miss(fact)
    if against is None:
        return ""
    window = question.window
    if isinstance(fact, (CallbackSeen, TransferSeen)) and fact.nonce not in ("", evidence.nonce):
        return f"of another test (nonce {fact.nonce})"
    # What would not have counted within the window either is no near miss outside it.
    if fact.at.latest_s < window.from_s:
        return "" if against else "before the mark"
    if fact.at.earliest_s > window.deadline_s:
        return "" if against else "after the deadline"
    return "at the edge of the window" if window.edges(fact.at) else against


def _chosen(around: tuple[Fact, ...], counted: tuple[int, ...]) -> tuple[Fact, ...]:
    """The facts that tell most, in their order: what counted first of all, progress never."""

    def rank(fact: Fact) -> int:
        if id(fact) in counted:
            return 0
        kinds = (ActionTaken, ProcessEnded, StateSeen, CallbackSeen, TransferSeen)
        known = [place for place, kind in enumerate(kinds, 1) if isinstance(fact, kind)]
        is_progress = isinstance(fact, TransferSeen) and fact.phase is TransferPhase.PROGRESS
        return known[0] if known and not is_progress else len(kinds) + 1

    telling = sorted((fact for fact in around if rank(fact) <= 5), key=rank)[: 2 * AROUND]
    kept = {id(fact) for fact in telling}
    return tuple(fact for fact in around if id(fact) in kept)
